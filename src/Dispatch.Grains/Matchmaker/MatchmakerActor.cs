using Dispatch.Engine.Matching;
using Microsoft.Extensions.Logging;

namespace Dispatch.Grains;

/// <summary>Brings the idle workers of a project to its open batches.</summary>
internal sealed partial class MatchmakerActor(Guid projectId, IActorHost host, ProjectCatalog catalog, IActors actors, IIdSource ids, TimeProvider time, ILogger logger)
{
    /// <summary>Work versions are compared this often while anybody is idle (promise 10 allows a second in all).</summary>
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan ProposalPatience = TimeSpan.FromSeconds(1);
    private const int OutstandingPerBatch = 64;

    private readonly MatchBook _book = new(OutstandingPerBatch);
    private readonly Guid _incarnation = ids.NewId();
    private readonly SteadyClock _clock = new(time);
    private long _seenWorkVersion = -1;

    public async Task ActivateAsync()
    {
        await CompareAsync();
        host.Every(Tick, OnTickAsync, interleave: false);
    }

    public Task<Guid> Report(IReadOnlyList<IdleReportMessage> idle, IReadOnlyList<Guid> busy)
    {
        foreach (var worker in busy) _book.WorkerBusy(worker);
        foreach (var worker in idle) _book.WorkerIdle(worker.ToReport());
        Propose();
        return Task.FromResult(_incarnation);
    }

    public Task ProposalEnded(Guid workerId, Guid batchId, bool took, bool waits, int available)
    {
        _book.ProposalEnded(workerId, batchId, took, waits, available);
        Propose();
        return Task.CompletedTask;
    }

    public Task Screened(Guid batchId, long number, IReadOnlyList<Guid> fit, int available)
    {
        _book.Screened(batchId, number, fit, available);
        Propose();
        return Task.CompletedTask;
    }

    public async Task BatchHasWork(Guid batchId, int available, DateTimeOffset? oldest)
    {
        // Of a batch that is in the book its own word is enough; the rest of the project is compared by the next tick.
        if (available == 0 || !_book.Knows(batchId)) await CompareAsync();
        _book.BatchHasWork(batchId, available, oldest);
        Propose();
    }

    public Task<IReadOnlyList<IdleWorkerInfo>> Idle(int limit) =>
        Task.FromResult<IReadOnlyList<IdleWorkerInfo>>([.. _book.Idle.Take(limit).Select(Info)]);

    private static IdleWorkerInfo Info(IdleReport report) => new() { WorkerId = report.WorkerId, Labels = report.Labels };

    private async Task OnTickAsync()
    {
        if (_book.IdleCount == 0) return;
        var now = _clock.Now;
        _book.GiveUpProposals(now - ProposalPatience, now);
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

    private async Task CompareAsync()
    {
        await catalog.RefreshAsync([projectId]);
        if (catalog.Snapshot(projectId) is not { } open || open.WorkVersion == _seenWorkVersion) return;
        _seenWorkVersion = open.WorkVersion;
        _book.SetBatches(
            [.. open.Batches.Select(batch => new BatchListing(batch.BatchId, open.AskedOf(batch)))],
            (await catalog.GetProjectAsync(projectId))!.Record.Policy.WorkerChoice);
        _book.AnyBatchMayHaveWork();
    }

    private void Propose()
    {
        foreach (var proposal in _book.Propose(_clock.Now))
        {
            _ = actors.Worker(proposal.WorkerId).TryBatch(projectId, proposal.BatchId, _seenWorkVersion);
        }

        foreach (var screening in _book.TakeScreenings())
        {
            _ = actors.Batch(screening.BatchId).Screen(new ScreenRequest { Number = screening.Number, WorkVersion = _seenWorkVersion, Workers = [.. screening.Workers.Select(Info)] });
        }
    }

    [LoggerMessage(1201, LogLevel.Warning, "Work versions could not be compared; tried again at the next tick.")]
    private partial void LogCompareFailed(Exception failure);
}
