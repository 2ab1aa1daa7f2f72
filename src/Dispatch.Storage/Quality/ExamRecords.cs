namespace Dispatch.Storage;

/// <summary>An attempt at an exam that has ended. Append-only, and unique per worker, project and number: judged twice, it counts once.</summary>
public sealed record ExamAttemptRow
{
    /// <summary>The worker.</summary>
    public required Guid WorkerId { get; init; }
    /// <summary>The project.</summary>
    public required Guid ProjectId { get; init; }
    /// <summary>1 for the first.</summary>
    public required int Attempt { get; init; }
    /// <summary>Evaluation of its last question.</summary>
    public required long LastSequence { get; init; }
    /// <summary>Questions judged.</summary>
    public required int Questions { get; init; }
    /// <summary>Mean score, in [0,1].</summary>
    public required double Score { get; init; }
    /// <summary>Mean score that was asked for.</summary>
    public required double PassScore { get; init; }
    /// <summary>Whether it was reached.</summary>
    public required bool Passed { get; init; }
    /// <summary>Label that passing sets.</summary>
    public required string Label { get; init; }
    /// <summary>The next attempt may begin this long after this one; null after a pass. Ignored when read.</summary>
    public TimeSpan? RetryAfter { get; init; }
    /// <summary>When it ended. Ignored when written.</summary>
    public DateTimeOffset EndedAt { get; init; }
    /// <summary>When the next one may begin; null after a pass. Ignored when written.</summary>
    public DateTimeOffset? NextAt { get; init; }
}

/// <summary>A further attempt that a supervisor granted. Append-only.</summary>
public sealed record ExamGrantRow
{
    /// <summary>Id, made by the caller.</summary>
    public required Guid GrantId { get; init; }
    /// <summary>The worker.</summary>
    public required Guid WorkerId { get; init; }
    /// <summary>The project.</summary>
    public required Guid ProjectId { get; init; }
    /// <summary>Who.</summary>
    public required Guid GrantedBy { get; init; }
    /// <summary>Why.</summary>
    public required string Reason { get; init; }
    /// <summary>When. Ignored when written.</summary>
    public DateTimeOffset At { get; init; }
}

/// <summary>Everything that the exams of a worker are folded from.</summary>
/// <param name="Attempts">Attempts that ended, by project and number.</param>
/// <param name="Grants">Further attempts granted, by project and time.</param>
/// <param name="Answers">Judged answers to questions after the last ended attempt of their project, by project and sequence.</param>
public sealed record ExamRows(IReadOnlyList<ExamAttemptRow> Attempts, IReadOnlyList<ExamGrantRow> Grants, IReadOnlyList<EvaluationRow> Answers);
