using Dispatch.Contracts;
using Dispatch.Contracts.Supervisor;
using Dispatch.Engine.Backlog;
using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>Answers, with the next task in the same commit.</summary>
internal sealed partial class BatchActor
{
    public async Task<SubmitReply> Submit(SubmitRequest request)
    {
        if (_owned is null || _lost) return new SubmitReply { Reply = BatchReply.Unknown };
        var lease = _leases.Find(request.AssignmentId);
        if (lease is null || lease.WorkerId != request.WorkerId || lease.LeaseEpoch != request.LeaseEpoch || lease.State != AssignmentState.Accepted || lease.InFlight)
        {
            return await SubmitUnheldAsync(request);
        }

        lease.InFlight = true;
        var reserved = ReservedToPromote(request);
        var decision = new TakeDecision(TakeOutcome.Nothing);
        var reserve = reserved is not null || request.ReserveNext;
        if (request.WantsNext && _batch.Status == BatchStatus.Open && (!reserve || MayReserve) && Admits(request.Gate))
        {
            // The window usually has it at once; asking the store may interleave, and the leases are marked meanwhile.
            decision = await DecideForNextAsync(request, TakerOf(request.WorkerId, request.Labels, request.Gate));
        }

        var next = decision.Outcome == TakeOutcome.Taken
            ? TakeOperationFor(decision, request.WorkerId, reserve ? request.ReserveSlot : lease.CapacitySlot, reserve, request.Weighted, request.Gate)
            : null;
        var result = await CommitAsync(SubmitOperationFor(request, next, reserved, lease.CapacitySlot));
        lease.InFlight = false;
        if (reserved is not null) MergePromotion(reserved, lease.CapacitySlot, result.Promoted);
        var nextWork = next is null ? null : MergeTake(next, result is { Status: CommitStatus.Committed, Next: { } taken } ? taken : NotTried(result), decision.IsControl);
        if (result.Status == CommitStatus.Committed) MergeAnswer(lease, request, result);
        else if (result.Status is CommitStatus.Stale or CommitStatus.KeptAside) Reload("a lease in memory was stale in the store");
        return new SubmitReply
        {
            Reply = ReplyOf(result),
            Next = nextWork,
            StoredResult = result.StoredResult,
            Handling = result.Handling,
            SubmittedAt = result.SubmittedAt,
            PromotedUntil = result.Promoted is { Status: CommitStatus.Committed } promoted ? promoted.LeaseUntil : null,
        };
    }

    /// <summary>A store that cannot be read must not cost the answer: it is then committed alone.</summary>
    private async Task<TakeDecision> DecideForNextAsync(SubmitRequest request, Taker taker)
    {
        try
        {
            if (!await HasShareAsync(request.WorkerId)) return new TakeDecision(TakeOutcome.Nothing);
            if (request.WantsControl) await KnowControlsOfAsync(request.WorkerId);
            var decision = _backlog.Take(taker);
            if (decision.Outcome == TakeOutcome.AskStore) decision = await DecideAsync(taker);
            return request.WantsControl ? InPlaceOf(decision, request.WorkerId) : decision;
        }
        catch (StoreUnavailableException)
        {
            return new TakeDecision(TakeOutcome.AskStore);
        }
    }

    public async Task<RenewReply> Promote(PromoteRequest request)
    {
        if (_owned is null || _lost) return new RenewReply { Reply = BatchReply.Unknown };
        var lease = _leases.Find(request.AssignmentId);
        if (lease is not { State: AssignmentState.Reserved, InFlight: false } || lease.LeaseEpoch != request.LeaseEpoch || lease.WorkerId != request.WorkerId) return new RenewReply { Reply = BatchReply.Stale };
        lease.InFlight = true;
        var result = await CommitAsync(PromoteOperationFor(lease, request.CapacitySlot, request.Weighted));
        MergePromotion(lease, request.CapacitySlot, result);
        return new RenewReply { Reply = ReplyOf(result), LeaseUntil = lease.LeaseUntil };
    }

    private BatchLease? ReservedToPromote(SubmitRequest request)
    {
        if (request.Promote is not { } id || _leases.Find(id) is not { State: AssignmentState.Reserved, InFlight: false } reserved) return null;
        if (reserved.WorkerId != request.WorkerId || reserved.LeaseEpoch != request.PromoteEpoch) return null;
        reserved.InFlight = true;
        return reserved;
    }

    private void MergePromotion(BatchLease lease, int capacitySlot, CommitResult? result)
    {
        lease.InFlight = false;
        switch (result?.Status)
        {
            case CommitStatus.Committed:
                (lease.State, lease.CapacitySlot, lease.LeaseUntil) = (AssignmentState.Accepted, capacitySlot, result.LeaseUntil!.Value);
                _leases.Watch(lease);
                break;
            case CommitStatus.Stale:
                Reload("a reserved lease in memory was stale in the store");
                break;
        }
    }

    private PromoteOperation PromoteOperationFor(BatchLease lease, int capacitySlot, bool weighted) => new()
    {
        BatchId = batchId,
        OwnerEpoch = _owned!.OwnerEpoch,
        AssignmentId = lease.AssignmentId,
        WorkerId = lease.WorkerId,
        LeaseEpoch = lease.LeaseEpoch,
        CapacitySlot = capacitySlot,
        Lease = _project!.Record.Lease,
        Weighted = weighted,
    };

    private SubmitOperation SubmitOperationFor(SubmitRequest request, TakeOperation? next, BatchLease? promote, int capacitySlot) => new()
    {
        BatchId = batchId,
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
        ShownAt = StoreNow - request.ShownFor,
        Active = request.Active,
        Evaluation = request.Evaluation is { } own ? new GoldEvaluation(_batch.ProjectId, own.Sequence, own.Score, own.KnownVersion, own.Kind, own.Weight) : null,
        Vote = request.Vote,
        Accuracy = request.Accuracy,
        ReviewId = request.ReviewId,
        ReviewCause = request.ReviewCause,
        Promote = promote is null ? null : PromoteOperationFor(promote, capacitySlot, request.Weighted),
        Next = next,
    };

    /// <summary>
    /// Not in memory (any more): a repeated submit, a stale one, or an answer that comes after its lease ran out. The store tells
    /// them apart. For a late one the slot is set aside first, so that it is not handed out while the answer is being committed.
    /// </summary>
    private async Task<SubmitReply> SubmitUnheldAsync(SubmitRequest request)
    {
        var ended = _ended.Find(request.AssignmentId);
        var second = ended is { } had ? _leases.All.FirstOrDefault(lease => lease.TaskId == had.TaskId && lease.WorkerId == request.WorkerId) : null;
        if (second is { InFlight: true }) return new SubmitReply { Reply = BatchReply.Busy };
        if (second is not null) second.InFlight = true;
        var reclaimed = ended is { IsControl: false } slot && _backlog.TryReclaim(slot.TaskId, slot.Slot);
        var result = await CommitAsync(SubmitOperationFor(request, next: null, promote: null, capacitySlot: 0));
        if (second is not null) second.InFlight = false;
        var stored = result.Status is CommitStatus.Committed or CommitStatus.KeptAside;
        if (ReferenceEquals(result, Unknown)) return new SubmitReply { Reply = BatchReply.Unknown };
        if (result.Rescinded.Count > 0) MergeRescinded(request, second, ended?.Slot, result);
        else if (reclaimed) _backlog.AnsweredLate(ended!.Value.TaskId, ended.Value.Slot, request.WorkerId, result.Status == CommitStatus.Committed, result.TaskCompleted);
        else if (result.Status == CommitStatus.Committed && ended is not { IsControl: true }) Reload("the store accepted an answer that memory did not expect");
        if (result.Status == CommitStatus.Committed) Tally(request, ended?.TaskKey ?? "", result, ended?.IsControl == true);
        if (stored) _ended.Remove(request.AssignmentId);
        if (stored && !result.TaskCompleted) HintMatchmaker();
        return new SubmitReply
        {
            Reply = ReplyOf(result),
            StoredResult = result.StoredResult,
            Handling = result.Handling,
            SubmittedAt = result.SubmittedAt,
            Folded = result.Rescinded.Where(other => other.WorkerId == request.WorkerId).Select(other => (Guid?)other.AssignmentId).FirstOrDefault(),
        };
    }

    /// <summary>A late answer ended other holds. Where it counted in the place of its worker's second hold, memory sees that hold answered; whatever else ended with it, memory reads anew.</summary>
    private void MergeRescinded(SubmitRequest request, BatchLease? second, int? slot, CommitResult result)
    {
        foreach (var (assignmentId, workerId) in result.Rescinded.Where(other => other.WorkerId != request.WorkerId))
        {
            _ = actors.Worker(workerId).Withdraw(assignmentId, AssignmentState.Rescinded, "Somebody else answered it first. Your place in the queue is unchanged.");
        }

        if (second is { IsControl: false, State: not AssignmentState.Offered } && second.Slot == slot && result.Rescinded.Count == 1)
        {
            _leases.Remove(second.AssignmentId);
            instruments.Ended(AssignmentState.Rescinded);
            _backlog.AnsweredLate(second.TaskId, second.Slot, request.WorkerId, counted: true, result.TaskCompleted);
        }
        else
        {
            Reload("a late answer ended other holds of its task");
        }
    }

    private void MergeAnswer(BatchLease lease, SubmitRequest request, CommitResult result)
    {
        _leases.Remove(lease.AssignmentId);
        instruments.Ended(AssignmentState.Submitted);
        if (!lease.IsControl) _backlog.Answered(lease.TaskId, lease.Slot, result.TaskCompleted);
        Tally(request, lease.TaskKey, result, lease.IsControl);
    }

    private void Tally(SubmitRequest request, string taskKey, CommitResult result, bool isControl)
    {
        if (!isControl) _answers++;
        if (result.TaskCompleted) (_completed, _open, _mayBeUnjudged) = (_completed + 1, _open - 1, true);
        if (!isControl) CountShare(request.WorkerId);
        _answeredStamp = time.GetTimestamp();
        NoteAnswer(request.AssignmentId, result.Handling);
        var submittedAt = result.SubmittedAt ?? StoreNow;
        _storeClock.Set(submittedAt);
        _activity.Answered(new LatestAnswer
        {
            AssignmentId = request.AssignmentId,
            BatchId = batchId,
            TaskKey = taskKey,
            WorkerName = request.WorkerName,
            Answer = new JsonText(request.Answer),
            SubmittedAt = submittedAt,
            HandlingMs = (long)result.Handling.TotalMilliseconds,
        });
    }
}
