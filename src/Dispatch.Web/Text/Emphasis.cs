namespace Dispatch.Web.Text;

/// <summary>
/// Which stars and tildes of a line set it off. Both ends must stand at an edge of a word, as in <c>an *important* word</c>; so <c>a*b*c</c>, <c>2 ** 3</c>, <c>**kwargs</c>
/// and <c>/*…*/</c> keep their signs. Underscores never are markup: in code and maths they are names.
/// </summary>
internal sealed class Emphasis
{
    private const int Lone = 0;
    private readonly List<(int At, int Kind, int Link)> _open = [];
    private readonly int[] _openOf = new int[Kinds.Length];
    private static readonly (string Open, string Close, int Length)[] Kinds =
        [("<em>", "</em>", 1), ("<strong>", "</strong>", 2), ("<em><strong>", "</strong></em>", 3), ("<del>", "</del>", 2)];

    /// <summary>Takes a run of signs in; gives the marks that it makes, if it closes another.</summary>
    /// <param name="source">The text.</param>
    /// <param name="start">Its first sign.</param>
    /// <param name="length">How many signs.</param>
    /// <param name="line">The line, or the cell, it stands in.</param>
    /// <param name="link">The link it stands in; 0 for none. Both ends stand in the same.</param>
    /// <param name="letter">The last letter before it; lone stars set off nothing without one, as in <c>2 *3* 4</c>.</param>
    /// <param name="marks">Where marks go.</param>
    public void Take(string source, int start, int length, (int Start, int End) line, int link, int letter, List<Mark> marks)
    {
        var kind = (source[start], length) switch { ('*', 1) => 0, ('*', 2) => 1, ('*', 3) => 2, ('~', 2) => 3, _ => -1 };
        if (kind < 0) return;
        var (before, after) = (start > line.Start ? source[start - 1] : ' ', start + length < line.End ? source[start + length] : ' ');
        if (_openOf[kind] > 0 && !char.IsWhiteSpace(before) && before is not ('/' or '(' or '[' or '{' or '=') && EndsWord(after) && Close(kind, start, link, letter, marks)) return;
        if (char.IsWhiteSpace(after) || !BeginsWord(before)) return;
        _open.Add((start, kind, link));
        _openOf[kind]++;
    }

    private bool Close(int kind, int start, int link, int letter, List<Mark> marks)
    {
        // What was opened within and not closed is text. Each run is dropped once, so a line takes linear time.
        while (_open.Count > 0)
        {
            var top = _open[^1];
            if (top.Link != link && top.Link == 0) return false;
            _open.RemoveAt(_open.Count - 1);
            _openOf[top.Kind]--;
            if (top.Kind != kind || top.Link != link) continue;
            var (open, close, length) = Kinds[kind];
            if (kind == Lone && letter < top.At) return false;
            marks.Add(new Mark(top.At, length, open));
            marks.Add(new Mark(start, length, close));
            return true;
        }

        return false;
    }

    private static bool BeginsWord(char before) => char.IsWhiteSpace(before) || before is '(' or '[' or '{' or '"' or '\'' or ':' or ';' or ',' or '.' or '!' or '?' or '>' or '|' or '*' or '~' || IsApart(before);

    private static bool EndsWord(char after) => char.IsWhiteSpace(after) || after is ')' or ']' or '}' or '"' or '\'' or ':' or ';' or ',' or '.' or '!' or '?' or '<' or '|' or '*' or '~' || IsApart(after);

    // Scripts that put no blanks between words, and punctuation beyond ASCII; not letters of Greek, which are maths.
    private static bool IsApart(char c) => c >= '\u2E80' || (c > '\u007F' && char.IsPunctuation(c));
}

/// <summary>A tag at a place of the text, and how many characters of the text are not shown there.</summary>
/// <param name="At">The place.</param>
/// <param name="Hidden">Signs that the tag stands for.</param>
/// <param name="Tag">HTML of the renderer's own.</param>
internal readonly record struct Mark(int At, int Hidden, string Tag);
