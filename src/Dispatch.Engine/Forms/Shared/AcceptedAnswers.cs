using System.Text.Json;
using Dispatch.Contracts;

namespace Dispatch.Engine.Forms.Shared;

/// <summary>
/// Known answers: one, or several that are all right, as <c>{"accepted":[…]}</c>, in the producer's line and in canonical form alike. In canonical form <c>reason</c> beside
/// <c>accepted</c> says to whoever was judged by them why they are right.
/// </summary>
internal static class AcceptedAnswers
{
    private const string Accepted = "accepted";
    private const string Reason = "reason";
    private const int Max = 20;

    public const string Shape = "To accept several, give {\"accepted\": […]}.";

    /// <summary>The known answer in canonical form; null when it, or one of several, does not fit.</summary>
    /// <param name="value">As the line has it.</param>
    /// <param name="one">Reads a single one.</param>
    public static string? Bind(JsonElement value, Func<JsonElement, string?> one)
    {
        if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty(Accepted, out var list) || list.ValueKind != JsonValueKind.Array) return one(value);
        if (value.EnumerateObject().Count() != 1 || ReadAll(list, one) is not { } answers) return null;
        return Write(answers, reason: null);
    }

    /// <summary>Reads what is in canonical form already, each answer anew by what a single one may be; null when one does not fit, or the reason is no text of usual length.</summary>
    /// <param name="known">As somebody sent it.</param>
    /// <param name="member">The member of an answer that is known; others, such as the reason of whoever gave it, are left out.</param>
    /// <param name="one">Reads a single one from that member.</param>
    public static string? Again(string known, string member, Func<JsonElement, string?> one)
    {
        using var document = JsonDocument.Parse(known, new JsonDocumentOptions { MaxDepth = Limits.JsonDepth });
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object) return null;
        string? reason = null;
        if (root.TryGetProperty(Reason, out var why) && (!JsonTexts.TryGet(why, out reason) || reason.Length > Limits.ReasonCharacters)) return null;
        string? Inside(JsonElement answer) => answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty(member, out var value) ? one(value) : null;
        if (!root.TryGetProperty(Accepted, out var list)) return Inside(root) is { } single ? Write([single], reason) : null;
        return list.ValueKind == JsonValueKind.Array && ReadAll(list, Inside) is { } answers ? Write(answers, reason) : null;
    }

    /// <summary>The same with the reason beside it.</summary>
    public static string Explained(string known, string reason)
    {
        using var document = JsonDocument.Parse(known);
        var root = document.RootElement;
        return Write(root.TryGetProperty(Accepted, out var list) ? [.. list.EnumerateArray().Select(answer => answer.GetRawText())] : [known], reason);
    }

    /// <summary>The score against the nearest accepted answer.</summary>
    public static double Best(string knownAnswer, string answer, Func<JsonElement, JsonElement, double> score)
    {
        using var known = JsonDocument.Parse(knownAnswer);
        using var given = JsonDocument.Parse(answer);
        if (!known.RootElement.TryGetProperty(Accepted, out var list) || list.ValueKind != JsonValueKind.Array) return score(known.RootElement, given.RootElement);
        var best = 0.0;
        foreach (var accepted in list.EnumerateArray()) best = Math.Max(best, score(accepted, given.RootElement));
        return best;
    }

    private static List<string>? ReadAll(JsonElement list, Func<JsonElement, string?> one)
    {
        if (list.GetArrayLength() is < 1 or > Max) return null;
        List<string> answers = [];
        foreach (var item in list.EnumerateArray())
        {
            if (one(item) is not { } answer) return null;
            answers.Add(answer);
        }

        return answers;
    }

    private static string Write(IReadOnlyList<string> answers, string? reason)
    {
        if (reason is not null) return $$"""{"accepted":[{{string.Join(',', answers)}}],"reason":{{JsonSerializer.Serialize(reason, DispatchJson.Options)}}}""";
        return answers.Count == 1 ? answers[0] : $$"""{"accepted":[{{string.Join(',', answers)}}]}""";
    }
}
