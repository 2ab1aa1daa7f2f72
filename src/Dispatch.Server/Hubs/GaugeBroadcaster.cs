using Dispatch.Contracts;
using Dispatch.Contracts.Supervisor;
using Dispatch.Grains;
using Dispatch.Server.Supervision;
using Dispatch.Storage;
using Microsoft.AspNetCore.SignalR;

namespace Dispatch.Server.Hubs;

/// <summary>Pushes the live figures of every watched project, at least once a second. Nobody watching costs nothing.</summary>
public sealed partial class GaugeBroadcaster(
    IGrainFactory grains,
    IDispatchStore store,
    FlagDesk flags,
    GaugeWatchers watchers,
    IHubContext<SupervisorHub, ISupervisorHubClient> hub,
    TimeProvider time,
    ILogger<GaugeBroadcaster> logger) : SteadyService(Period, time, logger)
{
    private const int BatchesShown = 200;
    private const int LatestShown = 20;
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);

    /// <inheritdoc/>
    protected override async Task RoundAsync(CancellationToken stopping)
    {
        foreach (var project in watchers.ByProject)
        {
            try
            {
                var gauges = await TakeAsync(project.Key, stopping);
                await hub.Clients.Clients([.. project]).Gauges(gauges);
            }
            catch (Exception failure) when (!stopping.IsCancellationRequested)
            {
                LogNotTaken(failure, project.Key);
            }
        }
    }

    private async Task<ProjectGauges> TakeAsync(Guid projectId, CancellationToken cancellation)
    {
        var page = await store.ListBatchesAsync(projectId, PageCursor.Start, BatchesShown, cancellation);
        var live = await Task.WhenAll(page.Items.Select(batch => LiveAsync(batch, cancellation)));
        var counts = await store.CountActivitiesAsync(projectId, cancellation);
        var (openFlags, newestFlags) = await flags.OpenAsync(projectId, cancellation);
        return new ProjectGauges
        {
            ProjectId = projectId,
            TakenAt = Time.GetUtcNow(),
            Batches = [.. live.Select(entry => entry.Gauges).OrderByDescending(batch => batch.Tier).ThenByDescending(batch => batch.Priority)],
            Workers = new WorkerCounts
            {
                Working = counts.Holding,
                Idle = counts.Available - counts.Holding,
                OnBreak = counts.OnBreak,
                Draining = counts.Draining,
                Offline = counts.Offline,
            },
            LatestAnswers = [.. live.SelectMany(entry => entry.Latest).OrderByDescending(answer => answer.SubmittedAt).Take(LatestShown)],
            OpenFlags = openFlags,
            NewestFlags = newestFlags,
        };
    }

    private async Task<BatchLive> LiveAsync(BatchRecord batch, CancellationToken cancellation)
    {
        // Only an open batch has a live side worth waking; the others are read from their counters.
        if (batch.Status == BatchStatus.Open && await grains.GetGrain<IBatchGrain>(batch.BatchId).GetGauges() is { } live) return live;
        var counters = await store.GetCountersAsync(batch.BatchId, cancellation);

        // Whoever paused or drains a batch waits for what is still held of it.
        var held = batch.Status is BatchStatus.Paused or BatchStatus.Draining ? await store.LoadHeldAsync(batch.BatchId, cancellation) : [];
        return new BatchLive
        {
            Latest = [],
            Gauges = new BatchGauges
            {
                BatchId = batch.BatchId,
                Name = batch.Name,
                Status = batch.Status,
                Priority = batch.Priority,
                Tier = batch.Tier,
                Tasks = counters?.Tasks ?? 0,
                Completed = counters?.Completed ?? 0,
                Answers = counters?.Answers ?? 0,
                Held = held.Count(assignment => assignment.State != AssignmentState.Offered),
                Offered = held.Count(assignment => assignment.State == AssignmentState.Offered),
                Depth = counters?.Open ?? 0,
                Dead = counters?.Dead ?? 0,
                AnswersLastMinute = 0,
            },
        };
    }

    [LoggerMessage(2101, LogLevel.Warning, "Gauges of project {ProjectId} were not taken this time.")]
    private partial void LogNotTaken(Exception failure, Guid projectId);
}
