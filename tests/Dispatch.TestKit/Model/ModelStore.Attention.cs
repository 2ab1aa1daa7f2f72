using Dispatch.Contracts.Quality;
using Dispatch.Storage;

namespace Dispatch.TestKit.Model;

/// <summary>What quality rules ask supervisors to look at.</summary>
public sealed partial class ModelStore
{
    public Task<Page<ListedRestriction>> ListRestrictionsAsync(Guid projectId, bool openOnly, PageCursor? from, int limit, CancellationToken cancellation)
    {
        var (at, id) = RestrictionCursor.Read(from);
        return Task.FromResult(RestrictionCursor.Page(
            [.. NewestFirst(projectId, openOnly).Where(row => (row.CreatedAt, row.RestrictionId.ToString("D")).CompareTo((at, id.ToString("D"))) < 0).Take(limit + 1).Select(row => Listed(row, counts: true))],
            limit));
    }

    public Task<OpenRestrictions> CountOpenRestrictionsAsync(Guid projectId, int newest, CancellationToken cancellation)
    {
        var open = NewestFirst(projectId, openOnly: true).ToArray();
        return Task.FromResult(new OpenRestrictions(Math.Min(open.Length, OpenRestrictions.CountedAtMost), [.. open.Take(newest).Select(row => Listed(row, counts: false))]));
    }

    public Task<RestrictionRow?> GetRestrictionAsync(Guid restrictionId, CancellationToken cancellation) =>
        Task.FromResult(_restrictions.Find(row => row.RestrictionId == restrictionId));

    public Task<ApplyOutcome> AcknowledgeFlagAsync(Guid restrictionId, Operation operation, CancellationToken cancellation) => Task.FromResult(Apply(operation, () =>
    {
        var index = _restrictions.FindIndex(row => row.RestrictionId == restrictionId);
        if (index < 0) return ApplyStatus.NotFound;
        if (_restrictions[index] is not { Action: QualityAction.AttentionFlag, LiftedAt: null, AcknowledgedAt: null }) return ApplyStatus.InvalidState;
        _restrictions[index] = _restrictions[index] with { AcknowledgedAt = Now };
        return ApplyStatus.Applied;
    }));

    private IEnumerable<RestrictionRow> NewestFirst(Guid projectId, bool openOnly) => _restrictions
        .Where(row => row.ProjectId == projectId && (!openOnly || IsOpen(row)))
        .OrderByDescending(row => row.CreatedAt).ThenByDescending(row => row.RestrictionId.ToString("D"), StringComparer.Ordinal);

    private bool IsOpen(RestrictionRow row) => row.LiftedAt is null && (row.Action == QualityAction.AttentionFlag ? row.AcknowledgedAt is null : IsInForce(row));

    private ListedRestriction Listed(RestrictionRow row, bool counts) => new(
        row,
        _workers.GetValueOrDefault(row.WorkerId)?.Record.DisplayName ?? "",
        IsOpen(row),
        counts ? Math.Min(RestingOn(row).Count(), ListedRestriction.CountedAtMost) : 0);

    private IEnumerable<ModelAssignment> RestingOn(RestrictionRow row) => _tasks.Values
        .Where(task => !task.IsControl && (row.BatchId is null || task.BatchId == row.BatchId))
        .Where(task => _batches[task.BatchId].Record is var batch && batch.ProjectId == row.ProjectId && batch.Purpose == BatchPurpose.Work)
        .SelectMany(task => task.Assignments.Where(held => held.WorkerId == row.WorkerId && held.Counted));
}
