using Dispatch.Contracts;
using Dispatch.Contracts.Quality;
using Dispatch.Storage;

namespace Dispatch.TestKit.Model;

/// <summary>Reviews and disputes.</summary>
public sealed partial class ModelStore
{
    private sealed class ModelReview
    {
        public required NewReview Asked { get; init; }
        public required DateTimeOffset CreatedAt { get; init; }
        public ReviewDecision? Decision { get; set; }
        public DateTimeOffset? DecidedAt { get; set; }
    }

    private readonly List<ModelReview> _reviews = [];
    private readonly List<DisputeRow> _disputes = [];

    public Task<Page<ReviewRow>> ListReviewsAsync(Guid projectId, Guid? batchId, Guid? reviewerId, PageCursor? from, int limit, CancellationToken cancellation) => Task.FromResult(PageOf(
        _reviews.Where(review => review.Decision is null && (reviewerId is not { } reviewer || MayDecide(review, reviewer))).Select(Row)
            .Where(row => row.ProjectId == projectId && (batchId is null || row.BatchId == batchId)),
        from,
        limit));

    public Task<IReadOnlyList<ReviewRow>> LoadReviewsAsync(Guid assignmentId, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<ReviewRow>>([.. _reviews.Where(review => review.Asked.AssignmentId == assignmentId).OrderBy(review => review.Asked.Pass).Select(Row)]);

    public Task<ReviewRow?> GetReviewAsync(Guid reviewId, CancellationToken cancellation) =>
        Task.FromResult(_reviews.Find(review => review.Asked.ReviewId == reviewId) is { } found ? Row(found) : null);

    public Task AppendReviewsAsync(IReadOnlyList<NewReview> reviews, CancellationToken cancellation)
    {
        foreach (var review in reviews) Append(review);
        return Task.CompletedTask;
    }

    public Task<ApplyOutcome> DecideReviewAsync(ReviewDecision decision, Operation operation, CancellationToken cancellation) => Task.FromResult(Apply(operation, () =>
    {
        if (_reviews.Find(review => review.Asked.ReviewId == decision.ReviewId) is not { } review) return ApplyStatus.NotFound;
        if (review.Decision is not null || !MayDecide(review, decision.ReviewerId)) return ApplyStatus.InvalidState;
        (review.Decision, review.DecidedAt) = (decision, Now);
        Decide(decision, _assignments[review.Asked.AssignmentId], operation.Reason);
        AppendOutbox(decision.Evidence);
        if (decision.NextPass is { } next) Append(next);
        return ApplyStatus.Applied;
    }));

    private void Decide(ReviewDecision decision, ModelAssignment held, string? reason)
    {
        var (task, batch) = (held.Task, _batches[held.Task.BatchId]);
        var rejects = decision.Verdict is ReviewVerdict.RejectRequeue or ReviewVerdict.RejectRemove;
        held.State = rejects ? AssignmentState.Rejected : AssignmentState.Approved;
        if (decision.Verdict == ReviewVerdict.FixAndApprove)
        {
            var answer = AnswersOf(task).Single(row => row.Assignment == held);
            (answer.FixedAnswer, answer.Vote) = (decision.FixedAnswer, decision.FixedVote);
        }

        if (!held.Counted || decision.Verdict == ReviewVerdict.Approve) return;
        if (rejects) held.Counted = false;
        if (!task.IsControl)
        {
            if (rejects) batch.Answers--;
            if (task.Counted == 0) task.Verdict = null;
            task.Judged = false;
            if (decision.Verdict == ReviewVerdict.RejectRequeue) AskAgain(task, batch);
            if (decision.Verdict == ReviewVerdict.RejectRemove) TakeSlotAway(held, batch, reason);
        }

        TakeOver(task.BatchId);
        Changed?.Invoke(task);
    }

    private void AskAgain(ModelTask task, ModelBatch batch)
    {
        if (task.State != TaskState.Completed || task.Counted >= task.Overlap) return;
        SetState(task, TaskState.Open);
        task.QueuedAt = Now;
        batch.Completed--;
    }

    private void TakeSlotAway(ModelAssignment rejected, ModelBatch batch, string? reason)
    {
        var task = rejected.Task;
        if (rejected.Slot >= task.Overlap) return;
        if (task.Overlap > 1)
        {
            foreach (var last in task.Assignments.Where(held => held.Slot == task.Overlap - 1 && (held.IsActive || held.Counted))) last.Slot = rejected.Slot;
            task.Overlap--;
            return;
        }

        if (task.Counted > 0 || task.State == TaskState.Canceled) return;
        if (task.State == TaskState.Completed) batch.Completed--;
        if (task.State == TaskState.DeadLetter) batch.Dead--;
        CancelTask(task, reason, []);
        batch.Canceled++;
    }

    public Task<ApplyOutcome> OpenDisputeAsync(DisputeRow dispute, Operation operation, CancellationToken cancellation) => Task.FromResult(Apply(operation, () =>
    {
        if (_workers.GetValueOrDefault(dispute.WorkerId)?.Evaluations.Exists(row => row.Source == dispute.Source && row.ProjectId == dispute.ProjectId && row.AssignmentId == dispute.AssignmentId) != true) return ApplyStatus.NotFound;
        if (_disputes.Exists(other => other.WorkerId == dispute.WorkerId && other.Source == dispute.Source)) return ApplyStatus.Duplicate;
        _disputes.Add(dispute with { State = DisputeState.Open, Resolution = null, ResolverId = null, CreatedAt = Now, DecidedAt = null });
        return ApplyStatus.Applied;
    }));

    public Task<ApplyOutcome> DecideDisputeAsync(Guid disputeId, DisputeState state, string resolution, Operation operation, CancellationToken cancellation) => Task.FromResult(Apply(operation, () =>
    {
        var index = _disputes.FindIndex(row => row.DisputeId == disputeId);
        if (index < 0) return ApplyStatus.NotFound;
        if (_disputes[index].State != DisputeState.Open) return ApplyStatus.InvalidState;
        var dispute = _disputes[index] = _disputes[index] with { State = state, Resolution = resolution, ResolverId = operation.ActorId, DecidedAt = Now };
        if (state == DisputeState.Upheld) AppendOutbox([new OutboxEvaluation(dispute.WorkerId, $"dispute:{disputeId:D}", dispute.ProjectId, EvidenceKinds.Mask, 0, 0, dispute.AssignmentId, dispute.Source)]);
        return ApplyStatus.Applied;
    }));

    public Task<Page<DisputeRow>> ListDisputesAsync(Guid? projectId, Guid? workerId, bool openOnly, PageCursor? from, int limit, CancellationToken cancellation) => Task.FromResult(PageOf(
        _disputes.Where(row => (projectId is null || row.ProjectId == projectId) && (workerId is null || row.WorkerId == workerId) && (!openOnly || row.State == DisputeState.Open)),
        from,
        limit));

    public Task<DisputeRow?> GetDisputeAsync(Guid disputeId, CancellationToken cancellation) => Task.FromResult(_disputes.Find(row => row.DisputeId == disputeId));

    private bool MayDecide(ModelReview review, Guid reviewerId) =>
        _assignments[review.Asked.AssignmentId].WorkerId != reviewerId &&
        !_reviews.Exists(other => other.Asked.AssignmentId == review.Asked.AssignmentId && other.Decision?.ReviewerId == reviewerId);

    private void Append(NewReview review)
    {
        if (!_batches.Values.SelectMany(batch => batch.AnswerRows).Any(answer => answer.Assignment.AssignmentId == review.AssignmentId)) return;
        if (_reviews.Exists(other => other.Asked.ReviewId == review.ReviewId || (other.Asked.AssignmentId == review.AssignmentId && other.Asked.Pass == review.Pass))) return;
        _reviews.Add(new ModelReview { Asked = review, CreatedAt = Now });
    }

    private ReviewRow Row(ModelReview review)
    {
        var held = _assignments[review.Asked.AssignmentId];
        var answer = AnswersOf(held.Task).Single(row => row.Assignment == held);
        return new ReviewRow
        {
            ReviewId = review.Asked.ReviewId,
            AssignmentId = held.AssignmentId,
            ProjectId = _batches[held.Task.BatchId].Record.ProjectId,
            BatchId = held.Task.BatchId,
            TaskId = held.Task.TaskId,
            TaskKey = held.Task.Key,
            WorkerId = held.WorkerId,
            Cause = review.Asked.Cause,
            Pass = review.Asked.Pass,
            Content = held.Task.Content,
            Answer = answer.Answer,
            Counted = held.Counted,
            SubmittedAt = answer.SubmittedAt,
            CreatedAt = review.CreatedAt,
            ReviewerId = review.Decision?.ReviewerId,
            Verdict = review.Decision?.Verdict ?? ReviewVerdict.Unspecified,
            Score = review.Decision?.Score,
            FixedAnswer = review.Decision?.FixedAnswer,
            Note = review.Decision?.Note,
            DecidedAt = review.DecidedAt,
        };
    }
}
