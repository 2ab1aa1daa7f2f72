using System.Text.RegularExpressions;

namespace Dispatch.Web.Forms.Spans;

/// <summary>A text as words and signs, which is what the keyboard moves over.</summary>
public sealed partial class TextTokens
{
    private readonly string _text;

    /// <summary>Cuts a text.</summary>
    /// <param name="text">The text.</param>
    public TextTokens(string text)
    {
        _text = text;
        All = [.. Tokens().Matches(text).Select(match => (match.Index, match.Index + match.Length))];
    }

    /// <summary>Begin and end of each, in the order of the text; without the blanks.</summary>
    public IReadOnlyList<(int Start, int End)> All { get; }

    /// <summary>The first token of the next sentence or line, or of this or the one before.</summary>
    /// <param name="from">The token to start at.</param>
    /// <param name="step">+1 or −1.</param>
    public int Sentence(int from, int step)
    {
        for (var at = from + step; at > 0 && at < All.Count; at += step)
        {
            if (BeginsSentence(at)) return at;
        }

        return step > 0 ? All.Count - 1 : 0;
    }

    /// <summary>The tokens that a stretch touches; null when it touches none.</summary>
    /// <param name="start">Begin of the stretch.</param>
    /// <param name="end">Just behind its end.</param>
    public (int First, int Last)? Touched(int start, int end)
    {
        int[] touched = [.. Enumerable.Range(0, All.Count).Where(i => All[i].Start < end && All[i].End > start)];
        return touched.Length == 0 ? null : (touched[0], touched[^1]);
    }

    private bool BeginsSentence(int token)
    {
        var before = All[token - 1];
        return _text[before.End - 1] is '.' or '!' or '?' || _text.AsSpan(before.End, All[token].Start - before.End).Contains('\n');
    }

    // A word; or one sign, where both halves of a surrogate pair are one.
    [GeneratedRegex(@"\w+|[\ud800-\udbff][\udc00-\udfff]|[^\w\s]")]
    private static partial Regex Tokens();
}
