using Dispatch.Engine.Matching;
using Microsoft.Extensions.Logging;

namespace Dispatch.Grains;

/// <inheritdoc cref="IMatchmakerGrain"/>
[GrainType("matchmaker")]
internal sealed partial class MatchmakerGrain(ProjectCatalog catalog, IIdSource ids, TimeProvider time, ILogger<MatchmakerGrain> logger) : Grain, IMatchmakerGrain
{
    /// <summary>Work versions are compared this often while anybody is idle (promise 10 allows a second in all).</summary>
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan ProposalPatience = TimeSpan.FromSeconds(1);
    private const int OutstandingPerBatch = 64;

    private readonly MatchBook _book = new(OutstandingPerBatch);
    private readonly Guid _incarnation = ids.NewId();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await CompareAsync();
        this.RegisterGrainTimer(OnTickAsync, new GrainTimerCreationOptions(Tick, Tick));
    }

    public Task<Guid> Report(IReadOnlyList<Guid> idle, IReadOnlyList<Guid> busy)
    {
        foreach (var worker in busy) _book.WorkerBusy(worker);
        foreach (var worker in idle) _book.WorkerIdle(worker);
        Propose();
        return Task.FromResult(_incarnation);
    }

    public Task ProposalEnded(Guid workerId, Guid batchId, bool took, int available)
    {
        _book.ProposalEnded(workerId, batchId, took, available);
        Propose();
        return Task.CompletedTask;
    }

    public async Task BatchHasWork(Guid batchId, int available)
    {
        if (available == 0) await CompareAsync();
        _book.BatchHasWork(batchId, available);
        Propose();
    }

    private async Task OnTickAsync()
    {
        if (_book.IdleCount == 0) return;
        _book.GiveUpProposals(time.GetUtcNow() - ProposalPatience);
        try
        {
            await CompareAsync();
        }
        catch (Storage.StoreUnavailableException failure)
        {
            LogCompareFailed(failure);
        }

        Propose();
    }

    private long _seenWorkVersion = -1;

    private async Task CompareAsync()
    {
        var projectId = this.GetPrimaryKey();
        await catalog.RefreshAsync([projectId]);
        if (catalog.Snapshot(projectId) is not { } open || open.WorkVersion == _seenWorkVersion) return;
        _seenWorkVersion = open.WorkVersion;
        _book.SetBatches([.. open.Batches.Select(batch => batch.BatchId)]);
        _book.AnyBatchMayHaveWork();
    }

    private void Propose()
    {
        foreach (var proposal in _book.Propose(time.GetUtcNow()))
        {
            _ = GrainFactory.GetGrain<IWorkerGrain>(proposal.WorkerId).TryBatch(this.GetPrimaryKey(), proposal.BatchId, _seenWorkVersion);
        }
    }

    [LoggerMessage(1201, LogLevel.Warning, "Work versions could not be compared; tried again at the next tick.")]
    private partial void LogCompareFailed(Exception failure);
}
