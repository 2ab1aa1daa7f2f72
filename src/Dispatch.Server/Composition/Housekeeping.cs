using Dispatch.Grains;
using Dispatch.Storage;
using Microsoft.Extensions.Options;

namespace Dispatch.Server.Composition;

/// <summary>Deletes results of commands after their retention, a little at a time.</summary>
public sealed class Housekeeping(IDispatchStore store, IOptions<DispatchOptions> options, TimeProvider time, ILogger<Housekeeping> logger)
    : SteadyService(Period, time, logger)
{
    private const int DeletedAtOnce = 5_000;
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(10);

    /// <inheritdoc/>
    protected override async Task RoundAsync(CancellationToken stopping)
    {
        while (await store.PurgeOperationsAsync(options.Value.OperationRetention, DeletedAtOnce, stopping) == DeletedAtOnce)
        {
            // More is waiting; each round is a transaction of its own, so commits get in between.
        }
    }
}
