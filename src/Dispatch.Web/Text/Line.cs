using Dispatch.Contracts.Texts;

namespace Dispatch.Web.Text;

/// <summary>A line of a text, without its end.</summary>
/// <param name="Source">The text.</param>
/// <param name="Start">Its first character; in a quote, the first behind the signs of the quote.</param>
/// <param name="End">Behind its last one.</param>
/// <param name="Lead">Where the signs of the quote begin; <see cref="Start"/> without a quote.</param>
/// <param name="Level">How many quotes it lies in.</param>
internal readonly record struct Line(string Source, int Start, int End, int Lead, int Level)
{
    public ReadOnlySpan<char> Text => Source.AsSpan(Start, End - Start);

    public int Blanks => Text.IndexOfAnyExcept(' ', '\t') is >= 0 and var at ? at : End - Start;

    public bool IsBlank => Blanks == End - Start;

    /// <summary>What is behind the blanks it begins with.</summary>
    public ReadOnlySpan<char> Inner => Text[Blanks..];

    public bool IsIndented => Text.StartsWith("    ") || Text.StartsWith("\t");

    /// <summary>Length of its list marker, 0 for none.</summary>
    public int Marker => IsRule ? 0 : PlainText.MarkerLength(Inner);

    /// <summary>1 to 6 for a heading, else 0.</summary>
    public int Heading
    {
        get
        {
            const int LevelsMax = 6;
            const int BlanksMax = 3;
            if (Blanks > BlanksMax) return 0;
            var signs = Inner.IndexOfAnyExcept('#');
            return signs is >= 1 and <= LevelsMax && Inner[signs] is ' ' or '\t' ? signs : 0;
        }
    }

    /// <summary>Three or more of the same -, * or _, with nothing else but blanks.</summary>
    public bool IsRule
    {
        get
        {
            const int SignsMin = 3;
            const int BlanksMax = 3;
            var inner = Inner.TrimEnd(" \t");
            return Blanks <= BlanksMax && inner.Length >= SignsMin && inner[0] is '-' or '*' or '_' && inner.Count(inner[0]) >= SignsMin && inner.IndexOfAnyExcept(inner[0], ' ', '\t') < 0;
        }
    }

    /// <summary>Length and sign of the fence that it begins with; 0 for none.</summary>
    public (int Length, char Sign) Fence
    {
        get
        {
            const int SignsMin = 3;
            var inner = Inner;
            if (inner.IsEmpty || inner[0] is not ('`' or '~')) return (0, ' ');
            var length = inner.IndexOfAnyExcept(inner[0]) is >= 0 and var other ? other : inner.Length;
            return length < SignsMin || (inner[0] == '`' && inner[length..].Contains('`')) ? (0, ' ') : (length, inner[0]);
        }
    }

    /// <summary>Whether it ends a fence.</summary>
    public bool Closes((int Length, char Sign) fence)
    {
        var inner = Inner.TrimEnd(" \t");
        return inner.Length >= fence.Length && inner.IndexOfAnyExcept(fence.Sign) < 0;
    }

    /// <summary>Whether it is a heading wherever it stands. One # alone may as well begin a comment of code: it is a heading only where it stands apart.</summary>
    public bool IsSureHeading => Heading > 1;

    /// <summary>All lines of a text, with the quotes that each lies in.</summary>
    public static List<Line> Split(string source)
    {
        List<Line> lines = [];
        for (var start = 0; start < source.Length;)
        {
            var end = source.AsSpan(start).IndexOfAny('\n', '\r') is >= 0 and var at ? start + at : source.Length;
            lines.Add(Quoted(source, start, end));
            start = end + (source.AsSpan(end).StartsWith("\r\n") ? 2 : 1);
        }

        return lines;
    }

    /// <summary>The line without quotes: within a fence, and for prompts of a shell or an interpreter, &gt; is text.</summary>
    public Line Whole => this with { Start = Lead, Level = 0 };

    private static Line Quoted(string source, int lead, int end)
    {
        // A blank must follow each sign, so that ">>> x" and ">=" stay what they are.
        const int BlanksMax = 3;
        var (start, level) = (lead, 0);
        while (level < PlainText.LevelsMax)
        {
            var at = start;
            while (at < end && at - start < BlanksMax && source[at] == ' ') at++;
            if (at == end || source[at] != '>' || (at + 1 < end && source[at + 1] is not (' ' or '\t'))) break;
            (start, level) = (Math.Min(at + 2, end), level + 1);
        }

        return new Line(source, start, end, lead, level);
    }
}
