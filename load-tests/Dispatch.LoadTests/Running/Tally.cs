using System.Collections.Concurrent;
using System.Diagnostics;
using Dispatch.LoadTests.Reports;
using HdrHistogram;

namespace Dispatch.LoadTests.Running;

/// <summary>What the people of one generator went through in one measurement. Many loops write to it at once.</summary>
internal sealed class Tally
{
    private readonly LongConcurrentHistogram _first = Recorder.Make();
    private readonly LongConcurrentHistogram _wait = Recorder.Make();
    private readonly ConcurrentDictionary<string, int> _refused = new();
    private readonly ConcurrentDictionary<string, int> _gone = new();
    private readonly ConcurrentDictionary<string, int> _broken = new();
    private readonly long _began = Stopwatch.GetTimestamp();
    private int _arrived;
    private int _present;
    private int _served;
    private int _answers;
    private int _lost;
    private long _waitingTicks;
    private long _presentTicks;

    public int Present => Volatile.Read(ref _present);

    /// <summary>Connections that the other side ended so far.</summary>
    public int Lost => Volatile.Read(ref _lost);

    public void Came()
    {
        Interlocked.Increment(ref _arrived);
        Interlocked.Increment(ref _present);
    }

    public void Went(TimeSpan stayed)
    {
        Interlocked.Decrement(ref _present);
        Interlocked.Add(ref _presentTicks, stayed.Ticks);
    }

    /// <summary>Somebody waited so long with nothing in hand.</summary>
    /// <param name="waited">How long.</param>
    /// <param name="isFirst">For the first task after coming.</param>
    /// <param name="came">A task came; false when the measurement was over first.</param>
    public void Waited(TimeSpan waited, bool isFirst, bool came)
    {
        Interlocked.Add(ref _waitingTicks, waited.Ticks);
        if (!came) return;
        if (isFirst) Interlocked.Increment(ref _served);
        (isFirst ? _first : _wait).RecordValue(Math.Clamp((long)waited.TotalMicroseconds, 1, Recorder.HighestMicros));
    }

    public void Answered() => Interlocked.Increment(ref _answers);

    public void Refused(string code) => _refused.AddOrUpdate(code, 1, (_, n) => n + 1);

    public void Gone(string state) => _gone.AddOrUpdate(state, 1, (_, n) => n + 1);

    public void Broke(string what) => _broken.AddOrUpdate(what, 1, (_, n) => n + 1);

    public void LostConnection() => Interlocked.Increment(ref _lost);

    public Experience Read() => new()
    {
        Arrived = _arrived,
        Served = _served,
        Answers = _answers,
        Lost = _lost,
        FirstTask = _first.TotalCount > 0 ? Percentiles.Of(_first) : null,
        NextTask = _wait.TotalCount > 0 ? Percentiles.Of(_wait) : null,
        WaitingSeconds = TimeSpan.FromTicks(_waitingTicks).TotalSeconds,
        PresentSeconds = TimeSpan.FromTicks(_presentTicks).TotalSeconds,
        Refused = new SortedDictionary<string, int>(_refused, StringComparer.Ordinal),
        Withdrawn = new SortedDictionary<string, int>(_gone, StringComparer.Ordinal),
        Broken = new SortedDictionary<string, int>(_broken, StringComparer.Ordinal),
    };

    /// <summary>Seconds since the measurement began.</summary>
    public double At => Stopwatch.GetElapsedTime(_began).TotalSeconds;
}
