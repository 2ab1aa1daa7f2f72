using System.Text.Json;

namespace Dispatch.Engine.Forms.Shared;

/// <summary>Known answers: one, or several that are all right, as <c>{"accepted":[…]}</c>, in the producer's line and in canonical form alike.</summary>
internal static class AcceptedAnswers
{
    private const string Accepted = "accepted";
    private const int Max = 20;

    public const string Shape = "To accept several, give {\"accepted\": […]}.";

    /// <summary>The known answer in canonical form; null when it, or one of several, does not fit.</summary>
    /// <param name="value">As the line has it.</param>
    /// <param name="one">Reads a single one.</param>
    public static string? Bind(JsonElement value, Func<JsonElement, string?> one)
    {
        if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty(Accepted, out var list) || list.ValueKind != JsonValueKind.Array) return one(value);
        if (list.GetArrayLength() is < 1 or > Max || value.EnumerateObject().Count() != 1) return null;
        List<string> answers = [];
        foreach (var item in list.EnumerateArray())
        {
            if (one(item) is not { } answer) return null;
            answers.Add(answer);
        }

        return answers.Count == 1 ? answers[0] : $$"""{"accepted":[{{string.Join(',', answers)}}]}""";
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
}
