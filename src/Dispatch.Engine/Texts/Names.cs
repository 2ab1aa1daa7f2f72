using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using Dispatch.Contracts;

namespace Dispatch.Engine.Texts;

/// <summary>
/// What may be the name of anything that people tell apart by its name: people, projects, batches, labels, options, names on the board. The one place where that is decided.
/// A name is stored as <see cref="TryNormalise"/> returns it, and two names whose <see cref="Key"/> is the same are taken for the same name.
/// </summary>
public static class Names
{
    /// <summary>What a name is made of, as the end of a sentence about one that is refused.</summary>
    public const string Rule = "without control characters, line breaks, characters that change the direction of text, and invisible characters";

    private const int ZeroWidthNonJoiner = 0x200C;
    private const int ZeroWidthJoiner = 0x200D;
    private const int EmojiPresentation = 0xFE0F;

    private static readonly FrozenDictionary<int, string> LookAlikes = ReadLookAlikes();

    /// <summary>
    /// The name in its one spelling: composed (Unicode NFC), without white space at its ends, and with one space for each run of white space inside. False when it holds
    /// what no name may, or nothing that can be seen.
    /// </summary>
    /// <param name="name">The name as it was sent.</param>
    /// <param name="normalised">The name as it is stored; empty when false.</param>
    public static bool TryNormalise(string? name, out string normalised)
    {
        normalised = "";
        if (name is null || !StorableText.Is(name)) return false;
        var text = new StringBuilder(name.Length);
        var seen = false;
        var runes = name.EnumerateRunes().ToArray();
        for (var i = 0; i < runes.Length; i++)
        {
            var rune = runes[i];
            if (Rune.GetUnicodeCategory(rune) == UnicodeCategory.SpaceSeparator)
            {
                if (text.Length > 0 && text[^1] != ' ') text.Append(' ');
                continue;
            }

            if (!MayStand(runes, i)) return false;
            seen |= !IsMark(rune) && rune.Value is not (ZeroWidthJoiner or ZeroWidthNonJoiner);
            text.Append(rune.ToString());
        }

        if (!seen) return false;
        normalised = Composition.Compose(text.ToString().TrimEnd(' '));
        return true;
    }

    /// <summary>Whether the name is one already, in its one spelling.</summary>
    /// <param name="name">The name.</param>
    public static bool Is(string? name) => TryNormalise(name, out var normalised) && normalised == name;

    /// <summary>
    /// What the name is compared as where names must differ: without the case of letters, with each character that looks like another one replaced by that, in the manner of
    /// the skeletons of Unicode Technical Standard 39. Wider than it in one point: <c>i</c>, <c>l</c> and <c>1</c> are one.
    /// </summary>
    /// <param name="name">A name as <see cref="TryNormalise"/> returned it.</param>
    public static string Key(string name)
    {
        var key = new StringBuilder(name.Length);
        foreach (var value in Composition.Decompose(name))
        {
            // Seen like nothing at all, they tell no two names apart.
            if (value is ZeroWidthJoiner or ZeroWidthNonJoiner or EmojiPresentation) continue;
            var lower = Rune.ToLowerInvariant(new Rune(value));
            if (LookAlikes.TryGetValue(value, out var seenAs) || LookAlikes.TryGetValue(lower.Value, out seenAs)) key.Append(seenAs);
            else key.Append(lower.ToString());
        }

        return key.ToString();
    }

    private static bool MayStand(Rune[] runes, int at)
    {
        var rune = runes[at];
        switch (Rune.GetUnicodeCategory(rune))
        {
            case UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned:
                return false;
            case UnicodeCategory.Format:
                return IsTagOfFlag(runes, at) || (rune.Value is ZeroWidthJoiner or ZeroWidthNonJoiner && Joins(runes, at));
            default:
                // Letters and marks that are drawn as nothing: fillers of Hangul and Khmer, the grapheme joiner, Mongolian and general variation selectors, blank Braille.
                return rune.Value is not (0x034F or 0x115F or 0x1160 or 0x17B4 or 0x17B5 or (>= 0x180B and <= 0x180F) or 0x2800 or 0x3164 or (>= 0xFE00 and <= 0xFE0E) or 0xFFA0 or (>= 0xE0100 and <= 0xE01EF))
                    && (rune.Value != EmojiPresentation || (at > 0 && (IsPictorial(runes[at - 1]) || IsKeycap(runes, at))));
        }
    }

    /// <summary>A joiner has a meaning inside a sequence of emoji, and between letters of the scripts that need it: Arabic, those of India, Mongolian, Khmer.</summary>
    private static bool Joins(Rune[] runes, int at)
    {
        if (at == 0 || at == runes.Length - 1) return false;
        if (NeedsJoiners(runes[at - 1]) && NeedsJoiners(runes[at + 1])) return true;
        return runes[at].Value == ZeroWidthJoiner && (IsPictorial(runes[at - 1]) || runes[at - 1].Value == EmojiPresentation || IsSkinTone(runes[at - 1])) && IsPictorial(runes[at + 1]);
    }

    private static bool NeedsJoiners(Rune rune) => rune.Value is (>= 0x0600 and <= 0x08FF) or (>= 0x0900 and <= 0x0DFF) or (>= 0x1780 and <= 0x18AF) or (>= 0xA840 and <= 0xA87F)
        && (Rune.IsLetter(rune) || IsMark(rune));

    private static bool IsPictorial(Rune rune) =>
        rune.Value is (>= 0x1F000 and <= 0x1FAFF) or (>= 0x2190 and <= 0x2BFF) or 0x00A9 or 0x00AE or 0x203C or 0x2049 or 0x2122 or 0x2139 or 0x3030 or 0x303D or 0x3297 or 0x3299;

    private static bool IsKeycap(Rune[] runes, int at) => at + 1 < runes.Length && runes[at + 1].Value == 0x20E3 && (Rune.IsDigit(runes[at - 1]) || runes[at - 1].Value is '#' or '*');

    private static bool IsSkinTone(Rune rune) => rune.Value is >= 0x1F3FB and <= 0x1F3FF;

    // The flags of England, Scotland and Wales: a black flag, letters out of the block of tags, and the tag that ends them.
    private static bool IsTagOfFlag(Rune[] runes, int at)
    {
        if (runes[at].Value is not (>= 0xE0061 and <= 0xE007A or 0xE007F)) return false;
        var before = at - 1;
        while (before >= 0 && runes[before].Value is >= 0xE0061 and <= 0xE007A) before--;
        var after = at;
        while (after < runes.Length && runes[after].Value is >= 0xE0061 and <= 0xE007A) after++;
        return before >= 0 && runes[before].Value == 0x1F3F4 && after < runes.Length && runes[after].Value == 0xE007F;
    }

    private static bool IsMark(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.SpacingCombiningMark;

    private static FrozenDictionary<int, string> ReadLookAlikes()
    {
        Dictionary<int, string> read = [];
        foreach (var line in TextTables.Lines("lookalikes.txt"))
        {
            var end = line.IndexOf(' ', 1);
            foreach (var code in line[(end + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)) read[int.Parse(code, NumberStyles.HexNumber, CultureInfo.InvariantCulture)] = line[..end];
        }

        return read.ToFrozenDictionary();
    }
}
