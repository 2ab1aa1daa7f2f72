using System.Text.Json;
using Dispatch.Contracts.Texts;

namespace Dispatch.Engine.Forms.Shared;

/// <summary>The texts of a task that consoles show with their markup, and what an import says of those that are too much for it.</summary>
internal static class ShownTexts
{
    private static readonly LineNote TooMuch = new(
        "shown_as_plain_text",
        "A text is shown as it is, without its markup: it is very long, has very many lines or signs of markup, or lists, quotes or brackets very deep in one another.",
        "Nothing, if raw text will do: everybody can read and answer it. Otherwise shorten the text; the protocol names the limits.");

    /// <summary>The note for a line whose task has such a text; null for others.</summary>
    /// <param name="content">Canonical content.</param>
    public static LineNote? NoteOn(string content)
    {
        using var document = JsonDocument.Parse(content);
        foreach (var member in document.RootElement.EnumerateObject())
        {
            // Context is never laid out, and neither is the text that is corrected or marked: its every sign counts.
            if (member.Name is "prompt" or "responses" or "response" && IsTooMuch(member.Value)) return TooMuch;
        }

        return null;
    }

    private static bool IsTooMuch(JsonElement shown) => shown.ValueKind switch
    {
        JsonValueKind.String => PlainText.Why(shown.GetString()) != PlainTextReason.None,
        JsonValueKind.Array => shown.EnumerateArray().Any(IsTooMuch),
        JsonValueKind.Object => shown.TryGetProperty("text", out var text) && IsTooMuch(text),
        _ => false,
    };
}
