using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Engine.Texts;

namespace Dispatch.Engine.Forms;

/// <summary>
/// The names in the settings of a form: of options, dimensions, types and severities, which annotators tell apart by their looks. Checked when a project is created or changed and
/// not when one is read, so that a project from before goes on.
/// </summary>
public static class SettingNames
{
    private static readonly string[] Lists = ["options", "dimensions", "types", "severities"];
    private static readonly string[] Members = ["key", "name", "label"];

    /// <summary>All faults of the names; empty when they can stand.</summary>
    /// <param name="settings">The settings, as JSON that was read before.</param>
    public static IReadOnlyList<Refusal> Check(string settings)
    {
        List<Refusal> faults = [];
        using var document = JsonDocument.Parse(settings);
        if (document.RootElement.ValueKind != JsonValueKind.Object) return faults;
        foreach (var list in Lists)
        {
            if (!document.RootElement.TryGetProperty(list, out var items) || items.ValueKind != JsonValueKind.Array) continue;
            Dictionary<string, string> keys = [];
            foreach (var (index, item) in items.EnumerateArray().Index()) CheckItem(faults, keys, item, $"$.form.settings.{list}[{index}]");
        }

        return faults;
    }

    private static void CheckItem(List<Refusal> faults, Dictionary<string, string> keys, JsonElement item, string place)
    {
        if (item.ValueKind == JsonValueKind.String) CheckName(faults, keys, item.GetString()!, place);
        if (item.ValueKind != JsonValueKind.Object) return;
        foreach (var member in Members)
        {
            if (!item.TryGetProperty(member, out var value) || value.ValueKind != JsonValueKind.String) continue;
            CheckName(faults, member == "label" ? null : keys, value.GetString()!, $"{place}.{member}");
        }
    }

    private static void CheckName(List<Refusal> faults, Dictionary<string, string>? keys, string name, string place)
    {
        if (!Names.TryNormalise(name, out var normalised)) faults.Add(Of(place, $"The name is not one {Names.Rule}.", "Give a name of characters that can be seen."));
        else if (normalised != name) faults.Add(Of(place, "The name is not in its one spelling: composed, without white space at its ends, with single spaces.", $"Send it as '{normalised}'."));
        else if (keys is not null && !keys.TryAdd(Names.Key(name), name) && keys[Names.Key(name)] is var other && other != name) faults.Add(Of(place, $"The name looks like '{other}', which stands beside it.", "Give names that people can tell apart."));
    }

    private static Refusal Of(string place, string message, string remedy) => new() { Code = RefusalCode.InvalidForm, Message = message, Remedy = remedy, Place = place };
}
