using Orleans;

using System.Text.Json;
using System.Text.Json.Serialization;

namespace Dispatch.Contracts;

/// <summary>
/// A JSON value carried as its text. On a JSON wire it is the value itself, not a quoted string; on MessagePack it is
/// a map with the one member <c>Json</c>. Forms own the shape of what is inside, so the contract need not change
/// when a form is added.
/// </summary>
[GenerateSerializer, Immutable, Alias("dispatch.json")]
[JsonConverter(typeof(JsonTextConverter))]
public sealed record JsonText
{
    /// <summary>Wraps the text of one JSON value. The text is trusted to be JSON: use <see cref="Parse"/> for what came from outside.</summary>
    /// <param name="json">Text of one JSON value.</param>
    public JsonText(string json) => Json = json;

    /// <summary>Text of the value.</summary>
    [Id(0)] public string Json { get; init; }

    /// <summary>Checks and wraps.</summary>
    /// <param name="json">Text of one JSON value.</param>
    /// <exception cref="JsonException">The text is not JSON.</exception>
    public static JsonText Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return new JsonText(json);
    }

    /// <summary>Wraps what a value serialises to.</summary>
    /// <param name="value">The value.</param>
    /// <param name="options">Serializer options; the web defaults when null.</param>
    public static JsonText From<T>(T value, JsonSerializerOptions? options = null) =>
        new(JsonSerializer.Serialize(value, options ?? JsonSerializerOptions.Web));

    /// <inheritdoc/>
    public override string ToString() => Json;
}

/// <summary>Writes the text raw and reads any value into its text.</summary>
public sealed class JsonTextConverter : JsonConverter<JsonText>
{
    /// <inheritdoc/>
    public override JsonText? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        return new JsonText(document.RootElement.GetRawText());
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, JsonText value, JsonSerializerOptions options) =>
        writer.WriteRawValue(value.Json, skipInputValidation: true);
}
