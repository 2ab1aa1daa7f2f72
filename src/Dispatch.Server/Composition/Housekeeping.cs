using Dispatch.Grains;
using Dispatch.Server.Bounds;
using Dispatch.Storage;
using Microsoft.Extensions.Options;

namespace Dispatch.Server.Composition;

/// <summary>Deletes what is older than its retention, a little at a time: results of commands, changes of activity, the audit trail. Rates of people who are gone are forgotten.</summary>
public sealed class Housekeeping(IDispatchStore store, IOptions<DispatchOptions> options, CallRates rates, TimeProvider time, ILogger<Housekeeping> logger)
    : SteadyService(Period, time, logger)
{
    private const int DeletedAtOnce = 5_000;
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(10);

    /// <inheritdoc/>
    protected override async Task RoundAsync(CancellationToken stopping)
    {
        rates.Forget();
        await PurgeAsync(store.PurgeOperationsAsync, options.Value.OperationRetention, stopping);
        await PurgeAsync(store.PurgeActivitiesAsync, options.Value.ActivityRetention, stopping);
        await PurgeAsync(store.PurgeAuditAsync, options.Value.AuditRetention, stopping);
    }

    private static async Task PurgeAsync(Func<TimeSpan, int, CancellationToken, Task<int>> purge, TimeSpan olderThan, CancellationToken stopping)
    {
        while (await purge(olderThan, DeletedAtOnce, stopping) == DeletedAtOnce)
        {
            // More is waiting; each round is a transaction of its own, so commits get in between.
        }
    }
}
