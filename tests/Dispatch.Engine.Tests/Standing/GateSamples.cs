using Dispatch.Contracts;
using Dispatch.Contracts.Policies;
using Dispatch.Engine.Matching;
using Dispatch.Engine.Quality;
using Dispatch.Engine.Standing;

namespace Dispatch.Engine.Tests.Standing;

/// <summary>Gates, workers and boards drawn by a seed: close enough to the bars that either outcome is common.</summary>
internal static class GateSamples
{
    public static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static readonly AccuracyPrior Prior = new(0.8, 8, 3);

    public static Guid Worker(int n) => new(n, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]);

    public static StandingFigures Figures(double right, double wrong, int worker = 1, long? answers = null) =>
        StandingFigures.Of(Worker(worker), new QualityFold { Right = right, Wrong = wrong, Golds = (long)(right + wrong), LastSequence = (long)(right + wrong) }, Prior) with { Answers = answers ?? (long)(right + wrong) };

    public static GatePolicy Policy(Random random)
    {
        var enter = random.Next(1, 30);
        var p = 0.5 + (0.45 * random.NextDouble());
        var ratio = 0.5 + (2 * random.NextDouble());
        var top = random.Next(1, 20);
        var share = 0.05 + (0.9 * random.NextDouble());
        var policy = new GatePolicy
        {
            Version = random.Next(1, 3),
            Evidence = Maybe() ? new() { Enter = enter, Stay = Maybe() ? enter * random.NextDouble() : null } : null,
            Accuracy = new() { Threshold = 0.6 + (0.3 * random.NextDouble()), Probability = p, Hysteresis = 0.1 * random.NextDouble(), StayProbability = p * (0.2 + (0.8 * random.NextDouble())) },
            HandlingTime = Maybe() ? new() { RatioMax = ratio, StayRatioMax = Maybe() ? ratio + random.NextDouble() : null, AnswersMin = random.Next(1, 20) } : null,
            Rank = !Maybe() ? null : Maybe() ? new() { Top = top, StayTop = Maybe() ? top + random.Next(5) : null } : new() { TopShare = share, StayTopShare = Maybe() ? share + ((1 - share) * random.NextDouble()) : null },
            Labels = Maybe() ? [new Selector { Label = "level", Operator = SelectorOperator.GreaterOrEqual, Value = new JsonText($"{random.Next(1, 4)}") }] : [],
            Tenure = Maybe() ? new() { Answers = Maybe() ? random.Next(1, 60) : null, Days = random.Next(1, 20) } : null,
            DwellAnswers = Maybe() ? random.Next(30) : 0,
            DwellSeconds = Maybe() ? random.Next(7_200) : 0,
            ShareGuard = Maybe() ? new() { ShareMax = 0.2, AlwaysAllowed = random.Next(1, 10) } : null,
            Release = Maybe() ? new() : new() { Kind = ReleaseKind.Widen, AfterSeconds = 60, EverySeconds = 30, Steps = [.. Steps()] },
        };
        GateChecks.Check(policy).Where(fault => !fault.Place.StartsWith("release", StringComparison.Ordinal)).ShouldBeEmpty();
        return policy;

        bool Maybe() => random.Next(2) == 0;

        IEnumerable<GateStep> Steps()
        {
            yield return new() { Name = "less sure", Probability = p * 0.9, RatioMax = ratio + 1, Evidence = enter * 0.7 };
            yield return new() { Name = "less good", Threshold = 0.5, Top = top + 10, TopShare = Math.Min(1, share + 0.2) };
            yield return new() { Name = "without the rest", Without = [GateClauseKind.Tenure, GateClauseKind.HandlingTime] };
        }
    }

    public static GateInputs Inputs(Random random, Gate gate)
    {
        var n = random.Next(0, 60);
        var right = Math.Min(n, Math.Round(n * (0.65 + (0.35 * random.NextDouble()))));
        var timed = random.Next(0, 40);
        var figures = Figures(right, n - right, worker: random.Next(1, 40), answers: n + random.Next(0, 20)) with
        {
            FirstAnswerAt = random.Next(5) == 0 ? null : Now.AddDays(-random.Next(0, 30)),
            TimedAnswers = timed,
            MedianSeconds = timed > 0 ? 5 + (40 * random.NextDouble()) : null,
            SpeedIndex = 0.5 + random.NextDouble(),
        };
        var isIn = random.Next(2) == 0;
        return new()
        {
            Figures = figures,
            Labels = random.Next(3) == 0 ? WorkerLabels.None : WorkerLabels.Parse($$"""{"level":{{random.Next(0, 5)}}}"""),
            Membership = isIn ? new(true, Now.AddSeconds(-random.Next(-60, 7_200)), Math.Max(0, figures.Answers - random.Next(-5, 40)), 1, random.Next(1, 3)) : GateMembership.Out,
            Board = Reading(random, gate),
            At = Now,
            Step = random.Next(gate.Steps),
            Share = random.Next(2) == 0 ? new(random.Next(0, 12), 50) : null,
        };
    }

    public static BoardReading? Reading(Random random, Gate gate)
    {
        if (random.Next(8) == 0) return null;
        var board = Board(random, random.Next(0, 30));
        return new(board.Publish(Now, random.Next(8) == 0 ? [] : gate.Asks), TimeSpan.FromMilliseconds(random.Next(-100, 2_600)));
    }

    public static Leaderboard Board(Random random, int size)
    {
        var board = new Leaderboard(BoardOrder.LowerBound);
        for (var i = 0; i < size; i++)
        {
            var n = random.Next(0, 60);
            var right = Math.Round(n * (0.65 + (0.35 * random.NextDouble())));
            board.Upsert(Figures(right, n - right, worker: i + 20) with { MedianSeconds = random.Next(4) == 0 ? null : 5 + (30 * random.NextDouble()) });
        }

        return board;
    }
}
