using Dispatch.Contracts;
using Dispatch.Contracts.Policies;
using Dispatch.Engine.Backlog;
using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>Which task, from which page.</summary>
internal sealed partial class BatchActor
{
    /// <summary>Takes from the window; pages forward while there may be more; asks the store for this worker before it says "nothing".</summary>
    private async Task<TakeDecision> DecideAsync(Taker taker)
    {
        await FillWindowAsync();
        var decision = _backlog.Take(taker);
        if (decision.Outcome != TakeOutcome.AskStore) return decision;
        if (_backlog.IsDry) return new TakeDecision(TakeOutcome.Nothing);

        // The worker has had everything in the window, but the batch is larger than its window.
        var start = _backlog.WorkerPageAfter(taker.WorkerId);
        var fromTheStart = start == TaskKey.First;
        while (!_lost)
        {
            var version = _backlog.Version;
            IReadOnlyList<OpenTask> page;
            _backlog.BeginPage();
            try
            {
                page = await store.PageOpenTasksForWorkerAsync(batchId, taker.WorkerId, AgeAskedFor(taker), KeyOf(start), WorkerPageSize, CancellationToken.None);
                _backlog.MergeWorkerPage(taker.WorkerId, Rows(page));
            }
            finally
            {
                _backlog.EndPage();
            }

            decision = _backlog.Take(taker);
            if (decision.Outcome == TakeOutcome.Taken) return decision;
            if (page.Count == WorkerPageSize)
            {
                start = new TaskKey(page[^1].Priority, page[^1].TaskId);
            }
            else if (!fromTheStart)
            {
                (start, fromTheStart) = (TaskKey.First, true);
            }
            else
            {
                _backlog.ConfirmNothing(taker.WorkerId, version);
                return new TakeDecision(TakeOutcome.Nothing);
            }
        }

        return new TakeDecision(TakeOutcome.Nothing);
    }

    private async Task FillWindowAsync()
    {
        if (_backlog.WantsPage && _backlog.AvailableCount == 0) await PageAsync();
        else if (_backlog.WantsPage) PageInBackground();
    }

    // No task is so old: only what a rule has relaxed is left.
    private static readonly TimeSpan Ageless = TimeSpan.FromDays(36_500);

    private static TimeSpan AgeAskedFor(in Taker taker)
    {
        var age = taker.MinTaskAge ?? Ageless;
        return age < taker.GateAge ? taker.GateAge : age;
    }

    private void PageInBackground() => _ = PageAsync();

    /// <summary>One page at a time: everybody who needs it waits for the same one.</summary>
    private Task PageAsync()
    {
        if (_paging is { IsCompleted: false }) return _paging;
        return _paging = ReadPagesAsync();
    }

    private async Task ReadPagesAsync()
    {
        while (_backlog.WantsPage && !_lost)
        {
            var epoch = _backlog.StoreEpoch;
            _backlog.BeginPage();
            try
            {
                var page = await store.PageOpenTasksAsync(batchId, KeyOf(_backlog.PageAfter), PageSize, CancellationToken.None);
                _backlog.MergePage(Rows(page), PageSize, epoch);
            }
            finally
            {
                _backlog.EndPage();
            }
        }
    }

    private static BacklogKey? KeyOf(TaskKey key) => key == TaskKey.First ? null : new BacklogKey(key.Priority, key.TaskId);

    private static IReadOnlyList<CommittedTask> Rows(IReadOnlyList<OpenTask> rows) =>
        [.. rows.Select(row => new CommittedTask(
            new TaskKey(row.Priority, row.TaskId),
            row.Overlap,
            row.CreatedAt,
            row.QueuedAt,
            [.. row.Involved.Select(involved => new Involvement(involved.WorkerId, involved.Slot, involved.LeaseEpoch, involved.State, involved.Counted, involved.RetryAt))])
        {
            KeptFor = row.KeptFor,
            KeptUntil = row.KeptUntil,
            Relaxed = row.Relaxed,
            RulesApplied = row.RulesApplied,
        })];

    private TakeOperation TakeOperationFor(TakeDecision decision, Guid workerId, int capacitySlot, bool reserve, bool weighted, GatePass? pass)
    {
        var offer = Policy.Acceptance == Acceptance.Explicit;
        return new TakeOperation
        {
            BatchId = batchId,
            OwnerEpoch = _owned!.OwnerEpoch,
            AssignmentId = ids.NewId(),
            WorkerId = workerId,
            CapacitySlot = capacitySlot,
            TaskId = decision.TaskId,
            Slot = decision.Slot,
            LeaseEpoch = decision.LeaseEpoch,
            State = offer ? AssignmentState.Offered : reserve ? AssignmentState.Reserved : AssignmentState.Accepted,
            Lease = offer ? TimeSpan.FromSeconds(Policy.OfferTimeoutSeconds) : _project!.Record.Lease,
            LeaseMax = TimeSpan.FromSeconds(Policy.LeaseMaxSeconds),
            BreakMax = TimeSpan.FromSeconds(Policy.BreakMaxSeconds),
            Cost = Policy.CapacityCost,
            Weighted = weighted,
            Resumes = decision.Resumes,
            Presentation = Shuffle(_project!.Form.ShuffledResponses),
            Gate = IsGolden ? pass?.Stamp(_batch.ProjectId) : null,
        };
    }

    private int[] Shuffle(int count)
    {
        var order = new int[count];
        for (var i = 0; i < count; i++) order[i] = i;
        for (var i = count - 1; i > 0; i--)
        {
            var j = random.Next(i + 1);
            (order[i], order[j]) = (order[j], order[i]);
        }

        return order;
    }

    private HeldWork? MergeTake(TakeOperation take, CommitResult result, bool isControl)
    {
        if (result is { Status: CommitStatus.Committed, Taken: { } taken })
        {
            _leases.Add(BatchLease.From(taken), OfferTimeout);
            return HeldWork.From(taken);
        }

        if (ReferenceEquals(result, Unknown)) return null;
        if (isControl)
        {
            // Refused by the store: it has gone to as many as it may, or was retired. Nothing else in memory rests on it.
            _controls.Cancel(take.WorkerId, take.TaskId, retire: result.Status == CommitStatus.SlotTaken);
            return null;
        }

        _backlog.CancelTake(take.TaskId, take.Slot, take.WorkerId);
        if (result.Status == CommitStatus.SlotTaken) Reload("a slot free in memory was taken in the store");
        return null;
    }

    /// <summary>Nothing is left for an idle worker, but somebody has a task in reserve that was not shown: ask for one back that the worker may have.</summary>
    private bool RecallFor(Taker taker)
    {
        if (Policy.Prefetch == 0) return false;
        foreach (var lease in _leases.All.Where(lease => lease is { State: AssignmentState.Reserved, Recalled: false, InFlight: false } && lease.WorkerId != taker.WorkerId))
        {
            if (_backlog.BarIgnoringSlots(lease.TaskId, taker) != Bar.None) continue;
            lease.Recalled = true;
            _ = actors.Worker(lease.WorkerId).Recall(lease.AssignmentId);
            return true;
        }

        return false;
    }
}
