namespace Dispatch.Contracts.Policies;

/// <summary>What happens to golden work that has waited too long.</summary>
public enum ReleaseKind
{
    /// <summary>Reserved.</summary>
    Unspecified = 0,

    /// <summary>It waits for somebody who passes.</summary>
    Hold = 1,

    /// <summary>The gate is widened for it, step by step.</summary>
    Widen = 2,

    /// <summary>Everybody enrolled may have it.</summary>
    Release = 3,
}

/// <summary>When and how golden work is given to more people than the gate lets through.</summary>
public sealed record GateRelease
{
    /// <summary>hold, widen or release. Default hold.</summary>
    public ReleaseKind Kind { get; init; } = ReleaseKind.Hold;

    /// <summary>A task that has waited this long in the queue is released, or is open to the first step. 1 to 31,536,000; not looked at with hold.</summary>
    public int AfterSeconds { get; init; } = 3_600;

    /// <summary>From one step to the next. 1 to 31,536,000; only for widen.</summary>
    public int EverySeconds { get; init; } = 900;

    /// <summary>The steps in order, for widen; each asks no more than the one before. 1 to 10.</summary>
    public IReadOnlyList<GateStep> Steps { get; init; } = [];
}

/// <summary>
/// A wider gate. What is set takes the place of what the gate or the step before asks, to enter; the bar to stay follows it where it
/// would otherwise be higher.
/// </summary>
public sealed record GateStep
{
    /// <summary>Name, unique in the gate: explanations and assignments name it.</summary>
    public required string Name { get; init; }

    /// <summary>Instead of <see cref="EvidenceClause.Enter"/>.</summary>
    public double? Evidence { get; init; }

    /// <summary>Instead of <see cref="AccuracyClause.Threshold"/>.</summary>
    public double? Threshold { get; init; }

    /// <summary>Instead of <see cref="AccuracyClause.Probability"/>.</summary>
    public double? Probability { get; init; }

    /// <summary>Instead of <see cref="HandlingTimeClause.RatioMax"/>.</summary>
    public double? RatioMax { get; init; }

    /// <summary>Instead of <see cref="RankClause.Top"/>.</summary>
    public int? Top { get; init; }

    /// <summary>Instead of <see cref="RankClause.TopShare"/>.</summary>
    public double? TopShare { get; init; }

    /// <summary>Clauses that ask nothing from here on: evidence, accuracy, handling_time, rank, labels or tenure.</summary>
    public IReadOnlyList<GateClauseKind> Without { get; init; } = [];
}

/// <summary>What a clause of a gate is about.</summary>
public enum GateClauseKind
{
    /// <summary>Reserved.</summary>
    Unspecified = 0,

    /// <summary>Effective evidence.</summary>
    Evidence = 1,

    /// <summary>Probability that the accuracy reaches a threshold.</summary>
    Accuracy = 2,

    /// <summary>Median handling time against the pool.</summary>
    HandlingTime = 3,

    /// <summary>Place on the leaderboard.</summary>
    Rank = 4,

    /// <summary>A label.</summary>
    Labels = 5,

    /// <summary>Answers given, or days since the first one.</summary>
    Tenure = 6,

    /// <summary>The part of the batch that the worker has already taken.</summary>
    Share = 7,
}

/// <summary>By what the leaderboard is ordered. Orders are total: the last word has the worker's id.</summary>
public enum BoardOrder
{
    /// <summary>Reserved.</summary>
    Unspecified = 0,

    /// <summary>Lower bound of the accuracy, then effective evidence, then speed. The default.</summary>
    LowerBound = 1,

    /// <summary>Lower bound in whole percentage points, then speed, then effective evidence: among those who are about as good, the faster.</summary>
    BandsThenSpeed = 2,

    /// <summary>Mean of the accuracy, then effective evidence, then speed.</summary>
    Mean = 3,
}
