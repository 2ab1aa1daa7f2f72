using Dispatch.Contracts.Policies;
using Dispatch.Engine.Matching;
using Dispatch.Engine.Quality;

namespace Dispatch.Engine.Standing;

/// <summary>
/// Replays recorded evaluations under a gate, by the functions that gate live: would those it lets in have done good work afterwards?
/// Nobody is judged by what came later than the moment. Labels are as given, the board is rebuilt as it grew.
/// </summary>
public static class Backtest
{
    /// <summary>An exit is a flap when a new entry follows within so many answers of the worker.</summary>
    public const int FlapAnswers = 50;

    /// <summary>Runs a backtest.</summary>
    /// <param name="gate">The gate.</param>
    /// <param name="rows">The evaluations, in the order in which they were stored.</param>
    /// <param name="prior">The prior.</param>
    /// <param name="discount">γ per unit of weight, above 0 to 1.</param>
    /// <param name="order">Order of the board.</param>
    /// <param name="labels">Labels of the workers; who is missing has none.</param>
    public static BacktestResult Run(
        Gate gate, IEnumerable<BacktestRow> rows, AccuracyPrior prior, double discount = 1, BoardOrder order = BoardOrder.LowerBound, IReadOnlyDictionary<Guid, WorkerLabels>? labels = null)
    {
        Dictionary<Guid, Life> lives = [];
        var pool = new ScoreSums();
        var (tried, raw) = (new GateTrack(), new GateTrack());
        var board = gate.NeedsBoard ? new Leaderboard(order) : null;
        var asks = gate.Asks;
        var evaluations = 0L;
        foreach (var row in rows)
        {
            if (row.Kind is EvidenceKind.Mask or EvidenceKind.Training) continue;
            evaluations++;
            if (!lives.TryGetValue(row.WorkerId, out var life)) lives.Add(row.WorkerId, life = new Life(row.WorkerId, prior, discount, labels?.GetValueOrDefault(row.WorkerId)));
            pool.Add(row.WorkerId, row.Score, row.Weight);
            tried.Answer(row.WorkerId, row.Score, row.Weight);
            raw.Answer(row.WorkerId, row.Score, row.Weight);

            life.Apply(row, needsBound: board is not null);
            board?.Upsert(life.Figures);
            var judgement = gate.Judge(new()
            {
                Figures = life.Figures,
                Labels = life.Labels,
                Membership = life.Membership,
                Board = board is null ? null : new(board.Publish(row.At, asks), TimeSpan.Zero),
                At = row.At,
            });
            life.Membership = judgement.After;
            tried.Judged(row.WorkerId, judgement.After.IsIn);
            raw.Judged(row.WorkerId, PassesRaw(gate.Policy, life));
        }

        return new(evaluations, lives.Count, pool.Estimate(), tried.Record(), gate.Policy.Accuracy is null ? null : raw.Record());
    }

    private static bool PassesRaw(GatePolicy policy, Life life) =>
        policy.Accuracy is { } accuracy && life.Weight >= (policy.Evidence?.Enter ?? 1) && life.Right / life.Weight >= accuracy.Threshold;

    private sealed class Life(Guid worker, AccuracyPrior prior, double discount, WorkerLabels? labels)
    {
        private readonly HandlingFold _times = new();

        public StandingFigures Figures { get; private set; } = StandingFigures.Of(worker, default, prior, discount);

        public WorkerLabels Labels { get; } = labels ?? WorkerLabels.None;

        public GateMembership Membership { get; set; } = GateMembership.Out;

        public double Weight { get; private set; }

        public double Right { get; private set; }

        public void Apply(BacktestRow row, bool needsBound)
        {
            Weight += row.Weight;
            Right += row.Weight * row.Score;
            if (row.Seconds is { } seconds) _times.Apply(TimeSpan.FromSeconds(seconds));
            var fold = Figures.Fold.Apply(new EvidenceRow(row.Sequence, row.Kind, row.Score, row.Weight), discount);
            // The bound is an inverse integral, and only a board reads it.
            Figures = (needsBound ? Figures.WithFold(fold) : Figures with { Fold = fold }) with
            {
                Answers = Figures.Answers + 1,
                FirstAnswerAt = Figures.FirstAnswerAt ?? row.At,
                TimedAnswers = _times.Count,
                MedianSeconds = _times.Median?.TotalSeconds,
            };
        }
    }
}
