using System.Globalization;
using System.Text.Json;
using Dispatch.Engine.Forms.Shared;

namespace Dispatch.Engine.Forms.Choice;

/// <summary>Reads known choices as data sets spell them.</summary>
internal sealed class KnownChoice(ChoiceRules rules, LineFields fields)
{
    /// <summary>Numbers are keys where an option is called so; else the binding says what they mean (a class index, say).</summary>
    public static readonly KnownRules Rules = new([NumberMeaning.FirstIs0, NumberMeaning.FirstIs1]);

    private readonly string[] _keys = [.. rules.Options.Select(option => option.Key)];

    /// <summary>Reads one as a line has it: a list and a single value are taken for one another where that loses nothing.</summary>
    /// <param name="value">The value.</param>
    public KnownRead Read(JsonElement value)
    {
        // A value of its own in the map may stand for several options.
        if (value.ValueKind != JsonValueKind.Array && fields.Known!.TryMap(value, out var mapped)) return mapped.ValueKind == JsonValueKind.Null ? KnownRead.None : Of(mapped);
        if (value.ValueKind != JsonValueKind.Array && IndexOf(value) < 0 && KnownRead.SaysNone(value)) return KnownRead.None;
        return Of(value);
    }

    /// <summary>The canonical answer to keys as they are, without other spellings; null when they do not fit.</summary>
    /// <param name="value">A key, or a list of keys.</param>
    public string? Exact(JsonElement value)
    {
        var chosen = new SortedSet<int>();
        foreach (var item in value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().ToArray() : [value])
        {
            if (Array.IndexOf(_keys, Raw(item)) is not (>= 0 and var index) || !chosen.Add(index)) return null;
        }

        return Fits(chosen.Count) ? CompiledChoice.Write(rules, chosen, null) : null;
    }

    private KnownRead Of(JsonElement value)
    {
        JsonElement[] items = value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : [value];
        if (items.Length == 0 && !Fits(0)) return KnownRead.None;
        var chosen = new SortedSet<int>();
        foreach (var item in items)
        {
            var meant = value.ValueKind == JsonValueKind.Array && fields.Known!.TryMap(item, out var mapped) ? mapped : item;
            if (meant.ValueKind == JsonValueKind.Null) continue;
            if (IndexOf(meant) is not (>= 0 and var index)) return KnownRead.Unfit($"'{JsonTexts.Quote(item)}' is none of the options.");
            if (!chosen.Add(index)) return KnownRead.Unfit("an option is named twice.");
        }

        if (chosen.Count == 0 && !Fits(0)) return KnownRead.None;
        return Fits(chosen.Count)
            ? KnownRead.Is(CompiledChoice.Write(rules, chosen, null))
            : KnownRead.Unfit(rules.IsMultiple ? $"it chooses {chosen.Count} options, and {rules.Min} to {rules.Max} may be chosen." : "it names several options, and one may be chosen.");
    }

    private bool Fits(int count) => rules.IsMultiple ? count >= rules.Min && count <= rules.Max : count == 1;

    /// <summary>The option that a value names: by its key as it is, by what the binding says of numbers, by its key or label in other letters.</summary>
    private int IndexOf(JsonElement value)
    {
        if (Raw(value) is not { } key) return -1;
        if (Array.IndexOf(_keys, key) is >= 0 and var exact) return exact;
        if (KnownRead.TryWhole(value, out var number))
        {
            if (Array.IndexOf(_keys, number.ToString(CultureInfo.InvariantCulture)) is >= 0 and var whole) return whole;
            var index = fields.Known?.Numbers switch { NumberMeaning.FirstIs0 => number, NumberMeaning.FirstIs1 => number - 1, _ => -1 };
            return index < _keys.Length ? index : -1;
        }

        var spelled = key.Trim();
        int[] alike = [.. rules.Options.Index().Where(pair => Is(pair.Item.Key, spelled) || Is(pair.Item.Label, spelled)).Select(pair => pair.Index)];
        return alike is [var only] ? only : -1;
    }

    private static bool Is(string one, string other) => one.Trim().Equals(other, StringComparison.OrdinalIgnoreCase);

    private static string? Raw(JsonElement value) =>
        value.ValueKind is JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False ? value.GetRawText() : JsonTexts.TryGet(value, out var text) ? text : null;
}
