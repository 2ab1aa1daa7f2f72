using HdrHistogram;

namespace Dispatch.LoadTests.ClosedLoop;

/// <summary>One run.</summary>
/// <param name="Subject">echo, or the store.</param>
/// <param name="CyclesPerSecond">Full cycles.</param>
/// <param name="P50Ms">Median of submit to next.</param>
/// <param name="P99Ms">99th percentile of it.</param>
/// <param name="ServerCpuMsPerCycle">Processor time of the server process.</param>
public sealed record Measurement(string Subject, double CyclesPerSecond, double P50Ms, double P99Ms, double ServerCpuMsPerCycle);

/// <summary>Counts cycles of many workers in the measured window.</summary>
internal sealed class Meter
{
    private const long HighestMicros = 60_000_000;
    private readonly LongConcurrentHistogram _histogram = new(1, HighestMicros, 3);
    private long _cycles;

    public void Cycle(TimeSpan latency)
    {
        Interlocked.Increment(ref _cycles);
        _histogram.RecordValue(Math.Clamp((long)latency.TotalMicroseconds, 1, HighestMicros));
    }

    public Measurement Result(string subject, TimeSpan window, TimeSpan processor)
    {
        var cycles = Math.Max(1, Interlocked.Read(ref _cycles));
        return new Measurement(
            subject,
            cycles / window.TotalSeconds,
            _histogram.GetValueAtPercentile(50) / 1000.0,
            _histogram.GetValueAtPercentile(99) / 1000.0,
            processor.TotalMilliseconds / cycles);
    }
}
