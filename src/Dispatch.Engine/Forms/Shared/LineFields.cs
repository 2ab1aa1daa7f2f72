using System.Globalization;
using System.Text.Json;
using Dispatch.Contracts;

namespace Dispatch.Engine.Forms.Shared;

/// <summary>What every form binds: the producer's fields for key, prompt, overlap, priority, known answer and context.</summary>
internal sealed class LineFields
{
    private const int ContextFieldsMax = 20;

    /// <summary>Bound in place of a field: the key is a hash of the content.</summary>
    public const string Hash = "$hash";

    /// <summary>Null when keys are hashes of the content.</summary>
    public required string? Id { get; init; }

    public required string? Prompt { get; init; }

    public required KnownBinding? Known { get; init; }

    public required string? Explanation { get; init; }

    public required string? Overlap { get; init; }

    public required PriorityBinding? Priority { get; init; }

    public required IReadOnlyList<string> Context { get; init; }

    public static LineFields Read(FieldReader reader, KnownRules known, bool hasSeveralResponses = false)
    {
        var fields = new LineFields
        {
            Id = ReadId(reader),
            Prompt = reader.Text("prompt"),
            Known = KnownBinding.Read(reader, known),
            Explanation = reader.Text("explanation"),
            Overlap = reader.Text("overlap"),
            Priority = PriorityBinding.Read(reader),
            Context = ReadNames(reader, "context", ContextFieldsMax),
        };

        if (fields.Prompt == Opening.Common && !hasSeveralResponses) reader.Fault("prompt", "Only several responses have a common beginning.", "Bind the field that holds the prompt.");

        // Context is shown. A key such as "gold-17", or the known answer itself, would tell the worker which tasks are controls.
        foreach (var field in fields.Context)
        {
            if (field == fields.Id || fields.IsKnown(field) || field == fields.Explanation) reader.Fault("context", $"The field '{JsonTexts.Quote(field)}' would be shown to the worker, and may tell a gold task from another.", "Show other fields.");
        }

        if (fields.Context.Distinct(StringComparer.Ordinal).Count() != fields.Context.Count) reader.Fault("context", "A field is named twice.", "Name every field once.");
        if (fields.Explanation is not null && (fields.Known is null || fields.Prompt == fields.Explanation)) reader.Fault("explanation", "Only a known answer is explained, and before the answer it is not shown.", "Bind known as well, and another field than the prompt.");
        if (fields.IsKnown(fields.Prompt)) reader.Fault("prompt", "The known answer would be shown as the prompt.", "Bind another field.");
        return fields;
    }

    /// <summary>Whether a field holds the known answer, which no worker may see.</summary>
    public bool IsKnown(string? field) => Known?.Holds(field) == true;

    /// <summary>Runs a binding, and gives a line without an id the hash of its content; a member whose name is half a surrogate pair can be neither read nor stored.</summary>
    public LineBinding Guard(JsonElement line, Func<JsonElement, LineBinding> bind)
    {
        try
        {
            var bound = bind(line);
            if (bound.Refusal is not null) return bound;
            if (ShownTexts.NoteOn(bound.Content) is { } note) bound = bound with { Notes = [.. bound.Notes, note] };
            if (Id is null) bound = bound with { Key = HashKey.Of(bound.Content), HasGeneratedKey = true };
            return bound is { KnownAnswer: { } known, Explanation: { } explanation } ? bound with { KnownAnswer = AcceptedAnswers.Explained(known, explanation) } : bound;
        }
        catch (InvalidOperationException)
        {
            return new LineBinding { Refusal = Mismatch("$", "A member of the line has a name that is not text.", "Remove half surrogate pairs (\\ud800 to \\udfff) from the names.") };
        }
    }

    /// <summary>The line as it is to be stored: its content with the known answer, where it has one that fits.</summary>
    /// <param name="line">The line.</param>
    /// <param name="binding">What all forms read.</param>
    /// <param name="opening">Prompt and responses.</param>
    /// <param name="content">Canonical content.</param>
    /// <param name="one">Reads a single known answer.</param>
    /// <param name="member">The member of a canonical answer that is known, for whoever gives answers as they are exported.</param>
    /// <param name="remedy">How a known answer is given.</param>
    public LineBinding Finish(JsonElement line, LineBinding binding, Opening? opening, string content, Func<JsonElement, KnownRead> one, string member, string remedy)
    {
        binding = binding with { Content = content };
        if (opening?.IsMarked == true) binding = binding with { Notes = [.. binding.Notes, Marked] };
        if (Known?.Find(line, out var asSent) is not { } value) return binding;
        var (read, reason) = AcceptedAnswers.Bind(value, member, one);
        if (read.Note is { } note) binding = binding with { Notes = [.. binding.Notes, note] };
        if (read.IsNone) return binding;
        return read.Canonical is { } known
            ? binding with { KnownAnswer = known, KnownAsSent = asSent, Explanation = binding.Explanation ?? reason }
            : new LineBinding { Refusal = Mismatch($"$.{Known.Fields[0]}", $"The known answer '{asSent}' does not fit: {read.Why}", $"{remedy} {AcceptedAnswers.Shape}") };
    }

    private static readonly LineNote Marked = new(
        "marked_as_text",
        "Contents that are no text (images, files, calls of tools) are shown as a text in brackets, with their address where they have one.",
        "Nothing, if that is enough to judge by.");

    private static string? ReadId(FieldReader reader)
    {
        var id = reader.Text("id");
        if (id == "$line") reader.Fault("id", "A line's number is no id: it changes when the file is sorted or cut, and the same task would come in twice.", $"Leave the id out, or bind \"{Hash}\": the key is then a hash of the content.");
        return id == Hash ? null : id;
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
        var key = "";
        if (Id is not null)
        {
            key = Find(line, Id) switch
            {
                { ValueKind: JsonValueKind.String } text when JsonTexts.TryGet(text, out var value) => value,
                { ValueKind: JsonValueKind.Number } number => number.GetRawText(),
                _ => "",
            };
            if (key.Length is 0 or > Limits.TaskKeyCharacters)
            {
                return (new LineBinding(), Mismatch($"$.{Id}", $"The bound id field '{Id}' is missing, not a string or number, or over {Limits.TaskKeyCharacters} characters.", $"Give every line its own id in that field, or bind no id (or \"{Hash}\"): the key is then a hash of the content."));
            }
        }

        var fault = Number(line, Overlap, 1, Limits.OverlapMax, out var overlap);
        if (fault is not null) return (new LineBinding(), fault);
        int? priority = null;
        LineNote? note = null;
        if (Priority?.Of(line, out priority, out note) is { } unordered) return (new LineBinding(), unordered);
        if (Explain(line, out var explanation) is { } unexplained) return (new LineBinding(), unexplained);
        return (new LineBinding { Key = key, Overlap = overlap, Priority = priority, Explanation = explanation, Notes = note is null ? [] : [note] }, null);
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

    /// <summary>Prompt and responses of a line; null, with a fault, when they cannot be read.</summary>
    public Opening? Open(JsonElement line, ref Refusal? refusal, params ReadOnlySpan<string?> responses)
    {
        List<BoundResponse> bound = [];
        foreach (var field in responses) if (field is not null) bound.Add(new BoundResponse($"$.{field}", field, Find(line, field)));
        return Opening.Read(this, line, bound, ref refusal);
    }

    /// <summary>Writes prompt and context, with which the content of every form begins; the first fault, if any.</summary>
    public Refusal? WriteOpening(Utf8JsonWriter writer, JsonElement line, Opening opening)
    {
        Opening.WritePrompt(writer, opening.Prompt);
        return WriteContext(writer, line);
    }

    /// <summary>A bound text of a line; empty, with a fault, when it is not there or not usable.</summary>
    public static string ReadText(JsonElement line, string field, ref Refusal? refusal)
    {
        if (Find(line, field) is { } value && JsonTexts.TryGet(value, out var text)) return text;
        refusal ??= Mismatch($"$.{field}", $"The bound field '{field}' is missing or is not usable text.", "Give it as a string without NUL characters and half surrogate pairs.");
        return "";
    }

    private static Refusal? Number(JsonElement line, string? field, int min, int max, out int? number)
    {
        number = null;
        if (field is null || Find(line, field) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.Number && KnownRead.TryWhole(value, out var read) && read >= min && read <= max)
        {
            number = read;
            return null;
        }

        return Mismatch($"$.{field}", $"The bound field '{field}' is not a whole number from {min} to {max}.", "Correct the line, or bind another field.");
    }
}
