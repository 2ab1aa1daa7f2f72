namespace Dispatch.Grains;

/// <summary>
/// Finds what was left lying: leases that ran out while the batch's grain was gone, outbox rows nobody fetched. It changes nothing itself: it calls the owners, who load the
/// truth and act. Key: shard, 0 to <see cref="Shards"/> − 1. Woken by a reminder, so it outlives every process.
/// </summary>
[Alias("dispatch.ISweeperGrain")]
public interface ISweeperGrain : IGrainWithIntegerKey
{
    /// <summary>Sweepers of a cluster. Each looks at all that is stale and deals with its share.</summary>
    const int Shards = 2;

    /// <summary>Registers the reminder. Safe to call again and again.</summary>
    [Alias("Begin")]
    Task Begin();

    /// <summary>Sweeps now.</summary>
    /// <returns>How many owners were called.</returns>
    [Alias("Sweep")]
    Task<int> Sweep();
}
