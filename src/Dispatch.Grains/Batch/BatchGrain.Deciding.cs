using Dispatch.Contracts.Supervisor;
using Dispatch.Contracts;
using Dispatch.Engine.Backlog;
using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>Paging, deciding and merging: everything around the commit await.</summary>
internal sealed partial class BatchGrain
{
    /// <summary>Takes from the window; pages forward while there may be more; asks the store for this worker before it says "nothing".</summary>
    private async Task<TakeDecision> DecideAsync(Guid workerId)
    {
        if (_backlog.WantsPage && _backlog.AvailableCount == 0) await PageAsync();
        else if (_backlog.WantsPage) PageInBackground();
        var decision = _backlog.Take(workerId);
        if (decision.Outcome != TakeOutcome.AskStore) return decision;

        // The worker has had everything in the window, but the batch is larger than its window.
        var start = _backlog.WorkerPageAfter(workerId);
        var fromTheStart = start == TaskKey.First;
        while (!_lost)
        {
            var version = _backlog.Version;
            IReadOnlyList<OpenTask> page;
            _backlog.BeginPage();
            try
            {
                page = await store.PageOpenTasksForWorkerAsync(this.GetPrimaryKey(), workerId, TimeSpan.Zero, KeyOf(start), WorkerPageSize, CancellationToken.None);
                _backlog.MergeWorkerPage(workerId, Rows(page));
            }
            finally
            {
                _backlog.EndPage();
            }

            decision = _backlog.Take(workerId);
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
                _backlog.ConfirmNothing(workerId, version);
                return new TakeDecision(TakeOutcome.Nothing);
            }
        }

        return new TakeDecision(TakeOutcome.Nothing);
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
            _backlog.BeginPage();
            try
            {
                var page = await store.PageOpenTasksAsync(this.GetPrimaryKey(), KeyOf(_backlog.PageAfter), PageSize, CancellationToken.None);
                _backlog.MergePage(Rows(page), PageSize);
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
            [.. row.Involved.Select(involved => new Involvement(
                involved.WorkerId,
                involved.Slot,
                involved.LeaseEpoch,
                Holds: involved.State is AssignmentState.Reserved or AssignmentState.Accepted,
                involved.Counted))]))];

    private TakeOperation TakeOperationFor(TakeDecision decision, Guid workerId, int capacitySlot) => new()
    {
        BatchId = this.GetPrimaryKey(),
        OwnerEpoch = _owned!.OwnerEpoch,
        AssignmentId = ids.NewId(),
        WorkerId = workerId,
        CapacitySlot = capacitySlot,
        TaskId = decision.TaskId,
        Slot = decision.Slot,
        LeaseEpoch = decision.LeaseEpoch,
        Lease = _project!.Record.Lease,
        Presentation = Shuffle(_project.Form.ShuffledResponses),
    };

    private SubmitOperation SubmitOperationFor(SubmitRequest request, TakeOperation? next) => new()
    {
        BatchId = this.GetPrimaryKey(),
        OwnerEpoch = _owned!.OwnerEpoch,
        Operation = new Operation
        {
            ActorId = request.WorkerId,
            OperationId = request.OperationId,
            PayloadHash = request.PayloadHash,
            Kind = OperationKinds.Submit,
            Result = next is null ? "{}" : $$"""{"next":"{{next.AssignmentId}}"}""",
        },
        AssignmentId = request.AssignmentId,
        WorkerId = request.WorkerId,
        LeaseEpoch = request.LeaseEpoch,
        Answer = request.Answer,
        ShownAt = request.ShownAt,
        Active = request.Active,
        Evaluation = request.EvaluationSequence is { } sequence ? new GoldEvaluation(_owned.Batch.ProjectId, sequence, request.GoldScore) : null,
        Next = next,
    };

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

    /// <summary>Not in memory (any more): only the store can tell a replay from a stale submit.</summary>
    private async Task<SubmitReply> SubmitUnheldAsync(SubmitRequest request)
    {
        var result = await CommitAsync(SubmitOperationFor(request, next: null));
        if (result.Status == CommitStatus.Committed) Reload("the store accepted an answer that memory did not expect");
        return new SubmitReply { Reply = ReplyOf(result), StoredResult = result.StoredResult, Handling = result.Handling };
    }

    private async Task<CommitResult> CommitAsync(CommitOperation operation)
    {
        try
        {
            var result = await lanes.CommitAsync(operation);
            if (result.Status == CommitStatus.OwnerFenced || result.Next?.Status == CommitStatus.OwnerFenced) Reload("another activation owns the batch");
            return result;
        }
        catch (CommitQueueFullException)
        {
            return Busy;
        }
        catch (StoreUnavailableException)
        {
            Reload("the outcome of a commit is unknown");
            return Unknown;
        }
    }

    // Own instances stand for outcomes the store did not report: Unspecified is never a store's result.
    private static readonly CommitResult Unknown = new() { Status = CommitStatus.Unspecified };
    private static readonly CommitResult Busy = new() { Status = CommitStatus.Unspecified };

    private static CommitResult NotTried(CommitResult parent) =>
        parent.Status == CommitStatus.Unspecified ? parent : new CommitResult { Status = CommitStatus.Skipped };

    private HeldWork? MergeTake(TakeOperation take, CommitResult result)
    {
        if (result is { Status: CommitStatus.Committed, Taken: { } taken })
        {
            _leases.Add(BatchLease.From(taken));
            return HeldWork.From(taken);
        }

        if (ReferenceEquals(result, Unknown)) return null;
        _backlog.CancelTake(take.TaskId, take.Slot, take.WorkerId);
        if (result.Status == CommitStatus.SlotTaken) Reload("a slot free in memory was taken in the store");
        return null;
    }

    private void MergeAnswer(BatchLease lease, SubmitRequest request, CommitResult result)
    {
        _leases.Remove(lease.AssignmentId);
        _backlog.Answered(lease.TaskId, lease.Slot, result.TaskCompleted);
        _answers++;
        if (result.TaskCompleted) (_completed, _open) = (_completed + 1, _open - 1);
        var submittedAt = result.SubmittedAt ?? StoreNow;
        _storeAhead = submittedAt - time.GetUtcNow();
        _activity.Answered(new LatestAnswer
        {
            AssignmentId = lease.AssignmentId,
            BatchId = lease.TaskId == 0 ? Guid.Empty : this.GetPrimaryKey(),
            TaskKey = lease.TaskKey,
            WorkerName = request.WorkerName,
            Answer = new JsonText(request.Answer),
            SubmittedAt = submittedAt,
            HandlingMs = (long)result.Handling.TotalMilliseconds,
        });
    }

    private void Release(BatchLease lease)
    {
        _leases.Remove(lease.AssignmentId);
        _backlog.Release(lease.TaskId, lease.Slot, StoreNow);
        HintMatchmaker();
    }

    private void HintMatchmaker()
    {
        if (_owned is null || _status != BatchStatus.Open) return;
        _ = GrainFactory.GetGrain<IMatchmakerGrain>(_owned.Batch.ProjectId).BatchHasWork(this.GetPrimaryKey(), Available);
    }

    private async Task OnTickAsync()
    {
        if (_lost || _owned is null) return;
        if (_leases.Count > 0) DelayDeactivation(TimeSpan.FromMinutes(5));
        foreach (var lease in _leases.Due(StoreNow, ExpiriesPerTick)) await ExpireAsync(lease);
    }

    private async Task ExpireAsync(BatchLease lease)
    {
        lease.InFlight = true;
        var result = await CommitAsync(new ExpireOperation
        {
            BatchId = this.GetPrimaryKey(),
            OwnerEpoch = _owned!.OwnerEpoch,
            AssignmentId = lease.AssignmentId,
            LeaseEpoch = lease.LeaseEpoch,
        });
        lease.InFlight = false;
        switch (result.Status)
        {
            case CommitStatus.Committed:
                LogAbandoned(lease.AssignmentId);
                Release(lease);
                _ = GrainFactory.GetGrain<IWorkerGrain>(lease.WorkerId).Withdraw(
                    lease.AssignmentId,
                    AssignmentState.Abandoned,
                    "Its time ran out without a sign from you, so the task goes to others. Your draft is kept.");
                break;
            case CommitStatus.NotExpired:
                BatchLeases.Renew(lease, result.LeaseUntil ?? lease.LeaseUntil);
                _leases.Watch(lease);
                break;
            case CommitStatus.Stale:
                Reload("a lease in memory was stale in the store");
                break;
            default:
                _leases.Watch(lease);
                break;
        }
    }

    /// <summary>Memory is not to be trusted any more: answer "unknown" from here on, deactivate, and let the next call load the truth.</summary>
    private void Reload(string cause)
    {
        if (_lost) return;
        _lost = true;
        LogReload(this.GetPrimaryKey(), cause);
        DeactivateOnIdle();
        HintMatchmaker();
    }

    private static BatchReply ReplyOf(CommitResult result) => result.Status switch
    {
        CommitStatus.Committed => BatchReply.Done,
        CommitStatus.Replayed => BatchReply.Replayed,
        CommitStatus.PayloadConflict => BatchReply.PayloadConflict,
        CommitStatus.Stale => BatchReply.Stale,
        CommitStatus.WorkerBusy => BatchReply.WorkerBehind,
        CommitStatus.SlotTaken => BatchReply.Busy,
        CommitStatus.BatchNotOpen => BatchReply.NotOpen,
        _ when ReferenceEquals(result, Busy) => BatchReply.Busy,
        _ => BatchReply.Unknown,
    };
}
