using System.Text.Json;

namespace Dispatch.Engine.Matching;

/// <summary>Labels of a worker: names with texts, numbers or booleans. Immutable; two with the same labels are equal.</summary>
public sealed class WorkerLabels
{
    private readonly Dictionary<string, object> _values;

    private WorkerLabels(Dictionary<string, object> values) => _values = values;

    /// <summary>No labels.</summary>
    public static WorkerLabels None { get; } = new([]);

    /// <summary>Reads the stored JSON object. A member that is none of text, number and boolean is left out: it was never accepted.</summary>
    /// <param name="json">A JSON object.</param>
    public static WorkerLabels Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        Dictionary<string, object> values = [];
        foreach (var member in document.RootElement.EnumerateObject())
        {
            if (ValueOf(member.Value) is { } value) values[member.Name] = value;
        }

        return values.Count == 0 ? None : new WorkerLabels(values);
    }

    /// <summary>A label; null when the worker has none of that name.</summary>
    /// <param name="name">Its name.</param>
    public object? this[string name] => _values.GetValueOrDefault(name);

    /// <summary>Text, number or boolean of a JSON value; null for anything else.</summary>
    /// <param name="value">The value.</param>
    internal static object? ValueOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number when value.TryGetDouble(out var number) && double.IsFinite(number) => number,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };
}
