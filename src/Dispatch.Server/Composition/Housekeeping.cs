using Dispatch.Storage;
using Microsoft.Extensions.Options;

namespace Dispatch.Server.Composition;

/// <summary>Deletes results of commands after their retention, a little at a time.</summary>
public sealed partial class Housekeeping(IDispatchStore store, IOptions<DispatchOptions> options, TimeProvider time, ILogger<Housekeeping> logger) : BackgroundService
{
    private const int DeletedAtOnce = 5_000;
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(10);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                while (await store.PurgeOperationsAsync(options.Value.OperationRetention, DeletedAtOnce, stoppingToken) == DeletedAtOnce)
                {
                    // More is waiting; each round is a transaction of its own, so commits get in between.
                }
            }
            catch (StoreUnavailableException failure)
            {
                LogNotPurged(failure);
            }
        }
    }

    [LoggerMessage(4001, LogLevel.Warning, "Old operation results were not deleted this time.")]
    private partial void LogNotPurged(Exception failure);
}
