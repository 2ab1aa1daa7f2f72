using Dispatch.Contracts.Worker;

namespace Dispatch.Contracts.Api;

/// <summary>A worker's exam in a project.</summary>
public sealed record ExamsDto
{
    /// <summary>How it stands, as the worker sees it; null when the project has no exam.</summary>
    public required ExamView? Exam { get; init; }
    /// <summary>Attempts that ended, oldest first.</summary>
    public required IReadOnlyList<ExamAttemptDto> Attempts { get; init; }
    /// <summary>Further attempts granted, oldest first.</summary>
    public required IReadOnlyList<ExamGrantDto> Grants { get; init; }
}

/// <summary>An attempt that ended.</summary>
public sealed record ExamAttemptDto
{
    /// <summary>1 for the first.</summary>
    public required int Attempt { get; init; }
    /// <summary>Questions judged.</summary>
    public required int Questions { get; init; }
    /// <summary>Mean score, in [0,1].</summary>
    public required double Score { get; init; }
    /// <summary>Mean score that was asked for.</summary>
    public required double PassScore { get; init; }
    /// <summary>Whether it was reached.</summary>
    public required bool Passed { get; init; }
    /// <summary>Label that passing set.</summary>
    public required string Label { get; init; }
    /// <summary>When it ended.</summary>
    public required DateTimeOffset EndedAt { get; init; }
    /// <summary>When the next one may begin; null after a pass.</summary>
    public required DateTimeOffset? NextAt { get; init; }
}

/// <summary>A further attempt that was granted.</summary>
/// <param name="GrantedBy">Who.</param>
/// <param name="Reason">Why.</param>
/// <param name="At">When.</param>
public sealed record ExamGrantDto(Guid GrantedBy, string Reason, DateTimeOffset At);
