using HdrHistogram;

namespace Dispatch.LoadTests.Running;

/// <summary>Latencies of one measurement: of all of it, and second by second.</summary>
internal sealed class Recorder
{
    public const long HighestMicros = 120_000_000;
    private const int Digits = 3;
    private LongConcurrentHistogram _now = Make();
    private LongConcurrentHistogram? _before;

    /// <summary>All that was collected.</summary>
    public LongConcurrentHistogram Total { get; } = Make();

    public void Record(TimeSpan latency) => Volatile.Read(ref _now).RecordValue(Math.Clamp((long)latency.TotalMicroseconds, 1, HighestMicros));

    /// <summary>The interval before the last one: a writer that still held it has let it go by now.</summary>
    public LongConcurrentHistogram? Turn()
    {
        var ended = Interlocked.Exchange(ref _now, Make());
        var settled = _before;
        _before = ended;
        if (settled is not null) Total.Add(settled);
        return settled;
    }

    public static LongHistogram MakePlain() => new(1, HighestMicros, Digits);

    public static LongConcurrentHistogram Make() => new(1, HighestMicros, Digits);
}
