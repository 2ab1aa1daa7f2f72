namespace Dispatch.Grains;

/// <summary>
/// A time that never steps: a wall clock may be set back or forward under a running process, and durations measured with it would be
/// wrong by as much. Set once to the time it should show, it goes on by elapsed time alone.
/// </summary>
internal sealed class SteadyClock
{
    private readonly TimeProvider _time;
    private DateTimeOffset _at;
    private long _stamp;

    public SteadyClock(TimeProvider time)
    {
        _time = time;
        Set(time.GetUtcNow());
    }

    public DateTimeOffset Now => _at + _time.GetElapsedTime(_stamp);

    public void Set(DateTimeOffset now) => (_at, _stamp) = (now, _time.GetTimestamp());
}
