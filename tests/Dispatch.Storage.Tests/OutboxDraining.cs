namespace Dispatch.Storage.Tests;

/// <summary>Draining one worker.</summary>
internal static class OutboxDraining
{
    /// <summary>The last sequences after it. Fails where the store knows later ones than the caller.</summary>
    public static async Task<IReadOnlyDictionary<Guid, long>> DrainOutboxAsync(this IWorkerStore store, Guid workerId, IReadOnlyDictionary<Guid, long> lastSequences, CancellationToken cancellation)
    {
        var drained = (await store.DrainOutboxAsync([new OutboxDrain(workerId, lastSequences)], cancellation))[0];
        return drained.IsBehind ? throw new InvalidOperationException("Another activation is ahead.") : drained.LastSequences(lastSequences);
    }
}
