using Orleans;

namespace Dispatch.Contracts.Worker;

/// <summary>A worker's standing in one project, and why: every figure with what it was computed from.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.standing")]
public sealed record StandingView
{
    /// <summary>The project.</summary>
    [Id(0)] public required Guid ProjectId { get; init; }

    /// <summary>When the figures were put together.</summary>
    [Id(1)] public required DateTimeOffset At { get; init; }

    /// <summary>The last evaluation they hold; 0 before the first. Where gold is hidden: the number of answers at the last renewal.</summary>
    [Id(2)] public required long Sequence { get; init; }

    /// <summary>Accuracy.</summary>
    [Id(3)] public required AccuracyView Accuracy { get; init; }

    /// <summary>What the accuracy was counted from, by source.</summary>
    [Id(4)] public required IReadOnlyList<EvidenceTally> Evidence { get; init; }

    /// <summary>Handling time.</summary>
    [Id(5)] public required HandlingTimeView HandlingTime { get; init; }

    /// <summary>Answers given.</summary>
    [Id(6)] public required long Answers { get; init; }

    /// <summary>The first of them; null before it.</summary>
    [Id(7)] public DateTimeOffset? FirstAnswerAt { get; init; }

    /// <summary>Place on the leaderboard, 1 is the first; null when the board cannot be read or the worker is not on it.</summary>
    [Id(8)] public int? Rank { get; init; }

    /// <summary>Share of the others on the board who stand below, in 0..1; null like the rank.</summary>
    [Id(9)] public double? Percentile { get; init; }

    /// <summary>Workers on the board; null when it cannot be read.</summary>
    [Id(10)] public int? PoolSize { get; init; }

    /// <summary>State of the board that rank, percentile and pool figures are of; null when it cannot be read.</summary>
    [Id(11)] public long? BoardEpoch { get; init; }

    /// <summary>When that state was taken.</summary>
    [Id(12)] public DateTimeOffset? BoardAt { get; init; }

    /// <summary>golden when the worker passes the gate of at least one open golden batch, else standard.</summary>
    [Id(13)] public required BatchTier Tier { get; init; }

    /// <summary>The gates of the project's open golden batches.</summary>
    [Id(14)] public required IReadOnlyList<GateView> Gates { get; init; }

    /// <summary>What last changed the standing; null when nothing did yet.</summary>
    [Id(15)] public StandingCause? Cause { get; init; }

    /// <summary>What quality rules did to the worker, in force now, each with its reason.</summary>
    [Id(16)] public IReadOnlyList<RestrictionView> Restrictions { get; init; } = [];

    /// <summary>How the exam of the project stands; null when it has none.</summary>
    [Id(17)] public ExamView? Exam { get; init; }

    /// <summary>
    /// Set where the project hides gold: accuracy, evidence and gates are rounded, and renewed with every so many answers. There is no rank then, and no count by
    /// source. Null: figures are exact and of now.
    /// </summary>
    [Id(18)] public int? RenewedEveryAnswers { get; init; }
}

/// <summary>An action of a quality rule, in force.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.standing.restriction")]
public sealed record RestrictionView
{
    /// <summary>What.</summary>
    [Id(0)] public required Quality.QualityAction Action { get; init; }

    /// <summary>The rule.</summary>
    [Id(1)] public required string Rule { get; init; }

    /// <summary>What was seen and what follows, addressed to the worker.</summary>
    [Id(2)] public required string Reason { get; init; }

    /// <summary>The batch it is about; null for the whole project.</summary>
    [Id(3)] public Guid? BatchId { get; init; }

    /// <summary>Until when; null until it is lifted.</summary>
    [Id(4)] public DateTimeOffset? Until { get; init; }
}

/// <summary>Accuracy as a Beta posterior, with its uncertainty.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.standing.accuracy")]
public sealed record AccuracyView
{
    /// <summary>First parameter of the posterior.</summary>
    [Id(0)] public required double A { get; init; }

    /// <summary>Second parameter of the posterior.</summary>
    [Id(1)] public required double B { get; init; }

    /// <summary>Its mean.</summary>
    [Id(2)] public required double Mean { get; init; }

    /// <summary>Its 5 % quantile: the key of the leaderboard.</summary>
    [Id(3)] public required double LowerBound { get; init; }

    /// <summary>Its 95 % quantile.</summary>
    [Id(4)] public required double UpperBound { get; init; }

    /// <summary>Effective evidence: sum of weights after any discount, prior apart.</summary>
    [Id(5)] public required double EffectiveN { get; init; }

    /// <summary>First parameter of the prior.</summary>
    [Id(6)] public required double PriorA { get; init; }

    /// <summary>Second parameter of the prior.</summary>
    [Id(7)] public required double PriorB { get; init; }

    /// <summary>Which published prior of the project that is.</summary>
    [Id(8)] public required int PriorVersion { get; init; }
}

/// <summary>Evidence of one source.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.standing.evidence")]
public sealed record EvidenceTally
{
    /// <summary><c>gold</c>, <c>review</c> or <c>consensus</c>; <c>checks</c>, where gold is hidden: all of them together, what they are worth, rounded.</summary>
    [Id(0)] public required string Source { get; init; }

    /// <summary>Evaluations counted; masked ones are not.</summary>
    [Id(1)] public required long Rows { get; init; }
}

/// <summary>Handling time of a worker. Seconds.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.standing.handling")]
public sealed record HandlingTimeView
{
    /// <summary>Answers timed.</summary>
    [Id(0)] public required long Count { get; init; }

    /// <summary>Mean (AHT); null without a timed answer, like the others.</summary>
    [Id(1)] public double? MeanSeconds { get; init; }

    /// <summary>Median.</summary>
    [Id(2)] public double? MedianSeconds { get; init; }

    /// <summary>Geometric mean.</summary>
    [Id(3)] public double? GeometricMeanSeconds { get; init; }

    /// <summary>Median of the pool's medians; null when the board cannot be read.</summary>
    [Id(4)] public double? PoolMedianSeconds { get; init; }

    /// <summary>Time against what is typical for the work; 1 is typical, below 1 is faster.</summary>
    [Id(5)] public double? SpeedIndex { get; init; }
}

/// <summary>Why a standing changed.</summary>
public enum StandingCauseKind
{
    /// <summary>Reserved.</summary>
    Unspecified = 0,

    /// <summary>An answer to a gold task was judged.</summary>
    Gold = 1,

    /// <summary>A reviewer judged an answer.</summary>
    Review = 2,

    /// <summary>The other answers to a task agreed.</summary>
    Consensus = 3,

    /// <summary>An earlier judgement was taken back or corrected.</summary>
    Correction = 4,

    /// <summary>The gate's policy changed.</summary>
    Policy = 5,

    /// <summary>The leaderboard moved, or can (or cannot) be read.</summary>
    Board = 6,

    /// <summary>The prior of the pool changed.</summary>
    Prior = 7,

    /// <summary>An answer without a judgement: the number of answers and the handling time.</summary>
    Answer = 8,

    /// <summary>The worker's labels changed.</summary>
    Labels = 9,

    /// <summary>An attempt at the exam ended.</summary>
    Exam = 10,

    /// <summary>Where gold is hidden: the figures were brought up to date, as they are with every so many answers.</summary>
    Renewed = 11,
}

/// <summary>What changed a standing.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.standing.cause")]
public sealed record StandingCause
{
    /// <summary>What happened.</summary>
    [Id(0)] public required StandingCauseKind Kind { get; init; }

    /// <summary>In words.</summary>
    [Id(1)] public required string Text { get; init; }

    /// <summary>When.</summary>
    [Id(2)] public required DateTimeOffset At { get; init; }

    /// <summary>The evaluation that did it; null when none did, and where gold is hidden.</summary>
    [Id(3)] public long? Sequence { get; init; }

    /// <summary>Golden batches entered by it.</summary>
    [Id(4)] public IReadOnlyList<Guid> Entered { get; init; } = [];

    /// <summary>Golden batches left by it.</summary>
    [Id(5)] public IReadOnlyList<Guid> Left { get; init; } = [];
}
