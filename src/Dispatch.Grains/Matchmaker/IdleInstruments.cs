using System.Diagnostics.Metrics;

namespace Dispatch.Grains;

/// <summary>What is measured of workers who wait.</summary>
public sealed class IdleInstruments
{
    /// <summary>Name of the meter.</summary>
    public const string Meter = "Dispatch.Idle";

    private readonly Histogram<double> _waited;
    private readonly UpDownCounter<long> _waiting;

    /// <summary>Creates the instruments.</summary>
    /// <param name="meters">Where meters come from.</param>
    public IdleInstruments(IMeterFactory meters)
    {
        var meter = meters.Create(Meter);
        _waited = meter.CreateHistogram<double>("dispatch.idle.wait", "s", "How long a worker of a project waited before work came, or the worker left.");
        _waiting = meter.CreateUpDownCounter<long>("dispatch.idle.workers", "{worker}", "Workers who wait, counted once a project.");
    }

    /// <summary>A worker begins to wait.</summary>
    public void WaitBegan() => _waiting.Add(1);

    /// <summary>The wait is over.</summary>
    /// <param name="waited">How long it was.</param>
    public void WaitEnded(TimeSpan waited)
    {
        _waiting.Add(-1);
        _waited.Record(Math.Max(0, waited.TotalSeconds));
    }
}
