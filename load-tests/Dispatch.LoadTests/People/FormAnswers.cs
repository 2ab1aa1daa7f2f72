using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dispatch.LoadTests.People;

/// <summary>Made-up answers that fit the form of a project: the draws are careless, the shape is right, so the server takes them as it takes a person's.</summary>
/// <param name="type">Type of the form.</param>
/// <param name="settings">Its settings, as the project has them.</param>
internal sealed class FormAnswers(string type, string settings)
{
    private const string Reason = "Made up by the load tool.";
    private static readonly string[] Known = ["preference", "choice", "rating", "ranking", "spans", "correction"];
    private readonly JsonElement _settings = JsonDocument.Parse(settings).RootElement.Clone();

    /// <summary>Whether answers for this type of form can be made up.</summary>
    public static bool Knows(string type) => Known.Contains(type);

    /// <summary>An answer to what is shown.</summary>
    public string Answer(string content, Random random)
    {
        using var document = JsonDocument.Parse(content);
        var shown = document.RootElement;
        var answer = type switch
        {
            "preference" => Preference(random),
            "choice" => Choice(shown, random),
            "rating" => Rating(random),
            "ranking" => new JsonObject { ["ranking"] = Strings(Shuffled(Keys(shown, "responses"), random)) },
            "spans" => new JsonObject { ["spans"] = new JsonArray() },
            "correction" => new JsonObject { ["text"] = Corrected(shown) },
            _ => throw new ArgumentException($"There are no made-up answers for the form '{type}': {string.Join(", ", Known)}."),
        };
        if (Text("reason") == "required" && type != "spans") answer["reason"] = Reason;
        return answer.ToJsonString();
    }

    private JsonObject Preference(Random random)
    {
        var answer = new JsonObject { ["choice"] = random.Next(2) == 0 ? "1" : "2" };
        if (Whole("strength") is { } levels) answer["strength"] = random.Next(1, levels + 1);
        return answer;
    }

    private JsonObject Choice(JsonElement shown, Random random)
    {
        var keys = Shuffled(Keys(shown, "options"), random);
        if (!(_settings.TryGetProperty("multiple", out var several) && several.ValueKind == JsonValueKind.True)) return new JsonObject { ["choice"] = keys[0] };
        var least = Whole("min") ?? 1;
        var most = Math.Max(least, Math.Min(Whole("max") ?? keys.Length, keys.Length));
        return new JsonObject { ["choices"] = Strings(keys[..random.Next(least, most + 1)]) };
    }

    private JsonObject Rating(Random random)
    {
        var ratings = new JsonObject();
        foreach (var dimension in _settings.GetProperty("dimensions").EnumerateArray())
        {
            int Bound(string name, int otherwise) => dimension.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetInt32() : otherwise;
            ratings[dimension.GetProperty("name").GetString()!] = random.Next(Bound("min", 1), Bound("max", 5) + 1);
        }

        return new JsonObject { ["ratings"] = ratings };
    }

    // A correction that changes nothing is refused by default; one letter at the end keeps within nearly every limit.
    private string Corrected(JsonElement shown)
    {
        var text = shown.TryGetProperty("text", out var given) && given.ValueKind == JsonValueKind.String ? given.GetString()! : "";
        var most = Whole("maxCharacters") ?? int.MaxValue;
        return text.Length < most ? text + "." : text[..^1] + (text.EndsWith('.') ? "!" : ".");
    }

    private static string[] Keys(JsonElement shown, string list) => [.. shown.GetProperty(list).EnumerateArray().Select(one => one.GetProperty("key").GetString()!)];

    private static string[] Shuffled(string[] keys, Random random)
    {
        random.Shuffle(keys);
        return keys;
    }

    private static JsonArray Strings(IEnumerable<string> values) => new([.. values.Select(value => (JsonNode)value)]);

    private int? Whole(string name) => _settings.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetInt32() : null;

    private string? Text(string name) => _settings.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
