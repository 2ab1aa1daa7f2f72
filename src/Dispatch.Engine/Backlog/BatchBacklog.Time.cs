namespace Dispatch.Engine.Backlog;

/// <summary>What time does to the backlog: cool-downs and keeping end, and old tasks do without selectors.</summary>
public sealed partial class BatchBacklog
{
    private readonly IReadOnlyList<TimeSpan> _expiries;
    private readonly PriorityQueue<long, DateTimeOffset> _thaws = new();
    private readonly Dictionary<Guid, List<long>> _kept = [];
    private readonly SortedSet<TaskKey> _relaxed = [];

    // Available tasks by age; kept only where age matters: for selectors that expire, and for exception rules.
    private SortedSet<(DateTimeOffset CreatedAt, long TaskId)>? _ages;
    private DateTimeOffset _now = DateTimeOffset.MinValue;
    private DateTimeOffset _agedUpTo = DateTimeOffset.MinValue;

    /// <summary>When something may next come back for somebody; null when nothing is known to.</summary>
    public DateTimeOffset? NextThaw => _thaws.TryPeek(out _, out var at) ? at : null;

    /// <summary>Lets time pass. True when something may be available to somebody who was told "nothing".</summary>
    /// <param name="now">Store time.</param>
    public bool Advance(DateTimeOffset now)
    {
        if (now > _now) _now = now;
        var changed = false;
        while (_thaws.TryPeek(out var taskId, out var at) && at <= now)
        {
            _thaws.Dequeue();
            changed = true;
            Version++;
            if (_tasks.TryGetValue(taskId, out var entry) && entry.Key.CompareTo(_furthestCursor) <= 0) _rewinds.Add(Version, entry.Key);
        }

        if (_expiries.Count > 0)
        {
            // Beyond the window nothing is known of ages: with more in the store, every step of time may have crossed one.
            if (MayHaveMore || Crossed(now))
            {
                changed = true;
                Version++;
            }

            _agedUpTo = now;
        }

        return changed;
    }

    /// <summary>A task of the batch comes back for somebody at a time.</summary>
    /// <param name="taskId">The task.</param>
    /// <param name="at">When.</param>
    public void Thaw(long taskId, DateTimeOffset at)
    {
        // Also for a task that is not in the window: whoever was told "nothing" must be asked again.
        if (at > _now) _thaws.Enqueue(taskId, at);
    }

    private bool Crossed(DateTimeOffset now)
    {
        if (_ages is not { Count: > 0 }) return false;
        foreach (var expiry in _expiries)
        {
            var upTo = now - expiry;
            var after = _agedUpTo == DateTimeOffset.MinValue ? DateTimeOffset.MinValue : _agedUpTo - expiry;
            if (after < upTo && _ages.GetViewBetween((after, long.MinValue), (upTo, long.MaxValue)).Count > 0) return true;
        }

        return false;
    }

    private void KeepFor(Guid workerId, long taskId)
    {
        if (!_kept.TryGetValue(workerId, out var tasks)) _kept.Add(workerId, tasks = []);
        if (!tasks.Contains(taskId)) tasks.Add(taskId);
    }

    /// <summary>A task that is kept for the worker comes before everything else.</summary>
    private TaskEntry? TakeKept(in Taker taker)
    {
        if (_kept.Count == 0 || !_kept.TryGetValue(taker.WorkerId, out var tasks)) return null;
        for (var i = tasks.Count - 1; i >= 0; i--)
        {
            if (!_tasks.TryGetValue(tasks[i], out var entry) || entry.KeptFor != taker.WorkerId || entry.KeptUntil <= taker.Now)
            {
                tasks.RemoveAt(i);
                continue;
            }

            if (entry.BarFor(taker with { MinTaskAge = TimeSpan.Zero }, _offersMax) != Bar.None) continue;
            tasks.RemoveAt(i);
            return entry;
        }

        if (tasks.Count == 0) _kept.Remove(taker.WorkerId);
        return null;
    }

    /// <summary>For a worker who does not meet every selector: what a rule has relaxed, then the oldest that is old enough. Bounded; beyond it the store is asked.</summary>
    private TaskEntry? FindAged(in Taker taker)
    {
        var looked = 0;
        foreach (var key in _relaxed)
        {
            if (++looked > ScanMax) return null;
            if (_tasks[key.TaskId].BarFor(taker, _offersMax) == Bar.None) return _tasks[key.TaskId];
        }

        if (taker.MinTaskAge is not { } age || _ages is null) return null;
        if (age < taker.GateAge) age = taker.GateAge;
        foreach (var (createdAt, taskId) in _ages)
        {
            if (createdAt + age > taker.Now || ++looked > ScanMax) return null;
            if (_tasks[taskId].BarFor(taker, _offersMax) == Bar.None) return _tasks[taskId];
        }

        return null;
    }
}
