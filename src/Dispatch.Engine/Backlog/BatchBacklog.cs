namespace Dispatch.Engine.Backlog;

/// <summary>
/// A bounded window on the backlog of one batch: which slots are free, held and counted, and who may take which. Pure and
/// single-threaded: its owner decides here before it commits, and comes back with what the commit said.
/// </summary>
public sealed class BatchBacklog
{
    private const int CursorsMax = 20_000;

    private readonly int _windowSize;
    private readonly Dictionary<long, TaskEntry> _tasks = [];

    // Invariant: exactly the entries of _tasks that have a free slot.
    private readonly SortedSet<TaskKey> _available = [];
    private readonly Dictionary<Guid, Cursor> _cursors = [];
    private readonly RewindLog _rewinds = new();

    // Tasks that were completed while a page was being read: the page may still show them open.
    private readonly HashSet<long> _removedWhilePaging = [];
    private int _pagesInFlight;
    private TaskKey _furthestCursor = TaskKey.First;
    private TaskKey _pagedUpTo = TaskKey.First;

    /// <summary>An empty window.</summary>
    /// <param name="windowSize">Tasks kept at least before paging stops; at most four times as many are ever held.</param>
    public BatchBacklog(int windowSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(windowSize, 1);
        _windowSize = windowSize;
    }

    private struct Cursor
    {
        public TaskKey Position;
        public long Version;
        public long NothingAtVersion;
        public TaskKey StorePosition;
    }

    /// <summary>Grows whenever something becomes available.</summary>
    public long Version { get; private set; } = 1;

    /// <summary>Tasks in the window with a free slot.</summary>
    public int AvailableCount => _available.Count;

    /// <summary>Whether the store may hold open tasks after the window.</summary>
    public bool MayHaveMore { get; private set; } = true;

    /// <summary>Whether the window should be paged forward now.</summary>
    public bool WantsPage => MayHaveMore && _available.Count < _windowSize / 2;

    /// <summary>Where the next page starts.</summary>
    public TaskKey PageAfter => _pagedUpTo;

    /// <summary>Call before reading a page, and <see cref="EndPage"/> after merging it (or failing to).</summary>
    public void BeginPage() => _pagesInFlight++;

    /// <summary>Ends what <see cref="BeginPage"/> began.</summary>
    public void EndPage()
    {
        if (--_pagesInFlight == 0) _removedWhilePaging.Clear();
    }

    /// <summary>Merges a page read after <see cref="PageAfter"/>.</summary>
    /// <param name="page">Rows in order.</param>
    /// <param name="asked">Rows asked for: fewer came means the end.</param>
    public void MergePage(IReadOnlyList<CommittedTask> page, int asked)
    {
        Merge(page);
        if (page.Count > 0 && page[^1].Key.CompareTo(_pagedUpTo) > 0) _pagedUpTo = page[^1].Key;
        if (page.Count < asked) MayHaveMore = false;
    }

    /// <summary>Merges rows from anywhere. Memory wins over a row for a task it knows: the owner is the only writer.</summary>
    /// <param name="rows">Open tasks as committed.</param>
    public void Merge(IReadOnlyList<CommittedTask> rows)
    {
        foreach (var row in rows)
        {
            var taskId = row.Key.TaskId;
            if (_tasks.ContainsKey(taskId) || _removedWhilePaging.Contains(taskId)) continue;
            var entry = new TaskEntry(row);
            _tasks.Add(taskId, entry);
            if (entry.HasFreeSlot) MakeAvailable(entry);
        }

        Shrink();
    }

    /// <summary>Work was committed elsewhere (an import, a reopened batch): what was said to be empty is so no longer.</summary>
    public void StoreChanged()
    {
        MayHaveMore = true;
        Version++;
        // The new rows may sort before what was paged: the next page starts over once the window runs low.
        _pagedUpTo = TaskKey.First;
        foreach (var workerId in _cursors.Keys.ToArray())
        {
            var cursor = _cursors[workerId];
            cursor.StorePosition = TaskKey.First;
            _cursors[workerId] = cursor;
        }
    }

    /// <summary>Sets a slot aside for a worker, or says what to do instead.</summary>
    /// <param name="workerId">The worker.</param>
    public TakeDecision Take(Guid workerId)
    {
        if (!_cursors.TryGetValue(workerId, out var cursor))
        {
            cursor = new Cursor { Position = TaskKey.First, StorePosition = TaskKey.First, Version = Version };
        }

        if (cursor.NothingAtVersion == Version) return new TakeDecision(TakeOutcome.Nothing);
        var from = _rewinds.Rewind(cursor.Position, cursor.Version);
        var found = Find(workerId, ref from);
        cursor.Position = from;
        cursor.Version = Version;
        if (from.CompareTo(_furthestCursor) > 0) _furthestCursor = from;
        KeepCursor(workerId, cursor);
        if (found is null) return new TakeDecision(TakeOutcome.AskStore);

        var (slot, epoch) = found.Hold(workerId);
        if (!found.HasFreeSlot) _available.Remove(found.Key);
        return new TakeDecision(TakeOutcome.Taken, found.Key.TaskId, slot, epoch);
    }

    /// <summary>Where the next page for a worker who exhausted the window starts.</summary>
    /// <param name="workerId">The worker.</param>
    public TaskKey WorkerPageAfter(Guid workerId) =>
        _cursors.TryGetValue(workerId, out var cursor) ? cursor.StorePosition : TaskKey.First;

    /// <summary>Merges a page for one worker.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="page">Rows in order.</param>
    public void MergeWorkerPage(Guid workerId, IReadOnlyList<CommittedTask> page)
    {
        Merge(page);
        if (!_cursors.TryGetValue(workerId, out var cursor)) cursor = new Cursor { Position = TaskKey.First };
        cursor.StorePosition = page.Count > 0 ? page[^1].Key : TaskKey.First;
        KeepCursor(workerId, cursor);
    }

    /// <summary>
    /// The store, read from the start, has nothing for the worker. Believed only for the version at which it was asked:
    /// what became available since is not covered.
    /// </summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="versionAsked">The version.</param>
    public void ConfirmNothing(Guid workerId, long versionAsked)
    {
        if (versionAsked != Version) return;
        if (!_cursors.TryGetValue(workerId, out var cursor)) cursor = new Cursor { Position = TaskKey.First };
        cursor.NothingAtVersion = Version;
        KeepCursor(workerId, cursor);
    }

    /// <summary>A hold was not committed: the slot is free again and the worker was never involved.</summary>
    /// <param name="taskId">The task.</param>
    /// <param name="slot">The slot.</param>
    /// <param name="workerId">The worker.</param>
    public void CancelTake(long taskId, int slot, Guid workerId)
    {
        if (!_tasks.TryGetValue(taskId, out var entry)) return;
        entry.Free(slot);
        entry.Forget(workerId);
        MakeAvailable(entry);
    }

    /// <summary>A hold ended without an answer, committed: the task is back at its old place, for others.</summary>
    /// <param name="taskId">The task.</param>
    /// <param name="slot">The slot.</param>
    /// <param name="at">When, in store time.</param>
    public void Release(long taskId, int slot, DateTimeOffset at)
    {
        if (!_tasks.TryGetValue(taskId, out var entry)) return;
        entry.Free(slot);
        entry.Requeue(at);
        MakeAvailable(entry);
    }

    /// <summary>An answer was committed.</summary>
    /// <param name="taskId">The task.</param>
    /// <param name="slot">The slot.</param>
    /// <param name="completed">It was the last one the task needed.</param>
    public void Answered(long taskId, int slot, bool completed)
    {
        if (!_tasks.TryGetValue(taskId, out var entry)) return;
        entry.Count(slot);
        if (completed) Remove(entry);
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

    private TaskEntry? Find(Guid workerId, ref TaskKey from)
    {
        if (_available.Count == 0) return null;
        if (from.CompareTo(_available.Min) <= 0)
        {
            // The common case: the first task fits, and no view of the set is needed.
            var first = _tasks[_available.Min.TaskId];
            if (!first.IsInvolved(workerId))
            {
                from = first.Key;
                return first;
            }
        }

        if (from.CompareTo(_available.Max) > 0) return null;
        foreach (var key in _available.GetViewBetween(from, TaskKey.Last))
        {
            var entry = _tasks[key.TaskId];
            from = key;
            if (!entry.IsInvolved(workerId)) return entry;
        }

        from = from.Next();
        return null;
    }

    private void MakeAvailable(TaskEntry entry)
    {
        Version++;
        _available.Add(entry.Key);
        if (entry.Key.CompareTo(_furthestCursor) <= 0) _rewinds.Add(Version, entry.Key);
    }

    private void Remove(TaskEntry entry)
    {
        _tasks.Remove(entry.Key.TaskId);
        _available.Remove(entry.Key);
        if (_pagesInFlight > 0) _removedWhilePaging.Add(entry.Key.TaskId);
    }

    private void KeepCursor(Guid workerId, Cursor cursor)
    {
        // A lost cursor costs one scan, never a task.
        if (_cursors.Count >= CursorsMax && !_cursors.ContainsKey(workerId)) _cursors.Clear();
        _cursors[workerId] = cursor;
    }

    private void Shrink()
    {
        if (_tasks.Count <= _windowSize * 4) return;
        var surplus = _tasks.Count - (_windowSize * 3);
        foreach (var key in _available.Reverse().Take(surplus).ToArray())
        {
            var entry = _tasks[key.TaskId];
            if (entry.HasHeldSlot) continue;
            _tasks.Remove(key.TaskId);
            _available.Remove(key);
            MayHaveMore = true;
            if (_pagedUpTo.CompareTo(key) >= 0) _pagedUpTo = _available.Count > 0 ? _available.Max : TaskKey.First;
        }
    }
}
