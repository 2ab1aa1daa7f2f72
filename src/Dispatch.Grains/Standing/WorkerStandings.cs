using Dispatch.Engine.Quality;
using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>
/// A worker's standings in all projects, brought up to the committed rows. Every read is incremental: from a snapshot, or from where the folds
/// stand. A mask goes back to a checkpoint before the masked row and replays.
/// </summary>
/// <param name="workerId">The worker.</param>
/// <param name="store">The rows.</param>
/// <param name="catalog">Whose discounts count.</param>
/// <param name="snapshots">Where folds are kept.</param>
/// <param name="brought">A snapshot from the life before, newer than what is kept; null when there is none.</param>
internal sealed class WorkerStandings(Guid workerId, IEvidenceStore store, ProjectCatalog catalog, IStandingSnapshots snapshots, string? brought = null)
{
    private const int PageSize = 5_000;
    private readonly Dictionary<Guid, ProjectStanding> _projects = [];
    private bool _loaded;

    public IEnumerable<ProjectStanding> All => _projects.Values;

    /// <summary>The standing in a project; begins an empty one.</summary>
    public ProjectStanding Of(Guid projectId)
    {
        if (!_projects.TryGetValue(projectId, out var standing)) _projects.Add(projectId, standing = new ProjectStanding(workerId, projectId, DiscountOf(projectId)));
        return standing;
    }

    /// <summary>Brings every fold up to what is committed.</summary>
    /// <param name="lastSequences">Last evaluation of each project, where known: a fold that is there already is not read for.</param>
    /// <param name="lastAnswerId">The worker's last answer, where known: when it is settled everywhere, no handling times are read.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <returns>Rows that were folded anew, in order.</returns>
    public async Task<IReadOnlyList<EvaluationRow>> CatchUpAsync(IReadOnlyDictionary<Guid, long> lastSequences, long? lastAnswerId, CancellationToken cancellation)
    {
        if (!_loaded)
        {
            foreach (var snapshot in StandingSnapshot.Read(brought ?? await snapshots.LoadAsync()))
            {
                if (snapshot.Evidence.Discount == DiscountOf(snapshot.ProjectId)) _projects[snapshot.ProjectId] = ProjectStanding.Restore(workerId, snapshot);
                else Of(snapshot.ProjectId);
            }

            // Unpacked, it is only weight, for as long as the worker stays connected.
            (brought, _loaded) = (null, true);
        }

        ForgetOtherDiscounts();
        var rows = lastSequences.All(last => Of(last.Key).Sequence == last.Value) ? [] : await ReadAsync(Positions(), cancellation);
        foreach (var project in rows.GroupBy(row => row.ProjectId).ToArray()) await FoldAsync(Of(project.Key), [.. project], cancellation);
        if (lastAnswerId is not { } last || (last > 0 && _projects.Count == 0) || _projects.Values.Any(standing => standing.AnswerId != last)) await SettleAsync(cancellation);
        return rows;
    }

    /// <summary>Folds rows that were just stored. They are read from the store only where they do not follow what is folded here.</summary>
    /// <param name="drained">The rows.</param>
    /// <param name="before">Last evaluation of each project before them.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <returns>Rows that were folded anew, in order.</returns>
    public async Task<IReadOnlyList<EvaluationRow>> TakeInAsync(DrainedOutbox drained, IReadOnlyDictionary<Guid, long> before, CancellationToken cancellation)
    {
        if (drained.Rows.Count == 0) return [];
        var byProject = drained.Rows.GroupBy(row => row.ProjectId).ToArray();
        if (!_loaded || HasOtherDiscounts || byProject.Any(project => project.First().Sequence != Of(project.Key).Sequence + 1)) return await CatchUpAsync(drained.LastSequences(before), lastAnswerId: null, cancellation);
        foreach (var project in byProject) await FoldAsync(Of(project.Key), [.. project], cancellation);
        return drained.Rows;
    }

    /// <summary>Keeps what is folded so far.</summary>
    public async Task SaveAsync(CancellationToken cancellation)
    {
        if (!_loaded) return;
        await SettleAsync(cancellation);
        await snapshots.SaveAsync(ToSnapshot()!);
    }

    /// <summary>What is folded so far, as far as handling times were read; null before anything was loaded.</summary>
    public string? ToSnapshot() => _loaded ? new StandingSnapshot(StandingSnapshot.VersionNow, [.. _projects.Values.Select(standing => standing.Snapshot())]).ToJson() : null;

    private async Task FoldAsync(ProjectStanding standing, IReadOnlyList<EvaluationRow> rows, CancellationToken cancellation)
    {
        if (standing.ReplayFrom(rows) is not { } after)
        {
            standing.Apply(rows);
            return;
        }

        // The other projects stay where they are: their rows are not asked for again.
        FoldPosition[] positions = [.. Positions().Where(position => position.ProjectId != standing.ProjectId), new FoldPosition(standing.ProjectId, after, standing.AnswerId)];
        var again = await ReadAsync(positions, cancellation);
        standing.Replay(after, [.. again.Where(row => row.ProjectId == standing.ProjectId)]);
    }

    private async Task<IReadOnlyList<EvaluationRow>> ReadAsync(IReadOnlyList<FoldPosition> after, CancellationToken cancellation)
    {
        List<EvaluationRow> rows = [];
        var positions = after.ToDictionary(position => position.ProjectId);
        while (true)
        {
            var page = await store.LoadEvaluationsAsync(workerId, [.. positions.Values], PageSize, cancellation);
            rows.AddRange(page);
            if (page.Count < PageSize) return rows;
            foreach (var row in page) positions[row.ProjectId] = new FoldPosition(row.ProjectId, row.Sequence, 0);
        }
    }

    private async Task SettleAsync(CancellationToken cancellation)
    {
        List<HandlingRow> rows = [];
        var first = _projects.Values.Select(standing => standing.AnswerId).DefaultIfEmpty().Min();
        while (true)
        {
            var page = await store.LoadHandlingAsync(workerId, rows.Count == 0 ? first : rows[^1].AnswerId, PageSize, cancellation);
            rows.AddRange(page);
            if (page.Count < PageSize) break;
        }

        // All come as far as the last of all, so that the next time is read from there, however long ago a project was worked in.
        var last = rows.Select(row => row.AnswerId).Concat(_projects.Values.Select(standing => standing.AnswerId)).DefaultIfEmpty().Max();
        var byProject = rows.ToLookup(row => row.ProjectId);
        foreach (var projectId in _projects.Keys.Union(byProject.Select(project => project.Key)).ToArray())
        {
            var standing = Of(projectId);
            standing.Settle([.. byProject[projectId].Where(row => row.AnswerId > standing.AnswerId)], last);
        }
    }

    private IReadOnlyList<FoldPosition> Positions() => [.. _projects.Values.Select(standing => standing.Position)];

    /// <summary>Under another discount a fold says nothing: it is begun again from the first row.</summary>
    private void ForgetOtherDiscounts()
    {
        foreach (var standing in _projects.Values.Where(standing => standing.Discount != DiscountOf(standing.ProjectId)).ToArray())
        {
            // Begun anew and not left out, so that its answers are read from the first, too.
            _projects[standing.ProjectId] = new ProjectStanding(workerId, standing.ProjectId, DiscountOf(standing.ProjectId)).Continuing(standing);
        }
    }

    private bool HasOtherDiscounts => _projects.Values.Any(standing => standing.Discount != DiscountOf(standing.ProjectId));

    private double DiscountOf(Guid projectId) => catalog.KnownProject(projectId)?.Record.Quality.Discount ?? new Contracts.Policies.QualityPolicy().Discount;
}
