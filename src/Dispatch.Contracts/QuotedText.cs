using System.Globalization;
using System.Text;

namespace Dispatch.Contracts;

/// <summary>
/// Text that somebody sent, made fit to stand in a message about it. A message is stored and sent on (refused lines, audit, reasons), so what it quotes must be storable:
/// one U+0000 in a quoted value once stopped a whole import on PostgreSQL for ever.
/// </summary>
public static class QuotedText
{
    /// <summary>Characters of a quoted value, the mark of a cut apart.</summary>
    public const int Characters = 80;

    /// <summary>A value as it is quoted: what cannot be seen or stored is written as its escape (<c>\u0000</c>), and what is too long is cut behind a whole character.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="max">UTF-16 code units at most, before the ellipsis.</param>
    public static string Of(string text, int max = Characters)
    {
        var quoted = new StringBuilder(Math.Min(text.Length, max) + 1);
        for (var at = 0; at < text.Length;)
        {
            var length = StringInfo.GetNextTextElementLength(text.AsSpan(at));

            // A single character may be a letter under ten thousand accents: then a part of it must do.
            if (quoted.Length == 0 && length > max) return $"{Shown(text.AsSpan(0, Whole(text, max)))}…";
            var shown = Shown(text.AsSpan(at, length));
            if (quoted.Length + shown.Length > max) return quoted.Append('…').ToString();
            quoted.Append(shown);
            at += length;
        }

        return quoted.ToString();
    }

    /// <summary>The whole text with U+0000 and halves of surrogate pairs written as their escapes. The very same string where there are none.</summary>
    /// <param name="text">Any text.</param>
    public static string Storable(string text) => StorableText.Is(text) ? text : Escaped(text, static rune => rune.Value == 0);

    private static string Shown(ReadOnlySpan<char> element) => Escaped(element, static rune => IsUnseen(rune));

    // Line ends would break the message in two, and overrides of direction would turn the rest of it around.
    private static bool IsUnseen(Rune rune) => Rune.IsControl(rune) || rune.Value is (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069) or 0x2028 or 0x2029;

    private static string Escaped(ReadOnlySpan<char> text, Func<Rune, bool> isEscaped)
    {
        var written = new StringBuilder(text.Length);
        while (!text.IsEmpty)
        {
            var isWhole = Rune.DecodeFromUtf16(text, out var rune, out var length) == System.Buffers.OperationStatus.Done;
            if (isWhole && !isEscaped(rune)) written.Append(text[..length]);
            else foreach (var unit in text[..length]) written.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}");
            text = text[length..];
        }

        return written.ToString();
    }

    private static int Whole(string text, int max) => char.IsHighSurrogate(text[max - 1]) && char.IsLowSurrogate(text[max]) ? max - 1 : max;
}
