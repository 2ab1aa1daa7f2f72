using Dispatch.Contracts.Worker;
using Dispatch.Storage;
using Microsoft.Extensions.Logging;

namespace Dispatch.Grains;

/// <inheritdoc cref="ILeaderboardGrain"/>
/// <remarks>A thin turn around <see cref="LeaderboardActor"/>.</remarks>
[GrainType("leaderboard")]
internal sealed class LeaderboardGrain(IDispatchStore store, ProjectCatalog catalog, LocalActors local, TimeProvider time, ILogger<LeaderboardActor> logger) : ActorGrain(local), ILeaderboardGrain
{
    private LeaderboardActor _actor = null!;

    protected override Task BeginAsync(CancellationToken cancellation)
    {
        _actor = new LeaderboardActor(this.GetPrimaryKey(), store, catalog, time, logger);
        return _actor.ActivateAsync(cancellation);
    }

    public Task<BoardPublication> Exchange(IReadOnlyList<TotalsMessage> totals, IReadOnlyList<AskMessage> asks, long known) => _actor.Exchange(totals, asks, known);

    public Task<BoardPlaceView?> PlaceOf(Guid workerId) => _actor.PlaceOf(workerId);

    public Task<BoardView> Around(Guid workerId, int count) => _actor.Around(workerId, count);

    public Task<BoardView> From(int rank, int count, Guid? asker) => _actor.From(rank, count, asker);

    public Task<BoardPages> PagesFor(Guid asker, int top, int around) => _actor.PagesFor(asker, top, around);

    public Task<BoardView?> ChangesSince(long epoch, Guid? asker) => _actor.ChangesSince(epoch, asker);

    public Task<string> TryGate(string request, Guid batchId) => _actor.TryGate(request, batchId);

    public Task NameChanged(Guid workerId, string? name, bool onBoard) => _actor.NameChanged(workerId, name, onBoard);
}
