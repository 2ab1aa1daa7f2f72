using Dispatch.Contracts;
using Dispatch.Contracts.Supervisor;
using Dispatch.Storage;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace Dispatch.Grains;

/// <inheritdoc cref="IBatchGrain"/>
/// <remarks>A thin turn around <see cref="BatchActor"/>. Reentrant: a batch that did not interleave at its commit await would make one commit a round trip.</remarks>
[GrainType("batch"), Reentrant]
internal sealed class BatchGrain(
    IDispatchStore store,
    ICommitter committer,
    ProjectCatalog catalog,
    IActors actors,
    IIdSource ids,
    IRandomSource random,
    BatchInstruments instruments,
    LeaseInstruments leases,
    LocalActors local,
    TimeProvider time,
    ILogger<BatchActor> logger) : ActorGrain(local), IBatchGrain
{
    private BatchActor _actor = null!;

    protected override Task BeginAsync(CancellationToken cancellation)
    {
        _actor = new BatchActor(this.GetPrimaryKey(), this, store, committer, catalog, actors, ids, random, leases, time, logger);
        instruments.Came(this.GetPrimaryKey());
        return _actor.ActivateAsync(cancellation);
    }

    protected override Task EndAsync(DeactivationReason reason, CancellationToken cancellation)
    {
        instruments.Went(this.GetPrimaryKey());
        return Task.CompletedTask;
    }

    public Task<TakeReply> Take(TakeRequest request) => _actor.Take(request);

    public Task Screen(ScreenRequest request) => _actor.Screen(request);

    public Task<SubmitReply> Submit(SubmitRequest request) => _actor.Submit(request);

    public Task<RenewReply> Accept(AcceptRequest request) => _actor.Accept(request);

    public Task<RenewReply> Promote(PromoteRequest request) => _actor.Promote(request);

    public Task<BatchReply> Return(ReturnRequest request) => _actor.Return(request);

    public Task<RenewReply> Renew(RenewRequest request) => _actor.Renew(request);

    public Task StoreChanged() => _actor.StoreChanged();

    public Task OwnerChanged() => _actor.OwnerChanged();

    public Task<BatchLive?> GetGauges() => _actor.GetGauges();

    public Task<BatchQualityView?> GetQuality() => _actor.GetQuality();

    public Task<TaskExplanation?> ExplainTask(long taskId, IReadOnlyList<IdleWorkerInfo> idle) => _actor.ExplainTask(taskId, idle);

    public Task<IReadOnlyDictionary<string, int>> ExplainFor(Guid workerId, string labels) => _actor.ExplainFor(workerId, labels);
}
