using Dispatch.Grains;
using Dispatch.Storage;

namespace Dispatch.Simulation.Tests.Machinery;

/// <summary>What others learned, taken in worker by worker: a group gives each of its workers the same as it would get alone.</summary>
internal sealed class SimDrains(IWorkerStore store) : IOutboxDrains
{
    public async Task<DrainedOutbox> DrainAsync(Guid workerId, IReadOnlyDictionary<Guid, long> lastSequences) =>
        (await store.DrainOutboxAsync([new OutboxDrain(workerId, lastSequences)], CancellationToken.None))[0];
}
