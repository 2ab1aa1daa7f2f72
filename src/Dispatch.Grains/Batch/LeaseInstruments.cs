using System.Diagnostics.Metrics;
using System.Text.Json;
using Dispatch.Contracts;

namespace Dispatch.Grains;

/// <summary>What is measured of work in people's hands: how fast it gets there, and how it leaves them.</summary>
public sealed class LeaseInstruments
{
    /// <summary>Name of the meter.</summary>
    public const string Meter = "Dispatch.Leases";

    private readonly Histogram<double> _latency;
    private readonly Counter<long> _ended;

    /// <summary>Creates the instruments.</summary>
    /// <param name="meters">Where meters come from.</param>
    public LeaseInstruments(IMeterFactory meters)
    {
        var meter = meters.Create(Meter);
        _latency = meter.CreateHistogram<double>("dispatch.latency", "s", "From the moment there were both, a task in the queue and an idle worker, until the worker had it.");
        _ended = meter.CreateCounter<long>("dispatch.lease.ended", "{assignment}", "Assignments that ended, by how: submitted, or what became of them instead.");
    }

    /// <summary>An idle worker was given a task.</summary>
    /// <param name="waited">Since there were both.</param>
    public void Dispatched(TimeSpan waited) => _latency.Record(Math.Max(0, waited.TotalSeconds));

    /// <summary>An assignment ended.</summary>
    /// <param name="state">How.</param>
    public void Ended(AssignmentState state) => _ended.Add(1, new KeyValuePair<string, object?>("cause", JsonNamingPolicy.SnakeCaseLower.ConvertName(state.ToString())));
}
