using System.Globalization;
using System.Text.Json;
using Dispatch.Contracts.Policies;
using Dispatch.Engine.Forms.Shared;
using Dispatch.Engine.Texts;

namespace Dispatch.Engine.Matching;

/// <summary>One selector against one worker.</summary>
/// <param name="Selector">The selector.</param>
/// <param name="Met">Whether the worker meets it.</param>
/// <param name="Actual">The worker's value, for a person; null when the label is missing.</param>
public sealed record SelectorVerdict(Selector Selector, bool Met, string? Actual);

/// <summary>A fault of a selector.</summary>
/// <param name="Index">Which selector, from 0.</param>
/// <param name="Member">Its member.</param>
/// <param name="Message">What is wrong, for a person.</param>
/// <param name="Remedy">What to do, for a person.</param>
public sealed record SelectorFault(int Index, string Member, string Message, string Remedy);

/// <summary>
/// What a batch asks of a worker. The one function behind matching and behind every explanation of it: how old a task of the
/// batch must be before a worker may have it.
/// </summary>
public sealed class Requirements
{
    /// <summary>Selectors of one batch.</summary>
    public const int SelectorsMax = 50;

    private readonly (Selector Selector, object Value)[] _selectors;

    private Requirements((Selector, object)[] selectors)
    {
        _selectors = selectors;
        Labels = [.. _selectors.Select(entry => entry.Selector.Label).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        Expiries = [.. _selectors.Where(entry => entry.Selector.ExpiresAfterSeconds is not null)
            .Select(entry => TimeSpan.FromSeconds(entry.Selector.ExpiresAfterSeconds!.Value)).Distinct().Order()];
    }

    /// <summary>Asks nothing.</summary>
    public static Requirements None { get; } = new([]);

    /// <summary>Labels that matter, in order.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>Ages at which a selector stops counting, ascending.</summary>
    public IReadOnlyList<TimeSpan> Expiries { get; }

    /// <summary>Whether it asks nothing.</summary>
    public bool IsEmpty => _selectors.Length == 0;

    /// <summary>Reads selectors that were checked before they were stored.</summary>
    /// <param name="selectors">The selectors.</param>
    public static Requirements From(IReadOnlyList<Selector> selectors) => selectors.Count == 0
        ? None
        : new([.. selectors.Select(selector => (selector, Value(selector) ?? throw new InvalidOperationException("A stored selector has no value.")))]);

    /// <summary>All faults of selectors that came from outside; empty when they can be stored.</summary>
    /// <param name="selectors">The selectors.</param>
    public static IReadOnlyList<SelectorFault> Check(IReadOnlyList<Selector> selectors)
    {
        const int ExpiryMax = 31_536_000;
        List<SelectorFault> faults = [];
        if (selectors.Count > SelectorsMax) faults.Add(new(SelectorsMax, "", $"There are more than {SelectorsMax} selectors.", "Ask for fewer labels."));
        for (var i = 0; i < Math.Min(selectors.Count, SelectorsMax); i++)
        {
            // A list from outside may hold null where an element should be: the annotations of its elements are not enforced.
            if (selectors[i] is not { Label: not null, Value.Json: not null } selector)
            {
                faults.Add(new(i, "", "There is no selector.", "Send label, operator and value, or leave the entry out."));
                continue;
            }

            if (string.IsNullOrWhiteSpace(selector.Label) || selector.Label.Length > 100 || !Names.Is(selector.Label)) faults.Add(new(i, "label", "The label has no name, one of more than 100 characters, or one that no label can have.", "Name a label of workers."));
            if (selector.Operator == SelectorOperator.Unspecified || !Enum.IsDefined(selector.Operator))
            {
                faults.Add(new(i, "operator", "There is no such operator.", "Use equal, not_equal, less, less_or_equal, greater or greater_or_equal."));
            }

            var value = IsReadable(selector.Value.Json) ? Value(selector) : null;
            if (value is null) faults.Add(new(i, "value", "The value is no text, number or boolean, or a text with a NUL character or half a surrogate pair.", "Send one of these."));
            else if (value is not double && selector.Operator is SelectorOperator.Less or SelectorOperator.LessOrEqual or SelectorOperator.Greater or SelectorOperator.GreaterOrEqual)
            {
                faults.Add(new(i, "value", "Only numbers can be less or greater.", "Send a number, or use equal or not_equal."));
            }

            if (selector.ExpiresAfterSeconds is < 1 or > ExpiryMax) faults.Add(new(i, "expiresAfterSeconds", $"The wait is not between 1 and {ExpiryMax} seconds.", "Send such a wait, or leave it out for a demand that never ends."));
        }

        return faults;
    }

    /// <summary>How long a task must have waited before the worker may have it: zero when every selector is met, null when one that is not met never ends.</summary>
    /// <param name="labels">The worker's labels.</param>
    public TimeSpan? MinTaskAge(WorkerLabels labels)
    {
        var age = TimeSpan.Zero;
        foreach (var (selector, value) in _selectors)
        {
            if (IsMet(selector, value, labels)) continue;
            if (selector.ExpiresAfterSeconds is not { } seconds) return null;
            if (seconds > age.TotalSeconds) age = TimeSpan.FromSeconds(seconds);
        }

        return age;
    }

    /// <summary>Each selector against the worker.</summary>
    /// <param name="labels">The worker's labels.</param>
    public IReadOnlyList<SelectorVerdict> Explain(WorkerLabels labels) =>
        [.. _selectors.Select(entry => new SelectorVerdict(entry.Selector, IsMet(entry.Selector, entry.Value, labels), Text(labels[entry.Selector.Label])))];

    private static bool IsMet(Selector selector, object value, WorkerLabels labels)
    {
        // A label that is missing, or of another type, meets nothing, not even "not equal": nothing is known of the worker.
        var actual = labels[selector.Label];
        if (actual is null || actual.GetType() != value.GetType()) return false;
        return selector.Operator switch
        {
            SelectorOperator.Equal => actual.Equals(value),
            SelectorOperator.NotEqual => !actual.Equals(value),
            SelectorOperator.Less => (double)actual < (double)value,
            SelectorOperator.LessOrEqual => (double)actual <= (double)value,
            SelectorOperator.Greater => (double)actual > (double)value,
            SelectorOperator.GreaterOrEqual => (double)actual >= (double)value,
            _ => false,
        };
    }

    private static bool IsReadable(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.ValueKind != JsonValueKind.String || JsonTexts.TryGet(document.RootElement, out _);
    }

    private static object? Value(Selector selector)
    {
        using var document = JsonDocument.Parse(selector.Value.Json);
        return WorkerLabels.ValueOf(document.RootElement);
    }

    private static string? Text(object? value) => value switch
    {
        null => null,
        double number => number.ToString(CultureInfo.InvariantCulture),
        bool flag => flag ? "true" : "false",
        _ => (string)value,
    };
}
