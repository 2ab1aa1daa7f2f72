using Dispatch.Contracts;
using Dispatch.Contracts.Policies;
using Dispatch.Engine.Matching;
using Dispatch.Engine.Standing;
using Dispatch.TestKit;
using static Dispatch.Engine.Tests.Standing.GateSamples;

namespace Dispatch.Engine.Tests.Standing;

/// <summary>The bars, one by one: entering, staying, dwelling, and a board that cannot be read.</summary>
public sealed class GateTests
{
    private static readonly GatePolicy Usual = new() { Evidence = new() { Enter = 15 }, Accuracy = new() { Threshold = 0.8 }, DwellAnswers = 0 };

    private static GateInputs With(StandingFigures figures, GateMembership? membership = null, BoardReading? board = null) =>
        new() { Figures = figures, Membership = membership ?? GateMembership.Out, Board = board, At = Now };

    private static GateMembership In(long answers = 0, int version = 1, int secondsAgo = 100_000) => new(true, Now.AddSeconds(-secondsAgo), answers, 1, version);

    [Fact]
    public void Judge_EnoughGoodEvidence_Enters()
    {
        var judgement = Gate.From(Usual).Judge(With(Figures(29, 1)));

        judgement.Passes.ShouldBeTrue();
        judgement.Change.ShouldBe(GateChange.Entered);
        judgement.After.ShouldBe(new GateMembership(true, Now, 30, 30, 1));
        judgement.Clauses.Select(clause => (clause.Kind, clause.Needed)).ShouldBe([(GateClauseKind.Evidence, 15), (GateClauseKind.Accuracy, 0.9)]);
        judgement.Clauses[1].Actual!.Value.ShouldBe(judgement.Clauses[1].Margin!.Value + 0.9, 1e-12);
    }

    [Theory]
    [InlineData(14, 0, false)] // Too little, however good.
    [InlineData(15, 0, true)]
    [InlineData(26, 4, false)] // Good, but not surely enough.
    public void Judge_AtTheBars_SaysWhatTheFormulaSays(int right, int wrong, bool passes) => Gate.From(Usual).Judge(With(Figures(right, wrong))).Passes.ShouldBe(passes);

    [Fact]
    public void Judge_WhoIsIn_IsHeldToTheLowerBar()
    {
        var gate = Gate.From(Usual);
        gate.Judge(With(Figures(26, 4))).Passes.ShouldBeFalse();
        gate.Judge(With(Figures(26, 4), In())).Passes.ShouldBeTrue();

        var fallen = gate.Judge(With(Figures(20, 10), In()));
        (fallen.Passes, fallen.Change, fallen.After.IsIn).ShouldBe((false, GateChange.Left, false));
        fallen.Clauses[1].Threshold!.Value.ShouldBe(0.75, 1e-12);
    }

    [Fact]
    public void Dwell_CoversFigures_UntilItsEndOrAnotherPolicy()
    {
        var gate = Gate.From(Usual with { DwellAnswers = 20, DwellSeconds = 60 });
        var bad = Figures(20, 20, answers: 100);

        var dwelling = gate.Judge(With(bad, In(answers: 81)));
        (dwelling.Passes, dwelling.Change).ShouldBe((true, GateChange.None));
        dwelling.Clauses[1].ShouldSatisfyAllConditions(clause => clause.Meets.ShouldBeFalse(), clause => clause.Dwelling.ShouldBeTrue());
        gate.Judge(With(bad, In(answers: 80))).Passes.ShouldBeFalse("twenty answers are over");
        gate.Judge(With(bad, In(answers: 80, secondsAgo: 59))).Passes.ShouldBeTrue("a minute is not");
        gate.Judge(With(bad, In(answers: 101, secondsAgo: -1))).Passes.ShouldBeFalse("an entry in the future is a clock that went back");
        gate.Judge(With(bad, In(answers: 81, version: 2))).Passes.ShouldBeFalse("another policy promised it");
    }

    [Fact]
    public void Dwell_NeverCoversLabelsNorAnUnreadableBoard()
    {
        var labelled = Gate.From(Usual with { DwellAnswers = 20, Labels = [new Selector { Label = "expert", Operator = SelectorOperator.Equal, Value = new JsonText("true") }] });
        labelled.Judge(With(Figures(29, 1, answers: 30), In(answers: 29))).Change.ShouldBe(GateChange.Left);
        labelled.Judge(With(Figures(29, 1, answers: 30), In(answers: 29)) with { Labels = WorkerLabels.Parse("""{"expert":true}""") }).Passes.ShouldBeTrue();

        var ranked = Gate.From(Usual with { DwellAnswers = 20, Rank = new() { Top = 5 } });
        ranked.Judge(With(Figures(29, 1, answers: 30), In(answers: 29))).Passes.ShouldBeFalse();
    }

    [Fact]
    public void Judge_BoardAbsentOrOld_LetsNobodyThroughAndEndsNoMembership()
    {
        var gate = Gate.From(Usual with { Rank = new() { Top = 5 }, HandlingTime = new() });
        var board = new Leaderboard(BoardOrder.LowerBound);
        board.Upsert(Figures(29, 1) with { MedianSeconds = 10 });
        var cutoffs = board.Publish(Now, gate.Asks);
        var figures = Figures(29, 1) with { TimedAnswers = 30, MedianSeconds = 10 };

        gate.Judge(With(figures, In(), new(cutoffs, TimeSpan.FromSeconds(2)))).Passes.ShouldBeTrue();
        foreach (var (reading, fault) in new (BoardReading?, ClauseFault)[] { (null, ClauseFault.NoBoard), (new(cutoffs, TimeSpan.FromSeconds(2.001)), ClauseFault.BoardTooOld), (new(cutoffs, TimeSpan.FromSeconds(-1)), ClauseFault.BoardTooOld) })
        {
            var judgement = gate.Judge(With(figures, In(), reading));
            (judgement.Passes, judgement.Change, judgement.After.IsIn).ShouldBe((false, GateChange.None, true));
            judgement.Clauses.Where(clause => clause.Kind is GateClauseKind.Rank or GateClauseKind.HandlingTime).ShouldAllBe(clause => clause.Fault == fault);
            gate.Judge(With(figures, null, reading)).After.IsIn.ShouldBeFalse();
            gate.Judge(With(Figures(20, 20), In(), reading)).Change.ShouldBe(GateChange.Left, "what is known is enough");
        }

        gate.Judge(With(figures, In(), new(cutoffs with { Ranks = new Dictionary<RankAsk, RankCutoff>() }, TimeSpan.Zero))).Clauses.Single(clause => clause.Kind == GateClauseKind.Rank).Fault.ShouldBe(ClauseFault.NotOnBoard);
    }

    [Fact]
    public void Rank_IsThatOfTheLatestFiguresAgainstTheBoard() => TestSeeds.Run(seed =>
    {
        var random = new Random(seed);
        for (var round = 0; round < 300; round++)
        {
            var board = Board(random, random.Next(1, 25));
            var top = random.Next(1, 30);
            var gate = Gate.From(new() { Rank = new() { Top = top }, DwellAnswers = 0 });
            var before = board.Publish(Now, gate.Asks);
            var n = random.Next(0, 60);
            var own = Figures(n, random.Next(0, 10), worker: random.Next(20, 50)) with { Fold = Figures(n, 0).Fold with { LastSequence = 1_000 } };
            own = own.WithFold(own.Fold with { Wrong = random.Next(0, 10) });
            var (oldRank, judged) = (board.RankOf(own.WorkerId), gate.Judge(With(own, null, new(before, TimeSpan.Zero))).Passes);
            board.Upsert(own).ShouldBe(UpsertOutcome.Applied);

            var trueRank = board.RankOf(own.WorkerId)!.Value;
            if (judged) trueRank.ShouldBeLessThanOrEqualTo(top, "a place is never judged too mildly");
            else if (trueRank <= top) (oldRank < top).ShouldBeTrue("only who fell from further up is judged too strictly");
        }
    });

    [Fact]
    public void Share_IsUsedUpAtItsLimit_AndEndsNoMembership()
    {
        var gate = Gate.From(Usual with { ShareGuard = new() { ShareMax = 0.2, AlwaysAllowed = 3 } });
        gate.Judge(With(Figures(29, 1), In()) with { Share = new(9, 50) }).Passes.ShouldBeTrue();
        var full = gate.Judge(With(Figures(29, 1), In()) with { Share = new(10, 50) });
        (full.Passes, full.Change).ShouldBe((false, GateChange.None));
        gate.Judge(With(Figures(29, 1), In()) with { Share = new(2, 5) }).Passes.ShouldBeTrue("a small batch does not stand still");
        gate.Judge(With(Figures(29, 1), In()) with { Share = new(3, 5) }).Passes.ShouldBeFalse();
    }

    [Fact]
    public void OpeningAfter_WidensStepByStep()
    {
        var release = new GateRelease { Kind = ReleaseKind.Widen, AfterSeconds = 100, EverySeconds = 10, Steps = [new() { Name = "a", Threshold = 0.7 }, new() { Name = "b", Without = [GateClauseKind.Evidence] }] };
        var gate = Gate.From(Usual with { Release = release });

        gate.OpeningAfter(TimeSpan.FromSeconds(99)).ShouldBe(new GateOpening(0, null, false, TimeSpan.FromSeconds(1)));
        gate.OpeningAfter(TimeSpan.FromSeconds(100)).ShouldBe(new GateOpening(1, "a", false, TimeSpan.FromSeconds(10)));
        gate.OpeningAfter(TimeSpan.FromSeconds(109)).ShouldBe(new GateOpening(1, "a", false, TimeSpan.FromSeconds(1)));
        gate.OpeningAfter(TimeSpan.FromSeconds(110)).ShouldBe(new GateOpening(2, "b", false, null));
        gate.OpeningAfter(TimeSpan.FromDays(10_000)).ShouldBe(new GateOpening(2, "b", false, null));
        gate.At(2).ShouldSatisfyAllConditions(policy => policy.Evidence.ShouldBeNull(), policy => policy.Accuracy!.Threshold.ShouldBe(0.7));
        Gate.From(Usual).OpeningAfter(TimeSpan.FromDays(10_000)).ShouldBe(new GateOpening(0, null, false, null));
        Gate.From(Usual with { Release = new() { Kind = ReleaseKind.Release, AfterSeconds = 5 } }).OpeningAfter(TimeSpan.FromSeconds(5)).ToAll.ShouldBeTrue();
    }
}
