using System.Text.Json;
using Dispatch.Contracts;

namespace Dispatch.Web.Forms;

/// <summary>An answer as one would say it: under the keys and labels that were on the screen, not in the members it is stored in.</summary>
public static class AnswerWords
{
    /// <summary>The answer, or all of several accepted ones; the JSON itself for a form this console does not know, or where the answer is not one of it.</summary>
    /// <param name="formType">The form.</param>
    /// <param name="settings">Its settings in the project.</param>
    /// <param name="content">What was shown.</param>
    /// <param name="answer">One answer, or <c>{"accepted":[…]}</c>.</param>
    public static string Say(string formType, JsonText settings, JsonText content, JsonText answer)
    {
        var (rules, shown, root) = (Json.Parse(settings), Json.Parse(content), Json.Parse(answer));
        Func<JsonElement, string?>? one = formType switch
        {
            "preference" => Preference,
            "rating" => given => Rating(rules, given),
            "ranking" => Ranking,
            "choice" => given => Choice(shown, given),
            "correction" => Correction,
            "spans" => given => Spans(rules, shown, given),
            _ => null,
        };
        JsonElement[] accepted = [.. root.List("accepted")];
        List<string?> words = [.. (accepted.Length > 0 ? accepted : [root]).Select(given => one?.Invoke(given))];
        return words.Contains(null) ? answer.Json : string.Join("; or ", words);
    }

    private static string? Preference(JsonElement answer) => answer.Text("choice") switch
    {
        null => null,
        "tie" => "a tie",
        var key => $"response {key}{(answer.Whole("strength") is { } strength ? $", by {strength}" : "")}",
    };

    private static string? Rating(JsonElement settings, JsonElement answer)
    {
        if (!answer.TryGetProperty("ratings", out var ratings) || ratings.ValueKind != JsonValueKind.Object) return null;
        var dimensions = settings.List("dimensions").Select(dimension => dimension.Named("name")).Where(dimension => ratings.TryGetProperty(dimension.Name, out _));
        return string.Join(", ", dimensions.Select(dimension => $"{dimension.Label} {ratings.GetProperty(dimension.Name).GetRawText()}"));
    }

    private static string? Ranking(JsonElement answer)
    {
        var places = answer.List("ranking").Select(place => place.ValueKind == JsonValueKind.Array ? string.Join(" = ", place.EnumerateArray()) : place.ToString()).ToList();
        return places.Count == 0 ? null : string.Join(", then ", places);
    }

    private static string? Choice(JsonElement content, JsonElement answer)
    {
        string Label(string? key) => content.List("options").FirstOrDefault(option => option.Text("key") == key).Text("label") is { } label ? $"“{label}”" : $"“{key}”";
        if (answer.Text("choice") is { } choice) return Label(choice);
        if (!answer.TryGetProperty("choices", out _)) return null;
        var chosen = answer.List("choices").Select(key => Label(key.GetString())).ToList();
        return chosen.Count == 0 ? "none of these" : string.Join(" and ", chosen);
    }

    private static string? Correction(JsonElement answer) => answer.Text("text") is { } text ? $"“{text}”" : null;

    private static string? Spans(JsonElement settings, JsonElement content, JsonElement answer)
    {
        if (!answer.TryGetProperty("spans", out _)) return null;
        var text = content.Text("text") ?? "";
        var labels = settings.List("types").Select(type => type.Named("name")).ToDictionary(type => type.Name, type => type.Label);
        var marks = answer.List("spans").Select(span =>
        {
            var start = Math.Clamp(span.Whole("start") ?? 0, 0, text.Length);
            var end = Math.Clamp(span.Whole("end") ?? 0, start, text.Length);
            var type = span.Text("type") ?? "";
            return $"“{text[start..end]}” as {labels.GetValueOrDefault(type, type)}{(span.Text("severity") is { } severity ? $", {severity}" : "")}";
        }).ToList();
        return marks.Count == 0 ? "nothing to mark" : string.Join("; ", marks);
    }
}
