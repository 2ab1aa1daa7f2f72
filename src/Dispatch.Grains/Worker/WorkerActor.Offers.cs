using Dispatch.Contracts;
using Dispatch.Contracts.Worker;
using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>Offers accepted and declined, and work given back.</summary>
internal sealed partial class WorkerActor
{
    public async Task<AcceptResult> Accept(AcceptCommand command, string connectionId)
    {
        if (await ReadyAsync() is { } notReady) return new AcceptResult { Refusal = notReady };
        if (command.OperationId == Guid.Empty) return new AcceptResult { Refusal = WorkerRefusals.OperationIdMissing };
        var hash = CommandHash.Of(OperationKinds.Accept, command.AssignmentId, command.LeaseEpoch, text: null);
        if (!_held.TryGetValue(command.AssignmentId, out var item) || item.Work.State != AssignmentState.Offered)
        {
            var stored = await store.FindOperationAsync(workerId, command.OperationId, CancellationToken.None);
            if (stored is null) return new AcceptResult { Refusal = WorkerRefusals.OfferGone };
            return stored.PayloadHash.AsSpan().SequenceEqual(hash)
                ? new AcceptResult { Replayed = true, Assignment = item is null ? null : Message(item.Work), Position = _sessions.Position }
                : new AcceptResult { Refusal = WorkerRefusals.OperationConflict };
        }

        if (item.Work.LeaseEpoch != command.LeaseEpoch) return new AcceptResult { Refusal = WorkerRefusals.Stale(item.Work.LeaseEpoch) };
        RenewReply reply;
        try
        {
            reply = await actors.Batch(item.Work.BatchId).Accept(new AcceptRequest
            {
                OperationId = command.OperationId,
                PayloadHash = hash,
                AssignmentId = command.AssignmentId,
                WorkerId = workerId,
                LeaseEpoch = command.LeaseEpoch,
            });
        }
        catch (Exception failure) when (IsUnknown(failure))
        {
            reply = new RenewReply { Reply = BatchReply.Unknown };
        }

        if (reply.Reply is BatchReply.Gone or BatchReply.Stale) Drop(command.AssignmentId, AssignmentState.Rescinded, "Somebody else accepted it first, it ran out, or its batch was paused.", exceptConnectionId: null);
        if (reply.Reply == BatchReply.Replayed) _mustReload = true;
        if (WorkerRefusals.For(reply.Reply) is { } refusal)
        {
            if (reply.Reply == BatchReply.Unknown) _mustReload = true;
            ReportIdleness();
            return new AcceptResult { Refusal = reply.Reply is BatchReply.Gone or BatchReply.Stale ? WorkerRefusals.OfferGone : refusal };
        }

        item.Work = item.Work with { State = AssignmentState.Accepted, LeaseUntil = reply.LeaseUntil };
        (item.RenewedStamp, _lastTurnAt) = (time.GetTimestamp(), time.GetUtcNow());
        _sessions.Push(position => new AssignmentOffered { Position = position, Assignment = Message(item.Work) }, connectionId);
        return new AcceptResult { Assignment = Message(item.Work), Position = _sessions.Position, Replayed = reply.Reply == BatchReply.Replayed };
    }

    public async Task<CommandResult> Decline(DeclineCommand command)
    {
        const int RetryMax = 604_800;
        if (command.RetryOfferAfterSeconds is < 1 or > RetryMax)
        {
            return new CommandResult { Refusal = WorkerRefusals.OutOfRange("$.retryOfferAfterSeconds", "The wait is out of range.", $"Send 1 to {RetryMax} seconds, or null for never.") };
        }

        return await GiveBackAsync(
            OperationKinds.Decline,
            command.OperationId,
            command.AssignmentId,
            command.LeaseEpoch,
            command.Reason,
            AssignmentState.Offered,
            command.RetryOfferAfterSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null);
    }

    public Task<CommandResult> Return(ReturnCommand command) =>
        GiveBackAsync(OperationKinds.Return, command.OperationId, command.AssignmentId, command.LeaseEpoch, command.Reason, AssignmentState.Accepted, retryAfter: null);

    private async Task<CommandResult> GiveBackAsync(string kind, Guid operationId, Guid assignmentId, int leaseEpoch, string? reason, AssignmentState expected, TimeSpan? retryAfter)
    {
        if (await ReadyAsync() is { } notReady) return new CommandResult { Refusal = notReady };
        if (operationId == Guid.Empty) return new CommandResult { Refusal = WorkerRefusals.OperationIdMissing };
        if (WorkerRefusals.ReasonTooLong(reason) is { } tooLong) return new CommandResult { Refusal = tooLong };
        var hash = CommandHash.Of(kind, assignmentId, leaseEpoch, retryAfter is null ? reason : $"{retryAfter.Value.Ticks}|{reason}");
        if (!_held.TryGetValue(assignmentId, out var item))
        {
            var stored = await store.FindOperationAsync(workerId, operationId, CancellationToken.None);
            if (stored is null) return new CommandResult { Refusal = WorkerRefusals.UnknownAssignment };
            return stored.PayloadHash.AsSpan().SequenceEqual(hash) ? new CommandResult { Replayed = true } : new CommandResult { Refusal = WorkerRefusals.OperationConflict };
        }

        if (item.Work.LeaseEpoch != leaseEpoch) return new CommandResult { Refusal = WorkerRefusals.Stale(item.Work.LeaseEpoch) };
        if (item.Work.State != expected) return new CommandResult { Refusal = WorkerRefusals.WrongWayBack(item.Work.State) };
        if (expected == AssignmentState.Accepted && TooManyReturns() is { } tooMany) return new CommandResult { Refusal = tooMany };
        var reply = await ReturnToBatchAsync(item.Work, operationId, hash, kind, reason, retryAfter);
        if (WorkerRefusals.For(reply) is { } refusal)
        {
            if (reply is not (BatchReply.PayloadConflict or BatchReply.Busy)) _mustReload = true;
            return new CommandResult { Refusal = refusal };
        }

        // A repeated command was counted the first time. Who answers nothing is judged, too: no answer comes that would bring the rule up.
        if (reply == BatchReply.Done) Add(_skips, item.Work.ProjectId, good: false);
        var (state, words) = expected == AssignmentState.Offered ? (AssignmentState.Declined, "You declined it.") : (AssignmentState.Returned, "You gave it back.");
        Drop(assignmentId, state, words, exceptConnectionId: null);
        if (reply == BatchReply.Done) await ApplyRulesAsync(item.Work.ProjectId);
        await FillAsync(exceptConnectionId: null);
        return new CommandResult { Replayed = reply == BatchReply.Replayed };
    }

    private async Task<BatchReply> ReturnToBatchAsync(HeldWork work, Guid? operationId, byte[]? hash, string? kind, string? reason, TimeSpan? retryAfter)
    {
        try
        {
            return await actors.Batch(work.BatchId).Return(new ReturnRequest
            {
                OperationId = operationId,
                PayloadHash = hash,
                Kind = kind,
                AssignmentId = work.AssignmentId,
                WorkerId = workerId,
                LeaseEpoch = work.LeaseEpoch,
                Reason = reason,
                RetryAfter = retryAfter,
            });
        }
        catch (Exception failure) when (IsUnknown(failure))
        {
            return BatchReply.Unknown;
        }
    }
}
