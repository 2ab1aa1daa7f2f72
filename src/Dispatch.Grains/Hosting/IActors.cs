namespace Dispatch.Grains;

/// <summary>
/// Addresses of the live side. The actors hold all turn logic and know Orleans only through this and <see cref="IActorHost"/>, so the very
/// code that runs in a silo runs in the simulation, where calls are delayed, lost and doubled by a seed.
/// </summary>
public interface IActors
{
    /// <summary>A batch.</summary>
    /// <param name="batchId">The batch.</param>
    IBatchGrain Batch(Guid batchId);

    /// <summary>A worker.</summary>
    /// <param name="workerId">The worker.</param>
    IWorkerGrain Worker(Guid workerId);

    /// <summary>The matchmaker of a project.</summary>
    /// <param name="projectId">The project.</param>
    IMatchmakerGrain Matchmaker(Guid projectId);

    /// <summary>The leaderboard of a project.</summary>
    /// <param name="projectId">The project.</param>
    ILeaderboardGrain Leaderboard(Guid projectId);
}

/// <summary>What an actor may ask of the one activation it lives in.</summary>
public interface IActorHost
{
    /// <summary>Runs a callback as turns of the actor, again and again.</summary>
    /// <param name="period">Between two of them.</param>
    /// <param name="callback">The callback.</param>
    /// <param name="interleave">It may run while a call of the actor awaits.</param>
    IDisposable Every(TimeSpan period, Func<Task> callback, bool interleave);

    /// <summary>Runs a callback as a turn of the actor, once.</summary>
    /// <param name="due">After this long.</param>
    /// <param name="callback">The callback.</param>
    IDisposable After(TimeSpan due, Func<Task> callback);

    /// <summary>Do not collect the actor for idleness for this long.</summary>
    /// <param name="span">How long.</param>
    void StayAlive(TimeSpan span);

    /// <summary>End this activation when its present turns are done; the next call makes a new one, which loads the truth.</summary>
    void Retire();
}

/// <summary>Addresses in the cluster.</summary>
internal sealed class OrleansActors(IGrainFactory grains) : IActors
{
    public IBatchGrain Batch(Guid batchId) => grains.Batch(batchId);

    public IWorkerGrain Worker(Guid workerId) => grains.Worker(workerId);

    public IMatchmakerGrain Matchmaker(Guid projectId) => grains.Matchmaker(projectId);

    public ILeaderboardGrain Leaderboard(Guid projectId) => grains.GetGrain<ILeaderboardGrain>(projectId);
}
