using Dispatch.Contracts.Worker;
using Microsoft.AspNetCore.SignalR.Client;

namespace Dispatch.Client;

/// <summary>The worker's own standing.</summary>
public sealed partial class WorkerConnection
{
    /// <summary>The standing in a project, with every gate explained; null when not enrolled.</summary>
    /// <param name="projectId">The project.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<StandingView?> GetStandingAsync(Guid projectId, CancellationToken cancellation = default) =>
        _hub.InvokeAsync<StandingView?>(nameof(IWorkerHub.GetStanding), projectId, cancellation);

    /// <summary>What the standing was counted from, newest first.</summary>
    /// <param name="projectId">The project.</param>
    /// <param name="cursor">Where the page starts; null for the newest.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<EvidencePage> ListEvidenceAsync(Guid projectId, string? cursor = null, CancellationToken cancellation = default) =>
        _hub.InvokeAsync<EvidencePage>(nameof(IWorkerHub.ListEvidence), projectId, cursor, cancellation);

    /// <summary>Disputes an evaluation, repeated under one operation id until the outcome is definite.</summary>
    /// <param name="projectId">The project.</param>
    /// <param name="assignmentId">The assignment judged.</param>
    /// <param name="source">The evaluation, by its source.</param>
    /// <param name="reason">Why.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<CommandResult> DisputeAsync(Guid projectId, Guid assignmentId, string source, string reason, CancellationToken cancellation = default)
    {
        var command = new DisputeCommand { OperationId = ClientIds.New(), ProjectId = projectId, AssignmentId = assignmentId, Source = source, Reason = reason };
        return RepeatAsync<CommandResult>(nameof(IWorkerHub.Dispute), command, result => result.Refusal, cancellation);
    }
}
