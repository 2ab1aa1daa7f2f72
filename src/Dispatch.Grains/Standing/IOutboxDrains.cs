using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>Takes in what others learned about a worker, together with what waits for others of the same process.</summary>
public interface IOutboxDrains
{
    /// <summary>Moves what waits for a worker into evaluations. Only the worker's own actor asks: it alone gives out sequences.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="lastSequences">Last evaluation by project, as the actor knows them.</param>
    /// <exception cref="StoreUnavailableException">The outcome is unknown: what the actor knows must be read again.</exception>
    Task<DrainedOutbox> DrainAsync(Guid workerId, IReadOnlyDictionary<Guid, long> lastSequences);
}
