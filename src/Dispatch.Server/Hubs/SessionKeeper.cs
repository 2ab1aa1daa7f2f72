using System.Threading.Channels;
using Dispatch.Grains;
using Dispatch.Push;
using Orleans.Runtime;

namespace Dispatch.Server.Hubs;

/// <summary>
/// After a silo's death: asks the grain of every connection here whether it still knows the connection, and has those connect anew that it does not. Without
/// it a worker whose grain died would be told of work only after its next heartbeat.
/// </summary>
public sealed partial class SessionKeeper(ConnectionRegistry registry, IActors actors, TimeProvider time, ILogger<SessionKeeper> logger)
    : SteadyService(time, logger), ISiloStatusListener, IClusterConnectionStatusObserver
{
    /// <summary>Asked at once: a storm of activations would delay those who are at work.</summary>
    private const int AskedAtOnce = 32;
    private const int TriesMax = 20;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly Channel<byte> _wake = Channel.CreateBounded<byte>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <inheritdoc/>
    public void SiloStatusChangeNotification(SiloAddress updatedSilo, SiloStatus status)
    {
        if (status == SiloStatus.Dead) Wake();
    }

    /// <inheritdoc/>
    public void NotifyGatewayCountChanged(int currentNumberOfGateways, int previousNumberOfGateways, bool connectionRecovered)
    {
        if (currentNumberOfGateways < previousNumberOfGateways || connectionRecovered) Wake();
    }

    /// <inheritdoc/>
    public void NotifyClusterConnectionLost() => Wake();

    /// <inheritdoc/>
    protected override async Task RoundAsync(CancellationToken stopping)
    {
        await _wake.Reader.ReadAsync(stopping);
        var forgotten = 0;
        await Parallel.ForEachAsync(registry.All, new ParallelOptions { MaxDegreeOfParallelism = AskedAtOnce, CancellationToken = stopping }, async (entry, cancellation) =>
        {
            if (await IsKnownAsync(entry.WorkerId, entry.Connection.ConnectionId, cancellation)) return;
            entry.Connection.Resync();
            Interlocked.Increment(ref forgotten);
        });
        if (forgotten > 0) LogResynced(forgotten);
    }

    private async ValueTask<bool> IsKnownAsync(Guid workerId, string connectionId, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await actors.Worker(workerId).Knows(connectionId);
            }
            catch (Exception) when (!cancellation.IsCancellationRequested)
            {
                // The dead silo may not have been declared dead yet; when it is, the grain is made anew elsewhere.
                if (attempt == TriesMax) return false;
            }

            await Task.Delay(Pause, Time, cancellation);
        }
    }

    private void Wake() => _wake.Writer.TryWrite(0);

    [LoggerMessage(2201, LogLevel.Information, "{Count} connections had lost their grain and were told to connect anew.")]
    private partial void LogResynced(int count);
}
