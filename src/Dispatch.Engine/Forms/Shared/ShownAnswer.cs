using System.Text.Json.Nodes;

namespace Dispatch.Engine.Forms.Shared;

/// <summary>Canonical answers under the keys that one assignment showed.</summary>
internal static class ShownAnswer
{
    /// <summary>Rewrites the keys in one member, lists inside lists too.</summary>
    /// <param name="answer">Canonical answer.</param>
    /// <param name="member">The member that holds keys.</param>
    /// <param name="shown">Shown key of a canonical one.</param>
    public static string Rewrite(string answer, string member, Func<string, string> shown)
    {
        if (JsonNode.Parse(answer) is not JsonObject root || root[member] is not { } keys) return answer;
        root[member] = Rewrite(keys, shown);
        return root.ToJsonString();
    }

    private static JsonNode? Rewrite(JsonNode? node, Func<string, string> shown) => node switch
    {
        JsonArray list => new JsonArray([.. list.Select(item => Rewrite(item, shown))]),
        JsonValue value when value.TryGetValue(out string? key) => shown(key),
        _ => node?.DeepClone(),
    };
}
