using Dispatch.Contracts;
using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>Passes signals on to grains, without waiting for them.</summary>
public sealed class WorkSignals(IActors actors, ProjectCatalog catalog) : IWorkSignals
{
    /// <inheritdoc/>
    public void BatchChanged(Guid projectId, Guid batchId)
    {
        _ = actors.Batch(batchId).StoreChanged();
        _ = actors.Matchmaker(projectId).BatchHasWork(batchId, available: 0, oldest: null);
    }

    /// <inheritdoc/>
    public void TasksCame(Guid batchId) => _ = actors.Batch(batchId).StoreChanged();

    /// <inheritdoc/>
    public void WorkerChanged(Guid workerId) => _ = actors.Worker(workerId).RecordChanged();

    /// <inheritdoc/>
    public void Learned(Guid workerId) => _ = actors.Worker(workerId).EvidenceWaiting();

    /// <inheritdoc/>
    public void Reviewed(Guid workerId, Guid assignmentId, string text) => _ = actors.Worker(workerId).Reviewed(assignmentId, text);

    /// <inheritdoc/>
    public void Tell(Guid workerId, string text) => _ = actors.Worker(workerId).Told(text);

    /// <inheritdoc/>
    public void Withdrawn(IReadOnlyList<EndedAssignment> ended, AssignmentState state, string reason)
    {
        foreach (var batch in ended.Select(assignment => (assignment.ProjectId, assignment.BatchId)).Distinct()) TakenOver(batch.ProjectId, batch.BatchId);
        foreach (var assignment in ended) _ = actors.Worker(assignment.WorkerId).Withdraw(assignment.AssignmentId, state, reason);
    }

    /// <inheritdoc/>
    public void TakenOver(Guid projectId, Guid batchId)
    {
        _ = actors.Batch(batchId).OwnerChanged();
        _ = actors.Matchmaker(projectId).BatchHasWork(batchId, available: 0, oldest: null);
    }

    /// <inheritdoc/>
    public void ProjectChanged(Guid projectId) => _ = catalog.RefreshAsync([projectId]);
}
