using System.Diagnostics.Metrics;
using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>What is measured of group commits, and with them of everything that ends a lease: each end is a commit.</summary>
public sealed class CommitInstruments
{
    /// <summary>Name of the meter.</summary>
    public const string Meter = "Dispatch.Commits";

    private readonly Histogram<int> _groupSize;
    private readonly Histogram<double> _groupSeconds;
    private readonly Counter<long> _operations;
    private readonly Counter<long> _failed;

    /// <summary>Creates the instruments.</summary>
    /// <param name="meters">Where meters come from.</param>
    public CommitInstruments(IMeterFactory meters)
    {
        var meter = meters.Create(Meter);
        _groupSize = meter.CreateHistogram<int>("dispatch.commit.group_size", "{operation}", "Operations committed together.");
        _groupSeconds = meter.CreateHistogram<double>("dispatch.commit.duration", "s", "How long a group commit took.");
        _operations = meter.CreateCounter<long>("dispatch.commit.operations", "{operation}", "Operations by kind and outcome; the kinds that end leases tell their causes.");
        _failed = meter.CreateCounter<long>("dispatch.commit.failed_groups", "{group}", "Groups that failed or whose outcome is unknown.");
    }

    /// <summary>A group was committed.</summary>
    /// <param name="operations">Its operations.</param>
    /// <param name="results">A result each.</param>
    /// <param name="took">How long it took.</param>
    public void GroupCommitted(IReadOnlyList<CommitOperation> operations, IReadOnlyList<CommitResult> results, TimeSpan took)
    {
        _groupSize.Record(operations.Count);
        _groupSeconds.Record(took.TotalSeconds);
        if (!_operations.Enabled) return;
        for (var i = 0; i < operations.Count; i++) _operations.Add(1, new("kind", KindOf(operations[i])), new("outcome", results[i].Status.ToString()));
    }

    /// <summary>A group failed.</summary>
    public void GroupFailed() => _failed.Add(1);

    private static string KindOf(CommitOperation operation)
    {
        const string Suffix = "Operation";
        var name = operation.GetType().Name;
        return name.EndsWith(Suffix, StringComparison.Ordinal) ? name[..^Suffix.Length] : name;
    }
}
