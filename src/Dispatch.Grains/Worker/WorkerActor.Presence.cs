using System.Text;
using Dispatch.Contracts;
using Dispatch.Contracts.Worker;
using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>What is on the screen, drafts, heartbeats, and what ends without the worker.</summary>
internal sealed partial class WorkerActor
{
    public async Task<CommandResult> SaveDraft(SaveDraftCommand command)
    {
        if (await ReadyAsync() is { } notReady) return new CommandResult { Refusal = notReady };
        if (!_held.TryGetValue(command.AssignmentId, out var item)) return new CommandResult { Refusal = WorkerRefusals.UnknownAssignment };
        if (item.Work.LeaseEpoch != command.LeaseEpoch) return new CommandResult { Refusal = WorkerRefusals.Stale(item.Work.LeaseEpoch) };
        if (command.Version < 1) return new CommandResult { Refusal = WorkerRefusals.OutOfRange("$.version", "Versions start at 1.", "Send one more than the version you last saw.") };
        if (Encoding.UTF8.GetByteCount(command.Draft.Json) > Limits.DraftBytes)
        {
            return new CommandResult { Refusal = WorkerRefusals.OutOfRange("$.draft", "The draft is too large.", $"Keep it to {Limits.DraftBytes} bytes.") };
        }

        DraftOutcome outcome;
        try
        {
            outcome = await store.SaveDraftAsync(command.AssignmentId, workerId, command.LeaseEpoch, command.Draft.Json, command.Version, CancellationToken.None);
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
        if (!_held.TryGetValue(assignmentId, out var item) || item.Work.ShownAt is not null || item.Work.State != AssignmentState.Accepted) return Task.CompletedTask;
        var now = time.GetUtcNow();
        item.Work = item.Work with { ShownAt = now };
        item.ShownStamp = time.GetTimestamp();
        shownStamps.Add(assignmentId, workerId, now);
        return Task.CompletedTask;
    }

    public async Task<HeartbeatResult?> Heartbeat()
    {
        if (await ReadyAsync() is not null) return null;
        var now = time.GetUtcNow();
        foreach (var item in _held.Values.Where(item => item.Work.State != AssignmentState.Offered).ToArray())
        {
            var lease = catalog.KnownProject(item.Work.ProjectId)!.Record.Lease;

            // Renewing earlier than at a third of the lease would write without need.
            if (time.GetElapsedTime(item.RenewedStamp) >= lease / 3) await RenewAsync(item);
        }

        // An offer is not renewed, so nothing else would say that the word of its end was lost.
        if (_held.Values.Any(item => item.Work.State == AssignmentState.Offered && item.Work.LeaseUntil < now)) _mustReload = true;
        if (_mustReload) await LoadAsync(CancellationToken.None);
        await FillAsync(exceptConnectionId: null);
        return new HeartbeatResult
        {
            Leases = [.. _held.Values.Select(item => new LeaseState { AssignmentId = item.Work.AssignmentId, LeaseUntil = item.Work.LeaseUntil })],
            ServerTime = now,

            // A heartbeat of nobody who is connected: a position that fits nowhere makes the client connect anew.
            Position = _sessions.Any ? _sessions.Position : new StreamPosition { Incarnation = Guid.Empty, N = 0 },
        };
    }

    public async Task Withdraw(Guid assignmentId, AssignmentState state, string reason)
    {
        var held = _held.TryGetValue(assignmentId, out var item);

        // What was held barred the other places of its task: "nothing there" is said anew.
        if (held) _nothingAt.Remove(item!.Work.BatchId);
        if (held) Drop(assignmentId, state, reason, exceptConnectionId: null);

        // Offers go to people who are there. One that nobody looked at says that nobody is.
        if (held && state == AssignmentState.TimedOut) await SetAwayAsync("A task was offered to you and you did not answer, so you were set away. Come back with one click.");
        await FillAsync(exceptConnectionId: null);
    }

    public async Task Recall(Guid assignmentId)
    {
        if (!_held.TryGetValue(assignmentId, out var item) || item.Work.State != AssignmentState.Reserved) return;
        if (_sessions.Any) _sessions.Push(position => new AssignmentRecalled { Position = position, AssignmentId = assignmentId });
        else await RescindAsync(item.Work);
    }

    public async Task NotShown(Guid assignmentId)
    {
        if (_held.TryGetValue(assignmentId, out var item) && item.Work.State == AssignmentState.Reserved) await RescindAsync(item.Work);
    }

    private async Task RescindAsync(HeldWork work)
    {
        var reply = await ReturnToBatchAsync(work, operationId: null, hash: null, kind: null, "Somebody else was waiting for work.", retryAfter: null);
        if (reply == BatchReply.Done) Drop(work.AssignmentId, AssignmentState.Rescinded, "Somebody else was waiting for work, so it went to them.", exceptConnectionId: null);
        else if (reply != BatchReply.Busy) _mustReload = true;
        ReportIdleness();
    }

    private async Task RenewAsync(HeldItem item)
    {
        try
        {
            var reply = await actors.Batch(item.Work.BatchId).Renew(new RenewRequest
            {
                AssignmentId = item.Work.AssignmentId,
                LeaseEpoch = item.Work.LeaseEpoch,
            });
            if (reply.Reply == BatchReply.Done)
            {
                item.RenewedStamp = time.GetTimestamp();
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

    /// <summary>
    /// Whoever was deactivated holds nothing: others are offered it at once. The deactivation takes back what it sees; a take of this life that was under way then is seen only here.
    /// </summary>
    private async Task PutOutAsync()
    {
        const string Reason = "The person was deactivated.";
        var outcome = await store.WithdrawAsync(
            new WithdrawalScope { WorkerId = workerId },
            reassignTo: null,
            TimeSpan.Zero,
            new Operation
            {
                ActorId = workerId,
                OperationId = ids.NewId(),
                PayloadHash = CommandHash.Of("worker.put-out", workerId, 0, Reason),
                Kind = "worker.put-out",
                AuditSubject = workerId,
                Reason = Reason,
            },
            CancellationToken.None);
        foreach (var (projectId, batchId) in outcome.Ended.Select(ended => (ended.ProjectId, ended.BatchId)).Distinct())
        {
            _ = actors.Batch(batchId).OwnerChanged();
            _ = actors.Matchmaker(projectId).BatchHasWork(batchId, available: 0, oldest: null);
        }

        foreach (var ended in outcome.Ended) Drop(ended.AssignmentId, AssignmentState.Canceled, Reason, exceptConnectionId: null);
    }
}
