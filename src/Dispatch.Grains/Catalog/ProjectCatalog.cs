using System.Collections.Concurrent;
using Dispatch.Contracts.Policies;
using Dispatch.Engine.Forms;
using Dispatch.Engine.Matching;
using Dispatch.Engine.Quality;
using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>A project as grains use it: the record with its compiled form.</summary>
/// <param name="Record">The record.</param>
/// <param name="Form">The form.</param>
public sealed record ProjectView(ProjectRecord Record, ICompiledForm Form);

/// <summary>
/// Per process: projects, their compiled forms and their open batches. <see cref="RefreshAsync(IReadOnlyCollection{Guid})"/> compares work versions and
/// reads again only what changed.
/// </summary>
public sealed class ProjectCatalog(IDispatchStore store, FormCatalog forms)
{
    /// <summary>Open batches of one project that are considered at once.</summary>
    public const int OpenBatchesMax = 2_000;

    private readonly ConcurrentDictionary<Guid, ProjectView> _projects = new();
    private readonly ConcurrentDictionary<Guid, OpenBatches> _open = new();
    private readonly ConcurrentDictionary<Guid, AccuracyPrior> _priors = new();

    /// <summary>A project; null when there is none.</summary>
    /// <param name="projectId">The project.</param>
    public async ValueTask<ProjectView?> GetProjectAsync(Guid projectId)
    {
        if (_projects.TryGetValue(projectId, out var known)) return known;
        var record = await store.GetProjectAsync(projectId, CancellationToken.None);
        if (record is null) return null;
        await ReadPriorAsync(projectId);
        return Add(record);
    }

    /// <summary>A project if it is known here; <see cref="GetProjectAsync"/> makes it known.</summary>
    /// <param name="projectId">The project.</param>
    public ProjectView? KnownProject(Guid projectId) => _projects.GetValueOrDefault(projectId);

    /// <summary>The last snapshot of open batches; null when none was read yet.</summary>
    /// <param name="projectId">The project.</param>
    public OpenBatches? Snapshot(Guid projectId) => _open.GetValueOrDefault(projectId);

    /// <summary>What is believed of a worker of the project of whom nothing is known: the published prior of the pool, or the policy's until there is one.</summary>
    /// <param name="projectId">A known project.</param>
    public AccuracyPrior PriorOf(Guid projectId)
    {
        if (_priors.TryGetValue(projectId, out var prior)) return prior;
        var quality = KnownProject(projectId)?.Record.Quality ?? new QualityPolicy();
        return new AccuracyPrior(quality.PriorMean, quality.PriorStrength, 0);
    }

    /// <summary>A prior was published. An older one than the known one changes nothing.</summary>
    /// <param name="projectId">The project.</param>
    /// <param name="prior">The prior.</param>
    public void PriorPublished(Guid projectId, AccuracyPrior prior) =>
        _priors.AddOrUpdate(projectId, prior, (_, known) => known.Version > prior.Version ? known : prior);

    /// <summary>Compares work versions in one query and reads the open batches of those that changed.</summary>
    /// <param name="projectIds">The projects.</param>
    /// <returns>Those that changed.</returns>
    public async Task<IReadOnlyList<Guid>> RefreshAsync(IReadOnlyCollection<Guid> projectIds)
    {
        if (projectIds.Count == 0) return [];
        return await RefreshAsync(await store.ReadWorkVersionsAsync(projectIds, CancellationToken.None));
    }

    /// <summary>Reads the open batches of projects whose work version, read just now, is another than the known one.</summary>
    /// <param name="versions">Work version by project.</param>
    /// <returns>Those that changed.</returns>
    public async Task<IReadOnlyList<Guid>> RefreshAsync(IReadOnlyDictionary<Guid, long> versions)
    {
        List<Guid> changed = [];
        foreach (var (projectId, version) in versions)
        {
            if (_open.TryGetValue(projectId, out var open) && open.WorkVersion == version) continue;

            // The version is read before the batches: what commits in between is read again at the next comparison, never missed.
            var batches = await store.ListOpenBatchesAsync(projectId, OpenBatchesMax, CancellationToken.None);
            var project = await RefreshProjectAsync(projectId);
            var policy = project?.Record.Policy ?? new DispatchPolicy();
            _open[projectId] = new OpenBatches(version, batches, policy);
            changed.Add(projectId);
        }

        return changed;
    }

    /// <summary>
    /// A change of the project moves its work version too, so this is where every process hears of it. The old view stays until the new one
    /// replaces it: whoever holds work of the project must never find none.
    /// </summary>
    private async Task<ProjectView?> RefreshProjectAsync(Guid projectId)
    {
        var record = await store.GetProjectAsync(projectId, CancellationToken.None);
        if (record is null) return null;
        await ReadPriorAsync(projectId);
        return _projects.TryGetValue(projectId, out var known) && known.Record.Version == record.Version ? known : Add(record);
    }

    private async Task ReadPriorAsync(Guid projectId)
    {
        if (await store.GetPriorAsync(projectId, CancellationToken.None) is { } row) PriorPublished(projectId, new AccuracyPrior(row.Mean, row.Strength, row.Version));
    }

    private ProjectView Add(ProjectRecord record) => _projects[record.ProjectId] = new ProjectView(record, forms.Compile(record));
}
