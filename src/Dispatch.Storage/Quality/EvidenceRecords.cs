namespace Dispatch.Storage;

/// <summary>Kinds of evaluation rows, as stored.</summary>
public static class EvidenceKinds
{
    /// <summary>A control task.</summary>
    public const string Gold = "gold";
    /// <summary>A reviewer's verdict.</summary>
    public const string Review = "review";
    /// <summary>What the others answered.</summary>
    public const string Consensus = "consensus";
    /// <summary>Takes an earlier row out of the fold; never an update of it.</summary>
    public const string Mask = "mask";
    /// <summary>A reviewer judged by another reviewer.</summary>
    public const string Reviewing = "reviewing";
    /// <summary>Training: weighs nothing.</summary>
    public const string Training = "training";
    /// <summary>A question of an exam: counts for the attempt, weighs nothing in the standing, and is not told before the attempt has ended.</summary>
    public const string Exam = "exam";
}

/// <summary>One evaluation of a worker. Rows are never changed; their order in the fold is <see cref="Sequence"/>.</summary>
public sealed record EvaluationRow
{
    /// <summary>The worker.</summary>
    public required Guid WorkerId { get; init; }
    /// <summary>The project.</summary>
    public required Guid ProjectId { get; init; }
    /// <summary>Given by the worker grain alone; unique per worker and project.</summary>
    public required long Sequence { get; init; }
    /// <summary>See <see cref="EvidenceKinds"/>.</summary>
    public required string Kind { get; init; }
    /// <summary>What it comes from; unique per worker.</summary>
    public required string Source { get; init; }
    /// <summary>In [0,1].</summary>
    public required double Score { get; init; }
    /// <summary>In [0,1].</summary>
    public required double Weight { get; init; }
    /// <summary>The assignment judged.</summary>
    public Guid? AssignmentId { get; init; }
    /// <summary>Sequence of the row that this one masks; only of <see cref="EvidenceKinds.Mask"/>, and null there when that row does not exist.</summary>
    public long? Masks { get; init; }
    /// <summary>When it was stored.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>One answer of a worker as far as handling time goes; order of the fold is <see cref="AnswerId"/>.</summary>
/// <param name="ProjectId">The project.</param>
/// <param name="AnswerId">Grows with each answer of a worker.</param>
/// <param name="Handling">Handling time.</param>
/// <param name="SubmittedAt">When.</param>
public sealed record HandlingRow(Guid ProjectId, long AnswerId, TimeSpan Handling, DateTimeOffset SubmittedAt);

/// <summary>How far a fold has come in one project.</summary>
/// <param name="ProjectId">The project.</param>
/// <param name="Sequence">Last evaluation folded; 0 for none.</param>
/// <param name="AnswerId">Last answer folded; 0 for none.</param>
public sealed record FoldPosition(Guid ProjectId, long Sequence, long AnswerId);

/// <summary>The belief about a worker of whom nothing is known: one version of a project's pool prior. Each standing cites the version it was reckoned with.</summary>
/// <param name="ProjectId">The project.</param>
/// <param name="Version">Grows by one with every change, from 1.</param>
/// <param name="Mean">Mean accuracy.</param>
/// <param name="Strength">Weight, in golds.</param>
/// <param name="CreatedAt">Since when.</param>
public sealed record PoolPrior(Guid ProjectId, int Version, double Mean, double Strength, DateTimeOffset CreatedAt);

/// <summary>A worker's totals in one project, absolute, as the leaderboard ranks them. A row is replaced only by one with a later (sequence, answer id).</summary>
public sealed record StandingTotals
{
    /// <summary>The worker.</summary>
    public required Guid WorkerId { get; init; }
    /// <summary>The project.</summary>
    public required Guid ProjectId { get; init; }
    /// <summary>Last evaluation in them.</summary>
    public required long Sequence { get; init; }
    /// <summary>Last answer in them.</summary>
    public required long AnswerId { get; init; }
    /// <summary>Discounted evidence for.</summary>
    public required double Successes { get; init; }
    /// <summary>Discounted evidence against.</summary>
    public required double Failures { get; init; }
    /// <summary>Effective evidence.</summary>
    public required double EffectiveN { get; init; }
    /// <summary>Answers given.</summary>
    public required long Answers { get; init; }
    /// <summary>Sum of handling times.</summary>
    public required TimeSpan Handling { get; init; }
    /// <summary>Median handling time; zero when none.</summary>
    public required TimeSpan MedianHandling { get; init; }
    /// <summary>Speed index; 1 is typical, and what a worker without answers has.</summary>
    public double SpeedIndex { get; init; } = 1;
    /// <summary>First answer; null when none.</summary>
    public DateTimeOffset? FirstAnswerAt { get; init; }
}

/// <summary>Totals with what the public board shows of the worker.</summary>
/// <param name="Totals">The totals.</param>
/// <param name="BoardName">Chosen name; null shows a number.</param>
/// <param name="OnBoard">False: ranked, but shown to nobody else.</param>
/// <param name="Labels">Labels (JSON object text).</param>
public sealed record BoardRow(StandingTotals Totals, string? BoardName, bool OnBoard, string Labels);
