using System.Text.Json;
using Dispatch.Contracts;

namespace Dispatch.Engine.Forms.Shared;

/// <summary>What every form binds: the producer's fields for key, prompt, overlap, priority, known answer and context.</summary>
internal sealed class LineFields
{
    private const int ContextFieldsMax = 20;

    public required string Id { get; init; }

    public required string? Prompt { get; init; }

    public required string? Known { get; init; }

    public required string? Overlap { get; init; }

    public required string? Priority { get; init; }

    public required IReadOnlyList<string> Context { get; init; }

    public static LineFields Read(FieldReader reader, bool promptRequired) => new()
    {
        Id = reader.Text("id", required: true) ?? "",
        Prompt = reader.Text("prompt", promptRequired),
        Known = reader.Text("known"),
        Overlap = reader.Text("overlap"),
        Priority = reader.Text("priority"),
        Context = ReadNames(reader, "context", ContextFieldsMax),
    };

    public static IReadOnlyList<string> ReadNames(FieldReader reader, string member, int max)
    {
        if (reader.Any(member) is not { } value) return [];
        if (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() <= max && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String))
        {
            return [.. value.EnumerateArray().Select(item => item.GetString()!)];
        }

        reader.Fault(member, $"'{member}' is not a list of field names.", $"Give at most {max} field names as strings.");
        return [];
    }

    /// <summary>A field by its name, or by a dotted path into objects.</summary>
    public static JsonElement? Find(JsonElement line, string field)
    {
        if (line.TryGetProperty(field, out var direct)) return direct.ValueKind == JsonValueKind.Null ? null : direct;
        var at = line;
        foreach (var part in field.Split('.'))
        {
            if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(part, out at)) return null;
        }

        return at.ValueKind == JsonValueKind.Null ? null : at;
    }

    /// <summary>Key, overlap and priority of a line; the first fault, if any.</summary>
    public (LineBinding Binding, Refusal? Fault) ReadCommon(JsonElement line)
    {
        if (line.ValueKind != JsonValueKind.Object) return (new LineBinding(), Mismatch("$", "The line is not a JSON object.", "Write one JSON object a line."));
        var key = Find(line, Id) switch
        {
            { ValueKind: JsonValueKind.String } text when JsonTexts.TryGet(text, out var value) => value,
            { ValueKind: JsonValueKind.Number } number => number.GetRawText(),
            _ => "",
        };
        if (key.Length is 0 or > Limits.TaskKeyCharacters)
        {
            return (new LineBinding(), Mismatch($"$.{Id}", $"The bound id field '{Id}' is missing, not a string or number, or over {Limits.TaskKeyCharacters} characters.", "Give every line its own id in that field."));
        }

        var fault = Number(line, Overlap, 1, Limits.OverlapMax, out var overlap) ?? Number(line, Priority, -Limits.PriorityMax, Limits.PriorityMax, out _);
        if (fault is not null) return (new LineBinding(), fault);
        _ = Number(line, Priority, -Limits.PriorityMax, Limits.PriorityMax, out var priority);
        return (new LineBinding { Key = key, Overlap = overlap, Priority = priority }, null);
    }

    public static Refusal Mismatch(string place, string message, string remedy) => new()
    {
        Code = RefusalCode.BindingMismatch,
        Message = message,
        Remedy = remedy,
        Place = place,
    };

    /// <summary>Writes a prompt, given as a string or as a conversation, as canonical turns. False when it is neither.</summary>
    public static bool WritePrompt(Utf8JsonWriter writer, JsonElement? prompt)
    {
        writer.WriteStartArray("prompt");
        var fits = true;
        if (prompt is { ValueKind: JsonValueKind.String } text)
        {
            fits = WriteTurn(writer, "user", text);
        }
        else if (prompt is { ValueKind: JsonValueKind.Array } turns)
        {
            foreach (var turn in turns.EnumerateArray())
            {
                fits &= turn.ValueKind == JsonValueKind.Object
                    && turn.TryGetProperty("role", out var role) && JsonTexts.TryGet(role, out var name)
                    && (turn.TryGetProperty("content", out var said) || turn.TryGetProperty("text", out said))
                    && WriteTurn(writer, name, said);
            }
        }
        else
        {
            fits = prompt is null;
        }

        writer.WriteEndArray();
        return fits;
    }

    public void WriteContext(Utf8JsonWriter writer, JsonElement line)
    {
        writer.WriteStartObject("context");
        foreach (var field in Context)
        {
            if (Find(line, field) is not { } value) continue;
            if (JsonTexts.TryGet(value, out var text)) writer.WriteString(field, text);
            else if (value.ValueKind is JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False) writer.WriteString(field, value.GetRawText());
        }

        writer.WriteEndObject();
    }

    private static bool WriteTurn(Utf8JsonWriter writer, string role, JsonElement said)
    {
        if (!JsonTexts.TryGet(said, out var text)) return false;
        writer.WriteStartObject();
        writer.WriteString("role", role);
        writer.WriteString("text", text);
        writer.WriteEndObject();
        return true;
    }

    private static Refusal? Number(JsonElement line, string? field, int min, int max, out int? number)
    {
        number = null;
        if (field is null || Find(line, field) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var read) && read >= min && read <= max)
        {
            number = read;
            return null;
        }

        return Mismatch($"$.{field}", $"The bound field '{field}' is not a whole number from {min} to {max}.", "Correct the line, or bind another field.");
    }
}
