using Dispatch.Engine.Quality;

namespace Dispatch.Engine.Standing;

/// <summary>
/// What is known of one worker in one project: absolute totals, a fold over committed rows. The gate judges them, the leaderboard
/// orders by them. <see cref="Fold"/>, <see cref="Prior"/> and <see cref="LowerBound"/> belong together: make them with
/// <see cref="Of"/> and <see cref="WithFold"/>.
/// </summary>
public sealed record StandingFigures
{
    // What gates and boards need of the fold. Its windows of recent evidence are for rules, and would double what a board holds.
    private readonly double _right;
    private readonly double _wrong;
    private readonly int _golds;
    private readonly int _reviews;
    private readonly int _consensuses;
    private readonly int _masked;
    private readonly long _sequence;

    /// <summary>The worker.</summary>
    public required Guid WorkerId { get; init; }

    /// <summary>Evidence about the worker, up to the latest evaluation: its sums, counts and sequence. Windows of recent evidence are not kept.</summary>
    public required QualityFold Fold
    {
        get => new() { Right = _right, Wrong = _wrong, Golds = _golds, Reviews = _reviews, Consensuses = _consensuses, Masked = _masked, LastSequence = _sequence };
        init => (_right, _wrong, _golds, _reviews, _consensuses, _masked, _sequence) = (value.Right, value.Wrong, Count(value.Golds), Count(value.Reviews), Count(value.Consensuses), Count(value.Masked), value.LastSequence);
    }

    /// <summary>Effective evidence, the prior apart.</summary>
    public double EffectiveN => _right + _wrong;

    /// <summary>The prior the accuracy stands on.</summary>
    public required AccuracyPrior Prior { get; init; }

    /// <summary>5 % quantile of the accuracy. Kept, because the leaderboard is ordered by it and computing it takes an inverse integral.</summary>
    public required double LowerBound { get; init; }

    /// <summary>Discount of the evidence per unit of weight (γ), above 0 to 1: what the fold was folded with.</summary>
    public double Discount { get; init; } = 1;

    /// <summary>Answers given in the project. Never falls.</summary>
    public long Answers { get; init; }

    /// <summary>When the first was given; null before it.</summary>
    public DateTimeOffset? FirstAnswerAt { get; init; }

    /// <summary>Answers with a handling time.</summary>
    public long TimedAnswers { get; init; }

    /// <summary>Median handling time in seconds; null without a timed answer.</summary>
    public double? MedianSeconds { get; init; }

    /// <summary>Handling time against what is typical for the work: 1 is typical, below 1 is faster. Above 0.</summary>
    public double SpeedIndex { get; init; } = 1;

    /// <summary>Answers an hour of late, 0 for who is away, NaN while that is not known yet: only for expectations, never for a gate.</summary>
    public double AnswersPerHour { get; init; }

    /// <summary>Sequence of the latest evaluation; 0 before the first.</summary>
    public long Sequence => _sequence;

    /// <summary>The posterior.</summary>
    public Accuracy Accuracy => Accuracy.Of(_right, _wrong, Prior);

    /// <summary>How new the totals are.</summary>
    public FiguresStamp Stamp => new(Sequence, Answers, Prior.Version);

    /// <summary>Figures with their lower bound.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="fold">The evidence.</param>
    /// <param name="prior">The prior.</param>
    /// <param name="discount">γ of the fold.</param>
    public static StandingFigures Of(Guid workerId, QualityFold fold, AccuracyPrior prior, double discount = 1) =>
        new() { WorkerId = workerId, Fold = fold, Prior = prior, Discount = discount, LowerBound = Accuracy.Of(fold, prior).LowerBound() };

    /// <summary>The same worker with other evidence.</summary>
    /// <param name="fold">The evidence.</param>
    public StandingFigures WithFold(QualityFold fold) => this with { Fold = fold, LowerBound = Accuracy.Of(fold, Prior).LowerBound() };

    /// <summary>The figures as they would be after one more gold, answered right.</summary>
    public StandingFigures WithCorrectGold() =>
        WithFold(Fold.Apply(new EvidenceRow(_sequence + 1, EvidenceKind.Gold, 1, 1), Discount)) with { Answers = Answers + 1 };

    private static int Count(long count) => (int)Math.Min(count, int.MaxValue);
}

/// <summary>
/// Orders totals of one worker by newness, as the store does: by evaluations, then by answers. Of two activations each may know an answer that the other
/// does not; the board and the store must keep the same one of the two, or the board is another after it is filled anew. Of the same totals, those under the newer prior are newer.
/// </summary>
/// <param name="Sequence">Sequence of the latest evaluation.</param>
/// <param name="Answers">Answers.</param>
/// <param name="PriorVersion">Version of the prior.</param>
public readonly record struct FiguresStamp(long Sequence, long Answers, int PriorVersion) : IComparable<FiguresStamp>
{
    /// <inheritdoc/>
    public int CompareTo(FiguresStamp other)
    {
        if (Sequence != other.Sequence) return Sequence.CompareTo(other.Sequence);
        return Answers != other.Answers ? Answers.CompareTo(other.Answers) : PriorVersion.CompareTo(other.PriorVersion);
    }

    /// <summary>Older.</summary>
    public static bool operator <(FiguresStamp left, FiguresStamp right) => left.CompareTo(right) < 0;

    /// <summary>Newer.</summary>
    public static bool operator >(FiguresStamp left, FiguresStamp right) => left.CompareTo(right) > 0;

    /// <summary>Not newer.</summary>
    public static bool operator <=(FiguresStamp left, FiguresStamp right) => left.CompareTo(right) <= 0;

    /// <summary>Not older.</summary>
    public static bool operator >=(FiguresStamp left, FiguresStamp right) => left.CompareTo(right) >= 0;
}
