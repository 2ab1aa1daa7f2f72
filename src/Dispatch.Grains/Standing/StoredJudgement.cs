using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Engine.Matching;
using Dispatch.Engine.Quality;
using Dispatch.Engine.Standing;

namespace Dispatch.Grains;

/// <summary>
/// A judgement with everything it rests on, as it is stored with a golden assignment, and with a row of entering or leaving: whoever audits it
/// judges again and must come to the same.
/// </summary>
public sealed record StoredJudgement
{
    /// <summary>The evidence.</summary>
    public required QualityFold Fold { get; init; }
    /// <summary>The prior.</summary>
    public required AccuracyPrior Prior { get; init; }
    /// <summary>Lower bound of the accuracy.</summary>
    public required double LowerBound { get; init; }
    /// <summary>Answers given.</summary>
    public required long Answers { get; init; }
    /// <summary>First of them.</summary>
    public DateTimeOffset? FirstAnswerAt { get; init; }
    /// <summary>Median handling time in seconds.</summary>
    public double? MedianSeconds { get; init; }
    /// <summary>Speed index.</summary>
    public double SpeedIndex { get; init; } = 1;
    /// <summary>Labels (JSON object text).</summary>
    public required string Labels { get; init; }
    /// <summary>Membership before.</summary>
    public required GateMembership Membership { get; init; }
    /// <summary>Time of the judgement.</summary>
    public required DateTimeOffset At { get; init; }
    /// <summary>Step judged; 0 is the gate itself.</summary>
    public int Step { get; init; }
    /// <summary>The task had waited so long that everybody may have it: nothing was judged.</summary>
    public bool ToAll { get; init; }
    /// <summary>The board; null when the gate asks for none, or it could not be read.</summary>
    public StoredBoard? Board { get; init; }
    /// <summary>Clauses as they were found.</summary>
    public required IReadOnlyList<StoredClause> Clauses { get; init; }

    /// <summary>The posterior.</summary>
    public Accuracy Accuracy() => Engine.Quality.Accuracy.Of(Fold, Prior);

    /// <summary>Text to store.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, DispatchJson.Options);

    /// <summary>Reads what was stored; null when it is of another shape.</summary>
    /// <param name="json">The text.</param>
    public static StoredJudgement? Read(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<StoredJudgement>(json, DispatchJson.Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes down a judgement.</summary>
    /// <param name="inputs">What was judged.</param>
    /// <param name="labels">Labels, as stored.</param>
    /// <param name="judgement">What came of it; null when the task is open to everybody.</param>
    public static StoredJudgement Of(GateInputs inputs, string labels, GateJudgement? judgement) => new()
    {
        Fold = inputs.Figures.Fold,
        Prior = inputs.Figures.Prior,
        LowerBound = inputs.Figures.LowerBound,
        Answers = inputs.Figures.Answers,
        FirstAnswerAt = inputs.Figures.FirstAnswerAt,
        MedianSeconds = inputs.Figures.MedianSeconds,
        SpeedIndex = inputs.Figures.SpeedIndex,
        Labels = labels,
        Membership = inputs.Membership,
        At = inputs.At,
        Step = inputs.Step,
        ToAll = judgement is null,
        Board = judgement?.BoardEpoch is not null && inputs.Board is { } board ? StoredBoard.Of(board) : null,
        Clauses = [.. (judgement?.Clauses ?? []).Select(StoredClause.Of)],
    };

    /// <summary>What was judged, to judge it again.</summary>
    /// <param name="workerId">Whose it is.</param>
    public GateInputs ToInputs(Guid workerId) => new()
    {
        Figures = new StandingFigures
        {
            WorkerId = workerId,
            Fold = Fold,
            Prior = Prior,
            LowerBound = LowerBound,
            Answers = Answers,
            FirstAnswerAt = FirstAnswerAt,
            TimedAnswers = Answers,
            MedianSeconds = MedianSeconds,
            SpeedIndex = SpeedIndex,
        },
        Labels = WorkerLabels.Parse(Labels),
        Membership = Membership,
        Board = Board?.ToReading(),
        At = At,
        Step = Step,
    };
}

/// <summary>A board as it was judged by.</summary>
/// <param name="Epoch">Its epoch.</param>
/// <param name="TakenAt">When it was taken.</param>
/// <param name="AgeMs">How old it was, by a clock that is not set.</param>
/// <param name="Size">Workers on it.</param>
/// <param name="Order">By what it is ordered.</param>
/// <param name="PoolMedianSeconds">Median of the pool.</param>
/// <param name="Ranks">Bars asked for.</param>
public sealed record StoredBoard(long Epoch, DateTimeOffset TakenAt, double AgeMs, int Size, Contracts.Policies.BoardOrder Order, double? PoolMedianSeconds, IReadOnlyList<StoredRank> Ranks)
{
    /// <summary>Of a reading.</summary>
    /// <param name="reading">The reading.</param>
    public static StoredBoard Of(BoardReading reading) => new(
        reading.Cutoffs.Epoch, reading.Cutoffs.TakenAt, reading.Age.TotalMilliseconds, reading.Cutoffs.Size, reading.Cutoffs.Order, reading.Cutoffs.PoolMedianSeconds,
        [.. reading.Cutoffs.Ranks.Select(rank => new StoredRank(rank.Key.Top, rank.Key.Share, rank.Value.Place, rank.Value.Last, rank.Value.Next))]);

    /// <summary>As it was.</summary>
    public BoardReading ToReading() => new(
        new BoardCutoffs
        {
            Epoch = Epoch,
            TakenAt = TakenAt,
            Size = Size,
            Order = Order,
            PoolMedianSeconds = PoolMedianSeconds,
            Ranks = Ranks.ToDictionary(rank => new RankAsk(rank.Top, rank.Share), rank => new RankCutoff(rank.Place, rank.Last, rank.Next)),
        },
        TimeSpan.FromMilliseconds(AgeMs));
}

/// <summary>A bar on rank.</summary>
/// <param name="Top">Places asked for; 0 for a share.</param>
/// <param name="Share">Share asked for; 0 for places.</param>
/// <param name="Place">The place it is.</param>
/// <param name="Last">Key of the worker on it; null when the board is shorter.</param>
/// <param name="Next">Key of the worker behind it.</param>
public sealed record StoredRank(int Top, double Share, int Place, BoardKey? Last, BoardKey? Next);

/// <summary>A clause as it was found.</summary>
/// <param name="Kind">What it is about.</param>
/// <param name="Needed">Needed.</param>
/// <param name="Actual">Found.</param>
/// <param name="Passes">Whether it passed.</param>
/// <param name="Dwelling">Only because the worker had entered a short while before.</param>
public sealed record StoredClause(Contracts.Policies.GateClauseKind Kind, double? Needed, double? Actual, bool Passes, bool Dwelling)
{
    /// <summary>Of a verdict.</summary>
    /// <param name="verdict">The verdict.</param>
    public static StoredClause Of(ClauseVerdict verdict) => new(verdict.Kind, verdict.Needed, verdict.Actual, verdict.Passes, verdict.Dwelling);
}
