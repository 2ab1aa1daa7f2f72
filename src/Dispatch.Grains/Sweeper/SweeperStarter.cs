using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Dispatch.Grains;

/// <summary>Makes sure, when a silo starts, that every sweeper has its reminder.</summary>
public sealed partial class SweeperStarter(IGrainFactory grains, TimeProvider time, ILogger<SweeperStarter> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        for (var shard = 0; shard < ISweeperGrain.Shards;)
        {
            try
            {
                await grains.GetGrain<ISweeperGrain>(shard).Begin();
                shard++;
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                LogNotBegun(failure, shard);
                await Task.Delay(Pause, time, stoppingToken);
            }
        }
    }

    [LoggerMessage(1603, LogLevel.Warning, "Sweeper {Shard} has no reminder yet; tried again.")]
    private partial void LogNotBegun(Exception failure, int shard);
}
