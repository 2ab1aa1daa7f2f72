using System.Text.Json;
using Dispatch.Contracts;

namespace Dispatch.Web.Forms;

/// <summary>Reads settings, contents and drafts, where a member may be missing.</summary>
internal static class Json
{
    public static JsonElement Parse(JsonText text) => JsonDocument.Parse(text.Json).RootElement;

    public static string? Text(this JsonElement element, string member) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    public static bool Flag(this JsonElement element, string member) => element.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.True;

    public static int? Whole(this JsonElement element, string member) => element.TryGetProperty(member, out var value) && value.TryGetInt32(out var number) ? number : null;

    public static IEnumerable<JsonElement> List(this JsonElement element, string member) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : [];

    /// <summary>Name and label of an item that is an object, or a plain name.</summary>
    public static (string Name, string Label) Named(this JsonElement item, string member) =>
        item.ValueKind == JsonValueKind.String ? (item.GetString()!, item.GetString()!) : (item.Text(member)!, item.Text("label") ?? item.Text(member)!);
}
