using System.Text;
using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Worker;
using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>Commands about assignments.</summary>
internal sealed partial class WorkerGrain
{
    public async Task<SubmitResult> Submit(SubmitCommand command, string connectionId)
    {
        if (await ReadyAsync() is { } notReady) return Refused(notReady);
        if (command.OperationId == Guid.Empty) return Refused(WorkerRefusals.OperationIdMissing);
        var hash = CommandHash.Of(OperationKinds.Submit, command.AssignmentId, command.LeaseEpoch, command.Answer.Json);
        if (_recent.TryGet(command.OperationId, out var knownHash, out var known))
        {
            return knownHash.AsSpan().SequenceEqual(hash) ? known with { Replayed = true, Position = _sessions.Position } : Refused(WorkerRefusals.OperationConflict);
        }

        if (!_held.TryGetValue(command.AssignmentId, out var item)) return await ReplayAsync(command.OperationId, hash);
        var work = item.Work;
        if (work.LeaseEpoch != command.LeaseEpoch) return Refused(WorkerRefusals.Stale(work.LeaseEpoch));
        if (Encoding.UTF8.GetByteCount(command.Answer.Json) > Limits.AnswerBytes)
        {
            return Refused(new Refusal { Code = RefusalCode.PayloadTooLarge, Message = "The answer is too large.", Remedy = $"Keep it to {Limits.AnswerBytes} bytes.", Place = "$.answer" });
        }

        var form = catalog.KnownProject(work.ProjectId)!.Form;
        var check = form.CheckAnswer(work.Content, work.Presentation, command.Answer.Json);
        if (check.Canonical is null) return Refused(check.Refusal!);

        var reply = await SubmitToBatchAsync(command, hash, work, check.Canonical);
        if (reply.Reply == BatchReply.Replayed) return Replay(reply.StoredResult);
        if (WorkerRefusals.For(reply.Reply) is { } refusal)
        {
            if (reply.Reply is not (BatchReply.PayloadConflict or BatchReply.Busy)) _mustReload = true;
            return Refused(refusal);
        }

        return await AnsweredAsync(command, connectionId, hash, work, reply);
    }

    public async Task<CommandResult> Return(ReturnCommand command)
    {
        if (await ReadyAsync() is { } notReady) return new CommandResult { Refusal = notReady };
        if (command.OperationId == Guid.Empty) return new CommandResult { Refusal = WorkerRefusals.OperationIdMissing };
        if (command.Reason is { Length: > Limits.ReasonCharacters })
        {
            return new CommandResult { Refusal = WorkerRefusals.OutOfRange("$.reason", "The reason is too long.", $"Keep it to {Limits.ReasonCharacters} characters.") };
        }

        var hash = CommandHash.Of(OperationKinds.Return, command.AssignmentId, command.LeaseEpoch, command.Reason);
        if (!_held.TryGetValue(command.AssignmentId, out var item))
        {
            var stored = await store.FindOperationAsync(WorkerId, command.OperationId, CancellationToken.None);
            if (stored is null) return new CommandResult { Refusal = WorkerRefusals.UnknownAssignment };
            return stored.PayloadHash.AsSpan().SequenceEqual(hash) ? new CommandResult { Replayed = true } : new CommandResult { Refusal = WorkerRefusals.OperationConflict };
        }

        if (item.Work.LeaseEpoch != command.LeaseEpoch) return new CommandResult { Refusal = WorkerRefusals.Stale(item.Work.LeaseEpoch) };
        BatchReply reply;
        try
        {
            reply = await GrainFactory.GetGrain<IBatchGrain>(item.Work.BatchId).Return(new ReturnRequest
            {
                OperationId = command.OperationId,
                PayloadHash = hash,
                AssignmentId = command.AssignmentId,
                WorkerId = WorkerId,
                LeaseEpoch = command.LeaseEpoch,
                Reason = command.Reason,
            });
        }
        catch (Exception failure) when (IsUnknown(failure))
        {
            reply = BatchReply.Unknown;
        }

        if (WorkerRefusals.For(reply) is { } refusal)
        {
            if (reply is not (BatchReply.PayloadConflict or BatchReply.Busy)) _mustReload = true;
            return new CommandResult { Refusal = refusal };
        }

        Drop(command.AssignmentId, AssignmentState.Returned, "You gave it back.", exceptConnectionId: null);
        await FillAsync(exceptConnectionId: null);
        return new CommandResult { Replayed = reply == BatchReply.Replayed };
    }

    public async Task<CommandResult> SaveDraft(SaveDraftCommand command)
    {
        if (await ReadyAsync() is { } notReady) return new CommandResult { Refusal = notReady };
        if (!_held.TryGetValue(command.AssignmentId, out var item)) return new CommandResult { Refusal = WorkerRefusals.UnknownAssignment };
        if (item.Work.LeaseEpoch != command.LeaseEpoch) return new CommandResult { Refusal = WorkerRefusals.Stale(item.Work.LeaseEpoch) };
        if (command.Version < 1) return new CommandResult { Refusal = WorkerRefusals.OutOfRange("$.version", "Versions start at 1.", "Send one more than the version you last saw.") };
        if (Encoding.UTF8.GetByteCount(command.Draft.Json) > Limits.DraftBytes || command.Draft.Json.Contains("\\u0000", StringComparison.Ordinal))
        {
            return new CommandResult { Refusal = WorkerRefusals.OutOfRange("$.draft", "The draft is too large or holds a NUL character.", $"Keep it to {Limits.DraftBytes} bytes of ordinary text.") };
        }

        DraftOutcome outcome;
        try
        {
            outcome = await store.SaveDraftAsync(command.AssignmentId, WorkerId, command.LeaseEpoch, command.Draft.Json, command.Version, CancellationToken.None);
        }
        catch (StoreUnavailableException)
        {
            return new CommandResult { Refusal = WorkerRefusals.OutcomeUnknown };
        }

        switch (outcome)
        {
            case DraftOutcome.Saved:
                item.Work = item.Work with { Draft = command.Draft.Json, DraftVersion = command.Version };
                return CommandResult.Done;
            case DraftOutcome.Stale:
                return new CommandResult { Refusal = WorkerRefusals.StaleDraft(item.Work.DraftVersion) };
            default:
                _mustReload = true;
                return new CommandResult { Refusal = WorkerRefusals.Ended };
        }
    }

    public Task Shown(Guid assignmentId)
    {
        if (!_held.TryGetValue(assignmentId, out var item) || item.Work.ShownAt is not null) return Task.CompletedTask;
        var now = time.GetUtcNow();
        item.Work = item.Work with { ShownAt = now };
        shownBuffer.Add(assignmentId, WorkerId, now);
        return Task.CompletedTask;
    }

    public async Task<HeartbeatResult?> Heartbeat()
    {
        if (await ReadyAsync() is not null) return null;
        var now = time.GetUtcNow();
        foreach (var item in _held.Values.ToArray())
        {
            var lease = catalog.KnownProject(item.Work.ProjectId)!.Record.Lease;

            // Renewing earlier than at a third of the lease would write without need.
            if (now - item.RenewedAt >= lease / 3) await RenewAsync(item, now);
        }

        await FillAsync(exceptConnectionId: null);
        return new HeartbeatResult
        {
            Leases = [.. _held.Values.Select(item => new LeaseState { AssignmentId = item.Work.AssignmentId, LeaseUntil = item.Work.LeaseUntil })],
            ServerTime = now,
            Position = _sessions.Position,
        };
    }

    public Task Withdraw(Guid assignmentId, AssignmentState state, string reason)
    {
        if (_held.ContainsKey(assignmentId)) Drop(assignmentId, state, reason, exceptConnectionId: null);
        return FillAsync(exceptConnectionId: null);
    }

    private async Task RenewAsync(HeldItem item, DateTimeOffset now)
    {
        try
        {
            var reply = await GrainFactory.GetGrain<IBatchGrain>(item.Work.BatchId).Renew(new RenewRequest
            {
                AssignmentId = item.Work.AssignmentId,
                LeaseEpoch = item.Work.LeaseEpoch,
            });
            if (reply.Reply == BatchReply.Done)
            {
                item.RenewedAt = now;
                item.Work = item.Work with { LeaseUntil = reply.LeaseUntil };
            }
            else if (reply.Reply == BatchReply.Stale)
            {
                _mustReload = true;
            }
        }
        catch (Exception failure) when (IsUnknown(failure))
        {
            _mustReload = true;
        }
    }

    private async Task<SubmitReply> SubmitToBatchAsync(SubmitCommand command, byte[] hash, HeldWork work, string canonical)
    {
        long? sequence = null;
        double score = 0;
        if (work.GoldAnswer is { } gold)
        {
            // Only this grain makes the sequence of its worker; one that is not used leaves a gap, which a fold does not mind.
            sequence = _evaluationSequences[work.ProjectId] = _evaluationSequences.GetValueOrDefault(work.ProjectId) + 1;
            score = catalog.KnownProject(work.ProjectId)!.Form.ScoreGold(gold, canonical);
        }

        try
        {
            return await GrainFactory.GetGrain<IBatchGrain>(work.BatchId).Submit(new SubmitRequest
            {
                OperationId = command.OperationId,
                PayloadHash = hash,
                AssignmentId = command.AssignmentId,
                WorkerId = WorkerId,
                LeaseEpoch = command.LeaseEpoch,
                Answer = canonical,
                ShownAt = work.ShownAt,
                Active = command.ActiveMs is { } ms ? TimeSpan.FromMilliseconds(Math.Clamp(ms, 0, (long)TimeSpan.FromDays(7).TotalMilliseconds)) : null,
                EvaluationSequence = sequence,
                GoldScore = score,
                WantsNext = WantsNextFrom(work),
                WorkerName = _worker!.DisplayName,
            });
        }
        catch (Exception failure) when (IsUnknown(failure))
        {
            return new SubmitReply { Reply = BatchReply.Unknown };
        }
    }

    private async Task<SubmitResult> AnsweredAsync(SubmitCommand command, string connectionId, byte[] hash, HeldWork work, SubmitReply reply)
    {
        shownBuffer.Remove(work.AssignmentId);
        if (_today != Today) (_today, _answeredToday) = (Today, 0);
        _answeredToday++;
        Drop(work.AssignmentId, AssignmentState.Submitted, "Answered in another tab.", connectionId);
        if (reply.Nothing) RememberNothing(work.ProjectId, work.BatchId);
        HeldWork? next = reply.Next;
        if (next is not null) Hold(next, connectionId);
        else next = await FillAsync(connectionId);
        var result = new SubmitResult
        {
            Next = next is null ? null : Message(next),
            HandlingMs = (long)reply.Handling.TotalMilliseconds,
            Position = _sessions.Position,
        };
        _recent.Add(command.OperationId, hash, result);
        return result;
    }

    /// <summary>The assignment is not held: a command that took effect before is answered from the store, anything else is refused.</summary>
    private async Task<SubmitResult> ReplayAsync(Guid operationId, byte[] hash)
    {
        var stored = await store.FindOperationAsync(WorkerId, operationId, CancellationToken.None);
        if (stored is null) return Refused(WorkerRefusals.UnknownAssignment);
        return stored.PayloadHash.AsSpan().SequenceEqual(hash) ? Replay(stored.Result) : Refused(WorkerRefusals.OperationConflict);
    }

    private SubmitResult Replay(string? storedResult)
    {
        _mustReload = storedResult is not null && _held.Count == 0;
        AssignmentMessage? next = null;
        if (storedResult is not null)
        {
            using var document = JsonDocument.Parse(storedResult);
            if (document.RootElement.TryGetProperty("next", out var id) && id.TryGetGuid(out var nextId) && _held.TryGetValue(nextId, out var item)) next = Message(item.Work);
        }

        return new SubmitResult { Replayed = true, Next = next, Position = _sessions.Position };
    }

    private static SubmitResult Refused(Refusal refusal) => new() { Refusal = refusal };

    private static bool IsUnknown(Exception failure) => failure is TimeoutException or Orleans.Runtime.OrleansException or StoreUnavailableException;
}
