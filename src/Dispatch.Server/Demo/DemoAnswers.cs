using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Worker;

namespace Dispatch.Server.Demo;

/// <summary>What a simulated annotator answers: nobody's judgment, but of a shape that makes figures move like real ones.</summary>
internal static class DemoAnswers
{
    public static JsonText Draw(WorkerProject project, AssignmentMessage task, double skill, Random random)
    {
        using var settings = JsonDocument.Parse(project.FormSettings.Json);
        using var content = JsonDocument.Parse(task.Content.Json);
        return project.FormType switch
        {
            "rating" => Rate(settings.RootElement, random),
            "ranking" => Rank(content.RootElement, random),
            "choice" => Choose(content.RootElement, random),
            "correction" => Correct(content.RootElement, random),
            "spans" => Mark(settings.RootElement, content.RootElement, random),
            _ => Prefer(content.RootElement, skill, random),
        };
    }

    /// <summary>The longer one is mostly the better here; who has little skill sees it less often.</summary>
    private static JsonText Prefer(JsonElement content, double skill, Random random)
    {
        var responses = content.GetProperty("responses");
        var longer = responses[0].GetProperty("text").GetString()!.Length >= responses[1].GetProperty("text").GetString()!.Length ? "1" : "2";
        var draw = random.NextDouble();
        var choice = draw < skill ? longer : draw < skill + ((1 - skill) / 3) ? "tie" : longer == "1" ? "2" : "1";
        return choice == "tie" ? new JsonText("""{"choice":"tie"}""") : new JsonText($$"""{"choice":"{{choice}}","strength":{{1 + random.Next(3)}}}""");
    }

    private static JsonText Rate(JsonElement settings, Random random)
    {
        var ratings = settings.GetProperty("dimensions").EnumerateArray()
            .ToDictionary(dimension => dimension.GetProperty("name").GetString()!, _ => Math.Clamp(2 + random.Next(2) + random.Next(3), 1, 5));
        return JsonText.From(new { ratings });
    }

    /// <summary>The longer the better, as a tired reader would have it, and not always.</summary>
    private static JsonText Rank(JsonElement content, Random random) => JsonText.From(new
    {
        ranking = content.GetProperty("responses").EnumerateArray()
            .OrderByDescending(response => response.GetProperty("text").GetString()!.Length * (0.5 + random.NextDouble()))
            .Select(response => response.GetProperty("key").GetString()),
    });

    /// <summary>By a hash of the message, so that most agree; one in four goes astray.</summary>
    private static JsonText Choose(JsonElement content, Random random)
    {
        var options = content.GetProperty("options").GetArrayLength();
        var likely = content.GetProperty("prompt")[0].GetProperty("text").GetString()!.Length % options;
        var choice = random.NextDouble() < 0.75 ? likely : random.Next(options);
        return new JsonText($$"""{"choices":["{{choice + 1}}"]}""");
    }

    private static JsonText Correct(JsonElement content, Random random)
    {
        var words = content.GetProperty("text").GetString()!.Split(' ');
        words[random.Next(words.Length)] += " (?)";
        return JsonText.From(new { text = string.Join(' ', words) });
    }

    /// <summary>One word somewhere in the last third, or nothing at all.</summary>
    private static JsonText Mark(JsonElement settings, JsonElement content, Random random)
    {
        var text = content.GetProperty("text").GetString()!;
        var start = text.IndexOf(' ', text.Length * 2 / 3) + 1;
        var end = text.IndexOf(' ', start);
        if (random.NextDouble() < 0.3 || start == 0 || end <= start) return new JsonText("""{"spans":[]}""");
        var types = settings.GetProperty("types");
        return JsonText.From(new { spans = new[] { new { start, end, type = types[random.Next(types.GetArrayLength())].GetProperty("name").GetString(), severity = "major" } } });
    }
}
