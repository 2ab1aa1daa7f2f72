using Dispatch.Engine.Matching;
using Microsoft.Extensions.Logging;

namespace Dispatch.Grains;

/// <summary>
/// Per process: tells matchmakers which workers are idle, many in one call, and again from the start when a matchmaker has
/// lost its memory. A worker grain only writes into a table here, so going idle costs the submit path nothing.
/// </summary>
public sealed partial class IdleReporter(IActors actors, IdleInstruments instruments, TimeProvider time, ILogger<IdleReporter> logger) : SteadyService(time, logger), IIdleness
{
    /// <summary>The longest a change waits when no signal comes, and the pulse that keeps matchmakers comparing work versions.</summary>
    private static readonly TimeSpan Pulse = TimeSpan.FromMilliseconds(250);

    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, ProjectTable> _projects = [];
    private readonly SemaphoreSlim _signal = new(0, 1);

    private sealed class ProjectTable
    {
        public readonly Dictionary<Guid, IdleReport> Idle = [];
        public readonly HashSet<Guid> NewlyIdle = [];
        public readonly HashSet<Guid> NewlyBusy = [];
        public Guid Incarnation;
    }

    /// <inheritdoc/>
    public void SetIdle(IdleReport report, IReadOnlyCollection<Guid> projects)
    {
        var changed = false;
        lock (_lock)
        {
            foreach (var project in projects)
            {
                if (!_projects.TryGetValue(project, out var table)) _projects.Add(project, table = new ProjectTable());
                var waits = table.Idle.TryGetValue(report.WorkerId, out var known);
                if (waits && known == report) continue;
                if (!waits) instruments.WaitBegan();
                table.Idle[report.WorkerId] = report;
                table.NewlyBusy.Remove(report.WorkerId);
                table.NewlyIdle.Add(report.WorkerId);
                changed = true;
            }
        }

        if (changed) Signal();
    }

    /// <inheritdoc/>
    public void SetBusy(Guid workerId, IReadOnlyCollection<Guid> projects)
    {
        lock (_lock)
        {
            foreach (var project in projects)
            {
                if (!_projects.TryGetValue(project, out var table) || !table.Idle.Remove(workerId, out var report)) continue;
                instruments.WaitEnded(Time.GetUtcNow() - report.IdleSince);

                // When the matchmaker was not told yet that the worker is idle, there is nothing to take back.
                if (!table.NewlyIdle.Remove(workerId)) table.NewlyBusy.Add(workerId);
            }
        }
    }

    /// <inheritdoc/>
    public void Forget(Guid workerId, IReadOnlyCollection<Guid> projects)
    {
        lock (_lock)
        {
            foreach (var project in projects)
            {
                if (!_projects.TryGetValue(project, out var table)) continue;
                if (table.Idle.Remove(workerId, out var report)) instruments.WaitEnded(Time.GetUtcNow() - report.IdleSince);
                table.NewlyIdle.Remove(workerId);
                table.NewlyBusy.Remove(workerId);
            }
        }
    }

    /// <inheritdoc/>
    protected override async Task RoundAsync(CancellationToken stopping)
    {
        List<(Guid Project, IdleReportMessage[] Idle, Guid[] Busy)> reports = [];
        lock (_lock)
        {
            foreach (var (project, table) in _projects)
            {
                if (table.Idle.Count == 0 && table.NewlyBusy.Count == 0) continue;
                reports.Add((project, [.. table.NewlyIdle.Select(id => IdleReportMessage.From(table.Idle[id]))], [.. table.NewlyBusy]));
                table.NewlyIdle.Clear();
                table.NewlyBusy.Clear();
            }
        }

        await Task.WhenAll(reports.Select(report => ReportAsync(report.Project, report.Idle, report.Busy)));
        await WaitAsync(stopping);
    }

    private async Task ReportAsync(Guid projectId, IdleReportMessage[] idle, Guid[] busy)
    {
        try
        {
            var matchmaker = actors.Matchmaker(projectId);
            var incarnation = await matchmaker.Report(idle, busy);
            IdleReportMessage[] all;
            lock (_lock)
            {
                var table = _projects[projectId];
                if (table.Incarnation == incarnation) return;
                table.Incarnation = incarnation;
                all = [.. table.Idle.Values.OrderBy(report => report.IdleSince).Select(IdleReportMessage.From)];
            }

            await matchmaker.Report(all, []);
        }
        catch (Exception failure)
        {
            // Whatever it was, a canceled call too: forgetting the incarnation makes the next report a full one.
            lock (_lock) _projects[projectId].Incarnation = Guid.Empty;
            LogReportFailed(failure, projectId);
        }
    }

    private void Signal()
    {
        try
        {
            if (_signal.CurrentCount == 0) _signal.Release();
        }
        catch (SemaphoreFullException)
        {
            // Another thread has just signalled: one wake-up serves both.
        }
    }

    private async Task WaitAsync(CancellationToken stopping)
    {
        using var pulse = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var timer = Task.Delay(Pulse, Time, pulse.Token);
        var signal = _signal.WaitAsync(pulse.Token);
        await Task.WhenAny(timer, signal);
        await pulse.CancelAsync();
        await Task.WhenAll(Quietly(timer), Quietly(signal));
    }

    private static async Task Quietly(Task task)
    {
        try
        {
            await task;
        }
        catch (OperationCanceledException)
        {
            // The other of the two came first.
        }
    }

    [LoggerMessage(1101, LogLevel.Warning, "Idle workers of project {ProjectId} could not be reported; they are reported again in full.")]
    private partial void LogReportFailed(Exception failure, Guid projectId);
}
