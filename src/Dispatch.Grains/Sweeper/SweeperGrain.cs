using Dispatch.Storage;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Dispatch.Grains;

/// <inheritdoc cref="ISweeperGrain"/>
[GrainType("sweeper")]
internal sealed partial class SweeperGrain(IDispatchStore store, IActors actors, SweeperOptions options, ILogger<SweeperGrain> logger) : Grain, ISweeperGrain, IRemindable
{
    private const string Reminder = "sweep";
    private const int FoundMax = 1_000;

    /// <summary>A batch that lives ends its leases within a second; what is older has no owner.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(15);

    public Task Begin() => this.RegisterOrUpdateReminder(Reminder, options.Period, options.Period);

    public Task ReceiveReminder(string reminderName, TickStatus status) => Sweep();

    public async Task<int> Sweep()
    {
        StaleWork stale;
        try
        {
            stale = await store.FindStaleAsync(Grace, FoundMax, CancellationToken.None);
        }
        catch (StoreUnavailableException failure)
        {
            LogNotSwept(failure);
            return 0;
        }

        var batches = stale.Batches.Where(IsMine).ToArray();
        var workers = stale.Workers.Where(IsMine).ToArray();
        foreach (var batch in batches) _ = actors.Batch(batch).StoreChanged();
        foreach (var worker in workers) _ = actors.Worker(worker).RecordChanged();
        if (batches.Length + workers.Length > 0) LogSwept(batches.Length, workers.Length);
        return batches.Length + workers.Length;
    }

    private bool IsMine(Guid id) => (uint)id.GetHashCode() % ISweeperGrain.Shards == this.GetPrimaryKeyLong();

    [LoggerMessage(1601, LogLevel.Information, "Swept: {Batches} batches with leases that had run out, {Workers} workers with evidence that waited.")]
    private partial void LogSwept(int batches, int workers);

    [LoggerMessage(1602, LogLevel.Warning, "The store could not say what is stale; the next reminder asks again.")]
    private partial void LogNotSwept(Exception failure);
}
