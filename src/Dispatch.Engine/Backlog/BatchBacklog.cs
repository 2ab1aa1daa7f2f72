namespace Dispatch.Engine.Backlog;

/// <summary>
/// A bounded window on the backlog of one batch: which slots are free, held and counted, and who may take which. Pure and
/// single-threaded: its owner decides here before it commits, and comes back with what the commit said.
/// </summary>
public sealed partial class BatchBacklog
{
    private const int CursorsMax = 20_000;

    private readonly int _windowSize;
    private readonly int _offersMax;
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
    /// <param name="offersMax">Offers of one slot that may be out at once; 0 where taking is holding.</param>
    /// <param name="expiries">Ages at which a selector of the batch stops counting.</param>
    public BatchBacklog(int windowSize, int offersMax = 0, IReadOnlyList<TimeSpan>? expiries = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(windowSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(offersMax, 0);
        _windowSize = windowSize;
        _offersMax = offersMax;
        _expiries = expiries ?? [];
    }

    private struct Cursor
    {
        public TaskKey Position;
        public long Version;
        public long NothingAtVersion;
        public TaskKey StorePosition;
        public long StoreEpoch;
    }

    /// <summary>Grows whenever something becomes available, or may have become so for somebody.</summary>
    public long Version { get; private set; } = 1;

    /// <summary>Grows when the store was changed by others. What was read under an older one proves nothing of what is there now.</summary>
    public long StoreEpoch { get; private set; } = 1;

    /// <summary>Tasks in the window with a free slot.</summary>
    public int AvailableCount => _available.Count;

    /// <summary>Whether the store may hold open tasks after the window.</summary>
    public bool MayHaveMore { get; private set; } = true;

    /// <summary>The window is all there is, read from the store's start to its end since the last change, and no slot of it is free: nobody can have anything, and the store need not be asked.</summary>
    public bool IsDry => !MayHaveMore && _available.Count == 0;

    /// <summary>Whether the window should be paged forward now.</summary>
    public bool WantsPage => MayHaveMore && _available.Count < _windowSize / 2;

    /// <summary>Whether every task that goes before a place is in the window: only then does the window know a task's position.</summary>
    /// <param name="place">The place.</param>
    public bool HasPaged(TaskKey place) => !MayHaveMore || place.CompareTo(_pagedUpTo) <= 0;

    /// <summary>Where the next page starts.</summary>
    public TaskKey PageAfter => _pagedUpTo;

    /// <summary>Whether takes are offers, which hold no slot until they are accepted.</summary>
    public bool Offers => _offersMax > 0;

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
    /// <param name="epoch"><see cref="StoreEpoch"/> before it was read. A page of an older one says neither where to go on nor that this is the end.</param>
    public void MergePage(IReadOnlyList<CommittedTask> page, int asked, long epoch)
    {
        if (epoch == StoreEpoch)
        {
            // Before the merge: where it makes the window too large, what is let go must be read again.
            if (page.Count > 0 && page[^1].Key.CompareTo(_pagedUpTo) > 0) _pagedUpTo = page[^1].Key;
            if (page.Count < asked) MayHaveMore = false;
        }

        Merge(page);
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
            if (entry.KeptFor is { } keptFor) KeepFor(keptFor, taskId);
            foreach (var thaw in entry.Thaws(_now)) Thaw(taskId, thaw);
            if (entry.HasFreeSlot(_offersMax)) MakeAvailable(entry);
        }

        Shrink();
    }

    /// <summary>Work was committed elsewhere (an import, a reopened batch): what was said to be empty is so no longer.</summary>
    public void StoreChanged()
    {
        MayHaveMore = true;
        Version++;

        // The new rows may sort before what was paged: the next page starts over once the window runs low, and so does every worker's.
        _pagedUpTo = TaskKey.First;
        StoreEpoch++;
    }

    /// <summary>Sets a slot aside for a worker, or says what to do instead.</summary>
    /// <param name="taker">Who asks.</param>
    public TakeDecision Take(in Taker taker)
    {
        if (taker.Now > _now) _now = taker.Now;
        if (TakeKept(taker) is { } kept) return Hold(kept, taker.WorkerId);
        if (!_cursors.TryGetValue(taker.WorkerId, out var cursor))
        {
            cursor = new Cursor { Position = TaskKey.First, StorePosition = TaskKey.First, Version = Version };
        }

        if (cursor.NothingAtVersion == Version) return new TakeDecision(TakeOutcome.Nothing);
        TaskEntry? found;
        if (taker.MeetsAll)
        {
            var from = _rewinds.Rewind(cursor.Position, cursor.Version);
            found = Find(taker, ref from);
            cursor.Position = from;
            cursor.Version = Version;
            if (from.CompareTo(_furthestCursor) > 0) _furthestCursor = from;
        }
        else
        {
            // What such a worker may have is set by age, not by place: no cursor.
            found = FindAged(taker);
        }

        if (found is null && KnowsAll)
        {
            found = FindAnywhere(taker);
            if (found is null) cursor.NothingAtVersion = Version;
        }

        KeepCursor(taker.WorkerId, cursor);
        if (found is not null) return Hold(found, taker.WorkerId);
        return new TakeDecision(cursor.NothingAtVersion == Version ? TakeOutcome.Nothing : TakeOutcome.AskStore);
    }

    /// <summary>Where the next page for a worker who exhausted the window starts.</summary>
    /// <param name="workerId">The worker.</param>
    public TaskKey WorkerPageAfter(Guid workerId) =>
        _cursors.TryGetValue(workerId, out var cursor) && cursor.StoreEpoch == StoreEpoch ? cursor.StorePosition : TaskKey.First;

    /// <summary>Merges a page for one worker.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="page">Rows in order.</param>
    public void MergeWorkerPage(Guid workerId, IReadOnlyList<CommittedTask> page)
    {
        Merge(page);
        if (!_cursors.TryGetValue(workerId, out var cursor)) cursor = new Cursor { Position = TaskKey.First };
        (cursor.StorePosition, cursor.StoreEpoch) = (page.Count > 0 ? page[^1].Key : TaskKey.First, StoreEpoch);
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

    /// <summary>A take was not committed: the slot is free again and the worker was never involved.</summary>
    /// <param name="taskId">The task.</param>
    /// <param name="slot">The slot.</param>
    /// <param name="workerId">The worker.</param>
    public void CancelTake(long taskId, int slot, Guid workerId)
    {
        if (!_tasks.TryGetValue(taskId, out var entry)) return;
        entry.Cancel(slot, workerId, Offers);
        if (entry.KeptFor == workerId) KeepFor(workerId, taskId);
        Restore(entry);
    }

    /// <summary>A hold or an offer ended without an answer, committed: the task is back at its old place.</summary>
    /// <param name="taskId">The task.</param>
    /// <param name="slot">The slot.</param>
    /// <param name="wasOffer">It was an offer, which held nothing.</param>
    /// <param name="ending">How it ended.</param>
    public void Release(long taskId, int slot, bool wasOffer, Ending ending)
    {
        // What is kept may be had again from the store's time of this very commit on, which the owner's clock is always a little behind. It must
        // not seem to cool down to the one worker who may have it, who asks as soon as the end is told and is not asked again soon.
        if (ending.KeptUntil is not null && ending.RetryAt > ending.At) ending = ending with { RetryAt = ending.At };
        if (ending.RetryAt is { } retryAt) Thaw(taskId, retryAt);
        if (ending.KeptUntil is { } keptUntil)
        {
            Thaw(taskId, keptUntil);
            KeepFor(ending.WorkerId, taskId);
        }

        if (!_tasks.TryGetValue(taskId, out var entry))
        {
            // It comes back where the window, which may think to be all there is, does not have it.
            StoreChanged();
            return;
        }

        entry.End(slot, wasOffer, ending);
        Restore(entry);
    }

    /// <summary>An offer was accepted, committed: its slot is held, and other offers of it have ended.</summary>
    /// <param name="taskId">The task.</param>
    /// <param name="slot">The slot.</param>
    /// <param name="rescinded">Workers whose offers ended.</param>
    /// <param name="at">When.</param>
    /// <returns>Whether those whose offers ended may have another slot of the task.</returns>
    public bool Accepted(long taskId, int slot, IReadOnlyCollection<Guid> rescinded, DateTimeOffset at)
    {
        if (!_tasks.TryGetValue(taskId, out var entry)) return false;
        entry.Accept(slot);
        foreach (var workerId in rescinded)
        {
            entry.Rescind(workerId, at);
            if (entry.KeptFor == workerId) KeepFor(workerId, taskId);
        }

        if (!entry.HasFreeSlot(_offersMax))
        {
            Unavailable(entry);
            return false;
        }

        // Whoever held an offer of the task could have nothing more of it until now, and may have been told so.
        if (rescinded.Count > 0) Restore(entry);
        return rescinded.Count > 0;
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

    /// <summary>Sets a slot aside for an answer that comes after its lease ran out. False when the slot is not free any more: the store decides what becomes of the answer.</summary>
    /// <param name="taskId">The task.</param>
    /// <param name="slot">The slot.</param>
    public bool TryReclaim(long taskId, int slot)
    {
        if (!_tasks.TryGetValue(taskId, out var entry) || !entry.TryReclaim(slot)) return false;
        if (!entry.HasFreeSlot(_offersMax)) Unavailable(entry);
        return true;
    }

    /// <summary>How a late answer ended.</summary>
    /// <param name="taskId">The task.</param>
    /// <param name="slot">The slot set aside by <see cref="TryReclaim"/>.</param>
    /// <param name="workerId">Whose answer.</param>
    /// <param name="counted">It counts.</param>
    /// <param name="completed">It was the last one the task needed.</param>
    public void AnsweredLate(long taskId, int slot, Guid workerId, bool counted, bool completed)
    {
        if (!_tasks.TryGetValue(taskId, out var entry)) return;
        if (counted)
        {
            // It was kept for who has answered it now: others may have what is left of it.
            var frees = entry.KeptFor == workerId;
            entry.CountLate(slot, workerId);
            if (completed) Remove(entry);
            else if (frees) Restore(entry);
            return;
        }

        entry.GiveUpReclaimed(slot);
        Restore(entry);
    }

    /// <summary>The task left the queue for good: dead letter, canceled, or moved.</summary>
    /// <param name="taskId">The task.</param>
    public void Drop(long taskId)
    {
        if (_tasks.TryGetValue(taskId, out var entry)) Remove(entry);
    }

    private TakeDecision Hold(TaskEntry found, Guid workerId)
    {
        var resumes = found.HadBy(workerId);
        var (slot, epoch) = found.Hold(workerId, Offers, _offersMax);
        if (!found.HasFreeSlot(_offersMax)) Unavailable(found);
        return new TakeDecision(TakeOutcome.Taken, found.Key.TaskId, slot, epoch, resumes);
    }

    private void Restore(TaskEntry entry)
    {
        if (entry.HasFreeSlot(_offersMax)) MakeAvailable(entry);
    }

    private void MakeAvailable(TaskEntry entry)
    {
        Version++;
        _available.Add(entry.Key);
        if (_ages is not null || _expiries.Count > 0) (_ages ??= []).Add((entry.CreatedAt, entry.Key.TaskId));
        if (entry.Relaxed) _relaxed.Add(entry.Key);
        if (entry.Key.CompareTo(_furthestCursor) <= 0) _rewinds.Add(Version, entry.Key);
    }

    private void Unavailable(TaskEntry entry)
    {
        _available.Remove(entry.Key);
        _ages?.Remove((entry.CreatedAt, entry.Key.TaskId));
        if (entry.Relaxed) _relaxed.Remove(entry.Key);
    }

    private void Remove(TaskEntry entry)
    {
        _tasks.Remove(entry.Key.TaskId);
        Unavailable(entry);
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
            if (!entry.IsIdle) continue;
            _tasks.Remove(key.TaskId);
            Unavailable(entry);
            MayHaveMore = true;
            if (_pagedUpTo.CompareTo(key) >= 0) _pagedUpTo = _available.Count > 0 ? _available.Max : TaskKey.First;
        }
    }
}
