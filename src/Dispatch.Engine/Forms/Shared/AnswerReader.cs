using System.Text;
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
    // The same member twice could be read one way here and another way by whoever reads the export.
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = Limits.JsonDepth, AllowDuplicateProperties = false };

    private static readonly AnswerCheck NotAnObject = Refuse("$", "The answer is not a JSON object, or is nested too deeply, or names a member twice.", "Send the answer as one JSON object in the shape of the form.");

    private static readonly AnswerCheck Unstorable = Refuse("$", "The answer holds a NUL character or half a surrogate pair, which cannot be stored.", "Leave those characters out.");

    private static readonly AnswerCheck TooLarge = new(null, new Refusal
    {
        Code = RefusalCode.PayloadTooLarge,
        Message = $"The answer is over {Limits.AnswerBytes} bytes.",
        Remedy = "Shorten it.",
        Place = "$",
    });

    /// <summary>The answer as a document with no members but these; null when refused.</summary>
    public static JsonDocument? Parse(string answer, ReadOnlySpan<string> known, out AnswerCheck refused)
    {
        refused = default;
        if (answer.Length > Limits.AnswerBytes / 3 && Encoding.UTF8.GetByteCount(answer) > Limits.AnswerBytes)
        {
            refused = TooLarge;
            return null;
        }

        JsonDocument? document = null;
        try
        {
            document = JsonDocument.Parse(answer, Options);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                // Only an escape can smuggle in what is not text, and few answers hold one.
                if (answer.Contains("\\u", StringComparison.Ordinal) && !IsSound(document.RootElement)) refused = Unstorable;
                else if (RefuseOthers(document.RootElement, known) is { } unknown) refused = unknown;
                else return document;
            }
            else
            {
                refused = NotAnObject;
            }
        }
        catch (JsonException)
        {
            refused = NotAnObject;
        }
        catch (Exception failure) when (failure is InvalidOperationException or ArgumentException)
        {
            // Half a surrogate pair, escaped in a name or raw in the text: there is no UTF-8 for it.
            refused = Unstorable;
        }

        document?.Dispose();
        return null;
    }

    private static bool IsSound(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => JsonTexts.TryGet(value, out _),
        JsonValueKind.Array => value.EnumerateArray().All(IsSound),
        JsonValueKind.Object => value.EnumerateObject().All(member => !member.Name.Contains('\0') && IsSound(member.Value)),
        _ => true,
    };

    public static AnswerCheck Refuse(string place, string message, string remedy) => new(null, new Refusal
    {
        Code = RefusalCode.FormMismatch,
        Message = message,
        Remedy = remedy,
        Place = place,
    });

    public static ReasonRule ReadRule(FieldReader reader, string member = "reason", ReasonRule otherwise = ReasonRule.None)
    {
        if (reader.Text(member) is not { } rule) return otherwise;
        switch (rule)
        {
            case "none": return ReasonRule.None;
            case "optional": return ReasonRule.Optional;
            case "required": return ReasonRule.Required;
            default:
                reader.Fault(member, $"'{JsonTexts.Quote(rule)}' is not a rule for {member}s.", "Use none, optional or required.");
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

    private static AnswerCheck? RefuseOthers(JsonElement answer, ReadOnlySpan<string> known)
    {
        foreach (var member in answer.EnumerateObject())
        {
            if (!known.Contains(member.Name)) return Refuse($"$.{JsonTexts.Quote(member.Name)}", $"The form has no '{JsonTexts.Quote(member.Name)}'.", "Leave it out.");
        }

        return null;
    }
}
