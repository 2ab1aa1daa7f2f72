using System.Text.Json;
using Dispatch.Contracts;

namespace Dispatch.Engine.Forms.Shared;

/// <summary>One bound response of a line.</summary>
/// <param name="Place">Where it is, for a refusal.</param>
/// <param name="Field">The field's name, for a refusal.</param>
/// <param name="Value">Null when the line lacks it.</param>
internal readonly record struct BoundResponse(string Place, string Field, JsonElement? Value);

/// <summary>
/// The prompt of a line and its responses as texts. Data sets of preferences often hold the whole conversation in each response (hh-rlhf, TRL's implicit prompt): what all of them
/// begin with is the prompt, and what follows is what is compared.
/// </summary>
internal sealed class Opening
{
    /// <summary>Bound in place of a field: the prompt is what the responses begin with, plain texts too.</summary>
    public const string Common = "$common";

    private Opening(IReadOnlyList<Turn> prompt, IReadOnlyList<string> responses, bool isMarked) => (Prompt, Responses, IsMarked) = (prompt, responses, isMarked);

    public IReadOnlyList<Turn> Prompt { get; }

    public IReadOnlyList<string> Responses { get; }

    /// <summary>Something that is no text (an image, a call of a tool) stands there as a text in brackets.</summary>
    public bool IsMarked { get; }

    /// <summary>Reads both; null, with a fault, when one is missing or is neither text nor a conversation.</summary>
    public static Opening? Read(LineFields fields, JsonElement line, IReadOnlyList<BoundResponse> bound, ref Refusal? refusal)
    {
        var marked = false;
        List<Turn> prompt = [];
        var isBound = fields.Prompt is not null and not Common;
        if (isBound)
        {
            if (LineFields.Find(line, fields.Prompt!) is not { } value || Conversation.Read(value, ref marked) is not { } turns)
            {
                refusal ??= LineFields.Mismatch($"$.{fields.Prompt}", $"The bound prompt field '{fields.Prompt}' is missing, or is neither text nor a conversation.", "Give a string, or a list of turns with role and content (from and value, and contents in parts, are taken, too).");
                return null;
            }

            // A dialogue in one text ends with the mark of whoever is to answer.
            if (turns.Count > 1 && turns[^1] is { Role: "assistant", Text: "" }) turns.RemoveAt(turns.Count - 1);
            prompt = turns;
        }

        var conversations = new List<Turn>[bound.Count];
        var isConversation = false;
        for (var i = 0; i < bound.Count; i++)
        {
            if (ReadResponse(bound[i], ref marked, ref isConversation) is not { } turns)
            {
                refusal ??= LineFields.Mismatch(bound[i].Place, $"The bound response field '{bound[i].Field}' is missing, or is neither usable text nor a list of messages.", "Give it as a string without NUL characters and half surrogate pairs, or as messages with role and content.");
                return null;
            }

            conversations[i] = turns;
        }

        if (isConversation)
        {
            var shared = isBound ? Leading(prompt, conversations) : Shared(conversations);
            if (!isBound) prompt = conversations[0][..shared];
            return new Opening(prompt, [.. conversations.Select(turns => Conversation.Join(turns[shared..]))], marked);
        }

        string[] texts = [.. conversations.Select(turns => turns[0].Text)];
        if (fields.Prompt != Common || texts.Length < 2) return new Opening(prompt, texts, marked);
        var length = CommonLength(texts);
        return new Opening(length == 0 ? [] : [new Turn("user", texts[0][..length])], [.. texts.Select(text => text[length..])], marked);
    }

    /// <summary>Writes the prompt in canonical form.</summary>
    public static void WritePrompt(Utf8JsonWriter writer, IReadOnlyList<Turn> prompt)
    {
        writer.WriteStartArray("prompt");
        foreach (var turn in prompt)
        {
            writer.WriteStartObject();
            writer.WriteString("role", turn.Role);
            writer.WriteString("text", turn.Text);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static List<Turn>? ReadResponse(BoundResponse response, ref bool marked, ref bool isConversation)
    {
        if (response.Value is not { } value) return null;
        if (Conversation.ReadText(value, ref marked) is { } text)
        {
            if (Conversation.Dialogue(text) is not { } dialogue) return [new Turn("assistant", text)];
            isConversation = true;
            return dialogue;
        }

        // A list of plain texts is several responses, or none: as one response it would be a guess.
        if (value.ValueKind is not (JsonValueKind.Array or JsonValueKind.Object)) return null;
        if (value.ValueKind == JsonValueKind.Array && value.EnumerateArray().Any(item => item.ValueKind != JsonValueKind.Object)) return null;
        isConversation = true;
        return Conversation.Read(value, ref marked);
    }

    /// <summary>How many turns all begin with; each keeps one, or nothing would be left to judge. Of a single conversation it is all but the last turn.</summary>
    private static int Shared(List<Turn>[] conversations)
    {
        var most = conversations.Min(turns => turns.Count) - 1;
        var shared = 0;
        while (shared < most && Array.TrueForAll(conversations, turns => turns[shared] == conversations[0][shared])) shared++;
        return shared;
    }

    /// <summary>The turns of the prompt, where all conversations repeat them.</summary>
    private static int Leading(List<Turn> prompt, List<Turn>[] conversations) =>
        Array.TrueForAll(conversations, turns => turns.Count > prompt.Count && prompt.Index().All(pair => turns[pair.Index] == pair.Item)) ? prompt.Count : 0;

    /// <summary>As far as all texts agree, back to the last blank, so that no word is cut in two (TRL cuts there, too).</summary>
    private static int CommonLength(string[] texts)
    {
        var most = texts.Min(text => text.Length);
        var length = 0;
        while (length < most && Array.TrueForAll(texts, text => text[length] == texts[0][length])) length++;
        while (length > 0 && !char.IsWhiteSpace(texts[0][length - 1]) && length < texts[0].Length) length--;
        while (length > 0 && length < texts[0].Length && texts[0][length - 1] == ' ') length--;
        return length;
    }
}
