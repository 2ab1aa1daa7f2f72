using System.Text.Json;
using Dispatch.Contracts;

namespace Dispatch.Engine.Forms.Shared;

/// <summary>Reads members of a JSON object and collects every fault with its place, instead of stopping at the first.</summary>
internal sealed class FieldReader(JsonElement root, RefusalCode code, string prefix)
{
    private readonly HashSet<string> _known = [];

    public List<Refusal> Faults { get; } = [];

    public bool IsObject => root.ValueKind == JsonValueKind.Object;

    public void Fault(string member, string message, string remedy) => Faults.Add(new Refusal
    {
        Code = code,
        Message = message,
        Remedy = remedy,
        Place = $"{prefix}.{member}",
    });

    public JsonElement? Any(string member)
    {
        _known.Add(member);
        return IsObject && root.TryGetProperty(member, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    public string? Text(string member, bool required = false)
    {
        if (Any(member) is not { } value)
        {
            if (required) Fault(member, $"'{member}' is missing.", $"Give '{member}' as a string.");
            return null;
        }

        if (value.ValueKind == JsonValueKind.String && JsonTexts.TryGet(value, out var text) && text.Length > 0) return text;
        Fault(member, $"'{member}' is not a usable string.", $"Give '{member}' as a string that is not empty and has no NUL character.");
        return null;
    }

    public bool Flag(string member, bool otherwise = false)
    {
        if (Any(member) is not { } value) return otherwise;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False) return value.GetBoolean();
        Fault(member, $"'{member}' is not true or false.", $"Give '{member}' as true or false.");
        return false;
    }

    public int? Whole(string member, int min, int max)
    {
        if (Any(member) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= min && number <= max) return number;
        Fault(member, $"'{member}' is not a whole number from {min} to {max}.", $"Give '{member}' as a whole number from {min} to {max}.");
        return null;
    }

    /// <summary>One of a few words; null when it is absent, or another one.</summary>
    public string? OneOf(string member, IReadOnlyList<string> words)
    {
        if (Text(member) is not { } given) return null;
        if (words.Contains(given)) return given;
        Fault(member, $"'{JsonTexts.Quote(given)}' is not known here.", $"Use one of: {string.Join(", ", words)}.");
        return null;
    }

    /// <summary>A reader of a member that is an object; its faults are its own until they are added here.</summary>
    public FieldReader Inside(string member, JsonElement value) => new(value, code, $"{prefix}.{member}");

    /// <summary>A member nobody asked for is a typing error more often than not.</summary>
    public void RefuseOthers()
    {
        if (!IsObject)
        {
            Faults.Add(new Refusal { Code = code, Message = "This is not a JSON object.", Remedy = "Give an object with named members.", Place = prefix });
            return;
        }

        foreach (var member in root.EnumerateObject())
        {
            if (!JsonTexts.TryName(member, out var name))
            {
                Faults.Add(new Refusal { Code = code, Message = $"The name of a member holds {StorableText.Fault}.", Remedy = $"Use one of: {string.Join(", ", _known.Order(StringComparer.Ordinal))}.", Place = prefix });
                continue;
            }

            if (!_known.Contains(name)) Fault(JsonTexts.Quote(name), $"There is no member '{JsonTexts.Quote(name)}' here.", $"Leave it out, or use one of: {string.Join(", ", _known.Order(StringComparer.Ordinal))}.");
        }
    }
}
