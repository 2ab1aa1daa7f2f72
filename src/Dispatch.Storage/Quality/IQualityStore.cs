using Dispatch.Contracts.Quality;

namespace Dispatch.Storage;

/// <summary>What is learned about workers: evaluations and what follows from them. Rows are only ever added.</summary>
public interface IEvidenceStore
{
    /// <summary>Evaluations of a worker after the given positions (a project that is not named: from the first), by project and sequence. At most <paramref name="limit"/>; ask again from the last.</summary>
    Task<IReadOnlyList<EvaluationRow>> LoadEvaluationsAsync(Guid workerId, IReadOnlyCollection<FoldPosition> after, int limit, CancellationToken cancellation);

    /// <summary>Answers of a worker in all projects after the one of id <paramref name="after"/> (0: from the first), by answer id. At most <paramref name="limit"/>.</summary>
    Task<IReadOnlyList<HandlingRow>> LoadHandlingAsync(Guid workerId, long after, int limit, CancellationToken cancellation);

    /// <summary>Evaluations of a worker in a project, newest first, for people.</summary>
    Task<Page<EvaluationRow>> ListEvaluationsAsync(Guid workerId, Guid projectId, PageCursor? from, int limit, CancellationToken cancellation);

    /// <summary>All evaluations of a project by (worker, sequence), streamed: for a backtest and for audits.</summary>
    IAsyncEnumerable<EvaluationRow> ExportEvaluationsAsync(Guid projectId, CancellationToken cancellation);

    /// <summary>The present pool prior; null when none was written.</summary>
    Task<PoolPrior?> GetPriorAsync(Guid projectId, CancellationToken cancellation);

    /// <summary>Writes version <paramref name="prior"/>.Version where the present one is the version before it; else nothing. Returns the present one; the first version is 1.</summary>
    Task<PoolPrior> AppendPriorAsync(PoolPrior prior, CancellationToken cancellation);

    /// <summary>Workers with outbox rows older than <paramref name="age"/>: somebody has to wake their grains.</summary>
    Task<IReadOnlyList<Guid>> ListStaleOutboxAsync(TimeSpan age, int limit, CancellationToken cancellation);

    /// <summary>Puts actions of rules in force; a row whose (worker, project, rule, sequence) is there already is left. Returns those stored, with their times.</summary>
    Task<IReadOnlyList<RestrictionRow>> AppendRestrictionsAsync(IReadOnlyList<RestrictionRow> rows, CancellationToken cancellation);

    /// <summary>Actions in force on a worker, oldest first (not ended, not lifted).</summary>
    Task<IReadOnlyList<RestrictionRow>> LoadRestrictionsAsync(Guid workerId, CancellationToken cancellation);

    /// <summary>Lifts one; bumps the work version of its project. <see cref="ApplyStatus.NotFound"/>, <see cref="ApplyStatus.InvalidState"/> when it is not in force.</summary>
    Task<ApplyOutcome> LiftRestrictionAsync(Guid restrictionId, Operation operation, CancellationToken cancellation);
}

/// <summary>Verdicts over tasks, and gold.</summary>
public interface IVerdictStore
{
    /// <summary>Completed tasks of a batch without a verdict, oldest first, with their counted answers; control tasks apart.</summary>
    Task<IReadOnlyList<UnjudgedTask>> ListUnjudgedAsync(Guid batchId, int limit, CancellationToken cancellation);

    /// <summary>Verdicts of a batch after an ordinal, in order.</summary>
    Task<IReadOnlyList<TaskVerdict>> LoadVerdictsAsync(Guid batchId, long afterOrdinal, int limit, CancellationToken cancellation);

    /// <summary>Verdicts with key and content, streamed by task: the aggregated export.</summary>
    IAsyncEnumerable<(string TaskKey, string Content, TaskVerdict Verdict)> ExportVerdictsAsync(Guid batchId, CancellationToken cancellation);

    /// <summary>Control tasks of a batch by task id.</summary>
    Task<IReadOnlyList<ControlTask>> LoadControlsAsync(Guid batchId, CancellationToken cancellation);

    /// <summary>Control tasks of a batch that the worker ever had, in any state.</summary>
    Task<IReadOnlyList<long>> LoadControlsSeenAsync(Guid batchId, Guid workerId, CancellationToken cancellation);

    /// <summary>Gold tasks of a project (of one batch when given) with their results, by task id.</summary>
    Task<Page<GoldRecord>> ListGoldAsync(Guid projectId, Guid? batchId, PageCursor? from, int limit, CancellationToken cancellation);

    /// <summary>Retires a gold task, or brings it back: while it is retired, nobody is handed it. <see cref="ApplyStatus.NotFound"/>; <see cref="ApplyStatus.InvalidState"/> when it is not gold. Takes the ownership of the batch, as supervisors' commands do.</summary>
    Task<ApplyOutcome> RetireGoldAsync(Guid batchId, string taskKey, bool retired, Operation operation, CancellationToken cancellation);

    /// <summary>
    /// Replaces the accepted answers of a gold task (its known version grows by one, and the ownership of the batch is taken). From then on a submit scored by an
    /// older version is refused as <see cref="CommitStatus.WorkerBusy"/>, so nothing more is scored by it; what was is listed by <see cref="ListGoldAnswersAsync"/>.
    /// </summary>
    Task<ApplyOutcome> CorrectGoldAsync(Guid batchId, string taskKey, string knownAnswer, Operation operation, CancellationToken cancellation);

    /// <summary>Standing (unmasked) gold evaluations of a task with the answers they judge.</summary>
    Task<IReadOnlyList<GoldAnswerRow>> ListGoldAnswersAsync(Guid batchId, string taskKey, CancellationToken cancellation);
}

/// <summary>Reviews and disputes.</summary>
public interface IReviewStore
{
    /// <summary>Waiting reviews of a project (of one batch when given), oldest first; without those that <paramref name="reviewerId"/> may not decide.</summary>
    Task<Page<ReviewRow>> ListReviewsAsync(Guid projectId, Guid? batchId, Guid? reviewerId, PageCursor? from, int limit, CancellationToken cancellation);

    /// <summary>Reviews of one assignment, by pass.</summary>
    Task<IReadOnlyList<ReviewRow>> LoadReviewsAsync(Guid assignmentId, CancellationToken cancellation);

    /// <summary>One; null when there is none.</summary>
    Task<ReviewRow?> GetReviewAsync(Guid reviewId, CancellationToken cancellation);

    /// <summary>Who decided reviews of a project, and how they fare; most reviews first, then by id. A gap between two decisions over <paramref name="gapMax"/> is a pause.</summary>
    Task<IReadOnlyList<ReviewerRow>> ListReviewersAsync(Guid projectId, TimeSpan gapMax, int limit, CancellationToken cancellation);

    /// <summary>Puts answers before reviewers; one whose (assignment, pass) is there already is left.</summary>
    Task AppendReviewsAsync(IReadOnlyList<NewReview> reviews, CancellationToken cancellation);

    /// <summary>
    /// Decides a review in one transaction with its effect: the assignment becomes Approved or Rejected, a rejected answer stops counting, its slot is free again (requeue:
    /// the task is open again and not for the same worker) or gone (remove: the overlap shrinks by one; a task with no slot left is canceled); a kept-aside answer that is
    /// approved stays uncounted. Where a slot is gone, whoever has the last one moves to its number: slots stay without a gap. A counted answer that was fixed or rejected
    /// marks the task unjudged and takes the ownership of the batch; its old verdict stays until it is replaced, and goes when no answer is left. Evidence goes to the outbox.
    /// <see cref="ApplyStatus.NotFound"/>; <see cref="ApplyStatus.InvalidState"/> when it is decided, or the reviewer may not.
    /// </summary>
    Task<ApplyOutcome> DecideReviewAsync(ReviewDecision decision, Operation operation, CancellationToken cancellation);

    /// <summary>Opens a dispute. <see cref="ApplyStatus.NotFound"/> when the worker has no such evaluation of that assignment in that project; <see cref="ApplyStatus.Duplicate"/> when it was disputed before.</summary>
    Task<ApplyOutcome> OpenDisputeAsync(DisputeRow dispute, Operation operation, CancellationToken cancellation);

    /// <summary>Decides one; upheld, a mask of the evaluation goes to the outbox in the same transaction. <see cref="ApplyStatus.InvalidState"/> when it is decided.</summary>
    Task<ApplyOutcome> DecideDisputeAsync(Guid disputeId, DisputeState state, string resolution, Operation operation, CancellationToken cancellation);

    /// <summary>Disputes of a project, of a worker, or both; open ones only when asked; oldest first.</summary>
    Task<Page<DisputeRow>> ListDisputesAsync(Guid? projectId, Guid? workerId, bool openOnly, PageCursor? from, int limit, CancellationToken cancellation);

    /// <summary>One; null when there is none.</summary>
    Task<DisputeRow?> GetDisputeAsync(Guid disputeId, CancellationToken cancellation);
}

/// <summary>The board and the gates.</summary>
public interface IStandingStore
{
    /// <summary>Stores absolute totals, many in one statement; a row with an older (sequence, answer id) is left.</summary>
    Task SaveTotalsAsync(IReadOnlyList<StandingTotals> totals, CancellationToken cancellation);

    /// <summary>The board of a project, from one query, streamed.</summary>
    IAsyncEnumerable<BoardRow> LoadBoardAsync(Guid projectId, CancellationToken cancellation);

    /// <summary>Sets or removes the gate of a golden batch (its version grows, and that of the batch, which <paramref name="expectedVersion"/> is about). <see cref="ApplyStatus.InvalidState"/> when it is not golden. Bumps the work version.</summary>
    Task<ApplyOutcome> SetGateAsync(Guid batchId, string? gate, int? expectedVersion, Operation operation, CancellationToken cancellation);

    /// <summary>Appends entering and leaving rows.</summary>
    Task AppendGateEventsAsync(IReadOnlyList<GateEvent> events, CancellationToken cancellation);

    /// <summary>The last row per batch of a worker.</summary>
    Task<IReadOnlyList<GateEvent>> LoadMembershipsAsync(Guid workerId, CancellationToken cancellation);

    /// <summary>Rows of a worker or a batch (or both), newest first.</summary>
    Task<Page<GateEvent>> ListGateEventsAsync(Guid? workerId, Guid? batchId, PageCursor? from, int limit, CancellationToken cancellation);

    /// <summary>The stamp stored with a golden assignment; null when it has none (or does not exist).</summary>
    Task<GateStamp?> GetGateStampAsync(Guid assignmentId, CancellationToken cancellation);

    /// <summary>Answers that a worker has in a batch, and those of the batch: for the share guard.</summary>
    Task<(long Worker, long Batch)> CountSharesAsync(Guid batchId, Guid workerId, CancellationToken cancellation);

    /// <summary>The name a worker chose for the public board, and whether others see the worker there.</summary>
    Task<ApplyOutcome> SetBoardNameAsync(Guid workerId, string? name, bool onBoard, Operation operation, CancellationToken cancellation);
}
