namespace Dispatch.Storage;

/// <summary>One committed, counted answer as consensus sees it.</summary>
/// <param name="AssignmentId">The assignment.</param>
/// <param name="WorkerId">Who.</param>
/// <param name="Answer">Canonical answer (JSON); as a reviewer fixed it, where one did.</param>
/// <param name="Vote">Its label, as the form named it; null when the form has none.</param>
/// <param name="Accuracy">The worker's mean accuracy when it was given, stamped with it: so a decision over votes is a function of committed rows alone.</param>
/// <param name="Handling">Handling time.</param>
public sealed record TaskVote(Guid AssignmentId, Guid WorkerId, string Answer, string? Vote, double? Accuracy, TimeSpan Handling);

/// <summary>A completed task that was not judged yet, with its counted answers in order of submission.</summary>
/// <param name="TaskId">The task.</param>
/// <param name="TaskKey">The producer's key.</param>
/// <param name="Content">Canonical content (JSON).</param>
/// <param name="Overlap">Answers it asked for.</param>
/// <param name="IsGold">A control task.</param>
/// <param name="Votes">The answers.</param>
public sealed record UnjudgedTask(long TaskId, string TaskKey, string Content, int Overlap, bool IsGold, IReadOnlyList<TaskVote> Votes);

/// <summary>What the answers of a task come to. Replaced when the task was answered again.</summary>
public sealed record TaskVerdict
{
    /// <summary>The task.</summary>
    public required long TaskId { get; init; }
    /// <summary>Grows with each verdict of the store: the order of the batch's fold. Ignored when written.</summary>
    public long Ordinal { get; init; }
    /// <summary>Aggregate label (JSON or text, as the form says); null when there is none.</summary>
    public string? Label { get; init; }
    /// <summary>Confidence in [0,1].</summary>
    public double? Confidence { get; init; }
    /// <summary>Values of the answers for agreement, JSON: one array per scale of the form.</summary>
    public required string Values { get; init; }
    /// <summary>Answers it rests on.</summary>
    public required int Answers { get; init; }
    /// <summary>When. Ignored when written.</summary>
    public DateTimeOffset JudgedAt { get; init; }
}

/// <summary>
/// Judges completed tasks: stores the verdict and what was learned about the workers (outbox), in the transaction that marks the task judged. With
/// <see cref="AskOneMore"/> instead, the task is opened again with one more slot (never above <see cref="OverlapMax"/>), the completed counter goes back
/// and the work version is bumped. A task that is not completed, or judged already, or is to have a slot more than it may, is left alone: <see cref="CommitStatus.Stale"/>.
/// </summary>
public sealed record JudgeOperation : CommitOperation
{
    /// <summary>The task.</summary>
    public required long TaskId { get; init; }
    /// <summary>Answers the caller saw: a task with another number is left alone (<see cref="CommitStatus.Stale"/>).</summary>
    public required int AnswersSeen { get; init; }
    /// <summary>True: ask for one more answer; the verdict is not stored.</summary>
    public bool AskOneMore { get; init; }
    /// <summary>See the summary.</summary>
    public int OverlapMax { get; init; }
    /// <summary>The verdict; null with <see cref="AskOneMore"/>.</summary>
    public TaskVerdict? Verdict { get; init; }
    /// <summary>What was learned; rows whose (worker, source) is there already are left.</summary>
    public IReadOnlyList<OutboxEvaluation> Evidence { get; init; } = [];
    /// <summary>Answers to be reviewed: (review id, assignment); where one is waiting already, it is left.</summary>
    public IReadOnlyList<NewReview> Reviews { get; init; } = [];
}

/// <summary>A control task (gold, mixed in by rate) as the batch grain keeps it: it is outside the backlog and never completes.</summary>
/// <param name="TaskId">The task.</param>
/// <param name="NextSlot">One more than the highest slot it ever had.</param>
/// <param name="Exposures">Distinct workers who had it.</param>
/// <param name="Retired">Handed out no more.</param>
public sealed record ControlTask(long TaskId, int NextSlot, int Exposures, bool Retired);

/// <summary>How a gold task fares.</summary>
/// <param name="BatchId">Its batch.</param>
/// <param name="TaskId">The task.</param>
/// <param name="TaskKey">The producer's key.</param>
/// <param name="KnownAnswer">Accepted answers (JSON).</param>
/// <param name="Retired">Handed out no more.</param>
/// <param name="Results">Score, and the worker's mean accuracy at the time, of the newest 1,000 unmasked results; oldest first. Without results whose answer has no accuracy stamped.</param>
public sealed record GoldRecord(Guid BatchId, long TaskId, string TaskKey, string KnownAnswer, bool Retired, IReadOnlyList<(double Score, double Accuracy)> Results);

/// <summary>A gold answer that stands, for re-scoring.</summary>
/// <param name="WorkerId">Who.</param>
/// <param name="AssignmentId">The assignment.</param>
/// <param name="Source">Source of the standing evaluation.</param>
/// <param name="Answer">Canonical answer (JSON).</param>
/// <param name="Score">Its present score.</param>
public sealed record GoldAnswerRow(Guid WorkerId, Guid AssignmentId, string Source, string Answer, double Score);
