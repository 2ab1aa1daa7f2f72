using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Dispatch.Contracts.Supervisor;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Dispatch.Grains;

/// <summary>
/// Depth and ages of the batches that live in this process. Every batch says when it comes and goes; a few times a minute each is asked, in a turn of its own, so no lock touches
/// the hot path.
/// </summary>
public sealed partial class BatchInstruments : SteadyService
{
    /// <summary>Name of the meter.</summary>
    public const string Meter = "Dispatch.Batches";

    /// <summary>Batches asked in one round; more are left out of the figures.</summary>
    private const int AskedMax = 500;
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(15);
    private readonly IActors _actors;
    private readonly ILogger<BatchInstruments> _logger;
    private readonly ConcurrentDictionary<Guid, BatchGauges?> _live = new();

    /// <summary>Creates the instruments.</summary>
    /// <param name="meters">Where meters come from.</param>
    /// <param name="actors">Addresses.</param>
    /// <param name="time">Clock.</param>
    /// <param name="logger">Log.</param>
    public BatchInstruments(IMeterFactory meters, IActors actors, TimeProvider time, ILogger<BatchInstruments> logger)
        : base(Period, time, logger)
    {
        (_actors, _logger) = (actors, logger);
        var meter = meters.Create(Meter);
        meter.CreateObservableGauge("dispatch.batch.live", () => _live.Count, "{batch}", "Batches owned by this process.");
        meter.CreateObservableGauge("dispatch.queue.depth", () => Known.Sum(gauges => gauges.Depth), "{task}", "Open tasks of the batches owned here.");
        meter.CreateObservableGauge("dispatch.queue.dead", () => Known.Sum(gauges => gauges.Dead), "{task}", "Dead letters of the batches owned here.");
        meter.CreateObservableGauge("dispatch.queue.age_created", () => Known.Max(gauges => gauges.OldestSinceCreatedSeconds) ?? 0, "s", "Age of the oldest waiting task since it was created.");
        meter.CreateObservableGauge("dispatch.queue.age_queued", () => Known.Max(gauges => gauges.OldestSinceQueuedSeconds) ?? 0, "s", "Age of the oldest waiting task since it last entered the queue.");
        meter.CreateObservableGauge("dispatch.lease.held", () => Known.Sum(gauges => gauges.Held), "{assignment}", "Assignments held of the batches owned here.");
    }

    private IEnumerable<BatchGauges> Known => _live.Values.OfType<BatchGauges>();

    /// <summary>A batch lives here from now on.</summary>
    /// <param name="batchId">The batch.</param>
    public void Came(Guid batchId) => _live.TryAdd(batchId, null);

    /// <summary>It does not any more.</summary>
    /// <param name="batchId">The batch.</param>
    public void Went(Guid batchId) => _live.TryRemove(batchId, out _);

    /// <inheritdoc/>
    protected override async Task RoundAsync(CancellationToken stopping)
    {
        foreach (var batchId in _live.Keys.Take(AskedMax).ToArray())
        {
            try
            {
                if (await _actors.Batch(batchId).GetGauges() is { } live && _live.ContainsKey(batchId)) _live[batchId] = live.Gauges;
            }
            catch (Exception failure) when (failure is TimeoutException or OrleansException)
            {
                LogNotAsked(failure, batchId);
            }
        }
    }

    [LoggerMessage(1305, LogLevel.Debug, "Batch {BatchId} did not tell its figures this time.")]
    private partial void LogNotAsked(Exception failure, Guid batchId);
}
