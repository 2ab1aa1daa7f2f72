using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Supervisor;
using Dispatch.Grains;
using Dispatch.Storage;

namespace Dispatch.Server.Supervision;

/// <summary>What quality rules ask supervisors to look at, and what supervisors do about it.</summary>
public sealed class FlagDesk(IDispatchStore store, IWorkSignals signals)
{
    private const int NewestShown = 5;

    /// <summary>What waits in a project: pushed with the gauges.</summary>
    /// <param name="projectId">The project.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<(int Count, IReadOnlyList<OpenFlag> Newest)> OpenAsync(Guid projectId, CancellationToken cancellation)
    {
        var open = await store.CountOpenRestrictionsAsync(projectId, NewestShown, cancellation);
        return (open.Count, [.. open.Newest.Select(listed => new OpenFlag
        {
            RestrictionId = listed.Row.RestrictionId,
            WorkerId = listed.Row.WorkerId,
            WorkerName = listed.WorkerName,
            Action = listed.Row.Action,
            Rule = listed.Row.Rule,
            Reason = listed.Row.Reason,
            Since = listed.Row.CreatedAt,
        })]);
    }

    /// <summary>Lifts an action of a rule, or acknowledges a flag; the worker's live side looks again.</summary>
    /// <param name="restrictionId">The action.</param>
    /// <param name="action">Which of the two.</param>
    /// <param name="operation">The command. Its audit row names the worker, whose trail people read.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<ApplyOutcome> SettleAsync(Guid restrictionId, SupervisorAction action, Operation operation, CancellationToken cancellation)
    {
        if (await store.GetRestrictionAsync(restrictionId, cancellation) is not { } row) return new ApplyOutcome(ApplyStatus.NotFound);
        operation = operation with { AuditSubject = row.WorkerId };
        var outcome = action == SupervisorAction.AcknowledgeFlag
            ? await store.AcknowledgeFlagAsync(restrictionId, operation, cancellation)
            : await store.LiftRestrictionAsync(restrictionId, operation, cancellation);
        if (outcome.Status != ApplyStatus.Applied) return outcome;
        signals.WorkerChanged(row.WorkerId);
        signals.Tell(row.WorkerId, action == SupervisorAction.AcknowledgeFlag ? Looked(row) : Lifted(row, operation.Reason));
        return outcome;
    }

    private static string Looked(RestrictionRow row) => $"A supervisor has looked at what the rule '{row.Rule}' noticed. Nothing changes for you.";

    private static string Lifted(RestrictionRow row, string? reason) => $"A supervisor lifted what the rule '{row.Rule}' did. The reason given: {Sentence.Of(reason!)}";

    /// <summary>Why a command about an action of a rule does not apply.</summary>
    /// <param name="action">The command.</param>
    internal static Refusal NotThere(SupervisorAction action) => action == SupervisorAction.AcknowledgeFlag
        ? SupervisorRefusals.Of(RefusalCode.InvalidTransition, "It is no attention flag, or somebody acknowledged or lifted it before.", "List the open flags of the project; lift what is no flag.")
        : SupervisorRefusals.Of(RefusalCode.InvalidTransition, "It is not in force any more: its time is over, or somebody lifted it.", "List the project's open flags and restrictions.");

    /// <summary>An action of a rule as it leaves.</summary>
    /// <param name="row">The action.</param>
    public static RestrictionDto Dto(RestrictionRow row) => new()
    {
        RestrictionId = row.RestrictionId,
        ProjectId = row.ProjectId,
        BatchId = row.BatchId,
        Action = row.Action,
        Rule = row.Rule,
        Reason = row.Reason,
        CreatedAt = row.CreatedAt,
        Until = row.Until,
        WorkerId = row.WorkerId,
        Sequence = row.Sequence,
        AcknowledgedAt = row.AcknowledgedAt,
        LiftedAt = row.LiftedAt,
    };

    /// <summary>An action of a rule in the list of a project.</summary>
    /// <param name="listed">The row.</param>
    public static RestrictionDto Dto(ListedRestriction listed) => Dto(listed.Row) with { WorkerName = listed.WorkerName, IsOpen = listed.IsOpen, CountedAnswers = listed.CountedAnswers };
}
