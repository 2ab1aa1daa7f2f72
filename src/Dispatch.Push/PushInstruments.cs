using System.Diagnostics.Metrics;

namespace Dispatch.Push;

/// <summary>What is measured of connections and pushes.</summary>
public sealed class PushInstruments
{
    /// <summary>Name of the meter.</summary>
    public const string Meter = "Dispatch.Push";

    private readonly UpDownCounter<long> _connections;
    private readonly Counter<long> _delivered;
    private readonly Counter<long> _coalesced;
    private readonly Counter<long> _closed;

    /// <summary>Creates the instruments.</summary>
    /// <param name="meters">Where meters come from.</param>
    public PushInstruments(IMeterFactory meters)
    {
        var meter = meters.Create(Meter);
        _connections = meter.CreateUpDownCounter<long>("dispatch.push.connections", "{connection}", "Connections of workers.");
        _delivered = meter.CreateCounter<long>("dispatch.push.delivered", "{push}", "Pushes put into the queue of a connection.");
        _coalesced = meter.CreateCounter<long>("dispatch.push.coalesced", "{resync}", "Times a full queue was replaced by one request to resync.");
        _closed = meter.CreateCounter<long>("dispatch.push.slow_closed", "{connection}", "Connections closed because they did not read.");
    }

    /// <summary>A connection came.</summary>
    public void ConnectionOpened() => _connections.Add(1);

    /// <summary>A connection went.</summary>
    public void ConnectionClosed() => _connections.Add(-1);

    /// <summary>A push was queued.</summary>
    public void Delivered() => _delivered.Add(1);

    /// <summary>What was queued is replaced by a resync.</summary>
    public void Coalesced() => _coalesced.Add(1);

    /// <summary>A reader was too slow.</summary>
    public void SlowReaderClosed() => _closed.Add(1);
}
