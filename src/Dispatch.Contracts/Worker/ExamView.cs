using Orleans;

namespace Dispatch.Contracts.Worker;

/// <summary>Where a worker stands in an exam.</summary>
public enum ExamState
{
    /// <summary>Reserved.</summary>
    Unspecified = 0,

    /// <summary>The next question may come.</summary>
    Open = 1,

    /// <summary>The wait before the next attempt is not over.</summary>
    Waiting = 2,

    /// <summary>Passed.</summary>
    Passed = 3,

    /// <summary>No attempt is left.</summary>
    UsedUp = 4,
}

/// <summary>The exam of a project as its worker sees it. Scores are told of attempts that have ended, as a whole: not of single questions, which others still have before them.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.exam")]
public sealed record ExamView
{
    /// <summary>State.</summary>
    [Id(0)] public required ExamState State { get; init; }

    /// <summary>The attempt that goes on or comes next, 1 for the first; the last one, when none comes.</summary>
    [Id(1)] public required int Attempt { get; init; }

    /// <summary>Attempts allowed, granted ones included.</summary>
    [Id(2)] public required int AttemptsAllowed { get; init; }

    /// <summary>Questions of this attempt that are answered.</summary>
    [Id(3)] public required int Answered { get; init; }

    /// <summary>Questions of an attempt.</summary>
    [Id(4)] public required int Questions { get; init; }

    /// <summary>Mean score that passes, in (0,1].</summary>
    [Id(5)] public required double PassScore { get; init; }

    /// <summary>Label that passing sets.</summary>
    [Id(6)] public required string Label { get; init; }

    /// <summary>Mean score of the last attempt that ended; null when none did.</summary>
    [Id(7)] public double? LastScore { get; init; }

    /// <summary>When it ended.</summary>
    [Id(8)] public DateTimeOffset? LastEndedAt { get; init; }

    /// <summary>When the next attempt may begin; null for at once, or never.</summary>
    [Id(9)] public DateTimeOffset? NextAt { get; init; }

    /// <summary>All of it in words.</summary>
    [Id(10)] public required string Text { get; init; }
}
