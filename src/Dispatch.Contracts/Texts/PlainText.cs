namespace Dispatch.Contracts.Texts;

/// <summary>Why a text is shown as plain text.</summary>
public enum PlainTextReason
{
    /// <summary>Its markup is shown.</summary>
    None = 0,
    /// <summary>It has more than <see cref="PlainText.CharactersMax"/> characters.</summary>
    TooLong = 1,
    /// <summary>It has more than <see cref="PlainText.LinesMax"/> lines.</summary>
    ManyLines = 2,
    /// <summary>It has more than <see cref="PlainText.SignsMax"/> signs that may be markup.</summary>
    ManySigns = 3,
    /// <summary>Its lists or quotes lie more than <see cref="PlainText.LevelsMax"/> levels deep.</summary>
    DeepLevels = 4,
    /// <summary>More than <see cref="PlainText.BracketsMax"/> square brackets are open at once in a line.</summary>
    DeepBrackets = 5,
}

/// <summary>
/// Decides which texts are shown as they are, without their markup. The console asks before it renders, and an import asks to tell the producer, so both say the same.
/// One pass over the text, in time that grows with its length alone, whatever it holds: the answer must be there before anything that could be slow is begun.
/// </summary>
public static class PlainText
{
    /// <summary>Longest text whose markup is shown, in UTF-16 code units. A browser renders so much of the densest markup in about half a second.</summary>
    public const int CharactersMax = 65_536;

    /// <summary>Most lines. Each may become an element of the page.</summary>
    public const int LinesMax = 4_000;

    /// <summary>Most signs that may begin or end markup. Each pair may become an element of the page.</summary>
    public const int SignsMax = 8_000;

    /// <summary>Deepest list or quote. What lies deeper would have no room to be set in further, and would look as if it lay less deep.</summary>
    public const int LevelsMax = 8;

    /// <summary>Most square brackets open at once in one line: so many are data or an attack, never a link.</summary>
    public const int BracketsMax = 32;

    /// <summary>Why the text is shown as it is; <see cref="PlainTextReason.None"/> when its markup is shown.</summary>
    /// <param name="text">Any text.</param>
    public static PlainTextReason Why(ReadOnlySpan<char> text)
    {
        if (text.Length > CharactersMax) return PlainTextReason.TooLong;
        Span<int> indents = stackalloc int[LevelsMax];
        int lines = 0, signs = 0, depth = 0;
        while (!text.IsEmpty)
        {
            var end = text.IndexOfAny('\n', '\r');
            var line = end < 0 ? text : text[..end];
            text = end < 0 ? [] : text[(end + 1)..];
            if (++lines > LinesMax) return PlainTextReason.ManyLines;
            if (IsDeep(line, indents, ref depth)) return PlainTextReason.DeepLevels;
            if (HasDeepBrackets(line)) return PlainTextReason.DeepBrackets;
            signs += Signs(line);
            if (signs > SignsMax) return PlainTextReason.ManySigns;
        }

        return PlainTextReason.None;
    }

    /// <summary>Length of the list marker that a line begins with at a place: a hyphen, star or plus, or a number with a full stop or a parenthesis, and a blank or the line's end behind it; 0 when it is none.</summary>
    /// <param name="line">A line, or what is left of it.</param>
    public static int MarkerLength(ReadOnlySpan<char> line)
    {
        const int DigitsMax = 9;
        if (line.IsEmpty) return 0;
        var length = 1;
        if (line[0] is not ('-' or '*' or '+'))
        {
            var digits = line.IndexOfAnyExceptInRange('0', '9');
            if (digits is < 1 or > DigitsMax || line[digits] is not ('.' or ')')) return 0;
            length = digits + 1;
        }

        return length == line.Length || line[length] is ' ' or '\t' ? length : 0;
    }

    private static bool IsDeep(ReadOnlySpan<char> line, Span<int> indents, ref int depth)
    {
        var (at, levels) = (0, 0);
        while (line[(at + Blanks(line[at..]))..] is ['>', ..])
        {
            if (++levels > LevelsMax) return true;
            at += Blanks(line[at..]) + 1;
            if (at < line.Length && line[at] == ' ') at++;
        }

        var blanks = Blanks(line[at..]);
        at += blanks;
        var marker = MarkerLength(line[at..]);
        if (marker == 0) return false;

        // A list lies a level deeper where its marker is set in further than that of the list around it, or stands behind it on the same line.
        while (depth > 0 && blanks <= indents[depth - 1]) depth--;
        if (depth == LevelsMax) return true;
        indents[depth++] = blanks;
        for (levels = depth; marker > 0; levels++)
        {
            if (levels > LevelsMax) return true;
            at += marker;
            at += Blanks(line[at..]);
            marker = MarkerLength(line[at..]);
        }

        return false;
    }

    private static bool HasDeepBrackets(ReadOnlySpan<char> line)
    {
        for (var open = 0; line.IndexOfAny('[', ']') is >= 0 and var at; line = line[(at + 1)..])
        {
            open = line[at] == '[' ? open + 1 : Math.Max(0, open - 1);
            if (open > BracketsMax) return true;
        }

        return false;
    }

    private static int Signs(ReadOnlySpan<char> line) =>
        line.Count('*') + line.Count('`') + line.Count('~') + line.Count('[') + line.Count('<') + line.Count('|') + line.Count('$') + line.Count("\\(") + line.Count("\\[") + line.Count("://");

    private static int Blanks(ReadOnlySpan<char> line) => line.IndexOfAnyExcept(' ', '\t') is >= 0 and var at ? at : line.Length;
}
