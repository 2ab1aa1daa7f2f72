using Dispatch.Contracts;
using Dispatch.Contracts.Worker;
using Dispatch.Engine.Quality;
using Dispatch.Engine.Quality.Gold;
using Dispatch.Engine.Standing;
using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>A standing as a person sees it.</summary>
internal static class StandingViews
{
    public static StandingView Of(ProjectStanding standing, AccuracyPrior prior, BoardReading? board, BoardPlaceView? place, IReadOnlyList<GateView> gates, DateTimeOffset at, StandingCause? cause)
    {
        var figures = standing.Figures(prior);
        var (low, high) = (figures.LowerBound, figures.Accuracy.Quantile(1 - Accuracy.LowerTail));
        var poolMedian = board?.Cutoffs.PoolMedianSeconds;
        return new StandingView
        {
            ProjectId = standing.ProjectId,
            At = at,
            Sequence = standing.Sequence,
            Accuracy = new AccuracyView
            {
                A = figures.Accuracy.A,
                B = figures.Accuracy.B,
                Mean = figures.Accuracy.Mean,
                LowerBound = low,
                UpperBound = high,
                EffectiveN = figures.Accuracy.EffectiveN,
                PriorA = prior.Strength * prior.Mean,
                PriorB = prior.Strength * (1 - prior.Mean),
                PriorVersion = prior.Version,
            },
            Evidence =
            [
                new EvidenceTally { Source = EvidenceKinds.Gold, Rows = standing.Fold.Golds },
                new EvidenceTally { Source = EvidenceKinds.Review, Rows = standing.Fold.Reviews },
                new EvidenceTally { Source = EvidenceKinds.Consensus, Rows = standing.Fold.Consensuses },
            ],
            HandlingTime = new HandlingTimeView
            {
                Count = standing.Handling.Count,
                MeanSeconds = standing.Handling.Mean?.TotalSeconds,
                MedianSeconds = standing.Handling.Median?.TotalSeconds,
                GeometricMeanSeconds = standing.Handling.GeometricMean?.TotalSeconds,
                PoolMedianSeconds = poolMedian,
                SpeedIndex = standing.Handling.GeometricMean is { } typical && poolMedian is > 0 ? typical.TotalSeconds / poolMedian : null,
            },
            Answers = standing.Answers,
            FirstAnswerAt = standing.FirstAnswerAt,
            Rank = place?.Rank,
            Percentile = place?.Percentile,
            PoolSize = place?.Size ?? board?.Cutoffs.Size,
            BoardEpoch = place?.Epoch ?? board?.Cutoffs.Epoch,
            BoardAt = place?.At ?? board?.Cutoffs.TakenAt,
            Tier = gates.Any(gate => gate.Passes) ? BatchTier.Golden : BatchTier.Standard,
            Gates = gates,
            Cause = cause,
        };
    }

    /// <summary>The standing where gold is hidden: see <see cref="GoldSecrecy"/>. No place: it moves with every gold.</summary>
    public static StandingView Told(ProjectStanding standing, AccuracyPrior prior, BoardReading? board, IReadOnlyList<GateView> gates, DateTimeOffset at, StandingCause? cause)
    {
        var view = Of(standing, prior, board, place: null, gates, at, cause);
        var told = GoldSecrecy.Told(Accuracy.Of(standing.Told, prior), prior);
        return view with
        {
            Sequence = standing.ToldAnswers,
            Accuracy = view.Accuracy with
            {
                A = told.A,
                B = told.B,
                Mean = told.Mean,
                LowerBound = told.LowerBound(),
                UpperBound = told.Quantile(1 - Accuracy.LowerTail),
                EffectiveN = told.EffectiveN,
            },
            Evidence = [new EvidenceTally { Source = "checks", Rows = (long)told.EffectiveN }],
            BoardEpoch = null,
            BoardAt = null,
            RenewedEveryAnswers = GoldSecrecy.BunchAnswers,
        };
    }

    public static EvidenceView Of(EvaluationRow row) => new()
    {
        Sequence = row.Sequence,
        Kind = row.Kind,
        Source = row.Source,
        Score = row.Score,
        Weight = row.Weight,
        AssignmentId = row.AssignmentId,
        Masks = row.Masks,
        At = row.CreatedAt,
    };
}
