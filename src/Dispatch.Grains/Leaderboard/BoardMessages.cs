using Dispatch.Contracts.Policies;
using Dispatch.Engine.Quality;
using Dispatch.Engine.Standing;

namespace Dispatch.Grains;

/// <summary>A worker's absolute totals on their way to the board.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.board.totals")]
public sealed record TotalsMessage
{
    /// <summary>The worker.</summary>
    [Id(0)] public required Guid WorkerId { get; init; }
    /// <summary>Discounted evidence for.</summary>
    [Id(1)] public required double Right { get; init; }
    /// <summary>Against.</summary>
    [Id(2)] public required double Wrong { get; init; }
    /// <summary>Last evaluation.</summary>
    [Id(3)] public required long Sequence { get; init; }
    /// <summary>Answers.</summary>
    [Id(4)] public required long Answers { get; init; }
    /// <summary>First of them.</summary>
    [Id(5)] public DateTimeOffset? FirstAnswerAt { get; init; }
    /// <summary>Median handling time in seconds.</summary>
    [Id(6)] public double? MedianSeconds { get; init; }
    /// <summary>Typical time, as the board compares it.</summary>
    [Id(7)] public required double SpeedIndex { get; init; }
    /// <summary>Mean of the prior.</summary>
    [Id(8)] public required double PriorMean { get; init; }
    /// <summary>Its strength.</summary>
    [Id(9)] public required double PriorStrength { get; init; }
    /// <summary>Its version.</summary>
    [Id(10)] public required int PriorVersion { get; init; }
    /// <summary>Lower bound of the accuracy under that prior.</summary>
    [Id(11)] public required double LowerBound { get; init; }

    /// <summary>For the wire.</summary>
    /// <param name="figures">The figures.</param>
    public static TotalsMessage Of(StandingFigures figures) => new()
    {
        WorkerId = figures.WorkerId,
        Right = figures.Fold.Right,
        Wrong = figures.Fold.Wrong,
        Sequence = figures.Sequence,
        Answers = figures.Answers,
        FirstAnswerAt = figures.FirstAnswerAt,
        MedianSeconds = figures.MedianSeconds,
        SpeedIndex = figures.SpeedIndex,
        PriorMean = figures.Prior.Mean,
        PriorStrength = figures.Prior.Strength,
        PriorVersion = figures.Prior.Version,
        LowerBound = figures.LowerBound,
    };

    /// <summary>From the wire.</summary>
    public StandingFigures ToFigures() => new()
    {
        WorkerId = WorkerId,
        Fold = new QualityFold { Right = Right, Wrong = Wrong, LastSequence = Sequence },
        Prior = new AccuracyPrior(PriorMean, PriorStrength, PriorVersion),
        LowerBound = LowerBound,
        Answers = Answers,
        FirstAnswerAt = FirstAnswerAt,
        TimedAnswers = Answers,
        MedianSeconds = MedianSeconds,
        SpeedIndex = SpeedIndex,
    };
}

/// <summary>A bar on rank that a gate asks for.</summary>
/// <param name="Top">Places; 0 for a share.</param>
/// <param name="Share">Share; 0 for places.</param>
[GenerateSerializer, Immutable, Alias("dispatch.board.ask")]
public readonly record struct AskMessage([property: Id(0)] int Top, [property: Id(1)] double Share);

/// <summary>A key of the board.</summary>
/// <param name="First">See <see cref="BoardKey"/>.</param>
/// <param name="Second">See there.</param>
/// <param name="Third">See there.</param>
/// <param name="WorkerId">The worker.</param>
[GenerateSerializer, Immutable, Alias("dispatch.board.key")]
public readonly record struct KeyMessage([property: Id(0)] double First, [property: Id(1)] double Second, [property: Id(2)] double Third, [property: Id(3)] Guid WorkerId)
{
    /// <summary>For the wire.</summary>
    /// <param name="key">The key.</param>
    public static KeyMessage? Of(BoardKey? key) => key is { } k ? new KeyMessage(k.First, k.Second, k.Third, k.WorkerId) : null;

    /// <summary>From the wire.</summary>
    /// <param name="key">The key.</param>
    public static BoardKey? To(KeyMessage? key) => key is { } k ? new BoardKey(k.First, k.Second, k.Third, k.WorkerId) : null;
}

/// <summary>A bar as it stands.</summary>
/// <param name="Ask">What was asked for.</param>
/// <param name="Place">The place it is.</param>
/// <param name="Last">Who is on it.</param>
/// <param name="Next">Who is behind it.</param>
[GenerateSerializer, Immutable, Alias("dispatch.board.cutoff")]
public readonly record struct CutoffMessage([property: Id(0)] AskMessage Ask, [property: Id(1)] int Place, [property: Id(2)] KeyMessage? Last, [property: Id(3)] KeyMessage? Next);

/// <summary>What a board tells a process.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.board.publication")]
public sealed record BoardPublication
{
    /// <summary>State of the board.</summary>
    [Id(0)] public required long Epoch { get; init; }
    /// <summary>When it was taken.</summary>
    [Id(1)] public required DateTimeOffset TakenAt { get; init; }
    /// <summary>Workers on it.</summary>
    [Id(2)] public required int Size { get; init; }
    /// <summary>By what it is ordered.</summary>
    [Id(3)] public required BoardOrder Order { get; init; }
    /// <summary>Median of the workers' medians, in seconds.</summary>
    [Id(4)] public double? PoolMedianSeconds { get; init; }
    /// <summary>The bars that were asked for.</summary>
    [Id(5)] public required IReadOnlyList<CutoffMessage> Cutoffs { get; init; }
    /// <summary>Mean of the prior that the board stands on.</summary>
    [Id(6)] public required double PriorMean { get; init; }
    /// <summary>Its strength.</summary>
    [Id(7)] public required double PriorStrength { get; init; }
    /// <summary>Its version.</summary>
    [Id(8)] public required int PriorVersion { get; init; }

    /// <summary>Which life of the board it is.</summary>
    [Id(9)] public required long Life { get; init; }

    /// <summary>The prior.</summary>
    public AccuracyPrior Prior => new(PriorMean, PriorStrength, PriorVersion);

    /// <summary>For the wire.</summary>
    /// <param name="cutoffs">The board.</param>
    /// <param name="prior">The prior.</param>
    /// <param name="life">Which life of the board it is.</param>
    public static BoardPublication Of(BoardCutoffs cutoffs, AccuracyPrior prior, long life) => new()
    {
        Life = life,
        Epoch = cutoffs.Epoch,
        TakenAt = cutoffs.TakenAt,
        Size = cutoffs.Size,
        Order = cutoffs.Order,
        PoolMedianSeconds = cutoffs.PoolMedianSeconds,
        Cutoffs = [.. cutoffs.Ranks.Select(rank => new CutoffMessage(new AskMessage(rank.Key.Top, rank.Key.Share), rank.Value.Place, KeyMessage.Of(rank.Value.Last), KeyMessage.Of(rank.Value.Next)))],
        PriorMean = prior.Mean,
        PriorStrength = prior.Strength,
        PriorVersion = prior.Version,
    };

    /// <summary>From the wire.</summary>
    public BoardCutoffs ToCutoffs() => new()
    {
        Epoch = Epoch,
        TakenAt = TakenAt,
        Size = Size,
        Order = Order,
        PoolMedianSeconds = PoolMedianSeconds,
        Ranks = Cutoffs.ToDictionary(cutoff => new RankAsk(cutoff.Ask.Top, cutoff.Ask.Share), cutoff => new RankCutoff(cutoff.Place, KeyMessage.To(cutoff.Last), KeyMessage.To(cutoff.Next))),
    };
}

/// <summary>A worker's place on a board.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.board.place")]
public sealed record BoardPlaceView
{
    /// <summary>From 1.</summary>
    [Id(0)] public required int Rank { get; init; }
    /// <summary>Share of the others who stand below, in 0..1.</summary>
    [Id(1)] public required double Percentile { get; init; }
    /// <summary>Workers on the board.</summary>
    [Id(2)] public required int Size { get; init; }
    /// <summary>State of the board.</summary>
    [Id(3)] public required long Epoch { get; init; }
    /// <summary>When that was.</summary>
    [Id(4)] public required DateTimeOffset At { get; init; }
}
