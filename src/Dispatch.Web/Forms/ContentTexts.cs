using System.Text.Json;
using Dispatch.Contracts;

namespace Dispatch.Web.Forms;

/// <summary>All texts of a task's content, whatever its form.</summary>
public static class ContentTexts
{
    /// <summary>Each with its place, in order; the content itself where it is no JSON.</summary>
    /// <param name="content">Content of a task.</param>
    public static IReadOnlyList<(string Place, string Text)> Of(JsonText content)
    {
        try
        {
            using var document = JsonDocument.Parse(content.Json);
            List<(string, string)> texts = [];
            Add(document.RootElement, "", texts);
            return texts;
        }
        catch (JsonException)
        {
            return [("content", content.Json)];
        }
    }

    private static void Add(JsonElement at, string place, List<(string, string)> texts)
    {
        switch (at.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in at.EnumerateObject()) Add(member.Value, $"{place} {member.Name}".Trim(), texts);
                break;
            case JsonValueKind.Array:
                foreach (var (index, item) in at.EnumerateArray().Index()) Add(item, $"{place} {index + 1}".Trim(), texts);
                break;
            case JsonValueKind.String or JsonValueKind.Number:
                texts.Add((place, at.ToString()));
                break;
        }
    }
}
