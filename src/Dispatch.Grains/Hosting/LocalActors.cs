using System.Collections.Concurrent;
using Orleans.Runtime;

namespace Dispatch.Grains;

/// <summary>
/// The actors of this process, and how they leave it before it stops: one after the other over a while, each with what it knows. Left to the stop, hundreds would end in
/// one moment, and hundreds of people wait until all of them are made anew.
/// </summary>
/// <param name="silos">The cluster, as this process sees it.</param>
/// <param name="silo">This process.</param>
/// <param name="time">The clock.</param>
public sealed class LocalActors(ISiloStatusOracle silos, ILocalSiloDetails silo, TimeProvider time)
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);
    private readonly ConcurrentDictionary<GrainId, IGrainContext> _living = new();

    /// <summary>A life began here.</summary>
    /// <param name="actor">Its activation.</param>
    public void Begun(IGrainContext actor) => _living[actor.GrainId] = actor;

    /// <summary>It ended; of two, the one that is meant.</summary>
    /// <param name="actor">Its activation.</param>
    public void Ended(IGrainContext actor) => _living.TryRemove(KeyValuePair.Create(actor.GrainId, actor));

    /// <summary>Whether there is no other silo that anything could move to.</summary>
    public bool IsAlone => Others().Length == 0;

    /// <summary>
    /// Moves those that are here now to the other silos, evenly over a while, and waits until they have gone. Where there is no other silo, nothing happens. Batches, matchmakers
    /// and boards go first: many wait for each of them, and calls that come too late are still passed on from here.
    /// </summary>
    /// <param name="within">How long it takes.</param>
    /// <param name="stop">Ends it early; what is still here ends with the process.</param>
    /// <returns>How many were asked to go.</returns>
    public async Task<int> MoveAsync(TimeSpan within, CancellationToken stop)
    {
        var others = Others();
        if (others.Length == 0) return 0;
        IGrainContext[] leaving = [.. _living.Values.OrderBy(actor => actor.GrainInstance is WorkerGrain)];
        var moved = 0;
        var began = time.GetTimestamp();
        try
        {
            using var timer = new PeriodicTimer(Step, time);
            while (moved < leaving.Length)
            {
                await timer.WaitForNextTickAsync(stop);
                var due = within > TimeSpan.Zero ? Math.Min(1, time.GetElapsedTime(began) / within) : 1;
                for (; moved < leaving.Length * due; moved++) Move(leaving[moved], others[moved % others.Length]);
            }

            await Task.WhenAll(leaving.Select(actor => actor.Deactivated)).WaitAsync(stop);
        }
        catch (OperationCanceledException)
        {
            // Whatever is left goes when the silo stops.
        }

        return moved;
    }

    private SiloAddress[] Others() => [.. silos.GetApproximateSiloStatuses(onlyActive: true).Keys.Where(other => !other.Equals(silo.SiloAddress)).Order()];

    private static void Move(IGrainContext actor, SiloAddress to) =>
        actor.Migrate(new Dictionary<string, object> { [Orleans.Runtime.Placement.IPlacementDirector.PlacementHintKey] = to }, CancellationToken.None);
}
