using System.Collections.Concurrent;
using Dispatch.Engine.Forms;
using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>A project as grains use it: the record with its compiled form.</summary>
/// <param name="Record">The record.</param>
/// <param name="Form">The form.</param>
public sealed record ProjectView(ProjectRecord Record, ICompiledForm Form);

/// <summary>
/// The open batches of a project in the order in which they are handed out, at a work version. Immutable: readers keep the
/// snapshot they took, and a new one replaces it.
/// </summary>
/// <param name="WorkVersion">The version at which they were read.</param>
/// <param name="Batches">The batches.</param>
public sealed record OpenBatches(long WorkVersion, IReadOnlyList<BatchRecord> Batches);

/// <summary>
/// Per process: projects, their compiled forms and their open batches. <see cref="RefreshAsync"/> compares work versions and
/// reads again only what changed.
/// </summary>
public sealed class ProjectCatalog(IDispatchStore store, FormCatalog forms)
{
    /// <summary>Open batches of one project that are considered at once.</summary>
    public const int OpenBatchesMax = 2_000;

    private readonly ConcurrentDictionary<Guid, ProjectView> _projects = new();
    private readonly ConcurrentDictionary<Guid, OpenBatches> _open = new();

    /// <summary>A project; null when there is none.</summary>
    /// <param name="projectId">The project.</param>
    public async ValueTask<ProjectView?> GetProjectAsync(Guid projectId)
    {
        if (_projects.TryGetValue(projectId, out var known)) return known;
        var record = await store.GetProjectAsync(projectId, CancellationToken.None);
        if (record is null) return null;
        var compiled = forms.Compile(record.FormType, record.FormSettings, record.Binding).Form
            ?? throw new InvalidOperationException($"The stored form of project {projectId} does not compile; it was written by a newer version.");
        return _projects[projectId] = new ProjectView(record, compiled);
    }

    /// <summary>A project if it is known here; <see cref="GetProjectAsync"/> makes it known.</summary>
    /// <param name="projectId">The project.</param>
    public ProjectView? KnownProject(Guid projectId) => _projects.GetValueOrDefault(projectId);

    /// <summary>The last snapshot of open batches; null when none was read yet.</summary>
    /// <param name="projectId">The project.</param>
    public OpenBatches? Snapshot(Guid projectId) => _open.GetValueOrDefault(projectId);

    /// <summary>Compares work versions in one query and reads the open batches of those that changed.</summary>
    /// <param name="projectIds">The projects.</param>
    /// <returns>Those that changed.</returns>
    public async Task<IReadOnlyList<Guid>> RefreshAsync(IReadOnlyCollection<Guid> projectIds)
    {
        if (projectIds.Count == 0) return [];
        var versions = await store.ReadWorkVersionsAsync(projectIds, CancellationToken.None);
        List<Guid> changed = [];
        foreach (var (projectId, version) in versions)
        {
            if (_open.TryGetValue(projectId, out var open) && open.WorkVersion == version) continue;

            // The version is read before the batches: what commits in between is read again at the next comparison, never missed.
            var batches = await store.ListOpenBatchesAsync(projectId, OpenBatchesMax, CancellationToken.None);
            _open[projectId] = new OpenBatches(version, batches);
            changed.Add(projectId);
        }

        return changed;
    }

    /// <summary>Forgets a project, so that it is read again.</summary>
    /// <param name="projectId">The project.</param>
    public void Forget(Guid projectId) => _projects.TryRemove(projectId, out _);
}
