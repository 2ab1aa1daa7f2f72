using Dispatch.Engine.Matching;
using Microsoft.Extensions.Logging;

namespace Dispatch.Grains;

/// <inheritdoc cref="IMatchmakerGrain"/>
/// <remarks>A thin turn around <see cref="MatchmakerActor"/>.</remarks>
[GrainType("matchmaker")]
internal sealed class MatchmakerGrain(ProjectCatalog catalog, IActors actors, IIdSource ids, LocalActors local, TimeProvider time, ILogger<MatchmakerActor> logger) : ActorGrain(local), IMatchmakerGrain
{
    private MatchmakerActor _actor = null!;

    protected override Task BeginAsync(CancellationToken cancellation)
    {
        _actor = new MatchmakerActor(this.GetPrimaryKey(), this, catalog, actors, ids, time, logger);
        return _actor.ActivateAsync();
    }

    public Task<Guid> Report(IReadOnlyList<IdleReportMessage> idle, IReadOnlyList<Guid> busy) => _actor.Report(idle, busy);

    public Task ProposalEnded(Guid workerId, Guid batchId, bool took, bool waits, int available) => _actor.ProposalEnded(workerId, batchId, took, waits, available);

    public Task Screened(Guid batchId, long number, IReadOnlyList<Guid> fit, int available) => _actor.Screened(batchId, number, fit, available);

    public Task BatchHasWork(Guid batchId, int available, DateTimeOffset? oldest) => _actor.BatchHasWork(batchId, available, oldest);

    public Task<IReadOnlyList<IdleWorkerInfo>> Idle(int limit) => _actor.Idle(limit);
}
