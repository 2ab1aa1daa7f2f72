using Dispatch.Contracts;
using Dispatch.Contracts.Quality;

namespace Dispatch.Storage;

/// <summary>What a reviewer said about an answer. Who said it is left out: authors and reviewers do not learn of each other.</summary>
/// <param name="AssignmentId">The answer's assignment.</param>
/// <param name="Pass">Which look.</param>
/// <param name="Verdict">The verdict.</param>
/// <param name="Score">Score in [0,1].</param>
/// <param name="FixedAnswer">The corrected answer (JSON, canonical), where the reviewer fixed it.</param>
/// <param name="Note">What the author is told; null when nothing was written.</param>
/// <param name="DecidedAt">When.</param>
public sealed record ReviewWord(Guid AssignmentId, int Pass, ReviewVerdict Verdict, double Score, string? FixedAnswer, string? Note, DateTimeOffset DecidedAt);

/// <summary>An evaluation of an answer, with what became of it.</summary>
/// <param name="Row">The evaluation; never a mask.</param>
/// <param name="IsMasked">A later row took it out of the standing.</param>
/// <param name="Dispute">Its dispute; null when it was not disputed.</param>
public sealed record PastEvaluation(EvaluationRow Row, bool IsMasked, DisputeRow? Dispute);

/// <summary>
/// An answer of the past with all that belongs to it. Gold is in it like everything else: what of it may be told is decided by whoever shows it
/// (<c>ToldEvidence</c>), after the same reads for every answer.
/// </summary>
public sealed record PastAnswerRow
{
    /// <summary>Its place among the answers: a later one is greater.</summary>
    public required long AnswerId { get; init; }
    /// <summary>The assignment.</summary>
    public required Guid AssignmentId { get; init; }
    /// <summary>Whose answer.</summary>
    public required Guid WorkerId { get; init; }
    /// <summary>The project.</summary>
    public required Guid ProjectId { get; init; }
    /// <summary>Version of the project when the answer came: which form draws it. See <see cref="IProjectStore.GetFormAsync"/>.</summary>
    public required int ProjectVersion { get; init; }
    /// <summary>What the batch is for.</summary>
    public required BatchPurpose Purpose { get; init; }
    /// <summary>Canonical content (JSON).</summary>
    public required string Content { get; init; }
    /// <summary>Order shown.</summary>
    public required IReadOnlyList<int> Presentation { get; init; }
    /// <summary>Canonical answer (JSON), as it was given.</summary>
    public required string Answer { get; init; }
    /// <summary>Whether it counts.</summary>
    public required bool Counted { get; init; }
    /// <summary>Submitted while no reviewer decided; else Approved or Rejected.</summary>
    public required AssignmentState State { get; init; }
    /// <summary>When it was given.</summary>
    public required DateTimeOffset SubmittedAt { get; init; }
    /// <summary>Handling time.</summary>
    public required TimeSpan Handling { get; init; }
    /// <summary>Accepted answers (JSON) of a gold task as they are now; null for other tasks.</summary>
    public required string? GoldAnswer { get; init; }
    /// <summary>Why a supervisor had the task asked again of others, for the author; null where nobody did.</summary>
    public string? TakenOut { get; init; }
    /// <summary>What reviewers said, by pass; waiting reviews are left out.</summary>
    public IReadOnlyList<ReviewWord> Reviews { get; init; } = [];
    /// <summary>Evaluations of it, by sequence.</summary>
    public IReadOnlyList<PastEvaluation> Evaluations { get; init; } = [];
}

/// <summary>Answers of the past, for those who gave them.</summary>
public interface IPastAnswerStore
{
    /// <summary>
    /// Answers of a worker, newest first; of one project when given. A page of one project walks over at most <paramref name="walk"/> answers of the worker, so that the
    /// answers to other projects that lie between cost a bounded time: a page may therefore hold few rows, or none, and still have a next one.
    /// </summary>
    /// <param name="workerId">Whose.</param>
    /// <param name="projectId">Of which project; null for all.</param>
    /// <param name="from">Where to go on.</param>
    /// <param name="limit">Most rows of the page.</param>
    /// <param name="walk">Most answers walked over; more than <paramref name="limit"/>.</param>
    /// <param name="cancellation">Gives up.</param>
    Task<Page<PastAnswerRow>> ListPastAnswersAsync(Guid workerId, Guid? projectId, PageCursor? from, int limit, int walk, CancellationToken cancellation);

    /// <summary>One answer of a worker; null when there is none by that assignment, or it is somebody else's.</summary>
    /// <param name="workerId">Whose.</param>
    /// <param name="assignmentId">The assignment.</param>
    /// <param name="cancellation">Gives up.</param>
    Task<PastAnswerRow?> FindPastAnswerAsync(Guid workerId, Guid assignmentId, CancellationToken cancellation);
}
