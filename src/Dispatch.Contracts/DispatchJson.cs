using System.Text.Json;
using System.Text.Json.Serialization;

namespace Dispatch.Contracts;

/// <summary>The one way in which Dispatch writes JSON on the API and the hubs: members in camelCase, enums by name in snake_case.</summary>
public static class DispatchJson
{
    /// <summary>Ready-made options.</summary>
    public static JsonSerializerOptions Options { get; } = Make();

    /// <summary>Applies the rules to options made elsewhere.</summary>
    /// <param name="options">The options.</param>
    public static void Apply(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        options.MaxDepth = Limits.JsonDepth;
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false));
    }

    private static JsonSerializerOptions Make()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        Apply(options);
        return options;
    }
}
