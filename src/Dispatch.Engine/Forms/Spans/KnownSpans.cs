using System.Text.Json;
using Dispatch.Engine.Forms.Shared;

namespace Dispatch.Engine.Forms.Spans;

/// <summary>
/// Reads known spans as annotation tools export them: objects with start, end and a type under one of several names and anything else beside them (Prodigy, doccano), the same inside
/// <c>value</c> (Label Studio), or <c>[start, end, label]</c>; and a label for each step of a text in steps.
/// </summary>
internal sealed class KnownSpans(SpanRules rules, LineFields fields)
{
    public static readonly KnownRules Rules = new([], HasOffsets: true);

    private static readonly string[] Starts = ["start", "start_offset", "begin"];
    private static readonly string[] Ends = ["end", "end_offset"];
    private static readonly string[] Types = ["type", "label", "labels", "entity_group", "entity", "tag", "category"];

    private static readonly LineNote Utf16Assumed = new(
        "offsets_assumed",
        "Texts of some lines hold characters beyond the basic plane (emoji), and the binding does not say how the offsets of their spans count. UTF-16 code units were assumed.",
        "Say it in the binding: \"known\": {\"field\": \"…\", \"offsets\": \"code_points\"} for files made by Python, or \"utf16\".");

    /// <summary>Reads one.</summary>
    /// <param name="value">As the line has it.</param>
    /// <param name="text">The text.</param>
    /// <param name="steps">Its steps, if it has any.</param>
    public KnownRead Read(JsonElement value, string text, IReadOnlyList<string>? steps)
    {
        if (KnownRead.SaysNone(value)) return KnownRead.None;
        if (value.ValueKind != JsonValueKind.Array) return KnownRead.Unfit("it is no list of spans.");
        if (steps is not null && value.EnumerateArray().Any(IsLabel)) return OfLabels(value, text, steps);
        var (starts, isBeyond) = (Offsets(text), text.Any(char.IsSurrogate));
        List<(int Start, int End, string Type, string? Severity)> spans = [];
        foreach (var item in value.EnumerateArray())
        {
            if (ReadOne(item, starts, text, out var span) is { } why) return KnownRead.Unfit(why);
            if (span is { } marked) spans.Add(marked);
        }

        var read = Exact(spans, text, rules);
        return isBeyond && spans.Count > 0 && !fields.Known!.InCodePoints && read.Canonical is not null ? read with { Note = Utf16Assumed } : read;
    }

    /// <summary>Spans in our own shape, checked as an answer would be. No comment is known to be right, so none is asked for.</summary>
    public static KnownRead Exact(JsonElement spans, string text, SpanRules rules)
    {
        var refused = SpanCheck.Read(spans, text, rules with { Comment = ReasonRule.Optional }, out var read);
        return refused?.Refusal is { } refusal ? KnownRead.Unfit(refusal.Message) : KnownRead.Is(Span.Write(read.Select(span => span with { Comment = null })));
    }

    private static KnownRead Exact(List<(int Start, int End, string Type, string? Severity)> spans, string text, SpanRules rules)
    {
        using var document = JsonDocument.Parse(Span.Write(spans.Select(span => new Span(span.Start, span.End, span.Type, span.Severity, null))));
        return Exact(document.RootElement.GetProperty("spans"), text, rules);
    }

    private string? ReadOne(JsonElement item, int[]? starts, string text, out (int Start, int End, string Type, string? Severity)? span)
    {
        span = null;
        var place = item.ValueKind == JsonValueKind.Object && item.TryGetProperty("value", out var inside) && inside.ValueKind == JsonValueKind.Object ? inside : item;
        if (place.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array)) return $"'{JsonTexts.Quote(item)}' is no span.";
        var (first, last) = place.ValueKind == JsonValueKind.Array ? (At(place, 0), At(place, 1)) : (Member(place, Starts), Member(place, Ends));
        if (Offset(first, starts) is not { } start || Offset(last, starts) is not { } end) return $"'{JsonTexts.Quote(item)}' has no start and end within the text.";
        var label = place.ValueKind == JsonValueKind.Array ? At(place, 2) : Member(place, Types);
        if (label is { ValueKind: JsonValueKind.Array } labels) label = At(labels, 0);
        if (label is not { } named) return $"'{JsonTexts.Quote(item)}' has no type.";
        if (fields.Known!.TryMap(named, out var mapped))
        {
            // Mapped to nothing: a label that this project does not ask for.
            if (mapped.ValueKind == JsonValueKind.Null) return null;
            named = mapped;
        }

        if (TypeOf(named) is not { } type) return $"'{JsonTexts.Quote(named)}' is no type of this project.";
        if (end <= text.Length && start < end && place.ValueKind == JsonValueKind.Object && Member(place, ["text"]) is { } quoted && JsonTexts.TryGet(quoted, out var said) && said != text[start..end])
        {
            return $"its span {start} to {end} says '{JsonTexts.Quote(said)}', and there the text has '{JsonTexts.Quote(text[start..end])}': do its offsets count code points?";
        }

        span = (start, end, type, place.ValueKind == JsonValueKind.Object && Member(place, ["severity"]) is { } severity && JsonTexts.TryGet(severity, out var grave) ? grave : null);
        return null;
    }

    private static bool IsLabel(JsonElement item) =>
        item.ValueKind is JsonValueKind.True or JsonValueKind.False or JsonValueKind.Number or JsonValueKind.String or JsonValueKind.Null || Rating(item) is not null;

    /// <summary>The rating inside a step of PRM800K.</summary>
    private static JsonElement? Rating(JsonElement item) =>
        item.ValueKind == JsonValueKind.Object && StepTexts.Chosen(item) is { ValueKind: JsonValueKind.Object } chosen && chosen.TryGetProperty("rating", out var rating) ? rating : null;

    /// <summary>A label for each step: those that the map gives a type are marked whole. Without a map, false marks a step where there is one type.</summary>
    private KnownRead OfLabels(JsonElement labels, string text, IReadOnlyList<string> steps)
    {
        if (labels.GetArrayLength() != steps.Count) return KnownRead.Unfit($"it labels {labels.GetArrayLength()} steps of {steps.Count}.");
        List<(int Start, int End, string Type, string? Severity)> spans = [];
        var start = 0;
        foreach (var (i, item) in labels.EnumerateArray().Index())
        {
            var label = Rating(item) ?? item;
            if (!fields.Known!.TryMap(label, out var mapped))
            {
                if (label.ValueKind is not (JsonValueKind.True or JsonValueKind.False) || rules.Types.Count != 1) return KnownRead.Unfit($"the binding does not say what the label '{JsonTexts.Quote(label)}' of a step means (map: {{\"-1\": \"a type\", \"1\": null}}).");
                if (label.ValueKind == JsonValueKind.False) spans.Add((start, start + steps[i].Length, rules.Types[0], null));
            }
            else if (mapped.ValueKind != JsonValueKind.Null)
            {
                if (TypeOf(mapped) is not { } type) return KnownRead.Unfit($"'{JsonTexts.Quote(mapped)}' is no type of this project.");
                spans.Add((start, start + steps[i].Length, type, null));
            }

            start += steps[i].Length + StepTexts.Between.Length;
        }

        return Exact(spans, text, rules);
    }

    private string? TypeOf(JsonElement value)
    {
        if (!JsonTexts.TryGet(value, out var name)) return null;
        if (rules.Types.Contains(name)) return name;
        string[] alike = [.. rules.Types.Where(type => type.Equals(name.Trim(), StringComparison.OrdinalIgnoreCase))];
        return alike is [var only] ? only : null;
    }

    /// <summary>Where each code point begins in UTF-16, and the end; null where offsets need no conversion.</summary>
    private int[]? Offsets(string text)
    {
        if (!fields.Known!.InCodePoints) return null;
        List<int> starts = [];
        for (var at = 0; at < text.Length; at += char.IsSurrogatePair(text, at) ? 2 : 1) starts.Add(at);
        return [.. starts, text.Length];
    }

    private static int? Offset(JsonElement? value, int[]? starts) =>
        value is { } given && KnownRead.TryWhole(given, out var offset) && offset >= 0 ? starts is null ? offset : offset < starts.Length ? starts[offset] : null : null;

    private static JsonElement? At(JsonElement list, int index) => index < list.GetArrayLength() ? list[index] : null;

    private static JsonElement? Member(JsonElement item, string[] names)
    {
        foreach (var name in names) if (item.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null) return value;
        return null;
    }
}
