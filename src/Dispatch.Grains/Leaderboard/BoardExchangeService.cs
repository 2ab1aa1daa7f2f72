using Dispatch.Storage;
using Microsoft.Extensions.Hosting;

namespace Dispatch.Grains;

/// <summary>Keeps a process in touch with the boards, and wakes workers whose outbox was forgotten: a hint that was lost must not keep evidence waiting.</summary>
public sealed class BoardExchangeService(BoardExchange exchange, IEvidenceStore store, IActors actors, TimeProvider time) : BackgroundService
{
    private const int WokenMax = 200;
    private static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Forgotten = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(BoardExchange.Period, time);
        var sweptStamp = time.GetTimestamp();
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await exchange.ExchangeAsync();
            if (time.GetElapsedTime(sweptStamp) < SweepEvery) continue;
            sweptStamp = time.GetTimestamp();
            try
            {
                foreach (var workerId in await store.ListStaleOutboxAsync(Forgotten, WokenMax, stoppingToken)) _ = actors.Worker(workerId).EvidenceWaiting();
            }
            catch (StoreUnavailableException)
            {
                // The next sweep finds them.
            }
        }
    }
}
