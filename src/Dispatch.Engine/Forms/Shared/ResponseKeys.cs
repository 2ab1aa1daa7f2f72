using System.Text.Json;

namespace Dispatch.Engine.Forms.Shared;

/// <summary>Puts other keys into an answer: the way from canonical keys back to those of an assignment.</summary>
internal static class ResponseKeys
{
    /// <summary>The answer with every key under one member renamed, in lists and lists of lists too; what is no key stays.</summary>
    public static string Rename(string answer, string member, Func<string, string> rename)
    {
        using var document = JsonDocument.Parse(answer);
        if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty(member, out _)) return answer;
        return JsonTexts.Write(writer =>
        {
            writer.WriteStartObject();
            foreach (var property in document.RootElement.EnumerateObject())
            {
                writer.WritePropertyName(property.Name);
                if (property.Name == member) WriteRenamed(writer, property.Value, rename);
                else property.Value.WriteTo(writer);
            }

            writer.WriteEndObject();
        });
    }

    private static void WriteRenamed(Utf8JsonWriter writer, JsonElement value, Func<string, string> rename)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                writer.WriteStringValue(rename(value.GetString()!));
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in value.EnumerateArray()) WriteRenamed(writer, item, rename);
                writer.WriteEndArray();
                break;
            default:
                value.WriteTo(writer);
                break;
        }
    }
}
