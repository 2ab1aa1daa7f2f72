using System.Buffers;
using System.Text;

namespace Dispatch.Contracts;

/// <summary>
/// What text can be stored at all, on either database and in any field. A task, an answer or a reason may hold every other character: they are data, and come out as they
/// went in. What a name may hold is narrower, and decided by the engine's <c>Names</c>.
/// </summary>
public static class StorableText
{
    /// <summary>What is wrong with text that cannot be stored, as the end of a sentence about it.</summary>
    public const string Fault = "a NUL character or half a surrogate pair, which cannot be stored";

    /// <summary>Whether the text can be stored: it holds no U+0000, which no PostgreSQL text holds, and no half of a surrogate pair, which no UTF-8 holds.</summary>
    /// <param name="text">The text.</param>
    public static bool Is(ReadOnlySpan<char> text)
    {
        // Nearly all text holds neither: one vectorised look decides that.
        if (!text.ContainsAnyInRange('\ud800', '\udfff')) return !text.Contains('\0');
        while (!text.IsEmpty)
        {
            if (text[0] == '\0' || Rune.DecodeFromUtf16(text, out _, out var read) != OperationStatus.Done) return false;
            text = text[read..];
        }

        return true;
    }
}
