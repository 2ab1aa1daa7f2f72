using System.Globalization;
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

    public required string? Explanation { get; init; }

    public required string? Overlap { get; init; }

    public required string? Priority { get; init; }

    public required IReadOnlyList<string> Context { get; init; }

    public static LineFields Read(FieldReader reader, bool promptRequired)
    {
        var fields = new LineFields
        {
            Id = reader.Text("id", required: true) ?? "",
            Prompt = reader.Text("prompt", promptRequired),
            Known = reader.Text("known"),
            Explanation = reader.Text("explanation"),
            Overlap = reader.Text("overlap"),
            Priority = reader.Text("priority"),
            Context = ReadNames(reader, "context", ContextFieldsMax),
        };

        // Context is shown. A key such as "gold-17", or the known answer itself, would tell the worker which tasks are controls.
        foreach (var field in fields.Context)
        {
            if (field == fields.Id || field == fields.Known || field == fields.Explanation) reader.Fault("context", $"The field '{JsonTexts.Quote(field)}' would be shown to the worker, and may tell a gold task from another.", "Show other fields.");
        }

        if (fields.Context.Distinct(StringComparer.Ordinal).Count() != fields.Context.Count) reader.Fault("context", "A field is named twice.", "Name every field once.");
        if (fields.Explanation is not null && (fields.Known is null || fields.Prompt == fields.Explanation)) reader.Fault("explanation", "Only a known answer is explained, and before the answer it is not shown.", "Bind known as well, and another field than the prompt.");
        if (fields.Prompt is not null && fields.Prompt == fields.Known) reader.Fault("prompt", "The known answer would be shown as the prompt.", "Bind another field.");
        return fields;
    }

    /// <summary>Runs a binding; a member whose name is half a surrogate pair can be neither read nor stored.</summary>
    public static LineBinding Guard(JsonElement line, Func<JsonElement, LineBinding> bind)
    {
        try
        {
            var bound = bind(line);
            return bound is { KnownAnswer: { } known, Explanation: { } explanation } ? bound with { KnownAnswer = AcceptedAnswers.Explained(known, explanation) } : bound;
        }
        catch (InvalidOperationException)
        {
            return new LineBinding { Refusal = Mismatch("$", "A member of the line has a name that is not text.", "Remove half surrogate pairs (\\ud800 to \\udfff) from the names.") };
        }
    }

    public static IReadOnlyList<string> ReadNames(FieldReader reader, string member, int max)
    {
        if (reader.Any(member) is not { } value) return [];
        if (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() <= max && value.EnumerateArray().All(item => JsonTexts.TryGet(item, out var name) && name.Length > 0))
        {
            return [.. value.EnumerateArray().Select(item => item.GetString()!)];
        }

        reader.Fault(member, $"'{member}' is not a list of field names.", $"Give at most {max} field names as strings.");
        return [];
    }

    /// <summary>A field by its name, or by a dotted path into objects and, by number from 0, into lists.</summary>
    public static JsonElement? Find(JsonElement line, string field)
    {
        if (line.TryGetProperty(field, out var direct)) return direct.ValueKind == JsonValueKind.Null ? null : direct;
        var at = line;
        foreach (var part in field.Split('.'))
        {
            if (at.ValueKind == JsonValueKind.Array && int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < at.GetArrayLength()) at = at[index];
            else if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(part, out at)) return null;
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
        if (Explain(line, out var explanation) is { } unexplained) return (new LineBinding(), unexplained);
        return (new LineBinding { Key = key, Overlap = overlap, Priority = priority, Explanation = explanation }, null);
    }

    private Refusal? Explain(JsonElement line, out string? explanation)
    {
        explanation = null;
        if (Explanation is null || Find(line, Explanation) is not { } value) return null;
        if (JsonTexts.TryGet(value, out explanation) && explanation.Length <= Limits.ReasonCharacters) return null;
        return Mismatch($"$.{Explanation}", $"The bound explanation field '{Explanation}' is not usable text, or has over {Limits.ReasonCharacters} characters.", "Shorten it, or leave it out.");
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
            fits = turns.GetArrayLength() > 0;
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

    /// <summary>Writes the bound context; the first field that cannot be shown, if any. A field that a line lacks is left out.</summary>
    public Refusal? WriteContext(Utf8JsonWriter writer, JsonElement line)
    {
        Refusal? refusal = null;
        writer.WriteStartObject("context");
        foreach (var field in Context)
        {
            if (Find(line, field) is not { } value) continue;
            if (JsonTexts.TryGet(value, out var text)) writer.WriteString(field, text);
            else if (value.ValueKind is JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False) writer.WriteString(field, value.GetRawText());
            else refusal ??= Mismatch($"$.{field}", $"The bound context field '{field}' is not usable text, a number or a boolean.", "Correct the line, or bind a field inside it by its path.");
        }

        writer.WriteEndObject();
        return refusal;
    }

    /// <summary>Writes prompt and context, with which the content of every form begins; the first fault, if any.</summary>
    public Refusal? WriteOpening(Utf8JsonWriter writer, JsonElement line)
    {
        var prompt = Prompt is null ? null : Find(line, Prompt);
        var fits = WritePrompt(writer, prompt) && (Prompt is null || prompt is not null);
        var unusable = WriteContext(writer, line);
        return fits ? unusable : Mismatch($"$.{Prompt}", $"The bound prompt field '{Prompt}' is missing, or is neither text nor a conversation.", "Give a string, or a list of turns with role and content.");
    }

    /// <summary>A bound text of a line; empty, with a fault, when it is not there or not usable.</summary>
    public static string ReadText(JsonElement line, string field, ref Refusal? refusal)
    {
        if (Find(line, field) is { } value && JsonTexts.TryGet(value, out var text)) return text;
        refusal ??= Mismatch($"$.{field}", $"The bound field '{field}' is missing or is not usable text.", "Give it as a string without NUL characters and half surrogate pairs.");
        return "";
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
