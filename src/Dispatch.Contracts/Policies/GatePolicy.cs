namespace Dispatch.Contracts.Policies;

/// <summary>
/// Who may have the work of a golden batch. Every clause that is set must pass; a clause that is null asks nothing, and a gate has at
/// least one. Each clause has a bar to enter and a lower one to stay (hysteresis), so that people on the bar do not flap.
/// </summary>
public sealed record GatePolicy
{
    /// <summary>Published version, from 1; grows with every change. Assignments and entries cite it.</summary>
    public int Version { get; init; } = 1;

    /// <summary>Enough evidence.</summary>
    public EvidenceClause? Evidence { get; init; }

    /// <summary>Accurate enough, surely enough.</summary>
    public AccuracyClause? Accuracy { get; init; }

    /// <summary>Not much slower than the pool. Needs <see cref="Accuracy"/> beside it: speed alone never counts against anyone.</summary>
    public HandlingTimeClause? HandlingTime { get; init; }

    /// <summary>Among the first of the leaderboard.</summary>
    public RankClause? Rank { get; init; }

    /// <summary>Labels asked for. They do not expire: <see cref="Release"/> says what changes with waiting. At most 50.</summary>
    public IReadOnlyList<Selector> Labels { get; init; } = [];

    /// <summary>Long enough here.</summary>
    public TenureClause? Tenure { get; init; }

    /// <summary>
    /// Who entered stays for at least this many answers, whatever the figures do. 0 to 10,000. Together with
    /// <see cref="DwellSeconds"/> the longer of the two counts. Dwelling never covers labels, nor a board that cannot be read.
    /// </summary>
    public int DwellAnswers { get; init; } = 20;

    /// <summary>Who entered stays at least this long. 0 to 604,800.</summary>
    public int DwellSeconds { get; init; }

    /// <summary>What happens to golden work that nobody who passes takes.</summary>
    public GateRelease Release { get; init; } = new();

    /// <summary>How much of one golden batch one worker may take; null lets one take all of it.</summary>
    public ShareGuardPolicy? ShareGuard { get; init; } = new();
}

/// <summary>Effective evidence: the sum of the weights of what the worker was judged by, after any discount.</summary>
public sealed record EvidenceClause
{
    /// <summary>To enter. Above 0, to 10,000.</summary>
    public double Enter { get; init; } = 15;

    /// <summary>To stay; at most <see cref="Enter"/>, and the same when null.</summary>
    public double? Stay { get; init; }
}

/// <summary>Probability that the worker's true accuracy reaches a threshold, from the Beta posterior.</summary>
public sealed record AccuracyClause
{
    /// <summary>The threshold θ, in 0..1 exclusive.</summary>
    public double Threshold { get; init; } = 0.9;

    /// <summary>To enter: P(accuracy ≥ θ) at least this, in 0..1 exclusive.</summary>
    public double Probability { get; init; } = 0.9;

    /// <summary>To stay, the threshold is lower by this. 0 to θ.</summary>
    public double Hysteresis { get; init; } = 0.05;

    /// <summary>To stay: P(accuracy ≥ θ − hysteresis) at least this; at most <see cref="Probability"/>.</summary>
    public double StayProbability { get; init; } = 0.5;
}

/// <summary>The worker's median handling time as a multiple of the pool's (the median of the workers' medians).</summary>
public sealed record HandlingTimeClause
{
    /// <summary>To enter: at most this multiple. 0.1 to 100.</summary>
    public double RatioMax { get; init; } = 2;

    /// <summary>To stay; at least <see cref="RatioMax"/>, and the same when null.</summary>
    public double? StayRatioMax { get; init; }

    /// <summary>Timed answers of the worker below which the clause does not pass. 1 to 1,000.</summary>
    public int AnswersMin { get; init; } = 5;
}

/// <summary>A place on the leaderboard. Exactly one of <see cref="Top"/> and <see cref="TopShare"/> is set.</summary>
public sealed record RankClause
{
    /// <summary>To enter: among the first this many. 1 to 1,000,000.</summary>
    public int? Top { get; init; }

    /// <summary>To enter: in the first share of the board, rounded up to whole workers. Above 0, to 1.</summary>
    public double? TopShare { get; init; }

    /// <summary>To stay, beside <see cref="Top"/>; at least as large, and the same when null.</summary>
    public int? StayTop { get; init; }

    /// <summary>To stay, beside <see cref="TopShare"/>; at least as large, and the same when null.</summary>
    public double? StayTopShare { get; init; }
}

/// <summary>How long the worker has been working on the project.</summary>
public sealed record TenureClause
{
    /// <summary>Answers given, at least. 1 to 1,000,000; null asks none.</summary>
    public int? Answers { get; init; }

    /// <summary>Days since the first answer, at least. 1 to 3,650; null asks none.</summary>
    public int? Days { get; init; }
}

/// <summary>How much of one golden batch one worker may take.</summary>
public sealed record ShareGuardPolicy
{
    /// <summary>Share of the tasks of the batch. Above 0, to 1.</summary>
    public double ShareMax { get; init; } = 0.2;

    /// <summary>So many tasks may be taken in any case, so that a small batch does not stand still. 1 to 1,000,000.</summary>
    public int AlwaysAllowed { get; init; } = 10;
}
