using System.Text.RegularExpressions;

namespace Dispatch.Web.Forms.Correction;

/// <summary>What became of a stretch of text.</summary>
public enum Change
{
    /// <summary>It stayed.</summary>
    Kept,
    /// <summary>It was taken out.</summary>
    Removed,
    /// <summary>It was put in.</summary>
    Added,
}

/// <summary>The difference of two texts by words, for a person to look at while typing.</summary>
public static partial class WordDiff
{
    // Beyond this many pairs of words the table is not worth the wait between two key strokes; the middle is then shown as replaced.
    private const int CellsMax = 1_000_000;

    /// <summary>Stretches in the order of reading; neighbours differ in what became of them.</summary>
    /// <param name="before">The text as it was.</param>
    /// <param name="after">The text as it is.</param>
    public static IReadOnlyList<(Change Change, string Text)> Between(string before, string after)
    {
        string[] old = [.. Words().Matches(before).Select(match => match.Value)];
        string[] now = [.. Words().Matches(after).Select(match => match.Value)];
        var prefix = old.AsSpan().CommonPrefixLength(now);
        var suffix = 0;
        while (suffix < Math.Min(old.Length, now.Length) - prefix && old[^(suffix + 1)] == now[^(suffix + 1)]) suffix++;

        List<(Change Change, string Text)> changes = [];
        void Add(Change change, string word)
        {
            if (changes is [.., var last] && last.Change == change) changes[^1] = (change, last.Text + word);
            else changes.Add((change, word));
        }

        foreach (var word in old[..prefix]) Add(Change.Kept, word);
        foreach (var (change, word) in Middle(old[prefix..^suffix], now[prefix..^suffix])) Add(change, word);
        foreach (var word in old[^suffix..]) Add(Change.Kept, word);
        return changes;
    }

    private static IEnumerable<(Change Change, string Word)> Middle(string[] old, string[] now)
    {
        if ((long)old.Length * now.Length > CellsMax) return [.. old.Select(word => (Change.Removed, word)), .. now.Select(word => (Change.Added, word))];

        // The longest common subsequence of what is left from (i, j) on.
        var common = new int[old.Length + 1, now.Length + 1];
        for (var i = old.Length - 1; i >= 0; i--)
        {
            for (var j = now.Length - 1; j >= 0; j--) common[i, j] = old[i] == now[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
        }

        List<(Change, string)> changes = [];
        var (x, y) = (0, 0);
        while (x < old.Length || y < now.Length)
        {
            if (x < old.Length && y < now.Length && old[x] == now[y])
            {
                changes.Add((Change.Kept, old[x++]));
                y++;
            }
            else if (y == now.Length || (x < old.Length && common[x + 1, y] >= common[x, y + 1]))
            {
                changes.Add((Change.Removed, old[x++]));
            }
            else
            {
                changes.Add((Change.Added, now[y++]));
            }
        }

        return changes;
    }

    [GeneratedRegex(@"\w+|\s+|[^\w\s]")]
    private static partial Regex Words();
}
