using System.Diagnostics.Metrics;
using Dispatch.Contracts;

namespace Dispatch.Server.Hubs;

/// <summary>What is measured of calls of workers.</summary>
public sealed class HubInstruments
{
    /// <summary>Name of the meter.</summary>
    public const string Meter = "Dispatch.Hubs";

    private readonly Histogram<double> _duration;
    private readonly Counter<long> _repeated;
    private readonly UpDownCounter<long> _underWay;

    /// <summary>Creates the instruments.</summary>
    /// <param name="meters">Where meters come from.</param>
    public HubInstruments(IMeterFactory meters)
    {
        var meter = meters.Create(Meter);
        _duration = meter.CreateHistogram<double>("dispatch.hub.call.duration", "s", "From a call to its answer, with its method and the code of its refusal; what a worker waits for the next task is that of Submit.");
        _repeated = meter.CreateCounter<long>("dispatch.hub.call.repeated", "{try}", "Tries repeated because the outcome of the one before was unknown.");
        _underWay = meter.CreateUpDownCounter<long>("dispatch.hub.call.under_way", "{call}", "Calls under way.");
    }

    /// <summary>A call began.</summary>
    public void Began() => _underWay.Add(1);

    /// <summary>A call was answered.</summary>
    /// <param name="method">Its method.</param>
    /// <param name="refusal">Why it was refused; null when it was not.</param>
    /// <param name="took">How long it took.</param>
    public void Answered(string method, Refusal? refusal, TimeSpan took)
    {
        _underWay.Add(-1);
        _duration.Record(took.TotalSeconds, new("method", method), new("refusal", refusal is null ? "none" : RefusalCodes.Name(refusal.Code)));
    }

    /// <summary>A try is repeated.</summary>
    /// <param name="method">Its method.</param>
    public void Repeated(string method) => _repeated.Add(1, new KeyValuePair<string, object?>("method", method));
}
