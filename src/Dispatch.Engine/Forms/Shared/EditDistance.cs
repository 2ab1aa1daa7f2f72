namespace Dispatch.Engine.Forms.Shared;

/// <summary>Levenshtein distance in UTF-16 code units: insertions, deletions and replacements that make one text the other.</summary>
public static class EditDistance
{
    private const int WordBits = 64;

    /// <summary>
    /// Myers' bit-vector algorithm in blocks of 64 rows (J. ACM 46(3), 1999, with Hyyrö's block carries): two long texts are compared inside a grain's turn, and the
    /// table of the textbook would be 64 times the work. What both ends share is cut off first; corrections are local.
    /// </summary>
    /// <param name="first">One text.</param>
    /// <param name="second">The other.</param>
    /// <returns>The number of code units to insert, delete or replace, 0 for equal texts.</returns>
    public static int Between(ReadOnlySpan<char> first, ReadOnlySpan<char> second)
    {
        var prefix = first.CommonPrefixLength(second);
        first = first[prefix..];
        second = second[prefix..];
        var suffix = 0;
        while (suffix < Math.Min(first.Length, second.Length) && first[^(suffix + 1)] == second[^(suffix + 1)]) suffix++;
        first = first[..^suffix];
        second = second[..^suffix];
        if (first.Length == 0 || second.Length == 0) return Math.Max(first.Length, second.Length);

        var blocks = (first.Length + WordBits - 1) / WordBits;
        var masks = Masks(first, blocks);
        var plus = new ulong[blocks];
        var minus = new ulong[blocks];
        Array.Fill(plus, ulong.MaxValue);
        var none = new ulong[blocks];
        var last = 1UL << ((first.Length - 1) % WordBits);
        var distance = first.Length;
        foreach (var character in second)
        {
            var matches = masks.GetValueOrDefault(character, none);

            // The row above the table counts up with every column.
            var (plusIn, minusIn) = (1UL, 0UL);
            for (var block = 0; block < blocks; block++)
            {
                var (up, down, equal) = (plus[block], minus[block], matches[block]);
                var vertical = equal | down;
                equal |= minusIn;
                var diagonal = (((equal & up) + up) ^ up) | equal;
                var (plusOut, minusOut) = (down | ~(diagonal | up), up & diagonal);
                if (block == blocks - 1)
                {
                    if ((plusOut & last) != 0) distance++;
                    else if ((minusOut & last) != 0) distance--;
                }

                var (carryPlus, carryMinus) = (plusOut >> (WordBits - 1), minusOut >> (WordBits - 1));
                plusOut = (plusOut << 1) | plusIn;
                minusOut = (minusOut << 1) | minusIn;
                plus[block] = minusOut | ~(vertical | plusOut);
                minus[block] = plusOut & vertical;
                (plusIn, minusIn) = (carryPlus, carryMinus);
            }
        }

        return distance;
    }

    private static Dictionary<char, ulong[]> Masks(ReadOnlySpan<char> text, int blocks)
    {
        var masks = new Dictionary<char, ulong[]>();
        for (var i = 0; i < text.Length; i++)
        {
            if (!masks.TryGetValue(text[i], out var mask)) masks[text[i]] = mask = new ulong[blocks];
            mask[i / WordBits] |= 1UL << (i % WordBits);
        }

        return masks;
    }
}
