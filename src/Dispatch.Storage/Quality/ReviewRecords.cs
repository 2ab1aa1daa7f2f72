using Dispatch.Contracts.Quality;

namespace Dispatch.Storage;

/// <summary>Puts an answer before a reviewer.</summary>
/// <param name="ReviewId">Id, made by the caller.</param>
/// <param name="AssignmentId">The answer's assignment.</param>
/// <param name="Cause">Why.</param>
/// <param name="Pass">1 for the first look, 2 for the second, 3 for the deciding one. Unique with the assignment.</param>
public sealed record NewReview(Guid ReviewId, Guid AssignmentId, ReviewCause Cause, int Pass = 1);

/// <summary>A review, waiting or decided, with what the reviewer needs to see.</summary>
public sealed record ReviewRow
{
    /// <summary>Id.</summary>
    public required Guid ReviewId { get; init; }
    /// <summary>The answer's assignment.</summary>
    public required Guid AssignmentId { get; init; }
    /// <summary>Project.</summary>
    public required Guid ProjectId { get; init; }
    /// <summary>Batch.</summary>
    public required Guid BatchId { get; init; }
    /// <summary>Task.</summary>
    public required long TaskId { get; init; }
    /// <summary>The producer's key.</summary>
    public required string TaskKey { get; init; }
    /// <summary>Whose answer.</summary>
    public required Guid WorkerId { get; init; }
    /// <summary>Why.</summary>
    public required ReviewCause Cause { get; init; }
    /// <summary>Which look.</summary>
    public required int Pass { get; init; }
    /// <summary>Canonical content (JSON).</summary>
    public required string Content { get; init; }
    /// <summary>Canonical answer (JSON).</summary>
    public required string Answer { get; init; }
    /// <summary>Whether it counts now.</summary>
    public required bool Counted { get; init; }
    /// <summary>Answered.</summary>
    public required DateTimeOffset SubmittedAt { get; init; }
    /// <summary>Put before a reviewer.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
    /// <summary>Who decided; null while it waits.</summary>
    public Guid? ReviewerId { get; init; }
    /// <summary>The verdict.</summary>
    public ReviewVerdict Verdict { get; init; }
    /// <summary>Score in [0,1].</summary>
    public double? Score { get; init; }
    /// <summary>The corrected answer (JSON).</summary>
    public string? FixedAnswer { get; init; }
    /// <summary>What the worker is told.</summary>
    public string? Note { get; init; }
    /// <summary>Decided.</summary>
    public DateTimeOffset? DecidedAt { get; init; }
}

/// <summary>A reviewer's decision.</summary>
public sealed record ReviewDecision
{
    /// <summary>The review.</summary>
    public required Guid ReviewId { get; init; }
    /// <summary>Who; never the worker whose answer it is, nor the reviewer of an earlier pass (<see cref="ApplyStatus.InvalidState"/>).</summary>
    public required Guid ReviewerId { get; init; }
    /// <summary>The verdict.</summary>
    public required ReviewVerdict Verdict { get; init; }
    /// <summary>Score in [0,1].</summary>
    public required double Score { get; init; }
    /// <summary>The corrected answer (JSON) of <see cref="ReviewVerdict.FixAndApprove"/>.</summary>
    public string? FixedAnswer { get; init; }
    /// <summary>Its label, as the form names it.</summary>
    public string? FixedVote { get; init; }
    /// <summary>What the worker is told.</summary>
    public string? Note { get; init; }
    /// <summary>Evidence about the worker (and about earlier reviewers), stored with it.</summary>
    public IReadOnlyList<OutboxEvaluation> Evidence { get; init; } = [];
    /// <summary>A further look at the same answer; null for none.</summary>
    public NewReview? NextPass { get; init; }
}

/// <summary>How a reviewer fares in a project.</summary>
/// <param name="ReviewerId">Who.</param>
/// <param name="Name">Name shown; null when nobody with that id is stored.</param>
/// <param name="Reviews">Reviews decided.</param>
/// <param name="Rejected">Of them, answers rejected.</param>
/// <param name="Compared">Verdicts that a further look was compared with.</param>
/// <param name="Agreed">Of them, those that it agreed with.</param>
/// <param name="Disputed">Verdicts that their worker disputed.</param>
/// <param name="Overturned">Of them, disputes upheld.</param>
/// <param name="MeanGap">Mean time from one decision to the next, leaving out gaps over the asked length; null without any.</param>
public sealed record ReviewerRow(Guid ReviewerId, string? Name, int Reviews, int Rejected, int Compared, double Agreed, int Disputed, int Overturned, TimeSpan? MeanGap);

/// <summary>A dispute.</summary>
public sealed record DisputeRow
{
    /// <summary>Id.</summary>
    public required Guid DisputeId { get; init; }
    /// <summary>Who disputes.</summary>
    public required Guid WorkerId { get; init; }
    /// <summary>Project.</summary>
    public required Guid ProjectId { get; init; }
    /// <summary>The answer's assignment.</summary>
    public required Guid AssignmentId { get; init; }
    /// <summary>Source of the disputed evaluation; a worker disputes each once.</summary>
    public required string Source { get; init; }
    /// <summary>Why, in the worker's words.</summary>
    public required string Reason { get; init; }
    /// <summary>State.</summary>
    public DisputeState State { get; init; } = DisputeState.Open;
    /// <summary>Why it was decided so; shown to the worker.</summary>
    public string? Resolution { get; init; }
    /// <summary>Who decided.</summary>
    public Guid? ResolverId { get; init; }
    /// <summary>Opened. Ignored when written.</summary>
    public DateTimeOffset CreatedAt { get; init; }
    /// <summary>Decided.</summary>
    public DateTimeOffset? DecidedAt { get; init; }
}

/// <summary>An action of a quality rule on a worker, in force until it ends or is lifted.</summary>
public sealed record RestrictionRow
{
    /// <summary>Id, made by the caller.</summary>
    public required Guid RestrictionId { get; init; }
    /// <summary>The worker.</summary>
    public required Guid WorkerId { get; init; }
    /// <summary>The project.</summary>
    public required Guid ProjectId { get; init; }
    /// <summary>The batch; null: the whole project.</summary>
    public Guid? BatchId { get; init; }
    /// <summary>What.</summary>
    public required QualityAction Action { get; init; }
    /// <summary>Rule that did it. Unique with worker, project and <see cref="Sequence"/>.</summary>
    public required string Rule { get; init; }
    /// <summary>Evaluation sequence at which it fired.</summary>
    public required long Sequence { get; init; }
    /// <summary>What the worker is told.</summary>
    public required string Reason { get; init; }
    /// <summary>In force this long from now; null until lifted.</summary>
    public TimeSpan? For { get; init; }
    /// <summary>In force until; null until lifted. Ignored when written.</summary>
    public DateTimeOffset? Until { get; init; }
    /// <summary>Since. Ignored when written.</summary>
    public DateTimeOffset CreatedAt { get; init; }
    /// <summary>Lifted; null when not.</summary>
    public DateTimeOffset? LiftedAt { get; init; }
    /// <summary>When a supervisor looked at the flag; null: not yet, or it is no flag. Set by the store.</summary>
    public DateTimeOffset? AcknowledgedAt { get; init; }
    /// <summary>It keeps its worker from work, or did until its time was over, and nobody lifted it: what the worker answered may be asked again.</summary>
    public bool MayBeAskedAgain => LiftedAt is null && Action is (QualityAction.Restrict or QualityAction.RequireTraining);
}
