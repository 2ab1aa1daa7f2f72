using System.Text;
using System.Text.Json;
using Dispatch.Contracts;

namespace Dispatch.Engine.Forms.Shared;

/// <summary>One turn of a conversation.</summary>
internal readonly record struct Turn(string Role, string Text);

/// <summary>
/// Reads conversations in the shapes they are found in: a text, messages with <c>role</c> and <c>content</c>, ShareGPT's <c>from</c> and <c>value</c>, contents in parts, calls of
/// tools without a text, a list of plain texts, and dialogues written as one text (<c>\n\nHuman: …\n\nAssistant: …</c>). All become turns of role and text.
/// </summary>
internal static class Conversation
{
    private const string Human = "\n\nHuman:";
    private const string Assistant = "\n\nAssistant:";
    private const int AddressCharacters = 300;

    private static readonly string[] RoleMembers = ["role", "from", "author", "speaker"];
    private static readonly string[] TextMembers = ["content", "value", "text"];
    private static readonly string[] ListMembers = ["messages", "conversations", "conversation", "turns"];

    /// <summary>Roles that mean one of the usual ones.</summary>
    private static readonly Dictionary<string, string> Roles = new(StringComparer.OrdinalIgnoreCase)
    {
        ["human"] = "user", ["user"] = "user", ["prompter"] = "user",
        ["gpt"] = "assistant", ["chatgpt"] = "assistant", ["bot"] = "assistant", ["model"] = "assistant", ["assistant"] = "assistant", ["function_call"] = "assistant",
        ["system"] = "system", ["tool"] = "tool", ["function"] = "tool", ["observation"] = "tool", ["function_response"] = "tool",
    };

    /// <summary>The turns; null when the value is no conversation, or holds what cannot be stored.</summary>
    /// <param name="value">The value.</param>
    /// <param name="marked">Set when something that is no text stands there as a text in brackets.</param>
    public static List<Turn>? Read(JsonElement value, ref bool marked)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                return JsonTexts.TryGet(value, out var text) ? Dialogue(text) ?? [new Turn("user", text)] : null;
            case JsonValueKind.Object:
                foreach (var member in ListMembers)
                {
                    if (value.TryGetProperty(member, out var inside) && inside.ValueKind == JsonValueKind.Array) return Read(inside, ref marked);
                }

                return ReadTurn(value, ref marked) is { } single ? [single] : null;
            case JsonValueKind.Array when value.GetArrayLength() > 0:
                return IsParts(value) ? ReadParts(value, ref marked) is { } parts ? [new Turn("user", parts)] : null : ReadTurns(value, ref marked);
            default:
                return null;
        }
    }

    /// <summary>A dialogue written as one text; null when the text is none. It must begin with its mark, so no text that merely mentions one is taken apart.</summary>
    public static List<Turn>? Dialogue(string text)
    {
        if (!text.StartsWith(Human, StringComparison.Ordinal) && !text.StartsWith(Assistant, StringComparison.Ordinal)) return null;
        List<Turn> turns = [];
        for (var at = 0; at < text.Length;)
        {
            var (mark, role) = text.AsSpan(at).StartsWith(Human) ? (Human, "user") : (Assistant, "assistant");
            var start = at + mark.Length;
            at = Next(text, start);
            var said = text.AsSpan(start, at - start);
            turns.Add(new Turn(role, (said.Length > 0 && said[0] == ' ' ? said[1..] : said).ToString()));
        }

        return turns;
    }

    /// <summary>Turns as one text: that of a single turn, else each with its role.</summary>
    public static string Join(IReadOnlyList<Turn> turns) =>
        turns.Count == 1 ? turns[0].Text : string.Join("\n\n", turns.Select(turn => $"{turn.Role}: {turn.Text}"));

    /// <summary>A text, or contents in parts; null when it is neither.</summary>
    public static string? ReadText(JsonElement value, ref bool marked)
    {
        if (value.ValueKind == JsonValueKind.String) return JsonTexts.TryGet(value, out var text) ? text : null;
        return value.ValueKind == JsonValueKind.Array && IsParts(value) ? ReadParts(value, ref marked) : null;
    }

    private static int Next(string text, int start)
    {
        var human = text.IndexOf(Human, start, StringComparison.Ordinal);
        var assistant = text.IndexOf(Assistant, start, StringComparison.Ordinal);
        return Math.Min(human < 0 ? text.Length : human, assistant < 0 ? text.Length : assistant);
    }

    private static List<Turn>? ReadTurns(JsonElement list, ref bool marked)
    {
        List<Turn> turns = [];
        foreach (var item in list.EnumerateArray())
        {
            // A list of plain texts holds what one person asked, turn by turn.
            if (item.ValueKind == JsonValueKind.String && JsonTexts.TryGet(item, out var text)) turns.Add(new Turn("user", text));
            else if (item.ValueKind == JsonValueKind.Object && ReadTurn(item, ref marked) is { } turn) turns.Add(turn);
            else return null;
        }

        return turns;
    }

    private static Turn? ReadTurn(JsonElement turn, ref bool marked)
    {
        if (ReadRole(turn) is not { } role) return null;
        var text = "";
        var hasText = false;
        foreach (var member in TextMembers)
        {
            if (!turn.TryGetProperty(member, out var said) || said.ValueKind == JsonValueKind.Null) continue;
            if (ReadSaid(said, ref marked) is not { } read) return null;
            (text, hasText) = (read, true);
            break;
        }

        if (ReadCalls(turn) is { } calls)
        {
            marked = true;
            return new Turn(role, text.Length == 0 ? calls : $"{text}\n\n{calls}");
        }

        return hasText ? new Turn(role, text) : null;
    }

    private static string? ReadSaid(JsonElement said, ref bool marked)
    {
        if (said.ValueKind != JsonValueKind.Object) return ReadText(said, ref marked);

        // What a tool gave back is often an object.
        marked = true;
        return QuotedText.Storable(said.GetRawText());
    }

    private static string? ReadRole(JsonElement turn)
    {
        foreach (var member in RoleMembers)
        {
            if (turn.TryGetProperty(member, out var role) && JsonTexts.TryGet(role, out var name)) return Roles.GetValueOrDefault(name, name);
        }

        return null;
    }

    private static string? ReadCalls(JsonElement turn)
    {
        if (turn.TryGetProperty("tool_calls", out var calls) && calls.ValueKind == JsonValueKind.Array && calls.GetArrayLength() > 0)
        {
            return string.Join("\n", calls.EnumerateArray().Select(call => Call(call.ValueKind == JsonValueKind.Object && call.TryGetProperty("function", out var function) ? function : call)));
        }

        return turn.TryGetProperty("function_call", out var single) && single.ValueKind == JsonValueKind.Object ? Call(single) : null;
    }

    private static string Call(JsonElement function)
    {
        if (function.ValueKind != JsonValueKind.Object) return $"[tool call: {QuotedText.Storable(function.GetRawText())}]";
        var name = function.TryGetProperty("name", out var named) && JsonTexts.TryGet(named, out var text) ? text : "?";
        var arguments = function.TryGetProperty("arguments", out var given) || function.TryGetProperty("input", out given)
            ? JsonTexts.TryGet(given, out var written) ? written : QuotedText.Storable(given.GetRawText())
            : "";
        return $"[tool call: {name}({arguments})]";
    }

    private static bool IsParts(JsonElement list) => list.GetArrayLength() > 0 && list.EnumerateArray().All(item =>
        item.ValueKind == JsonValueKind.Object && item.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && !Array.Exists(RoleMembers, member => item.TryGetProperty(member, out _)));

    private static string? ReadParts(JsonElement parts, ref bool marked)
    {
        var text = new StringBuilder();
        foreach (var part in parts.EnumerateArray())
        {
            if (ReadPart(part, ref marked) is not { } read) return null;
            if (text.Length > 0) text.Append("\n\n");
            text.Append(read);
        }

        return text.ToString();
    }

    private static string? ReadPart(JsonElement part, ref bool marked)
    {
        if (!JsonTexts.TryGet(part.GetProperty("type"), out var type)) return null;
        if (type.EndsWith("text", StringComparison.Ordinal)) return part.TryGetProperty("text", out var text) && JsonTexts.TryGet(text, out var read) ? read : null;
        marked = true;
        if (type == "tool_use") return Call(part);
        if (type == "tool_result" && part.TryGetProperty("content", out var content)) return ReadSaid(content, ref marked);
        return Address(part) is { } address ? $"[{Name(type)}: {address}]" : $"[{Name(type)}]";
    }

    private static string Name(string type) => QuotedText.Of(type.EndsWith("_url", StringComparison.Ordinal) ? type[..^4] : type.StartsWith("input_", StringComparison.Ordinal) ? type[6..] : type);

    /// <summary>Where an image or a file is. An address that holds the image itself is cut: nobody reads it.</summary>
    private static string? Address(JsonElement part)
    {
        foreach (var member in (string[])["image_url", "url", "image", "file", "source", "audio_url", "video_url"])
        {
            if (!part.TryGetProperty(member, out var value)) continue;
            if (value.ValueKind == JsonValueKind.Object && (value.TryGetProperty("url", out var inside) || value.TryGetProperty("file_id", out inside) || value.TryGetProperty("filename", out inside))) value = inside;
            if (value.ValueKind == JsonValueKind.String && JsonTexts.TryGet(value, out var address)) return QuotedText.Of(address, AddressCharacters);
        }

        return null;
    }
}
