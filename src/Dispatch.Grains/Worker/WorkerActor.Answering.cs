using System.Text;
using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Worker;
using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>Answers: in time, repeated, and late.</summary>
internal sealed partial class WorkerActor
{
    // The pass that went with the submit being committed.
    private GatePass? _gateShown;

    // Who answers is there, though this life of the actor may not have heard of the connection yet: its next task goes with the reply, and the reply's
    // position makes the client connect anew. When a server had gone, its people waited for that first, behind everybody else who did.
    private bool _speaks;

    public async Task<SubmitResult> Submit(SubmitCommand command, string connectionId)
    {
        _speaks = true;
        try
        {
            return await AnswerAsync(command, connectionId);
        }
        finally
        {
            _speaks = false;
        }
    }

    private async Task<SubmitResult> AnswerAsync(SubmitCommand command, string connectionId)
    {
        if (await ReadyAsync() is { } notReady) return Refused(notReady);
        if (command.OperationId == Guid.Empty) return Refused(WorkerRefusals.OperationIdMissing);
        var hash = CommandHash.Of(OperationKinds.Submit, command.AssignmentId, command.LeaseEpoch, command.Answer.Json);
        if (_recent.TryGet(command.OperationId, out var knownHash, out var known))
        {
            if (!knownHash.AsSpan().SequenceEqual(hash)) return Refused(WorkerRefusals.OperationConflict);
            return known with { Replayed = true, Position = _sessions.Position, Next = ShownNext(known.Next?.AssignmentId) is { } next ? Message(next) : null };
        }

        if (Encoding.UTF8.GetByteCount(command.Answer.Json) > Limits.AnswerBytes)
        {
            return Refused(new Refusal { Code = RefusalCode.PayloadTooLarge, Message = "The answer is too large.", Remedy = $"Keep it to {Limits.AnswerBytes} bytes.", Place = "$.answer" });
        }

        if (!_held.TryGetValue(command.AssignmentId, out var item)) return await SubmitEndedAsync(command, connectionId, hash);
        var work = item.Work;
        if (work.LeaseEpoch != command.LeaseEpoch) return Refused(WorkerRefusals.Stale(work.LeaseEpoch));
        if (work.State != AssignmentState.Accepted) return Refused(WorkerRefusals.NotAccepted(work.State));
        var check = catalog.KnownProject(work.ProjectId)!.Form.CheckAnswer(work.Content, work.Presentation, command.Answer.Json);
        if (check.Canonical is null) return Refused(check.Refusal!);

        var showing = command.Showing is { } showingId && _held.GetValueOrDefault(showingId) is { Work.State: AssignmentState.Reserved } reserved ? reserved.Work : null;
        var evaluation = EvaluationFor(work, check.Canonical);
        var reply = await SubmitToBatchAsync(command, hash, work, check.Canonical, evaluation, showing);
        if (reply.Reply == BatchReply.Replayed) return await ReplayAsync(command, connectionId, reply.StoredResult);
        if (WorkerRefusals.For(reply.Reply) is { } refusal)
        {
            if (reply.Reply is not (BatchReply.PayloadConflict or BatchReply.Busy)) _mustReload = true;
            return Refused(refusal);
        }

        return await AnsweredAsync(command, connectionId, hash, work, reply, evaluation, showing);
    }

    private async Task<SubmitReply> SubmitToBatchAsync(SubmitCommand command, byte[] hash, HeldWork work, string canonical, OwnEvaluation? evaluation, HeldWork? showing)
    {
        var accuracy = AccuracyOf(work.ProjectId).Mean;

        // What is shown next was sent ahead: from this batch it is accepted in the same commit, and the one after it taken.
        var promotes = showing?.BatchId == work.BatchId;
        var review = ReviewCauseFor(work);
        if (evaluation is not null) _ahead = (work.ProjectId, _standings.Of(work.ProjectId).With(evaluation.Row));
        var wantsNext = (showing is null || promotes) && work.State == AssignmentState.Accepted && WantsNextFrom(work);
        var gate = wantsNext ? PassFor(work.ProjectId, work.BatchId) : null;
        var wantsControl = wantsNext && WantsControl(work.ProjectId, HeldOf(work.ProjectId));
        _ahead = null;
        _gateShown = gate;
        try
        {
            return await actors.Batch(work.BatchId).Submit(new SubmitRequest
            {
                OperationId = command.OperationId,
                PayloadHash = hash,
                AssignmentId = command.AssignmentId,
                WorkerId = workerId,
                LeaseEpoch = command.LeaseEpoch,
                Answer = canonical,
                ShownFor = _held.GetValueOrDefault(command.AssignmentId)?.ShownStamp is { } stamp ? time.GetElapsedTime(stamp) : null,
                Active = command.ActiveMs is { } ms ? TimeSpan.FromMilliseconds(Math.Clamp(ms, 0, (long)TimeSpan.FromDays(7).TotalMilliseconds)) : null,
                Evaluation = evaluation is null ? null : new EvaluationMessage
                {
                    Sequence = evaluation.Row.Sequence,
                    Kind = evaluation.Kind,
                    Score = evaluation.Score,
                    Weight = evaluation.Weight,
                    KnownVersion = evaluation.KnownVersion,
                },
                Vote = catalog.KnownProject(work.ProjectId)!.Form.VoteOf(canonical),
                Accuracy = accuracy,
                ReviewId = review is null ? null : ids.NewId(),
                ReviewCause = review ?? Contracts.Quality.ReviewCause.Unspecified,
                WantsNext = wantsNext,
                WantsControl = wantsControl,
                Gate = gate,
                WorkerName = _worker!.DisplayName,
                Labels = _worker.Labels,
                Promote = promotes ? showing!.AssignmentId : null,
                PromoteEpoch = promotes ? showing!.LeaseEpoch : 0,
                ReserveNext = promotes,
                ReserveSlot = FirstReserveSlot,
                Weighted = IsWeighted,
            });
        }
        catch (Exception failure) when (IsUnknown(failure))
        {
            return new SubmitReply { Reply = BatchReply.Unknown };
        }
    }

    private async Task<SubmitResult> AnsweredAsync(SubmitCommand command, string connectionId, byte[] hash, HeldWork work, SubmitReply reply, OwnEvaluation? evaluation, HeldWork? showing)
    {
        FoldAnswer(work, reply, evaluation);
        _returns.Earn(Limits.ReturnsPerAnswer);
        shownStamps.Remove(work.AssignmentId);
        if (_today != Today) (_today, _answeredToday) = (Today, 0);
        _answeredToday++;
        _idleSince = time.GetUtcNow();
        Drop(work.AssignmentId, AssignmentState.Submitted, "Answered in another tab.", connectionId);
        if (reply.Folded is { } second) DropSecond(second);
        var promoted = showing is null ? null : await PromotedAsync(showing, work, reply, connectionId);
        HeldWork? reserved = null;
        HeldWork? next = promoted;
        if (reply.Next is { Tier: BatchTier.Golden } golden) TookGolden(golden, _gateShown);
        if (reply.Next is { State: AssignmentState.Reserved } ahead) Hold(reserved = ahead, connectionId);
        else if (reply.Next is not null) Hold(next = reply.Next, connectionId);
        await TellNewsAsync();
        if (evaluation is { IsTraining: true }) await TrainedAsync(work.ProjectId);
        if (next is null) next = await FillAsync(connectionId);
        else ReportIdleness();
        if (reserved is null && next is not null) reserved = await ReserveAsync(next, connectionId);
        var result = new SubmitResult
        {
            Next = next is null ? null : Message(next),
            Reserved = reserved is null ? null : Message(reserved),
            HandlingMs = (long)reply.Handling.TotalMilliseconds,
            KeptAside = reply.Reply == BatchReply.KeptAside,
            Position = _sessions.Position,
            Feedback = FeedbackFor(work, evaluation),
            Exam = evaluation is { IsExam: true } ? ExamViewOf(work.ProjectId) : null,
        };
        _recent.Add(command.OperationId, hash, result);
        return result;
    }

    /// <summary>The task had been handed out to its worker again. Every page is told, also the one that answered: it may show it by now.</summary>
    private void DropSecond(Guid assignmentId)
    {
        if (_held.TryGetValue(assignmentId, out var item)) _nothingAt.Remove(item.Work.BatchId);
        shownStamps.Remove(assignmentId);
        Drop(assignmentId, AssignmentState.Rescinded, "Your answer was on its way when its time ran out. It arrived, and counts: nothing is left to do here.", exceptConnectionId: null);
    }

    /// <summary>The client shows what was sent ahead. From the same batch that was committed with the answer; from another it is committed now.</summary>
    private async Task<HeldWork?> PromotedAsync(HeldWork showing, HeldWork answered, SubmitReply reply, string connectionId)
    {
        var until = reply.PromotedUntil;
        if (showing.BatchId != answered.BatchId)
        {
            try
            {
                var promotion = await actors.Batch(showing.BatchId).Promote(new PromoteRequest
                {
                    AssignmentId = showing.AssignmentId,
                    WorkerId = workerId,
                    LeaseEpoch = showing.LeaseEpoch,
                    CapacitySlot = answered.CapacitySlot,
                    Weighted = IsWeighted,
                });
                if (promotion.Reply == BatchReply.Done) until = promotion.LeaseUntil;
            }
            catch (Exception failure) when (IsUnknown(failure))
            {
                _mustReload = true;
            }
        }

        if (until is null)
        {
            // It was taken back before: the client, which shows it already, learns what to show instead.
            _mustReload = true;
            return null;
        }

        var work = showing with { State = AssignmentState.Accepted, CapacitySlot = answered.CapacitySlot, LeaseUntil = until.Value, OfferedAt = showing.OfferedAt };
        _held[work.AssignmentId] = new HeldItem(work, time.GetTimestamp(), VersionOf(work));
        _lastTurnAt = time.GetUtcNow();
        _sessions.Push(position => new AssignmentOffered { Position = position, Assignment = Message(work) }, connectionId);
        return work;
    }

    /// <summary>
    /// Not held. A command that took effect before is answered from the store; an answer to an assignment whose time ran out is still
    /// taken: it counts while nobody else was given the slot, and is kept aside for a reviewer otherwise. Anything else is refused.
    /// </summary>
    private async Task<SubmitResult> SubmitEndedAsync(SubmitCommand command, string connectionId, byte[] hash)
    {
        if (await store.FindOperationAsync(workerId, command.OperationId, CancellationToken.None) is { } stored)
        {
            return stored.PayloadHash.AsSpan().SequenceEqual(hash) ? await ReplayAsync(command, connectionId, stored.Result) : Refused(WorkerRefusals.OperationConflict);
        }

        var row = await store.FindAssignmentAsync(command.AssignmentId, workerId, CancellationToken.None);
        if (row is not { State: AssignmentState.Abandoned }) return Refused(row is null ? WorkerRefusals.UnknownAssignment : WorkerRefusals.Ended);
        if (row.LeaseEpoch != command.LeaseEpoch) return Refused(WorkerRefusals.Stale(row.LeaseEpoch));
        if (await catalog.GetProjectAsync(row.ProjectId) is not { } project) return Refused(WorkerRefusals.Ended);
        var work = HeldWork.From(row);
        var check = project.Form.CheckAnswer(work.Content, work.Presentation, command.Answer.Json);
        if (check.Canonical is null) return Refused(check.Refusal!);
        var evaluation = EvaluationFor(work, check.Canonical);
        var reply = await SubmitToBatchAsync(command, hash, work, check.Canonical, evaluation, showing: null);
        if (reply.Reply == BatchReply.Replayed) return await ReplayAsync(command, connectionId, reply.StoredResult);
        return WorkerRefusals.For(reply.Reply) is { } refusal
            ? Refused(refusal)
            : await AnsweredAsync(command, connectionId, hash, work, reply, evaluation, showing: null);
    }

    /// <summary>
    /// It took effect before, by another life or behind a reply that was lost. What this life holds may be older than that: a worker who holds in memory what was answered
    /// has no room for the next task, and nobody would tell the page of the one that was committed with the answer.
    /// </summary>
    private async Task<SubmitResult> ReplayAsync(SubmitCommand command, string connectionId, string? storedResult)
    {
        if (_held.ContainsKey(command.AssignmentId) || _held.Count == 0) await LoadAsync(CancellationToken.None);
        var (nextId, keptAside) = ((Guid?)null, false);
        if (storedResult is not null)
        {
            using var document = JsonDocument.Parse(storedResult);
            if (document.RootElement.TryGetProperty("folded", out var second) && second.TryGetGuid(out var folded) && _held.ContainsKey(folded)) await LoadAsync(CancellationToken.None);
            keptAside = document.RootElement.TryGetProperty("keptAside", out _);
            if (document.RootElement.TryGetProperty("next", out var id) && id.TryGetGuid(out var stored)) nextId = stored;
        }

        var next = ShownNext(nextId) ?? await FillAsync(connectionId);
        return new SubmitResult { Replayed = true, Next = next is null ? null : Message(next), KeptAside = keptAside, Position = _sessions.Position };
    }

    /// <summary>What comes after a repeated answer: what came after it the first time while it is held, else what else is; nothing that was sent ahead.</summary>
    private HeldWork? ShownNext(Guid? first) => first is { } id && _held.TryGetValue(id, out var item)
        ? item.Work
        : _held.Values.Where(held => held.Work.State == AssignmentState.Accepted).MinBy(held => held.Work.OfferedAt)?.Work;

    private static SubmitResult Refused(Refusal refusal) => new() { Refusal = refusal };

    private static bool IsUnknown(Exception failure) => failure is TimeoutException or Orleans.Runtime.OrleansException or StoreUnavailableException;
}
