using Dispatch.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Dispatch.Grains;

/// <summary>
/// Does something again and again for as long as the process lives. Whatever one round throws ends that round alone: an exception that leaves a background service stops
/// its host, and a database in trouble would stop every server at once.
/// </summary>
public abstract class SteadyService : BackgroundService
{
    /// <summary>The wait after a round that failed, when the service itself does not wait between rounds.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    private readonly TimeSpan? _period;
    private readonly RareLog _log;

    /// <summary>Rounds follow each other at once; a round waits by itself for what it is to do.</summary>
    /// <param name="time">Clock.</param>
    /// <param name="logger">Log.</param>
    protected SteadyService(TimeProvider time, ILogger logger) => (Time, _log) = (time, new RareLog(time, logger));

    /// <summary>A round every so often.</summary>
    /// <param name="period">Above zero.</param>
    /// <param name="time">Clock.</param>
    /// <param name="logger">Log.</param>
    protected SteadyService(TimeSpan period, TimeProvider time, ILogger logger)
        : this(time, logger) => _period = period;

    /// <summary>Clock.</summary>
    protected TimeProvider Time { get; }

    /// <summary>One round.</summary>
    /// <param name="stopping">The process stops.</param>
    protected abstract Task RoundAsync(CancellationToken stopping);

    /// <inheritdoc/>
    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = _period is { } period ? new PeriodicTimer(period, Time) : null;
        while (!stoppingToken.IsCancellationRequested)
        {
            if (timer is not null) await timer.WaitForNextTickAsync(stoppingToken);
            try
            {
                await RoundAsync(stoppingToken);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                // A canceled call of a dying connection is no less a failure of this round than any other.
                // A database that is away fails every round of every service.
                var round = $"A round of {GetType().Name}";
                if (failure is StoreUnavailableException or TimeoutException) _log.SayAway(round, failure);
                else _log.SayBroken(round, failure);
                if (timer is null) await Task.Delay(Pause, Time, stoppingToken);
            }
        }
    }
}
