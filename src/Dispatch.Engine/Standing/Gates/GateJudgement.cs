using Dispatch.Contracts.Policies;

namespace Dispatch.Engine.Standing;

/// <summary>Why a clause cannot be judged. It does not pass then.</summary>
public enum ClauseFault
{
    /// <summary>It can.</summary>
    None = 0,

    /// <summary>The leaderboard cannot be reached.</summary>
    NoBoard = 1,

    /// <summary>Its picture is too old, or from the future.</summary>
    BoardTooOld = 2,

    /// <summary>The picture does not hold what the clause asks for: the gate is newer than it.</summary>
    NotOnBoard = 3,

    /// <summary>The worker has too few timed answers.</summary>
    TooFewTimes = 4,

    /// <summary>Nobody on the board has a handling time.</summary>
    NoPoolTimes = 5,
}

/// <summary>One clause of a gate, judged: the number needed, the number there is, and whether that does.</summary>
public sealed record ClauseVerdict
{
    /// <summary>What it is about.</summary>
    public required GateClauseKind Kind { get; init; }

    /// <summary>The bar: to enter, or to stay for who is in. Null for labels.</summary>
    public double? Needed { get; init; }

    /// <summary>What the worker has; null when unknown.</summary>
    public double? Actual { get; init; }

    /// <summary>How far above the bar, in its unit; negative below it. Null when unknown.</summary>
    public double? Margin { get; init; }

    /// <summary>Whether the bar is met.</summary>
    public required bool Meets { get; init; }

    /// <summary>Whether the worker entered so short a while ago that the clause passes whatever it says.</summary>
    public bool Dwelling { get; init; }

    /// <summary>Why it cannot be judged.</summary>
    public ClauseFault Fault { get; init; }

    /// <summary>θ of an accuracy clause.</summary>
    public double? Threshold { get; init; }

    /// <summary>Whether a tenure clause counts days; else answers.</summary>
    public bool InDays { get; init; }

    /// <summary>Selector and value of a label clause.</summary>
    public Matching.SelectorVerdict? Label { get; init; }

    /// <summary>Whether it passes.</summary>
    public bool Passes => Meets || Dwelling;

    /// <summary>Whether it only fails because the leaderboard cannot be read: nothing is known against the worker.</summary>
    internal bool IsWithheld => !Passes && Fault is ClauseFault.NoBoard or ClauseFault.BoardTooOld or ClauseFault.NotOnBoard;
}

/// <summary>What a judgement does to a membership.</summary>
public enum GateChange
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The worker enters.</summary>
    Entered = 1,

    /// <summary>The worker leaves.</summary>
    Left = 2,
}

/// <summary>A decision and its explanation in one: it passes exactly when every clause does.</summary>
public sealed record GateJudgement
{
    /// <summary>Every clause, in the order of <see cref="GateClauseKind"/>.</summary>
    public required IReadOnlyList<ClauseVerdict> Clauses { get; init; }

    /// <summary>Whether the worker may have work of the batch now.</summary>
    public bool Passes => Clauses.All(clause => clause.Passes);

    /// <summary>
    /// The membership after it. It stays as it was when nothing but an unreadable board is against the worker (who gets no golden
    /// work meanwhile, but does not have to enter anew), and when a wider step was judged. A share that is used up ends no membership.
    /// </summary>
    public required GateMembership After { get; init; }

    /// <summary>What happened to the membership.</summary>
    public required GateChange Change { get; init; }

    /// <summary>Version of the policy.</summary>
    public required int PolicyVersion { get; init; }

    /// <summary>Step of the gate that was judged; 0 is the gate itself.</summary>
    public required int Step { get; init; }

    /// <summary>The evaluation the worker's own figures are of.</summary>
    public required long Sequence { get; init; }

    /// <summary>The board that clauses on rank and pool were judged by; null when the gate has none, or it was not there.</summary>
    public long? BoardEpoch { get; init; }

    /// <summary>How old that board was.</summary>
    public TimeSpan? BoardAge { get; init; }
}
