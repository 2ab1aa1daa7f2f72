using Dispatch.Contracts.Policies;
using Dispatch.Engine.Matching;
using Dispatch.Engine.Standing;
using Dispatch.TestKit;
using static Dispatch.Engine.Tests.Standing.GateSamples;

namespace Dispatch.Engine.Tests.Standing;

/// <summary>What holds for any gate, worker and board.</summary>
public sealed class GatePropertyTests
{
    private const int Rounds = 4_000;

    private static void ForAny(Action<Random, Gate, GateInputs> test) => TestSeeds.Run(seed =>
    {
        var random = new Random(seed);
        for (var round = 0; round < Rounds; round++)
        {
            var gate = Gate.From(Policy(random));
            test(random, gate, Inputs(random, gate));
        }
    });

    /// <summary>The decision, the explanation and a second writing of the rules say the same.</summary>
    [Fact]
    public void DecisionExplanationAndRules_NeverDisagree()
    {
        var (passed, failed) = (0, 0);
        ForAny((_, gate, inputs) =>
        {
            var judgement = gate.Judge(inputs);
            var view = GateExplanation.Explain(gate, inputs, Guid.Empty, "batch");

            judgement.Passes.ShouldBe(Oracle.Passes(gate.At(inputs.Step), inputs));
            view.Passes.ShouldBe(judgement.Passes);
            view.Clauses.All(clause => clause.Passes).ShouldBe(judgement.Passes);
            view.IsIn.ShouldBe(judgement.After.IsIn);
            for (var i = 0; i < view.Clauses.Count; i++)
            {
                var (shown, judged) = (view.Clauses[i], judgement.Clauses[i]);
                (shown.Kind, shown.Passes, shown.NeededValue, shown.ActualValue).ShouldBe((judged.Kind, judged.Passes, judged.Needed, judged.Actual));
                (shown.Remedy is null).ShouldBe(judged.Passes);
                if (shown.Margin is { } margin && shown.Kind != GateClauseKind.Rank) (margin >= 0).ShouldBe(judged.Meets);
                if (shown.Dwelling) shown.Passes.ShouldBeTrue();
            }

            if (judgement.Passes) passed++;
            else failed++;
        });
        (passed > 200 && failed > 200).ShouldBeTrue($"{passed} and {failed}: the samples say nothing");
    }

    [Fact]
    public void MembershipAfter_FollowsFromTheClauses() => ForAny((_, gate, inputs) =>
    {
        var judgement = gate.Judge(inputs);
        if (judgement.Passes && inputs.Step == 0) judgement.After.IsIn.ShouldBeTrue();
        if (judgement.Change == GateChange.None) judgement.After.ShouldBe(inputs.Membership);
        else (judgement.After.IsIn, judgement.Change).ShouldBe((!inputs.Membership.IsIn, inputs.Membership.IsIn ? GateChange.Left : GateChange.Entered));
        if (judgement.Change == GateChange.Entered) gate.Judge(inputs with { Membership = judgement.After }).Change.ShouldBe(GateChange.None, "who enters does not leave by the same figures");
    });

    [Fact]
    public void Hysteresis_WhoWouldEnterAlsoStays() => ForAny((_, gate, inputs) =>
    {
        var outside = gate.Judge(inputs with { Membership = GateMembership.Out });
        if (!outside.Passes) return;
        gate.Judge(inputs with { Membership = new(true, Now.AddYears(-1), -1_000_000, 0, gate.Policy.Version) }).Passes.ShouldBeTrue();
    });

    [Fact]
    public void WiderSteps_LetNobodyOutWhomANarrowerOneLetIn() => ForAny((_, gate, inputs) =>
    {
        for (var step = 1; step < gate.Steps; step++)
        {
            if (gate.Judge(inputs with { Step = step - 1 }).Passes) gate.Judge(inputs with { Step = step }).Passes.ShouldBeTrue($"step {step}");
        }
    });

    [Fact]
    public void NoBoardOrAnOldOne_FailsClosed() => ForAny((_, gate, inputs) =>
    {
        foreach (var reading in new[] { null, inputs.Board is { } board ? board with { Age = TimeSpan.FromSeconds(2.5) } : null })
        {
            var judgement = gate.Judge(inputs with { Board = reading });
            if (gate.At(inputs.Step) is { Rank: null, HandlingTime: null }) judgement.BoardEpoch.ShouldBeNull();
            else judgement.Passes.ShouldBeFalse();
        }
    });

    /// <summary>"Two more correct golds" is true: with two it opens, with one it does not.</summary>
    [Fact]
    public void CorrectGoldsToPass_IsTheFewestThatDo()
    {
        var promised = 0;
        ForAny((_, gate, inputs) =>
        {
            inputs = inputs with { Step = 0 };
            var view = GateExplanation.Explain(gate, inputs, Guid.Empty, "batch");
            if (view.CorrectGoldsToPass is not { } golds) return;
            promised++;
            var next = inputs with { Membership = gate.Judge(inputs).After };
            for (var given = 1; given <= golds; given++)
            {
                next = next with { Figures = next.Figures.WithCorrectGold() };
                gate.Judge(next).Passes.ShouldBe(given == golds);
            }
        });
        promised.ShouldBeGreaterThan(100, "the samples say nothing");
    }

    [Fact]
    public void Judge_SameInputs_SameJudgement() => ForAny((_, gate, inputs) =>
    {
        var (one, two) = (gate.Judge(inputs), gate.Judge(inputs));
        one.Clauses.ShouldBe(two.Clauses);
        one.After.ShouldBe(two.After);
    });

    /// <summary>The rules, written a second time and plainly.</summary>
    private static class Oracle
    {
        public static bool Passes(GatePolicy policy, GateInputs inputs)
        {
            var (figures, isIn) = (inputs.Figures, inputs.Membership.IsIn);
            var dwells = isIn && inputs.Membership.PolicyVersion == policy.Version
                && (Within((inputs.At - inputs.Membership.EnteredAt!.Value).TotalSeconds, policy.DwellSeconds) || Within(figures.Answers - inputs.Membership.EnteredAnswers, policy.DwellAnswers));
            if (policy.Evidence is { } evidence && !dwells && figures.Fold.Right + figures.Fold.Wrong < (isIn ? evidence.Stay ?? evidence.Enter : evidence.Enter)) return false;
            if (policy.Accuracy is { } accuracy && !dwells)
            {
                var theta = isIn ? accuracy.Threshold - accuracy.Hysteresis : accuracy.Threshold;
                var below = MathNet.Numerics.Distributions.Beta.CDF((Prior.Mean * Prior.Strength) + figures.Fold.Right, ((1 - Prior.Mean) * Prior.Strength) + figures.Fold.Wrong, theta);
                if (1 - below < (isIn ? accuracy.StayProbability : accuracy.Probability)) return false;
            }

            if (policy.HandlingTime is not null || policy.Rank is not null)
            {
                if (inputs.Board is not { } board || board.Age < TimeSpan.Zero || board.Age.TotalSeconds > 2) return false;
                if (policy.HandlingTime is { } time && !dwells)
                {
                    var enough = figures.TimedAnswers >= time.AnswersMin && board.Cutoffs.PoolMedianSeconds > 0;
                    if (!enough || figures.MedianSeconds / board.Cutoffs.PoolMedianSeconds > (isIn ? time.StayRatioMax ?? time.RatioMax : time.RatioMax)) return false;
                }

                if (policy.Rank is { } rank)
                {
                    var ask = rank.Top is { } top ? new RankAsk(isIn ? rank.StayTop ?? top : top, 0) : new RankAsk(0, isIn ? rank.StayTopShare ?? rank.TopShare!.Value : rank.TopShare!.Value);
                    if (!board.Cutoffs.Ranks.TryGetValue(ask, out var bar)) return false;
                    if (!dwells && bar.Last is { } last && BoardKey.Of(figures, BoardOrder.LowerBound).CompareTo(last) > 0
                        && !(last.WorkerId == figures.WorkerId && (bar.Next is not { } next || BoardKey.Of(figures, BoardOrder.LowerBound).CompareTo(next) < 0))) return false;
                }
            }

            if (Requirements.From(policy.Labels).MinTaskAge(inputs.Labels) is null) return false;
            if (policy.Tenure?.Answers > figures.Answers) return false;
            if (policy.Tenure?.Days is { } days && (figures.FirstAnswerAt is not { } first || (inputs.At - first).TotalDays < days)) return false;
            return policy.ShareGuard is not { } guard || inputs.Share is not { } share || share.Taken + 1 <= Math.Max(guard.AlwaysAllowed, Math.Floor(guard.ShareMax * share.Tasks));
        }

        private static bool Within(double passed, double bound) => passed >= 0 && passed < bound;
    }
}
