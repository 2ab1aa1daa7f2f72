namespace Dispatch.Web.Text;

/// <summary>What lines make together: paragraphs, headings, lists, quotes, tables, code and maths. Lists and quotes are set in by their level instead of lying in one another.</summary>
/// <param name="source">The text.</param>
/// <param name="page">Where it goes.</param>
internal sealed class BlockReader(string source, HtmlText page)
{
    private const int MathsLinesMax = 100;
    private readonly List<Line> _lines = Line.Split(source);
    private readonly InlineReader _inline = new(source, page);
    private readonly List<int> _indents = [];

    /// <summary>Reads all of it.</summary>
    public void Read() => Read(0, _lines.Count, 0);

    private void Read(int at, int end, int level)
    {
        var isApart = true;
        _indents.Clear();
        while (at < end)
        {
            var line = _lines[at];
            if (level == 0 && line.Level > 0)
            {
                at = Quote(at, end);
                _indents.Clear();
                isApart = true;
                continue;
            }

            if (line.IsBlank)
            {
                Blank(line);
                at++;
                isApart = true;
                continue;
            }

            var next = Fence(at, end, level);
            if (next == at) next = Maths(at, end);
            if (next == at && line.IsRule) next = Rule(at);
            if (next == at && IsHeading(at, end, isApart)) next = Heading(at);
            if (next == at) next = new TableReader(source, page, _inline).Read(_lines, at, end);
            if (next == at && line.Marker > 0) next = List(at, end);
            if (next > at)
            {
                at = next;
                isApart = true;
                continue;
            }

            if (line.Blanks == 0) _indents.Clear();
            at = line.IsIndented && isApart && _indents.Count == 0 ? Indented(at, end) : Paragraph(at, end);
            isApart = false;
        }
    }

    private int Quote(int at, int end)
    {
        var level = _lines[at].Level;
        var next = at;
        while (next < end && _lines[next].Level == level) next++;
        page.Tag($"<blockquote class=\"md-level-{level}\">");
        Read(at, next, level);
        page.Tag("</blockquote>");
        return next;
    }

    private int Fence(int at, int end, int level)
    {
        var fence = _lines[at].Fence;
        if (fence.Length == 0) return at;
        page.Tag($"<pre{SetIn(_lines[at])}><code dir=\"ltr\">");
        Sign(_lines[at]);
        var next = at + 1;
        for (; next < end; next++)
        {
            var line = level == 0 ? _lines[next].Whole : _lines[next];
            page.Tag("\n");
            if (line.Closes(fence))
            {
                Sign(line);
                next++;
                break;
            }

            page.Sign(line.Lead, line.Start);
            page.Text(line.Start, line.End);
        }

        page.Tag("</code></pre>");
        return next;
    }

    private int Maths(int at, int end)
    {
        var inner = _lines[at].Inner;
        var close = inner.StartsWith("\\[") ? "\\]" : inner.StartsWith("$$") ? "$$" : inner.StartsWith("\\begin{") ? "\\end{" : null;
        if (close is null || inner[2..].IndexOf(close) >= 0) return at;
        for (var last = at + 1; last < Math.Min(end, at + MathsLinesMax) && !_lines[last].IsBlank; last++)
        {
            if (_lines[last].Text.IndexOf(close) < 0) continue;
            page.Tag("<div class=\"md-maths\" dir=\"ltr\">");
            Lines(at, last + 1, verbatim: true);
            page.Tag("</div>");
            return last + 1;
        }

        return at;
    }

    private int Rule(int at)
    {
        _indents.Clear();
        page.Tag("<div class=\"md-rule\">");
        Sign(_lines[at]);
        page.Tag("</div>");
        return at + 1;
    }

    private bool IsHeading(int at, int end, bool isApart)
    {
        var line = _lines[at];
        return line.IsSureHeading || (line.Heading > 0 && isApart && (at + 1 == end || _lines[at + 1].IsBlank || _lines[at + 1].Heading > 0));
    }

    private int Heading(int at)
    {
        _indents.Clear();
        var line = _lines[at];
        var start = line.Start + line.Blanks + line.Heading + 1;
        page.Tag($"<h{line.Heading} dir=\"auto\">");
        page.Sign(line.Lead, start);
        _inline.Write(start, line.End);
        page.Tag($"</h{line.Heading}>");
        return at + 1;
    }

    private int List(int at, int end)
    {
        var level = _lines[at].Level;
        page.Tag("<ul>");
        while (at < end && _lines[at].Marker > 0 && _lines[at].Level == level)
        {
            at = Item(at, end);

            // A blank line between items does not end the list.
            var next = at;
            while (next < end && _lines[next] is { IsBlank: true, Level: 0 }) next++;
            if (level == 0 && next < end && _lines[next].Marker > 0 && _lines[next].Level == 0) at = next;
        }

        page.Tag("</ul>");
        return at;
    }

    private int Item(int at, int end)
    {
        var line = _lines[at];
        while (_indents.Count > 0 && line.Blanks <= _indents[^1]) _indents.RemoveAt(_indents.Count - 1);
        _indents.Add(line.Blanks);
        var marker = line.Start + line.Blanks;
        var start = Math.Min(marker + line.Marker + 1, line.End);
        page.Tag($"<li class=\"md-level-{_indents.Count}\" dir=\"auto\">");
        page.Sign(line.Lead, line.Start);
        page.Tag("<span class=\"md-marker\">");
        page.Text(marker, start);
        page.Tag("</span>");
        start = Task(start, line.End);
        _inline.Write(start, line.End);
        var next = at + 1;
        for (; next < end && Continues(next, end) && _lines[next].Level == line.Level; next++)
        {
            page.Tag("\n");
            page.Sign(_lines[next].Lead, _lines[next].Start);
            _inline.Write(_lines[next].Start + Math.Min(_lines[next].Blanks, start - line.Start), _lines[next].End);
        }

        page.Tag("</li>");
        return next;
    }

    private int Task(int start, int end)
    {
        var rest = source.AsSpan(start, end - start);
        var isDone = rest.StartsWith("[x]", StringComparison.OrdinalIgnoreCase);
        if ((!isDone && !rest.StartsWith("[ ]")) || (rest.Length > 3 && rest[3] != ' ')) return start;
        page.Tag(isDone ? "<span class=\"md-added\" role=\"img\" aria-label=\"done\">☑</span>" : "<span class=\"md-added\" role=\"img\" aria-label=\"not done\">☐</span>");
        return start + 3;
    }

    private int Indented(int at, int end)
    {
        var next = at;
        while (next < end && _lines[next].IsIndented && !_lines[next].IsBlank) next++;
        page.Tag("<pre><code dir=\"ltr\">");
        Lines(at, next, verbatim: true);
        page.Tag("</code></pre>");
        return next;
    }

    private int Paragraph(int at, int end)
    {
        var next = at + 1;
        while (next < end && Continues(next, end)) next++;
        page.Tag($"<p{SetIn(_lines[at])} dir=\"auto\">");
        Lines(at, next, verbatim: false);
        page.Tag("</p>");
        return next;
    }

    /// <summary>Whether a line goes on with the paragraph, or the item, before it.</summary>
    private bool Continues(int at, int end)
    {
        var line = _lines[at];
        return !line.IsBlank && line.Level == _lines[at - 1].Level && line.Marker == 0 && line.Fence.Length == 0 && !line.IsRule && !line.IsSureHeading
            && !TableReader.Begins(_lines, at, end) && !line.Inner.StartsWith("\\[") && !line.Inner.StartsWith("$$");
    }

    private void Lines(int at, int end, bool verbatim)
    {
        for (var next = at; next < end; next++)
        {
            if (next > at) page.Tag("\n");
            page.Sign(_lines[next].Lead, _lines[next].Start);
            if (verbatim) page.Text(_lines[next].Start, _lines[next].End);
            else _inline.Write(_lines[next].Start, _lines[next].End);
        }
    }

    private void Blank(Line line)
    {
        // A sign of a quote with nothing behind it is all there is of its line.
        if (line.Lead == line.Start) return;
        page.Tag("<div>");
        Sign(line);
        page.Tag("</div>");
    }

    private void Sign(Line line) => page.Sign(line.Lead, line.End);

    private string SetIn(Line line) => _indents.Count > 0 && line.Blanks > 0 ? $" class=\"md-level-{_indents.Count}\"" : "";
}
