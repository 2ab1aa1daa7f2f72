using System.Runtime.InteropServices;
using Dispatch.Contracts.Worker;
using Dispatch.Push;
using Dispatch.Server.Composition;
using Microsoft.Extensions.Options;

namespace Dispatch.Server.Health;

/// <summary>
/// Stops the process in an order in which nobody loses anything: not ready any more, connections told to move, then a while for them to do it, and only then
/// the host: calls are finished, grains handed over, commits flushed, and the silo leaves. A second signal skips the while.
/// </summary>
internal sealed partial class DrainingLifetime(
    IHostApplicationLifetime lifetime,
    Readiness readiness,
    IServiceProvider services,
    IHostEnvironment environment,
    TimeProvider time,
    ILoggerFactory loggers) : IHostLifetime, IDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);
    private readonly List<PosixSignalRegistration> _signals = [];
    private readonly ILogger _logger = loggers.CreateLogger("Microsoft.Hosting.Lifetime");
    private int _asked;

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStarted.Register(() => LogStarted(environment.EnvironmentName));
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGQUIT])
        {
            _signals.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                _ = StopAsync();
            }));
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        foreach (var signal in _signals) signal.Dispose();
    }

    private async Task StopAsync()
    {
        if (Interlocked.Increment(ref _asked) == 1 && services.GetService<ConnectionRegistry>() is { Count: > 0 } connections)
        {
            readiness.Drain();
            LogDraining(connections.Count);
            var limit = services.GetRequiredService<IOptions<DispatchOptions>>().Value.DrainTimeout;
            connections.Broadcast(new ServerDraining { MoveWithinMs = (int)(limit.TotalMilliseconds * 0.6) });
            var started = time.GetTimestamp();
            using var timer = new PeriodicTimer(Look, time);
            while (connections.Count > 0 && Volatile.Read(ref _asked) == 1 && time.GetElapsedTime(started) < limit) await timer.WaitForNextTickAsync();
        }

        readiness.Drain();
        lifetime.StopApplication();
    }

    [LoggerMessage(2301, LogLevel.Information, "Application started in {Environment}. Ctrl+C stops.")]
    private partial void LogStarted(string environment);

    [LoggerMessage(2302, LogLevel.Information, "Asked to stop: {Count} connections are told to move.")]
    private partial void LogDraining(int count);
}
