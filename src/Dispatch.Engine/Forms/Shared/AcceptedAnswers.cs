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
    private const int DescribedCharacters = 300;

    public const string Shape = "To accept several, give {\"accepted\": […]}.";

    /// <summary>The known answer of a line, and why it is right where the line says so in the same place, as exports do.</summary>
    /// <param name="value">As the line has it: one answer, several as <c>{"accepted":[…]}</c>, or an answer in the shape of exports.</param>
    /// <param name="member">The member of an exported answer that is known.</param>
    /// <param name="one">Reads a single one.</param>
    public static (KnownRead Read, string? Reason) Bind(JsonElement value, string member, Func<JsonElement, KnownRead> one)
    {
        if (value.ValueKind == JsonValueKind.Null) return (KnownRead.None, null);
        if (value.ValueKind != JsonValueKind.Object) return (one(value), null);
        if (!value.TryGetProperty(Accepted, out var list) || list.ValueKind != JsonValueKind.Array) return (one(Unwrapped(value, member)), null);
        string? reason = null;
        if (value.TryGetProperty(Reason, out var why) && (!JsonTexts.TryGet(why, out reason) || reason.Length > Limits.ReasonCharacters)) return (KnownRead.Unfit("its reason is no text of usual length."), null);
        if (value.EnumerateObject().Any(other => other.Name is not (Accepted or Reason))) return (KnownRead.Unfit("beside accepted and reason it has other members."), null);
        if (list.GetArrayLength() is < 1 or > Max) return (KnownRead.Unfit($"it accepts none, or over {Max} answers."), null);
        List<string> answers = [];
        LineNote? note = null;
        foreach (var item in list.EnumerateArray())
        {
            var read = one(Unwrapped(item, member));
            if (read.Canonical is not { } answer) return (KnownRead.Unfit(read.Why ?? "one of several accepted answers is empty."), null);
            answers.Add(answer);
            note ??= read.Note;
        }

        return (KnownRead.Is(Write(answers, reason: null), note), reason);
    }

    /// <summary>Each accepted answer, or the only one.</summary>
    public static IEnumerable<JsonElement> Each(JsonElement known) =>
        known.TryGetProperty(Accepted, out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : [known];

    /// <summary>Accepted answers in words.</summary>
    public static string Describe(string known, Func<JsonElement, string> one)
    {
        using var document = JsonDocument.Parse(known);
        return QuotedText.Of(string.Join(", or ", Each(document.RootElement).Select(one)), DescribedCharacters);
    }

    private static JsonElement Unwrapped(JsonElement value, string member) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty(member, out var inside) ? inside : value;

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
