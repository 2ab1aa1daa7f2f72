namespace Dispatch.Grains;

/// <summary>Passes signals on to grains, without waiting for them.</summary>
public sealed class WorkSignals(IGrainFactory grains, ProjectCatalog catalog) : IWorkSignals
{
    /// <inheritdoc/>
    public void BatchChanged(Guid projectId, Guid batchId)
    {
        _ = grains.GetGrain<IBatchGrain>(batchId).StoreChanged();
        _ = grains.GetGrain<IMatchmakerGrain>(projectId).BatchHasWork(batchId, available: 0);
    }

    /// <inheritdoc/>
    public void WorkerChanged(Guid workerId) => _ = grains.GetGrain<IWorkerGrain>(workerId).RecordChanged();

    /// <inheritdoc/>
    public void ProjectChanged(Guid projectId) => catalog.Forget(projectId);
}
