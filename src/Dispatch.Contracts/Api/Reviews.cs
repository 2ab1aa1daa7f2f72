using Dispatch.Contracts.Quality;
using Dispatch.Contracts.Worker;

namespace Dispatch.Contracts.Api;

/// <summary>An answer before a reviewer, or what became of it.</summary>
public sealed record ReviewDto
{
    /// <summary>Id.</summary>
    public required Guid ReviewId { get; init; }
    /// <summary>The answer's assignment.</summary>
    public required Guid AssignmentId { get; init; }
    /// <summary>Project.</summary>
    public required Guid ProjectId { get; init; }
    /// <summary>Batch.</summary>
    public required Guid BatchId { get; init; }
    /// <summary>The producer's key of the task.</summary>
    public required string TaskKey { get; init; }
    /// <summary>A short number for the person whose answer it is: a reviewer judges the answer, not the name.</summary>
    public required string Author { get; init; }
    /// <summary>Why it is reviewed.</summary>
    public required ReviewCause Cause { get; init; }
    /// <summary>1 for the first look, 2 for the second, 3 for the deciding one.</summary>
    public required int Pass { get; init; }
    /// <summary>What was shown, as the form presents it, in the canonical order.</summary>
    public required JsonText Content { get; init; }
    /// <summary>The answer, in the response keys of <see cref="Content"/>.</summary>
    public required JsonText Answer { get; init; }
    /// <summary>Whether it counts now.</summary>
    public required bool Counted { get; init; }
    /// <summary>Answered.</summary>
    public required DateTimeOffset SubmittedAt { get; init; }
    /// <summary>Put before a reviewer.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
    /// <summary>The verdict; unspecified while it waits.</summary>
    public required ReviewVerdict Verdict { get; init; }
    /// <summary>Score in [0,1]; null while it waits.</summary>
    public double? Score { get; init; }
    /// <summary>The corrected answer, in the same keys.</summary>
    public JsonText? FixedAnswer { get; init; }
    /// <summary>What the worker is told.</summary>
    public string? Note { get; init; }
    /// <summary>Decided.</summary>
    public DateTimeOffset? DecidedAt { get; init; }
}

/// <summary>How a reviewer fares in a project.</summary>
public sealed record ReviewerDto
{
    /// <summary>Who.</summary>
    public required Guid ReviewerId { get; init; }
    /// <summary>Name shown; null when nobody with that id is known.</summary>
    public required string? Name { get; init; }
    /// <summary>Reviews decided.</summary>
    public required int Reviews { get; init; }
    /// <summary>Share of them that rejected the answer.</summary>
    public required double RejectedShare { get; init; }
    /// <summary>Verdicts that a further look was compared with.</summary>
    public required int Compared { get; init; }
    /// <summary>Share of those that it agreed with; null without any.</summary>
    public required double? Agreement { get; init; }
    /// <summary>Verdicts that their worker disputed.</summary>
    public required int Disputed { get; init; }
    /// <summary>Of them, disputes upheld: the verdict was wrong.</summary>
    public required int Overturned { get; init; }
    /// <summary>Mean seconds from one decision to the next; a gap of over ten minutes is a pause, and left out. Null without any.</summary>
    public required double? MeanSeconds { get; init; }
}

/// <summary>A reviewer's decision.</summary>
public sealed record ReviewDecisionRequest
{
    /// <summary>approve, fix_and_approve, reject_requeue or reject_remove.</summary>
    public required ReviewVerdict Verdict { get; init; }
    /// <summary>Score in [0,1]; null: 1 when approved, 0 when rejected, and how near the correction is to the answer when fixed.</summary>
    public double? Score { get; init; }
    /// <summary>The corrected answer, in the response keys of the review's content; needed for fix_and_approve.</summary>
    public JsonText? FixedAnswer { get; init; }
    /// <summary>What the worker is told; needed for a rejection.</summary>
    public string? Note { get; init; }
}

/// <summary>Asks for a review of an answer.</summary>
public sealed record AskReviewRequest
{
    /// <summary>Why; kept in the audit trail.</summary>
    public required string Reason { get; init; }
}

/// <summary>A dispute of an evaluation.</summary>
public sealed record DisputeDto
{
    /// <summary>Id.</summary>
    public required Guid DisputeId { get; init; }
    /// <summary>Who disputes.</summary>
    public required Guid WorkerId { get; init; }
    /// <summary>Project.</summary>
    public required Guid ProjectId { get; init; }
    /// <summary>The answer's assignment.</summary>
    public required Guid AssignmentId { get; init; }
    /// <summary>The disputed evaluation.</summary>
    public required string Source { get; init; }
    /// <summary>Why, in the worker's words.</summary>
    public required string Reason { get; init; }
    /// <summary>open, upheld or dismissed.</summary>
    public required DisputeState State { get; init; }
    /// <summary>Why it was decided so.</summary>
    public required string? Resolution { get; init; }
    /// <summary>Opened.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
    /// <summary>Decided.</summary>
    public required DateTimeOffset? DecidedAt { get; init; }
    /// <summary>The form that draws what follows; like all of it, only when one dispute is read.</summary>
    public string? FormType { get; init; }
    /// <summary>Settings of the form when the answer was given.</summary>
    public JsonText? FormSettings { get; init; }
    /// <summary>The task as it was shown to the worker, in the order and under the response keys of that assignment: the worker's words are about those.</summary>
    public JsonText? Content { get; init; }
    /// <summary>The answer, under the same keys.</summary>
    public JsonText? Answer { get; init; }
    /// <summary>The accepted answers of a gold task, under the same keys: one answer, or <c>{"accepted":[…]}</c>.</summary>
    public JsonText? Known { get; init; }
    /// <summary>Why they are right, where the known answer says so.</summary>
    public string? KnownReason { get; init; }
    /// <summary>What reviewers said about the answer, by look.</summary>
    public IReadOnlyList<AnswerReview> Reviews { get; init; } = [];
    /// <summary>Kind of the disputed evaluation: <c>gold</c>, <c>review</c> or <c>consensus</c>.</summary>
    public string? Kind { get; init; }
    /// <summary>Its score in [0,1].</summary>
    public double? Score { get; init; }
}

/// <summary>Decides a dispute.</summary>
public sealed record DisputeDecisionRequest
{
    /// <summary>True: the worker was right, and the evaluation is taken out of the standing.</summary>
    public required bool Uphold { get; init; }
    /// <summary>Why; shown to the worker.</summary>
    public required string Reason { get; init; }
}
