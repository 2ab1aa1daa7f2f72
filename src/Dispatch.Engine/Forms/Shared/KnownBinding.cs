using System.Text.Json;
using Dispatch.Contracts;

namespace Dispatch.Engine.Forms.Shared;

/// <summary>What a form lets its binding of known answers say.</summary>
/// <param name="Numbers">Meanings of numbers it knows.</param>
/// <param name="HasMap">Values may be mapped.</param>
/// <param name="HasFields">The answer may lie in several fields: an object of names to fields, or a list of fields.</param>
/// <param name="HasOffsets">How offsets are counted may be said.</param>
internal sealed record KnownRules(string[] Numbers, bool HasMap = true, bool HasFields = false, bool HasOffsets = false);

/// <summary>
/// Where the known answer of a line is, and how it is spelled: a field's name, or <c>{"field" or "fields", "numbers", "map", "offsets"}</c>.
/// </summary>
internal sealed class KnownBinding
{
    private const int FieldsMax = 10;
    private const int MapMax = 200;

    private readonly Dictionary<string, JsonElement> _map = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The bound fields; one, unless the answer lies in several.</summary>
    public IReadOnlyList<string> Fields { get; private init; } = [];

    /// <summary>Names of several fields in the answer, in their order; null when they are a list.</summary>
    private IReadOnlyList<string>? Names { get; init; }

    private bool HasSeveral { get; init; }

    /// <summary>What numbers mean; null when the binding does not say.</summary>
    public string? Numbers { get; private init; }

    /// <summary>Offsets count code points, as Python does.</summary>
    public bool InCodePoints { get; private init; }

    public bool HasMap => _map.Count > 0;

    /// <summary>The fields, to be named in a message.</summary>
    public string Named => string.Join(", ", Fields);

    public static KnownBinding? Read(FieldReader reader, KnownRules rules, string member = "known")
    {
        if (reader.Any(member) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.String) return reader.Text(member) is { } name ? new KnownBinding { Fields = [name] } : null;
        if (value.ValueKind != JsonValueKind.Object)
        {
            reader.Fault(member, $"'{member}' is neither a field's name nor an object.", "Give the field's name, or {\"field\": \"…\", \"numbers\": \"…\", \"map\": {…}}.");
            return null;
        }

        var inside = reader.Inside(member, value);
        var several = rules.HasFields ? inside.Any("fields") : null;
        var field = inside.Text("field", required: several is null);
        if (field is not null && several is not null) inside.Fault("fields", "The known answer is bound twice.", "Give field or fields, not both.");
        var (names, fields) = several is { } list ? ReadFields(inside, list) : (null, field is null ? [] : [field]);
        var binding = new KnownBinding
        {
            Fields = fields,
            Names = names,
            HasSeveral = several is not null,
            Numbers = rules.Numbers.Length > 0 ? inside.OneOf("numbers", rules.Numbers) : null,
            InCodePoints = rules.HasOffsets && inside.OneOf("offsets", ["utf16", "code_points"]) == "code_points",
        };
        if (rules.HasMap) binding.ReadMap(inside);
        inside.RefuseOthers();
        reader.Faults.AddRange(inside.Faults);
        return binding;
    }

    /// <summary>Whether a field holds the known answer, which no worker may see.</summary>
    public bool Holds(string? field) => field is not null && Fields.Contains(field);

    /// <summary>The value in a line; several fields together as one object or list. Null when there is none, and the answer is given as the text it is quoted by.</summary>
    public JsonElement? Find(JsonElement line, out string asSent)
    {
        asSent = "";
        if (!HasSeveral)
        {
            var found = LineFields.Find(line, Fields[0]);
            if (found is { } value) asSent = JsonTexts.Quote(value);
            return found;
        }

        JsonElement?[] values = [.. Fields.Select(field => LineFields.Find(line, field))];
        if (Array.TrueForAll(values, value => value is not { } given || KnownRead.SaysNone(given))) return null;
        var together = JsonTexts.Write(writer =>
        {
            if (Names is null) writer.WriteStartArray();
            else writer.WriteStartObject();
            for (var i = 0; i < values.Length; i++)
            {
                if (Names is not null) writer.WritePropertyName(Names[i]);
                if (values[i] is { } value) value.WriteTo(writer);
                else writer.WriteNullValue();
            }

            if (Names is null) writer.WriteEndArray();
            else writer.WriteEndObject();
        });
        asSent = QuotedText.Of(together);
        using var document = JsonDocument.Parse(together);
        return document.RootElement.Clone();
    }

    /// <summary>What the map says of a value; false when it says nothing. A mapped null means that there is no answer.</summary>
    public bool TryMap(JsonElement value, out JsonElement mapped)
    {
        mapped = value;
        return _map.Count > 0 && KeyOf(value) is { } key && _map.TryGetValue(key, out mapped);
    }

    private static string? KeyOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => KnownRead.TryWhole(value, out var whole) ? whole.ToString(System.Globalization.CultureInfo.InvariantCulture) : value.GetRawText(),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => JsonTexts.TryGet(value, out var text) ? text.Trim() : null,
    };

    private void ReadMap(FieldReader inside)
    {
        if (inside.Any("map") is not { } map) return;
        if (map.ValueKind != JsonValueKind.Object || map.EnumerateObject().Count() is < 1 or > MapMax)
        {
            inside.Fault("map", "The map is not an object of values to answers.", $"Give 1 to {MapMax} values: {{\"1\": \"a\", \"0\": \"b\", \"\": null}}.");
            return;
        }

        foreach (var pair in map.EnumerateObject())
        {
            if (JsonTexts.NameOf(pair) is { } name) _map[name.Trim()] = pair.Value.Clone();
            else inside.Fault("map", "A value of the map is not text.", "Remove half surrogate pairs (\\ud800 to \\udfff).");
        }
    }

    private static (IReadOnlyList<string>? Names, IReadOnlyList<string> Fields) ReadFields(FieldReader inside, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Array) return (null, LineFields.ReadNames(inside, "fields", FieldsMax));
        if (value.ValueKind == JsonValueKind.Object && value.EnumerateObject().Count() is >= 1 and <= FieldsMax
            && value.EnumerateObject().All(pair => JsonTexts.NameOf(pair) is not null && JsonTexts.TryGet(pair.Value, out var field) && field.Length > 0))
        {
            return ([.. value.EnumerateObject().Select(pair => pair.Name)], [.. value.EnumerateObject().Select(pair => pair.Value.GetString()!)]);
        }

        inside.Fault("fields", "'fields' is neither an object of names to fields nor a list of fields.", $"Give at most {FieldsMax} fields: {{\"helpfulness\": \"helpfulness_score\"}} or [\"score_a\", \"score_b\"].");
        return (null, []);
    }
}
