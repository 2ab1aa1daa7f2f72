namespace Dispatch.Storage;

/// <summary>What nobody has dealt with although it was due.</summary>
/// <param name="Batches">Batches with leases that ran out a while ago.</param>
/// <param name="Workers">Workers with outbox rows that wait for a sequence.</param>
public sealed record StaleWork(IReadOnlyList<Guid> Batches, IReadOnlyList<Guid> Workers);

/// <summary>Looking after what was left lying, and after the store itself.</summary>
public interface IUpkeepStore
{
    /// <summary>Batches whose leases ran out longer ago than the grace, and workers whose outbox rows are older than it, at most <paramref name="limit"/> of each. Judged by the store's time.</summary>
    Task<StaleWork> FindStaleAsync(TimeSpan grace, int limit, CancellationToken cancellation);

    /// <summary>Commits a row of the process's own: a store that can be read and not written would otherwise pass for a sound one.</summary>
    /// <param name="process">Name of the process.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="StoreUnavailableException">The store takes no writes.</exception>
    Task ProbeAsync(string process, CancellationToken cancellation);
}
