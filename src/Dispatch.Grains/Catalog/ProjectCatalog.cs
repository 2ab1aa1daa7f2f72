using System.Collections.Concurrent;
using Dispatch.Contracts.Policies;
using Dispatch.Engine.Forms;
using Dispatch.Engine.Matching;
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
public sealed class OpenBatches
{
    private static readonly Requirements Anybody = Requirements.None;
    private readonly Dictionary<Guid, (int Index, Requirements Requirements)> _byId = [];

    /// <summary>A snapshot.</summary>
    /// <param name="workVersion">The version at which they were read.</param>
    /// <param name="batches">The batches, in any order.</param>
    /// <param name="policy">Orders them.</param>
    public OpenBatches(long workVersion, IReadOnlyList<BatchRecord> batches, DispatchPolicy policy)
    {
        WorkVersion = workVersion;
        var order = BatchRanking.Order([.. batches.Select(batch => new RankedBatch(batch.BatchId, batch.Tier, batch.Priority, batch.CreatedAt))], policy.BatchOrder, policy.AgeingPerHour);
        Batches = [.. order.Select(index => batches[index])];
        for (var i = 0; i < Batches.Count; i++) _byId[Batches[i].BatchId] = (i, Requirements.From(Batches[i].Requires));
    }

    /// <summary>The version at which they were read.</summary>
    public long WorkVersion { get; }

    /// <summary>The batches, best first.</summary>
    public IReadOnlyList<BatchRecord> Batches { get; }

    /// <summary>One of them; null when it is not open.</summary>
    /// <param name="batchId">The batch.</param>
    public BatchRecord? Find(Guid batchId) => _byId.TryGetValue(batchId, out var entry) ? Batches[entry.Index] : null;

    /// <summary>What a batch asks of a worker.</summary>
    /// <param name="batchId">The batch.</param>
    public Requirements RequirementsOf(Guid batchId) => _byId.TryGetValue(batchId, out var entry) ? entry.Requirements : Anybody;

    /// <summary>Whom the matchmaker asks: everybody, where a rule may relax what the selectors say.</summary>
    /// <param name="batch">The batch.</param>
    public Requirements AskedOf(BatchRecord batch) => batch.Rules.Any(rule => rule.Action == RuleAction.Relax) ? Anybody : RequirementsOf(batch.BatchId);

    /// <summary>Index of the batch after the given one, for taking turns.</summary>
    /// <param name="batchId">The batch.</param>
    public int IndexAfter(Guid batchId) => _byId.TryGetValue(batchId, out var entry) ? (entry.Index + 1) % Batches.Count : 0;
}

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
        return Add(record);
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
        return _projects.TryGetValue(projectId, out var known) && known.Record.Version == record.Version ? known : Add(record);
    }

    private ProjectView Add(ProjectRecord record)
    {
        var compiled = forms.Compile(record.FormType, record.FormSettings, record.Binding).Form
            ?? throw new InvalidOperationException($"The stored form of project {record.ProjectId} does not compile; it was written by a newer version.");
        return _projects[record.ProjectId] = new ProjectView(record, compiled);
    }
}
