using Dispatch.Contracts;
using Dispatch.Engine.Backlog;
using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>Acceptance, returns, and what time does: expiry, cool-downs, rules.</summary>
internal sealed partial class BatchActor
{
    public async Task<RenewReply> Accept(AcceptRequest request)
    {
        if (_owned is null || _lost) return new RenewReply { Reply = BatchReply.Unknown };
        var lease = _leases.Find(request.AssignmentId);
        if (lease is { InFlight: true }) return new RenewReply { Reply = BatchReply.Busy };
        if (lease is not null) lease.InFlight = true;
        var result = await CommitAsync(new AcceptOperation
        {
            BatchId = batchId,
            OwnerEpoch = _owned.OwnerEpoch,
            Operation = new Operation { ActorId = request.WorkerId, OperationId = request.OperationId, PayloadHash = request.PayloadHash, Kind = OperationKinds.Accept },
            AssignmentId = request.AssignmentId,
            WorkerId = request.WorkerId,
            LeaseEpoch = request.LeaseEpoch,
            Lease = _project!.Record.Lease,
        });
        if (lease is not null) lease.InFlight = false;
        if (result.Status is CommitStatus.SlotTaken or CommitStatus.BatchNotOpen) return new RenewReply { Reply = BatchReply.Gone };
        if (result.Status != CommitStatus.Committed || lease is null) return new RenewReply { Reply = ReplyOf(result) };
        (lease.State, lease.LeaseUntil) = (AssignmentState.Accepted, result.LeaseUntil!.Value);
        _leases.Watch(lease);
        var frees = _backlog.Accepted(lease.TaskId, lease.Slot, [.. result.Rescinded.Select(other => other.WorkerId)], StoreNow);
        foreach (var (assignmentId, workerId) in result.Rescinded)
        {
            _leases.Remove(assignmentId);
            _ = actors.Worker(workerId).Withdraw(assignmentId, AssignmentState.Rescinded, "Somebody else accepted it first. Your place in the queue is unchanged.");
        }

        if (frees) HintMatchmaker();
        return new RenewReply { Reply = BatchReply.Done, LeaseUntil = lease.LeaseUntil };
    }

    public async Task<BatchReply> Return(ReturnRequest request)
    {
        if (_owned is null || _lost) return BatchReply.Unknown;
        var lease = _leases.Find(request.AssignmentId);
        if (lease is { InFlight: true }) return BatchReply.Busy;
        if (lease is not null) lease.InFlight = true;
        var result = await CommitAsync(new ReturnOperation
        {
            BatchId = batchId,
            OwnerEpoch = _owned.OwnerEpoch,
            Operation = request.OperationId is { } id
                ? new Operation { ActorId = request.WorkerId, OperationId = id, PayloadHash = request.PayloadHash!, Kind = request.Kind!, Reason = request.Reason }
                : null,
            AssignmentId = request.AssignmentId,
            WorkerId = request.WorkerId,
            LeaseEpoch = request.LeaseEpoch,
            Reason = request.Reason,
            RetryAfter = request.RetryAfter,
            AttemptsMax = Policy.AttemptsMax,
        });
        if (lease is not null) lease.InFlight = false;
        if (result.Status == CommitStatus.Committed && lease is not null) Release(lease, result);
        return ReplyOf(result);
    }

    private void Release(BatchLease lease, CommitResult result)
    {
        _leases.Remove(lease.AssignmentId);
        instruments.Ended(result.EndedAs);

        // A control that came to nothing does not come back to its worker, and is nobody's loss.
        if (lease.IsControl) return;
        if (result.DeadLettered)
        {
            (_open, _dead) = (_open - 1, _dead + 1);
            _backlog.Drop(lease.TaskId);
            LogDeadLetter(lease.TaskKey, batchId);
            return;
        }

        _backlog.Release(lease.TaskId, lease.Slot, lease.State == AssignmentState.Offered, new Ending(lease.WorkerId, result.EndedAs, result.RetryAt, result.KeptUntil, StoreNow));
        HintMatchmaker();
    }

    private async Task OnTickAsync()
    {
        // Interleaved ticks would commit the same expiry twice.
        if (_lost || _owned is null || _ticking) return;
        _ticking = true;
        try
        {
            if (_leases.Count > 0) host.StayAlive(TimeSpan.FromMinutes(5));

            // Side by side: one group of the committer takes them all, where one after the other each would wait for its own.
            await Task.WhenAll(_leases.Due(StoreNow, ExpiriesPerTick).ToArray().Select(ExpireAsync));
            if (_lost) return;
            if (_backlog.Advance(StoreNow) | _turnedAway) HintMatchmaker();
            _turnedAway = false;
            await ApplyRulesAsync();
            await JudgeAsync();
            if (_batch.Status == BatchStatus.Draining && _leases.Count == 0) await CloseDrainedAsync();
        }
        finally
        {
            _ticking = false;
        }
    }

    private async Task CloseDrainedAsync()
    {
        if (await store.CloseIfDrainedAsync(batchId, CancellationToken.None)) await RefreshAsync();
    }

    private async Task ExpireAsync(BatchLease lease)
    {
        if (_lost || lease.InFlight || _leases.Find(lease.AssignmentId) != lease) return;
        lease.InFlight = true;
        var result = await CommitAsync(new ExpireOperation
        {
            BatchId = batchId,
            OwnerEpoch = _owned!.OwnerEpoch,
            AssignmentId = lease.AssignmentId,
            LeaseEpoch = lease.LeaseEpoch,
            OfferTimeout = OfferTimeout,
            Reoffer = TimeSpan.FromSeconds(Policy.ReofferSeconds),
            Cooldown = TimeSpan.FromSeconds(Policy.CooldownSeconds),
            AttemptsMax = Policy.AttemptsMax,
        });
        lease.InFlight = false;
        switch (result.Status)
        {
            case CommitStatus.Committed:
                LogRanOut(lease.AssignmentId, result.EndedAs);
                if (result.EndedAs == AssignmentState.Abandoned) _ended.Add(lease);
                Release(lease, result);
                _ = actors.Worker(lease.WorkerId).Withdraw(lease.AssignmentId, result.EndedAs, WordsFor(result));
                break;
            case CommitStatus.NotExpired:
                lease.UnseenPending = false;
                lease.LeaseUntil = result.LeaseUntil ?? lease.LeaseUntil;
                _leases.Watch(lease, result.LeaseUntil > StoreNow ? result.LeaseUntil.Value : StoreNow + Tick);
                break;
            case CommitStatus.Stale:
                Reload("a lease in memory was stale in the store");
                break;
            default:
                _leases.Watch(lease, StoreNow + Tick);
                break;
        }
    }

    private static string WordsFor(CommitResult result) => result.EndedAs switch
    {
        AssignmentState.TimedOut => "It was offered to you and not answered in time, so it goes to others. It is not held against you.",
        AssignmentState.Rescinded => "It was kept ready for you and not needed, so it goes to others.",
        _ when result.KeptUntil is not null => "Its time ran out without a sign from you. It is kept for you for a little while, with your draft.",
        _ => "Its time ran out without a sign from you, so the task goes to others. Your draft is kept.",
    };
}
