namespace Dispatch.Simulation.Tests.Machinery;

/// <summary>
/// Virtual time on one thread. Everything that happens is an event in one queue; what is awaited resumes as an event too, so a
/// seed decides every interleaving, and the same seed gives the same run to the last step.
/// </summary>
internal sealed class SimLoop : SynchronizationContext
{
    private readonly PriorityQueue<Action, (long Ticks, long Order)> _events = new();
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _ready = new();
    private long _order;

    public DateTimeOffset Now { get; private set; } = new(2026, 3, 1, 8, 0, 0, TimeSpan.Zero);

    public long Steps { get; private set; }

    /// <summary>Called after every step: the place for invariants.</summary>
    public Action? AfterStep { get; set; }

    public void After(TimeSpan delay, Action action) => _events.Enqueue(action, ((Now + delay).UtcTicks, ++_order));

    public Task Delay(TimeSpan delay)
    {
        var done = new TaskCompletionSource();
        After(delay, done.SetResult);
        return done.Task;
    }

    public override void Post(SendOrPostCallback d, object? state) => _ready.Enqueue((d, state));

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("Nothing in a simulation may block.");

    /// <summary>Runs until the condition holds, the steps are used up, or nothing is left to happen.</summary>
    public void RunUntil(Func<bool> done, long stepsMax = long.MaxValue)
    {
        var before = Current;
        SetSynchronizationContext(this);
        try
        {
            var last = Steps + stepsMax;
            if (last < 0) last = long.MaxValue;
            while (!done() && Steps < last && Step())
            {
                AfterStep?.Invoke();
            }
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }

    public void RunFor(TimeSpan span)
    {
        var end = Now + span;
        var over = false;
        After(span, () => over = true);
        RunUntil(() => over || Now > end);
    }

    private bool Step()
    {
        if (_ready.TryDequeue(out var ready))
        {
            Steps++;
            ready.Callback(ready.State);
            return true;
        }

        if (!_events.TryDequeue(out var action, out var at)) return false;
        Steps++;
        Now = new DateTimeOffset(at.Ticks, TimeSpan.Zero);
        action();
        return true;
    }
}

/// <summary>A clock on the loop's time, which may be off.</summary>
internal sealed class SimClock(SimLoop loop) : TimeProvider
{
    public TimeSpan Skew { get; set; }

    public override DateTimeOffset GetUtcNow() => loop.Now + Skew;

    // Elapsed time goes on whatever the wall clock does.
    public override long GetTimestamp() => loop.Now.UtcTicks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;
}
