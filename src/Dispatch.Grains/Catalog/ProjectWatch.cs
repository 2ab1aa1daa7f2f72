using System.Collections.Concurrent;
using Dispatch.Storage;
using Microsoft.Extensions.Logging;

namespace Dispatch.Grains;

/// <summary>The workers of a process who are connected, by the projects they work on. A table in memory: entering it costs no message.</summary>
public interface IAtWork
{
    /// <summary>A worker is connected.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="projects">The projects the worker is enrolled in.</param>
    void Here(Guid workerId, IReadOnlyList<Guid> projects);

    /// <summary>The last connection of a worker ended, or the worker's actor did.</summary>
    /// <param name="workerId">The worker.</param>
    void Gone(Guid workerId);
}

/// <summary>
/// Notices that instructions or golden gates of a project changed, and tells those at work on it. One comparison of work versions a round for all projects of the process, so the
/// cost does not grow with answers; each process tells its own workers, so many a round and the rest in the next.
/// </summary>
public sealed class ProjectWatch(ProjectCatalog catalog, IActors actors) : IAtWork
{
    /// <summary>How often <see cref="LookAsync"/> is to be called.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);

    private const int ToldPerRound = 500;

    /// <summary>Whoever finds no room is told by the next standing and the next task.</summary>
    private const int DueMax = 50_000;

    private readonly ConcurrentDictionary<Guid, IReadOnlyList<Guid>> _here = new();
    private readonly Dictionary<Guid, Picture> _pictures = [];
    private readonly Queue<(Guid WorkerId, Guid ProjectId, string? Gates, string? Instructions)> _due = new();

    private sealed record GatePicture(string Name, int Version, bool HasGate);

    private sealed record Picture(ProjectRecord? Record, IReadOnlyDictionary<Guid, GatePicture> Gates);

    /// <inheritdoc/>
    public void Here(Guid workerId, IReadOnlyList<Guid> projects) => _here[workerId] = projects;

    /// <inheritdoc/>
    public void Gone(Guid workerId) => _here.TryRemove(workerId, out _);

    /// <summary>Looks once, and tells some of those who are to be told.</summary>
    public async Task LookAsync()
    {
        var byProject = _here.SelectMany(worker => worker.Value, (worker, projectId) => (ProjectId: projectId, WorkerId: worker.Key)).ToLookup(pair => pair.ProjectId, pair => pair.WorkerId);
        foreach (var gone in _pictures.Keys.Where(projectId => !byProject.Contains(projectId)).ToArray()) _pictures.Remove(gone);
        if (byProject.Count > 0) await catalog.RefreshAsync([.. byProject.Select(project => project.Key)]);
        foreach (var project in byProject)
        {
            var now = PictureOf(project.Key);
            if (_pictures.TryGetValue(project.Key, out var before)) Compare(project.Key, before, now, project);
            _pictures[project.Key] = now;
        }

        for (var told = 0; told < ToldPerRound && _due.TryDequeue(out var due); told++) _ = actors.Worker(due.WorkerId).ProjectMoved(due.ProjectId, due.Gates, due.Instructions);
    }

    private Picture PictureOf(Guid projectId) => new(
        catalog.KnownProject(projectId)?.Record,
        catalog.Snapshot(projectId)?.Golden.ToDictionary(batch => batch.BatchId, batch => new GatePicture(batch.Name, batch.GateVersion, batch.Gate is not null)) ?? []);

    private void Compare(Guid projectId, Picture before, Picture now, IEnumerable<Guid> workers)
    {
        var gates = string.Join(" ", now.Gates.Select(gate => About(before.Gates.GetValueOrDefault(gate.Key), gate.Value)).OfType<string>());
        var instructions = before.Record is { } was && now.Record is { } isNow ? AboutInstructions(was, isNow) : null;
        if (gates.Length == 0 && instructions is null) return;
        foreach (var workerId in workers)
        {
            if (_due.Count >= DueMax) return;
            _due.Enqueue((workerId, projectId, gates.Length == 0 ? null : gates, instructions));
        }
    }

    private static string? About(GatePicture? before, GatePicture now)
    {
        if (before is null) return now.HasGate ? $"Golden batch '{now.Name}' is open now, to those who pass its gate." : null;
        if (before.Version == now.Version) return null;
        if (!now.HasGate) return $"The gate of golden batch '{now.Name}' was removed: it is open to nobody until there is another.";
        return before.HasGate ? $"The gate of golden batch '{now.Name}' was changed." : $"Golden batch '{now.Name}' has a gate now.";
    }

    private static string? AboutInstructions(ProjectRecord before, ProjectRecord now)
    {
        if (before.Version == now.Version) return null;
        if (before.Instructions != now.Instructions) return $"The instructions of '{now.Name}' were changed. Please read them; what you hold stays yours.";
        return before.FormSettings != now.FormSettings || before.Name != now.Name ? $"Project '{now.Name}' was changed." : null;
    }
}

/// <summary>Calls <see cref="ProjectWatch.LookAsync"/> again and again.</summary>
public sealed class ProjectWatchService(ProjectWatch watch, TimeProvider time, ILogger<ProjectWatchService> logger) : SteadyService(ProjectWatch.Period, time, logger)
{
    /// <inheritdoc/>
    protected override Task RoundAsync(CancellationToken stopping) => watch.LookAsync();
}
