using System.Security.Cryptography;
using Dispatch.Contracts;
using Dispatch.Contracts.Supervisor;
using Dispatch.Grains;
using Dispatch.Storage;

namespace Dispatch.Server.Supervision;

/// <summary>Asks again what a restricted worker answered: stores the command, then goes step by step. A repeat, and <see cref="AskAgainService"/>, go on where it ended.</summary>
public sealed class AskAgainDesk(IDispatchStore store, IWorkSignals signals)
{
    /// <summary>Answers a step takes out: some ten milliseconds in which the batches they are of stand still.</summary>
    private const int AnswersPerStep = 500;

    /// <summary>Begins, or goes on with what the same operation began, until nothing is left.</summary>
    /// <param name="restrictionId">The restriction.</param>
    /// <param name="operation">The command.</param>
    /// <param name="cancellation">Stops waiting; the service goes on.</param>
    public async Task<(ApplyOutcome Outcome, AskAgainStep? Reached)> AskAsync(Guid restrictionId, Operation operation, CancellationToken cancellation)
    {
        if (await store.GetRestrictionAsync(restrictionId, cancellation) is not { } row) return (new ApplyOutcome(ApplyStatus.NotFound), null);

        // The same command has the same id, so that a repeat finds what it began.
        var id = new Guid(SHA256.HashData([.. operation.ActorId.ToByteArray(), .. operation.OperationId.ToByteArray()]).AsSpan(0, 16));
        var outcome = await store.BeginAskAgainAsync(id, restrictionId, operation with { AuditSubject = row.WorkerId }, cancellation);
        if (outcome.Status is not (ApplyStatus.Applied or ApplyStatus.Replayed)) return (outcome, null);
        if (outcome.Status == ApplyStatus.Applied)
        {
            signals.Tell(row.WorkerId, $"Your answers {(row.BatchId is null ? "of a project" : "of one batch")} are asked again of others, and do not count any more. The reason given: {Sentence.Of(operation.Reason!)} Your time stays on your ledger, and your answers stay in your list.");
        }

        return (outcome, await FinishAsync(id, cancellation));
    }

    /// <summary>Takes steps until nothing is left; null when there is no such command.</summary>
    /// <param name="askAgainId">The command.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    public async Task<AskAgainStep?> FinishAsync(Guid askAgainId, CancellationToken cancellation)
    {
        while (await store.StepAskAgainAsync(askAgainId, AnswersPerStep, cancellation) is { } step)
        {
            foreach (var batchId in step.Batches) signals.TakenOver(step.ProjectId, batchId);
            if (step.IsDone) return step;
        }

        return null;
    }

    /// <summary>Why it does not apply.</summary>
    internal static Refusal NotRestricted { get; } = SupervisorRefusals.Of(
        RefusalCode.InvalidTransition, "It keeps nobody from work, or it was lifted.", "Only what restrict and require_training did can be followed by asking again; reject single answers in a review.");
}
