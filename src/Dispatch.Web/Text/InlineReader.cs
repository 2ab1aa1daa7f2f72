using System.Buffers;

namespace Dispatch.Web.Text;

/// <summary>What is inside a line: code, maths, emphasis, links and images. Nothing reaches over the end of a line.</summary>
/// <param name="source">The text.</param>
/// <param name="page">Where it goes.</param>
internal sealed class InlineReader(string source, HtmlText page)
{
    private static readonly SearchValues<char> Signs = SearchValues.Create("`$\\*~[<");
    private readonly List<Mark> _marks = [];

    /// <summary>Writes a line, or a part of one.</summary>
    /// <param name="start">Its first character.</param>
    /// <param name="end">Behind its last one.</param>
    public void Write(int start, int end)
    {
        var text = source.AsSpan(start, end - start);
        if (text.IndexOfAny(Signs) < 0 && text.IndexOf("://") < 0)
        {
            page.Text(start, end);
            return;
        }

        _marks.Clear();
        Read(start, end);
        var at = start;

        // Emphasis is known when it ends: its beginning comes behind other marks.
        foreach (var mark in _marks.OrderBy(mark => mark.At))
        {
            page.Text(at, mark.At);
            page.Tag(mark.Tag);
            at = mark.At + mark.Hidden;
        }

        page.Text(at, end);
    }

    private void Read(int start, int end)
    {
        var (verbatim, emphasis) = (new Verbatim(source, end), new Emphasis());
        var (links, link, linkClose, letter) = (0, 0, 0, -1);
        (int Start, int End) line = (start, end);
        for (var at = start; at < end;)
        {
            if (link > 0 && at >= linkClose)
            {
                at = CloseLink(linkClose, end);
                link = 0;
                continue;
            }

            // What begins in the text of a link ends in it.
            var limit = link > 0 ? linkClose : end;
            var c = source[at];
            switch (c)
            {
                case '`':
                    var (ticks, close) = verbatim.Code(at);
                    if (ticks > 0 && close < limit) letter = (at = Code(at, ticks, close)) - 1;
                    else at += Run(at, limit);
                    break;
                case '$' or '\\':
                    var mathsEnd = verbatim.Maths(at);
                    if (mathsEnd > 0 && mathsEnd <= limit) letter = (at = Around(at, mathsEnd, "<span class=\"md-maths\" dir=\"ltr\">", "</span>")) - 1;
                    else if (c == '\\' && at + 1 < limit && char.IsAscii(source[at + 1]) && char.IsPunctuation(source[at + 1])) at += 2;
                    else at += c == '$' ? Run(at, limit) : 1;
                    break;
                case '*' or '~':
                    var run = Run(at, limit);
                    emphasis.Take(source, at, run, line, link, letter, _marks);
                    at += run;
                    break;
                case '!' when link == 0 && at + 1 < end && source[at + 1] == '[':
                    at = Image(at, end);
                    break;
                case '[' when link == 0:
                    linkClose = OpenLink(at, end);
                    if (linkClose > 0) link = ++links;
                    at++;
                    break;
                case '<' when link == 0 && Links.EndOfMail(source, at, end) is > 0 and var mailEnd:
                    Around(at + 1, mailEnd, Links.Tag($"mailto:{source.AsSpan(at + 1, mailEnd - at - 1)}") ?? "<a>", "</a>");
                    at = mailEnd;
                    break;
                case 'h' or 'H' when link == 0 && Links.IsBare(source, at, end):
                    var (addressEnd, next) = Links.EndOfBare(source, at, end);
                    if (Links.Tag(source.AsSpan(at, addressEnd - at)) is { } tag) at = Around(at, addressEnd, tag, "</a>");
                    else at = next;
                    letter = at - 1;
                    break;
                default:
                    if (char.IsLetter(c)) letter = at;
                    at++;
                    break;
            }
        }

        if (link > 0) CloseLink(linkClose, end);
    }

    private int Run(int at, int limit)
    {
        var run = source.AsSpan(at, limit - at).IndexOfAnyExcept(source[at]);
        return run < 0 ? limit - at : run;
    }

    private int Around(int start, int end, string open, string close)
    {
        _marks.Add(new Mark(start, 0, open));
        _marks.Add(new Mark(end, 0, close));
        return end;
    }

    private int Code(int at, int ticks, int close)
    {
        _marks.Add(new Mark(at, ticks, "<code dir=\"ltr\">"));
        _marks.Add(new Mark(close, ticks, "</code>"));
        return close + ticks;
    }

    /// <summary>Begins a link; the place of the bracket that ends its text, or 0 when it is none.</summary>
    private int OpenLink(int at, int end)
    {
        var close = CloseOfText(at, end);
        if (close <= at + 1 || Links.InBrackets(source, close + 2, end) is not (> 0 and var address, _)) return 0;
        if (Links.Tag(source.AsSpan(close + 2, address - close - 2)) is not { } tag) return 0;
        _marks.Add(new Mark(at, 1, tag));
        return close;
    }

    /// <summary>Ends a link. Its address is shown: made-up addresses are a part of what people judge, and nobody follows one unseen.</summary>
    private int CloseLink(int close, int end)
    {
        _marks.Add(new Mark(close, 1, "</a>"));
        var (_, bracket) = Links.InBrackets(source, close + 2, end);
        return Around(close + 1, bracket + 1, "<span class=\"md-sign\">", "</span>");
    }

    /// <summary>No image is fetched: that would tell its owner who works here and when. In its place stands what it is, what it is called and where it lies.</summary>
    private int Image(int at, int end)
    {
        var close = CloseOfText(at + 1, end);
        if (close == 0 || Links.InBrackets(source, close + 2, end) is not (> 0 and var address, var bracket)) return at + 2;
        _marks.Add(new Mark(at, 2, "<span class=\"md-image\"><span class=\"md-added\">Image (not loaded): </span>"));
        _marks.Add(new Mark(close, 1, "<span class=\"md-added\"> </span>"));
        _marks.Add(new Mark(close + 1, 0, "<span class=\"md-sign\">"));
        if (Links.Tag(source.AsSpan(close + 2, address - close - 2)) is { } tag) Around(close + 2, address, tag, "</a>");
        _marks.Add(new Mark(bracket + 1, 0, "</span></span>"));
        return bracket + 1;
    }

    /// <summary>The bracket that ends the text of a link or an image, if a round bracket follows; else 0. The text has no brackets of its own.</summary>
    private int CloseOfText(int at, int end)
    {
        var next = source.AsSpan(at + 1, end - at - 1).IndexOfAny('[', ']');
        var close = at + 1 + next;
        return next >= 0 && source[close] == ']' && close + 1 < end && source[close + 1] == '(' ? close : 0;
    }
}
