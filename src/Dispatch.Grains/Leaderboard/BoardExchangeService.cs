using Dispatch.Storage;
using Microsoft.Extensions.Logging;

namespace Dispatch.Grains;

/// <summary>Keeps a process in touch with the boards, and wakes workers whose outbox was forgotten: a hint that was lost must not keep evidence waiting.</summary>
public sealed class BoardExchangeService(BoardExchange exchange, IEvidenceStore store, IActors actors, TimeProvider time, ILogger<BoardExchangeService> logger)
    : SteadyService(BoardExchange.Period, time, logger)
{
    private const int WokenMax = 200;
    private static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Forgotten = TimeSpan.FromSeconds(30);
    private long _sweptStamp = time.GetTimestamp();

    /// <inheritdoc/>
    protected override async Task RoundAsync(CancellationToken stopping)
    {
        await exchange.ExchangeAsync();
        if (Time.GetElapsedTime(_sweptStamp) < SweepEvery) return;
        _sweptStamp = Time.GetTimestamp();
        foreach (var workerId in await store.ListStaleOutboxAsync(Forgotten, WokenMax, stopping)) _ = actors.Worker(workerId).EvidenceWaiting();
    }
}
