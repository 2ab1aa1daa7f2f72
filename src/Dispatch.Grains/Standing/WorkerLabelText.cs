using System.Text.Json.Nodes;

namespace Dispatch.Grains;

/// <summary>Labels as stored text.</summary>
internal static class WorkerLabelText
{
    /// <summary>The labels with one more set to true; null when it is so already.</summary>
    public static string? With(string labels, string label)
    {
        var members = JsonNode.Parse(labels) as JsonObject ?? [];
        if (members[label] is JsonValue value && value.TryGetValue(out bool set) && set) return null;
        members[label] = true;
        return members.ToJsonString();
    }
}
