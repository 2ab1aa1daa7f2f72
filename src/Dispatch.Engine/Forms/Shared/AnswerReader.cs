using System.Text.Json;
using Dispatch.Contracts;

namespace Dispatch.Engine.Forms.Shared;

/// <summary>How a project treats the reason beside an answer.</summary>
internal enum ReasonRule
{
    None,
    Optional,
    Required,
}

/// <summary>What answers of all forms share.</summary>
internal static class AnswerReader
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = Limits.JsonDepth };

    public static JsonDocument? Parse(string answer)
    {
        try
        {
            var document = JsonDocument.Parse(answer, Options);
            if (document.RootElement.ValueKind == JsonValueKind.Object) return document;
            document.Dispose();
            return null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static AnswerCheck NotAnObject { get; } = Refuse("$", "The answer is not a JSON object.", "Send the answer as one JSON object in the shape of the form.");

    public static AnswerCheck Refuse(string place, string message, string remedy) => new(null, new Refusal
    {
        Code = RefusalCode.FormMismatch,
        Message = message,
        Remedy = remedy,
        Place = place,
    });

    public static ReasonRule ReadRule(FieldReader reader)
    {
        if (reader.Text("reason") is not { } rule) return ReasonRule.None;
        switch (rule)
        {
            case "none": return ReasonRule.None;
            case "optional": return ReasonRule.Optional;
            case "required": return ReasonRule.Required;
            default:
                reader.Fault("reason", $"'{rule}' is not a rule for reasons.", "Use none, optional or required.");
                return ReasonRule.None;
        }
    }

    /// <summary>The reason of an answer, checked against the rule.</summary>
    public static AnswerCheck? CheckReason(JsonElement answer, ReasonRule rule, out string? reason)
    {
        reason = null;
        if (answer.TryGetProperty("reason", out var value) && value.ValueKind != JsonValueKind.Null)
        {
            if (rule == ReasonRule.None) return Refuse("$.reason", "This project asks for no reason.", "Leave the reason out.");
            if (!JsonTexts.TryGet(value, out var text)) return Refuse("$.reason", "The reason is not usable text.", "Send a string without NUL characters.");
            if (text.Length > Limits.ReasonCharacters) return Refuse("$.reason", "The reason is too long.", $"Keep it to {Limits.ReasonCharacters} characters.");
            reason = text.Trim().Length == 0 ? null : text;
        }

        return reason is null && rule == ReasonRule.Required
            ? Refuse("$.reason", "This project asks for a reason.", "Say in a sentence why you chose so.")
            : null;
    }

    public static AnswerCheck? RefuseOthers(JsonElement answer, ReadOnlySpan<string> known)
    {
        foreach (var member in answer.EnumerateObject())
        {
            if (!known.Contains(member.Name)) return Refuse($"$.{member.Name}", $"The form has no '{member.Name}'.", "Leave it out.");
        }

        return null;
    }
}
