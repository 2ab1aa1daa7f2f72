using System.Text.Json;
using Dispatch.Engine.Forms.Shared;

namespace Dispatch.Engine.Forms.Rating;

/// <summary>Reads known ratings as data sets spell them.</summary>
internal sealed class KnownRating(IReadOnlyList<Dimension> dimensions, LineFields fields)
{
    /// <summary>Ratings are numbers by nature; words for them can be mapped, and each dimension may have a field of its own.</summary>
    public static readonly KnownRules Rules = new([], HasFields: true);

    /// <summary>Reads one: a number where there is one dimension, or an object with one for each.</summary>
    /// <param name="value">As the line has it.</param>
    public KnownRead Read(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            if (Mapped(value, out var single) is { } known) return known;
            if (dimensions.Count > 1) return KnownRead.Unfit($"it is one value, and there are {dimensions.Count} dimensions: give an object, or bind fields.");
            return Step(single, dimensions[0], out var step) is { } why ? KnownRead.Unfit(why) : KnownRead.Is(CompiledRating.Write(dimensions, [step], null));
        }

        var values = new int[dimensions.Count];
        var missing = 0;
        for (var i = 0; i < values.Length; i++)
        {
            var dimension = dimensions[i];
            if (Find(value, dimension.Name) is not { } given || Mapped(given, out given) is not null) missing++;
            else if (Step(given, dimension, out values[i]) is { } why) return KnownRead.Unfit(why);
        }

        if (missing == values.Length && value.EnumerateObject().All(member => dimensions.Any(dimension => Is(member, dimension.Name)))) return KnownRead.None;
        if (missing > 0) return KnownRead.Unfit("it lacks a dimension.");
        return value.EnumerateObject().Count() == values.Length ? KnownRead.Is(CompiledRating.Write(dimensions, values, null)) : KnownRead.Unfit("it has members that are no dimension.");
    }

    /// <summary>That there is no answer, in the producer's words or in ours; null when there is one.</summary>
    private KnownRead? Mapped(JsonElement value, out JsonElement mapped)
    {
        mapped = value;
        if (fields.Known?.TryMap(value, out mapped) == true) return mapped.ValueKind == JsonValueKind.Null ? KnownRead.None : null;
        return KnownRead.SaysNone(value) ? KnownRead.None : null;
    }

    private static string? Step(JsonElement value, Dimension dimension, out int step) =>
        KnownRead.TryWhole(value, out step) && step >= dimension.Min && step <= dimension.Max
            ? null
            : $"for '{dimension.Name}' it is no whole number from {dimension.Min} to {dimension.Max}.";

    private static JsonElement? Find(JsonElement value, string name)
    {
        if (value.TryGetProperty(name, out var given)) return given;
        foreach (var member in value.EnumerateObject()) if (Is(member, name)) return member.Value;
        return null;
    }

    private static bool Is(JsonProperty member, string name) => member.Name.Equals(name, StringComparison.OrdinalIgnoreCase);
}
