using Dispatch.Contracts.Policies;
using Dispatch.Engine.Quality;
using Dispatch.Engine.Standing;
using Dispatch.TestKit;
using static Dispatch.Engine.Tests.Standing.GateSamples;

namespace Dispatch.Engine.Tests.Standing;

/// <summary>What a gate would do, before it is saved.</summary>
public sealed class TrialTests
{
    private static readonly AccuracyPrior Flat = AccuracyPrior.Uniform;

    [Fact]
    public void Trial_SaysWhoWouldEnterAndLeave()
    {
        var board = new Leaderboard(BoardOrder.LowerBound);
        board.Upsert(Figures(50, 0, worker: 1) with { AnswersPerHour = 10 });
        board.Upsert(Figures(28, 2, worker: 2) with { AnswersPerHour = 20 });
        board.Upsert(Figures(20, 20, worker: 3) with { AnswersPerHour = 40 });
        var present = Gate.From(new() { Version = 1, Evidence = new() { Enter = 35 }, DwellAnswers = 0 });
        var candidate = Gate.From(new() { Version = 2, Accuracy = new() { Threshold = 0.75 }, DwellAnswers = 0 });

        var result = GateTrial.Run(board, candidate, new() { At = Now, Present = present, Waiting = 59, ListMax = 1 });

        (result.PassNow, result.WouldPass, result.EnterCount, result.LeaveCount).ShouldBe((2, 2, 1, 1));
        (result.Enter.Single().WorkerId, result.Enter.Single().Rank).ShouldBe((Worker(2), 2));
        (result.Leave.Single().WorkerId, result.Leave.Single().Rank).ShouldBe((Worker(3), 3));
        result.Leave.Single().Missed.ShouldBe([GateClauseKind.Accuracy]);
        (result.AnswersPerHourNow, result.AnswersPerHour, result.RatesNotKnown).ShouldBe((50, 30, 0));
        (result.Drain, result.ExpectedWait).ShouldBe((TimeSpan.FromHours(59 / 30.0), TimeSpan.FromHours(1)));
    }

    [Fact]
    public void Trial_NobodyWouldPass_PromisesNoEnd()
    {
        var board = new Leaderboard(BoardOrder.LowerBound);
        board.Upsert(Figures(5, 0) with { AnswersPerHour = 10 });
        var result = GateTrial.Run(board, Gate.From(new() { Evidence = new() { Enter = 35 } }), new() { At = Now, Waiting = 5 });
        (result.WouldPass, result.Drain, result.ExpectedWait).ShouldBe((0, null, null));
    }

    [Fact]
    public void Trial_BeforeRatesAreMeasured_SaysNotKnown_AndNotNone()
    {
        var board = new Leaderboard(BoardOrder.LowerBound);
        board.Upsert(Figures(50, 0, worker: 1) with { AnswersPerHour = double.NaN });
        var gate = Gate.From(new() { Evidence = new() { Enter = 35 }, DwellAnswers = 0 });
        var result = GateTrial.Run(board, gate, new() { At = Now, Waiting = 5 });
        (result.WouldPass, result.AnswersPerHour, result.RatesNotKnown, result.Drain, result.ExpectedWait).ShouldBe((1, null, 1, null, null));

        board.Upsert(Figures(60, 0, worker: 2) with { AnswersPerHour = 10 });
        result = GateTrial.Run(board, gate, new() { At = Now, Waiting = 5 });
        (result.WouldPass, result.AnswersPerHour, result.RatesNotKnown).ShouldBe((2, 10, 1));
    }

    [Fact]
    public void Trial_AgreesWithTheGate_ForAnyBoard() => TestSeeds.Run(seed =>
    {
        var random = new Random(seed);
        for (var round = 0; round < 100; round++)
        {
            var (gate, board) = (Gate.From(Policy(random)), Board(random, 25));
            var result = GateTrial.Run(board, gate, new() { At = Now, ListMax = 100 });
            var reading = new BoardReading(board.Publish(Now, gate.Asks), TimeSpan.Zero);
            var passing = board.From(1, 25).Select(place => place.Figures).Where(figures => gate.Judge(new() { Figures = figures, Board = reading, At = Now }).Passes).Select(figures => figures.WorkerId);
            result.Enter.Select(worker => worker.WorkerId).ShouldBe(passing);
        }
    });

    private static IEnumerable<BacktestRow> Rows(params (int Worker, string Scores)[] lives) =>
        lives.SelectMany(life => life.Scores.Select((score, i) => new BacktestRow(Worker(life.Worker), i + 1, EvidenceKind.Gold, score - '0', 1, Now.AddSeconds(i))));

    [Fact]
    public void Backtest_CountsWhatCameAfterTheEntry()
    {
        // In with the fourth right one; the rest is what the gate is answerable for.
        var gate = Gate.From(new() { Evidence = new() { Enter = 4 }, Accuracy = new() { Threshold = 0.5, Probability = 0.9 }, DwellAnswers = 100 });
        var result = Backtest.Run(gate, Rows((1, "1111" + "1101"), (2, "0000" + "0000"), (3, "1111" + "11")), Flat);

        (result.Evaluations, result.Workers, result.Gate.Admitted).ShouldBe((22, 3, 2));
        (result.Gate.Inside.Count, result.Gate.Inside.Accuracy).ShouldBe((6, 5 / 6.0));
        result.Pool.Accuracy.ShouldBe(13 / 22.0);

        // Two workers, weights 4 and 2, residuals 3 − 4·5/6 and 2 − 2·5/6.
        result.Gate.Inside.StandardError!.Value.ShouldBe(Math.Sqrt(2.0 * (2 * Math.Pow(1 / 3.0, 2))) / 6, 1e-12);
    }

    [Fact]
    public void Backtest_CountsFlaps_OfTheGateAndOfAPlainOne()
    {
        var gate = Gate.From(new() { Evidence = new() { Enter = 4 }, Accuracy = new() { Threshold = 0.75, Probability = 0.6, Hysteresis = 0.3, StayProbability = 0.5 }, DwellAnswers = 0 });
        // On the bar of three quarters: the plain gate goes out and in with every wrong answer.
        var result = Backtest.Run(gate, Rows((1, "11110" + "01111" + "0111" + "0111")), Flat);

        (result.Raw!.Entries, result.Raw.Exits, result.Raw.Flaps).ShouldBe((4, 3, 3));
        (result.Gate.Entries, result.Gate.Flaps).ShouldBe((1, 0));
    }

    [Fact]
    public void Backtest_AReentryAfterFiftyAnswers_IsNoFlap()
    {
        var gate = Gate.From(new() { Evidence = new() { Enter = 4 }, Accuracy = new() { Threshold = 0.75 }, DwellAnswers = 0 });
        // Out at the second wrong one (4 of 6); in again when three quarters of all are right.
        string Life(int wrong) => "1111" + "00" + new string('0', wrong) + new string('1', 200);
        Backtest.Run(gate, Rows((1, Life(12))), Flat).Raw!.Flaps.ShouldBe(1, "42 answers after the exit");
        Backtest.Run(gate, Rows((1, Life(16))), Flat).Raw!.ShouldSatisfyAllConditions(raw => raw.Entries.ShouldBe(2), raw => raw.Flaps.ShouldBe(0));
    }
}
