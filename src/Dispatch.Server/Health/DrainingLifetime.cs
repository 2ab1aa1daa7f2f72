using System.Runtime.InteropServices;
using Dispatch.Contracts.Worker;
using Dispatch.Grains;
using Dispatch.Push;
using Dispatch.Server.Composition;
using Microsoft.Extensions.Options;

namespace Dispatch.Server.Health;

/// <summary>
/// Stops the process in an order in which nobody loses anything: not ready any more, connections and actors moved over a while, and only then
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
    private readonly CancellationTokenSource _hurry = new();
    private readonly ManualResetEvent _ended = new(initialState: false);
    private int _asked;

    /// <summary>How much of the time of draining is given to moving; the rest is for those who come late.</summary>
    private const double MovingShare = 0.6;

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
        _ended.Set();
        foreach (var signal in _signals) signal.Dispose();
        _hurry.Dispose();
    }

    private async Task StopAsync()
    {
        if (Interlocked.Increment(ref _asked) > 1)
        {
            await _hurry.CancelAsync();
            return;
        }

        readiness.Drain();
        try
        {
            // Where there is nobody to move to, waiting would only make the interruption longer.
            if (services.GetService<LocalActors>() is { IsAlone: true }) return;
            var limit = services.GetRequiredService<IOptions<DispatchOptions>>().Value.DrainTimeout;
            using var limited = new CancellationTokenSource(limit, time);
            using var over = CancellationTokenSource.CreateLinkedTokenSource(limited.Token, _hurry.Token);
            await Task.WhenAll(MoveConnectionsAsync(limit * MovingShare, over.Token), MoveActorsAsync(limit * MovingShare, over.Token));
        }
        finally
        {
            EndInTime();
            lifetime.StopApplication();
        }
    }

    /// <summary>
    /// Ends the process when its time is over, whatever still waits. Parts of the cluster try for minutes to tell a database that is gone that this process leaves it, and look at no
    /// token; the others find out by themselves. Nothing that was acknowledged is open by then. A thread of its own: the pool may be what is stuck.
    /// </summary>
    private void EndInTime()
    {
        var limit = services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout;
        var watch = new Thread(() =>
        {
            if (_ended.WaitOne(limit)) return;
            LogNotEnded(limit);
            Environment.Exit(0);
        })
        {
            IsBackground = true,
        };
        watch.Start();
    }

    private async Task MoveConnectionsAsync(TimeSpan within, CancellationToken over)
    {
        if (services.GetService<ConnectionRegistry>() is not { Count: > 0 } connections) return;
        LogDraining(connections.Count);
        connections.Broadcast(new ServerDraining { MoveWithinMs = (int)within.TotalMilliseconds });
        using var timer = new PeriodicTimer(Look, time);
        try
        {
            while (connections.Count > 0) await timer.WaitForNextTickAsync(over);
        }
        catch (OperationCanceledException)
        {
            // Those that are left are closed by the stop.
        }
    }

    private async Task MoveActorsAsync(TimeSpan within, CancellationToken over)
    {
        if (services.GetService<LocalActors>() is not { } actors) return;
        if (await actors.MoveAsync(within, over) is > 0 and var moved) LogMoved(moved);
    }

    [LoggerMessage(2301, LogLevel.Information, "Application started in {Environment}. Ctrl+C stops.")]
    private partial void LogStarted(string environment);

    [LoggerMessage(2302, LogLevel.Information, "Asked to stop: {Count} connections are told to move.")]
    private partial void LogDraining(int count);

    [LoggerMessage(2455, LogLevel.Warning, "The parts of this process did not end within {Limit}; it ends now. What it held is found by the others.")]
    private partial void LogNotEnded(TimeSpan limit);

    [LoggerMessage(2303, LogLevel.Information, "{Count} actors were moved to other servers.")]
    private partial void LogMoved(int count);
}
