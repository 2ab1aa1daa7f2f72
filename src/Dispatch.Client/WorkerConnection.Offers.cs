using Dispatch.Contracts;
using Dispatch.Contracts.Worker;
using Microsoft.AspNetCore.SignalR.Client;

namespace Dispatch.Client;

/// <summary>Offers, what is sent ahead, and questions.</summary>
public sealed partial class WorkerConnection
{
    /// <summary>An offer came: accept or decline it before its <see cref="AssignmentMessage.LeaseUntil"/>.</summary>
    public event Action<AssignmentMessage>? Asked;

    /// <summary>What was sent ahead is to be shown at once, while the answer before it is still on its way.</summary>
    public event Action<AssignmentMessage>? Next;

    /// <summary>Offers that wait for a yes or no, oldest first.</summary>
    public IReadOnlyList<AssignmentMessage> Offers => In(AssignmentState.Offered);

    /// <summary>What was sent ahead and is not shown yet.</summary>
    public AssignmentMessage? Ahead => In(AssignmentState.Reserved) is [var first, ..] ? first : null;

    /// <summary>Accepts an offer, repeated under one operation id until the outcome is definite. Accepted, the work is held when this returns.</summary>
    /// <param name="offer">The offer.</param>
    /// <param name="cancellation">Gives up; the outcome is then unknown.</param>
    public async Task<AcceptResult> AcceptAsync(AssignmentMessage offer, CancellationToken cancellation = default)
    {
        var command = new AcceptCommand { OperationId = ClientIds.New(), AssignmentId = offer.AssignmentId, LeaseEpoch = offer.LeaseEpoch };
        var result = await RepeatAsync<AcceptResult>(nameof(IWorkerHub.Accept), command, r => r.Refusal, cancellation);
        if (result.Refusal is not null) _held.TryRemove(offer.AssignmentId, out _);
        else if (result.Assignment is { } work) Hold(work);
        else await ResumeAsync();
        await AppliedAsync(result.Position);
        return result;
    }

    /// <summary>Declines an offer.</summary>
    /// <param name="offer">The offer.</param>
    /// <param name="reason">Why.</param>
    /// <param name="retryAfter">The same task may be offered again after this long; null never.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<CommandResult> DeclineAsync(AssignmentMessage offer, string? reason, TimeSpan? retryAfter = null, CancellationToken cancellation = default)
    {
        var command = new DeclineCommand
        {
            OperationId = ClientIds.New(),
            AssignmentId = offer.AssignmentId,
            LeaseEpoch = offer.LeaseEpoch,
            Reason = reason,
            RetryOfferAfterSeconds = retryAfter is { } span ? (int)span.TotalSeconds : null,
        };
        var result = await RepeatAsync<CommandResult>(nameof(IWorkerHub.Decline), command, r => r.Refusal, cancellation);
        if (result.Refusal is null) _held.TryRemove(offer.AssignmentId, out _);
        await AppliedAsync(position: null);
        return result;
    }

    /// <summary>Why nothing comes, in words.</summary>
    /// <param name="cancellation">Gives up.</param>
    public Task<IdleExplanation> WhyNothingAsync(CancellationToken cancellation = default) =>
        _hub.InvokeAsync<IdleExplanation>(nameof(IWorkerHub.WhyNothing), cancellation);

    /// <summary>The worker's own time.</summary>
    /// <param name="from">Begins.</param>
    /// <param name="to">Ends.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<LedgerView> GetLedgerAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken cancellation = default) =>
        _hub.InvokeAsync<LedgerView>(nameof(IWorkerHub.GetLedger), from, to, cancellation);

    private IReadOnlyList<AssignmentMessage> In(AssignmentState state) =>
        [.. _held.Values.Where(assignment => assignment.State == state).OrderBy(assignment => assignment.OfferedAt)];

    /// <summary>The answered task leaves the screen for what was sent ahead, if this was the only one on it.</summary>
    private AssignmentMessage? Advance(AssignmentMessage answered)
    {
        if (Ahead is not { } ahead || Held.Any(other => other.AssignmentId != answered.AssignmentId)) return null;
        var shown = ahead with { State = AssignmentState.Accepted };
        _held[ahead.AssignmentId] = shown;
        Next?.Invoke(shown);
        return shown;
    }

    private void Advanced(AssignmentMessage? ahead, SubmitResult result)
    {
        if (ahead is not null && result.Refusal is null && result.Next?.AssignmentId != ahead.AssignmentId && _held.TryRemove(ahead.AssignmentId, out _)) Withdrawn?.Invoke(ahead.AssignmentId, null);
        if (ahead is not null && result.Refusal is not null && _held.TryGetValue(ahead.AssignmentId, out var kept)) _held[ahead.AssignmentId] = kept with { State = AssignmentState.Reserved };
        if (result.Next is not null) _held[result.Next.AssignmentId] = result.Next;
        if (result.Reserved is not null) _held[result.Reserved.AssignmentId] = result.Reserved;
        if (result.Next is { State: AssignmentState.Offered } offer) Asked?.Invoke(offer);
    }

    private void Recalled(Guid assignmentId)
    {
        if (!_held.TryGetValue(assignmentId, out var assignment) || assignment.State != AssignmentState.Reserved) return;
        _held.TryRemove(assignmentId, out _);
        _ = GiveBackUnshownAsync(assignmentId);
    }

    private async Task GiveBackUnshownAsync(Guid assignmentId)
    {
        try
        {
            await _hub.SendAsync(nameof(IWorkerHub.NotShown), assignmentId, _stop.Token);
        }
        catch (Exception failure) when (HubFailures.IsTransient(failure))
        {
            // It stays reserved for this worker until its lease ends; the next snapshot brings it back.
        }
    }
}
