namespace Dispatch.Engine.Backlog;

/// <summary>A task of the window as it stands.</summary>
/// <param name="Key">Its place.</param>
/// <param name="Position">Tasks with a free slot before it in the batch's window; null when it has no free slot.</param>
/// <param name="Answers">Counted answers.</param>
/// <param name="Held">Slots held.</param>
/// <param name="CreatedAt">Imported.</param>
/// <param name="QueuedAt">Last entered the queue.</param>
/// <param name="KeptFor">Whom it is kept for now.</param>
/// <param name="KeptUntil">Until when.</param>
/// <param name="Relaxed">A rule lets everybody have it.</param>
public sealed record TaskStanding(TaskKey Key, int? Position, int Answers, int Held, DateTimeOffset CreatedAt, DateTimeOffset QueuedAt, Guid? KeptFor, DateTimeOffset? KeptUntil, bool Relaxed);

/// <summary>Questions that change nothing.</summary>
public sealed partial class BatchBacklog
{
    /// <summary>Why the worker may not have the task; null when the task is not in the window.</summary>
    /// <param name="taskId">The task.</param>
    /// <param name="taker">The worker.</param>
    public Bar? BarFor(long taskId, in Taker taker) => _tasks.TryGetValue(taskId, out var entry) ? entry.BarFor(taker, _offersMax) : null;

    /// <summary>Why the worker may not have the task even if a slot of it were free; null when the task is not in the window.</summary>
    /// <param name="taskId">The task.</param>
    /// <param name="taker">The worker.</param>
    public Bar? BarIgnoringSlots(long taskId, in Taker taker) => _tasks.TryGetValue(taskId, out var entry) ? entry.BarIgnoringSlots(taker) : null;

    /// <summary>Whether there may be something for a worker. False only where that is certain; true says nothing.</summary>
    /// <param name="taker">The worker.</param>
    public bool MayHave(in Taker taker)
    {
        if (!KnowsAll || _kept.ContainsKey(taker.WorkerId)) return true;
        if (_cursors.TryGetValue(taker.WorkerId, out var cursor) && cursor.NothingAtVersion == Version) return false;
        return FindAnywhere(taker) is not null;
    }

    /// <summary>How many tasks of the window each reason keeps from a worker, at most <paramref name="limit"/> looked at.</summary>
    /// <param name="taker">The worker.</param>
    /// <param name="limit">Tasks looked at.</param>
    public IReadOnlyDictionary<Bar, int> BarsFor(in Taker taker, int limit)
    {
        Dictionary<Bar, int> bars = [];
        foreach (var entry in _tasks.Values.Take(limit))
        {
            var bar = entry.BarFor(taker, _offersMax);
            bars[bar] = bars.GetValueOrDefault(bar) + 1;
        }

        return bars;
    }

    /// <summary>A task of the window; null when it is not there.</summary>
    /// <param name="taskId">The task.</param>
    public TaskStanding? Find(long taskId)
    {
        if (!_tasks.TryGetValue(taskId, out var entry)) return null;
        // Counting is O(position): a question of a person, never on the way of a task.
        int? position = _available.Contains(entry.Key) ? _available.GetViewBetween(TaskKey.First, entry.Key).Count - 1 : null;
        return new TaskStanding(entry.Key, position, entry.Answers, entry.Held, entry.CreatedAt, entry.QueuedAt, entry.KeptFor, entry.KeptUntil, entry.Relaxed);
    }

    /// <summary>Ages of what waits: the earliest import and the earliest entry into the queue among tasks with a free slot in the window.</summary>
    public (DateTimeOffset? Created, DateTimeOffset? Queued) OldestWaiting()
    {
        DateTimeOffset? created = null, queued = null;
        foreach (var key in _available)
        {
            var entry = _tasks[key.TaskId];
            if (created is null || entry.CreatedAt < created) created = entry.CreatedAt;
            if (queued is null || entry.QueuedAt < queued) queued = entry.QueuedAt;
        }

        return (created, queued);
    }
}
