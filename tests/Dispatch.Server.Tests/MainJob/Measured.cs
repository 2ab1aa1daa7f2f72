using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Dispatch.Server.Tests.MainJob;

/// <summary>Everything that is measured by the meters of one server, by name, with the first tag.</summary>
internal sealed class Measured : IDisposable
{
    private readonly ConcurrentDictionary<string, List<(double Value, string? Tag)>> _entries = new();
    private readonly MeterListener _listener = new();

    public Measured(IMeterFactory meters)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, meters) && instrument.Name.StartsWith("dispatch.", StringComparison.Ordinal)) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();
    }

    public IReadOnlyList<(double Value, string? Tag)> Of(string name)
    {
        if (!_entries.TryGetValue(name, out var entries)) return [];
        lock (entries) return [.. entries];
    }

    public void Observe() => _listener.RecordObservableInstruments();

    public void Dispose() => _listener.Dispose();

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var entries = _entries.GetOrAdd(instrument.Name, _ => []);
        lock (entries) entries.Add((value, tags.Length > 0 ? tags[0].Value?.ToString() : null));
    }
}
