using Dispatch.Contracts.Quality;
using Dispatch.Storage;

namespace Dispatch.TestKit.Model;

/// <summary>How reviewers fare.</summary>
public sealed partial class ModelStore
{
    public Task<IReadOnlyList<ReviewerRow>> ListReviewersAsync(Guid projectId, TimeSpan gapMax, int limit, CancellationToken cancellation)
    {
        var decided = _reviews.Where(review => review.Decision is not null && Row(review).ProjectId == projectId).ToArray();
        return Task.FromResult<IReadOnlyList<ReviewerRow>>([.. decided.GroupBy(review => review.Decision!.ReviewerId).Select(own =>
        {
            var worker = _workers.GetValueOrDefault(own.Key);
            var compared = worker?.Evaluations.Where(row => row.ProjectId == projectId && row.Kind == EvidenceKinds.Reviewing).ToArray() ?? [];
            var disputes = own.SelectMany(review => _disputes.Where(dispute =>
                dispute.WorkerId == Row(review).WorkerId && dispute.Source == $"review:{review.Asked.AssignmentId:N}:{review.Asked.Pass}")).ToArray();
            var times = own.Select(review => review.DecidedAt!.Value).Order().ToArray();
            var gaps = times.Zip(times.Skip(1), (before, after) => after - before).Where(gap => gap <= gapMax).ToArray();
            return new ReviewerRow(
                own.Key,
                worker?.Record.DisplayName,
                own.Count(),
                own.Count(review => review.Decision!.Verdict is ReviewVerdict.RejectRequeue or ReviewVerdict.RejectRemove),
                compared.Length,
                compared.Sum(row => row.Score),
                disputes.Length,
                disputes.Count(dispute => dispute.State == DisputeState.Upheld),
                gaps.Length == 0 ? null : TimeSpan.FromTicks((long)gaps.Average(gap => gap.Ticks)));
        }).OrderByDescending(row => row.Reviews).ThenBy(row => row.ReviewerId.ToString("D"), StringComparer.Ordinal).Take(limit)]);
    }
}
