using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Engine.Forms.Shared;

namespace Dispatch.Engine.Forms.Spans;

/// <summary>Reads spans that somebody sent, a worker or a producer, against the text they are in.</summary>
internal static class SpanCheck
{
    private static readonly string[] Members = ["start", "end", "type", "severity", "comment"];

    /// <summary>The spans; or what is wrong with the first that does not fit.</summary>
    public static AnswerCheck? Read(JsonElement list, string text, SpanRules rules, out List<Span> spans)
    {
        spans = [];
        if (list.ValueKind != JsonValueKind.Array) return AnswerReader.Refuse("$.spans", "The answer has no list of spans.", "Send the marked spans as a list; an empty one when there is nothing to mark.");
        if (list.GetArrayLength() > rules.MaxSpans) return AnswerReader.Refuse("$.spans", $"There are over {rules.MaxSpans} spans.", "Mark the most important ones.");
        foreach (var (i, item) in list.EnumerateArray().Index())
        {
            if (ReadOne(item, $"$.spans[{i}]", text, rules, out var span) is { } refused) return refused;
            if (spans.Exists(other => (other.Start, other.End, other.Type) == (span!.Start, span.End, span.Type))) return AnswerReader.Refuse($"$.spans[{i}]", "The same span is marked twice.", "Mark it once.");
            if (!rules.Overlap && spans.Exists(other => other.Coincidence(span!) > 0)) return AnswerReader.Refuse($"$.spans[{i}]", "It overlaps another span, and this project allows no overlap.", "Shorten one of them, or make one of both.");
            spans.Add(span!);
        }

        return null;
    }

    private static AnswerCheck? ReadOne(JsonElement item, string place, string text, SpanRules rules, out Span? span)
    {
        span = null;
        if (item.ValueKind != JsonValueKind.Object) return AnswerReader.Refuse(place, "The span is not an object.", "Send start, end and type of each span.");
        foreach (var member in item.EnumerateObject())
        {
            var name = JsonTexts.NameOf(member);
            if (name is null || !Members.Contains(name)) return AnswerReader.Refuse($"{place}.{JsonTexts.Quote(name ?? "?")}", $"A span has no '{JsonTexts.Quote(name ?? "?")}'.", "Leave it out.");
        }

        if (Offset(item, "start", 0, text.Length - 1) is not { } start) return AnswerReader.Refuse($"{place}.start", $"The start is not a whole number from 0 to {text.Length - 1}.", "Count UTF-16 code units from the beginning of the text.");
        if (Offset(item, "end", start + 1, text.Length) is not { } end) return AnswerReader.Refuse($"{place}.end", $"The end is not a whole number from {start + 1} to {text.Length}.", "Send the offset just behind the last code unit of the span.");
        if (IsInsidePair(text, start)) return AnswerReader.Refuse($"{place}.start", "The start is in the middle of a surrogate pair.", "Begin at a whole character.");
        if (IsInsidePair(text, end)) return AnswerReader.Refuse($"{place}.end", "The end is in the middle of a surrogate pair.", "End behind a whole character.");
        if (Name(item, "type") is not { } type || !rules.Types.Contains(type)) return AnswerReader.Refuse($"{place}.type", "The span has no type of this project.", $"Use one of: {string.Join(", ", rules.Types)}.");
        var severity = Name(item, "severity");
        if (rules.Severities.Count == 0 ? IsGiven(item, "severity") : severity is null || !rules.Severities.Contains(severity))
        {
            return AnswerReader.Refuse($"{place}.severity", rules.Severities.Count == 0 ? "This project asks for no severity." : "The span has no severity of this project.", rules.Severities.Count == 0 ? "Leave it out." : $"Use one of: {string.Join(", ", rules.Severities)}.");
        }

        if (ReadComment(item, place, rules.Comment, out var comment) is { } refused) return refused;
        span = new Span(start, end, type, severity, comment);
        return null;
    }

    private static AnswerCheck? ReadComment(JsonElement item, string place, ReasonRule rule, out string? comment)
    {
        comment = null;
        if (IsGiven(item, "comment"))
        {
            if (rule == ReasonRule.None) return AnswerReader.Refuse($"{place}.comment", "This project asks for no comments.", "Leave it out.");
            if (Name(item, "comment") is not { } text) return AnswerReader.Refuse($"{place}.comment", "The comment is not usable text.", "Send a string without NUL characters.");
            if (text.Length > Limits.ReasonCharacters) return AnswerReader.Refuse($"{place}.comment", "The comment is too long.", $"Keep it to {Limits.ReasonCharacters} characters.");
            comment = text.Trim().Length == 0 ? null : text;
        }

        return comment is null && rule == ReasonRule.Required ? AnswerReader.Refuse($"{place}.comment", "This project asks for a comment.", "Say what is wrong there.") : null;
    }

    private static bool IsGiven(JsonElement item, string member) => item.TryGetProperty(member, out var value) && value.ValueKind != JsonValueKind.Null;

    private static string? Name(JsonElement item, string member) => item.TryGetProperty(member, out var value) && JsonTexts.TryGet(value, out var text) ? text : null;

    private static int? Offset(JsonElement item, string member, int min, int max) =>
        item.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var offset) && offset >= min && offset <= max ? offset : null;

    private static bool IsInsidePair(string text, int offset) =>
        offset > 0 && offset < text.Length && char.IsLowSurrogate(text[offset]) && char.IsHighSurrogate(text[offset - 1]);
}
