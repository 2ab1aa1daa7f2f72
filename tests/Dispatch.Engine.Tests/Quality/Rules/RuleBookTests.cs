using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Quality;
using Dispatch.Engine.Quality;
using Dispatch.Engine.Quality.Rules;

namespace Dispatch.Engine.Tests.Quality.Rules;

public sealed class RuleBookTests
{
    private static readonly AccuracyPrior Prior = new(0.8, 8, 1);

    private static QualityRule Rule(QualityCollector collector, QualityAction action, double atLeast = 0.8, int window = 10) =>
        new() { Name = $"{collector} {action}", Collector = collector, Action = action, AtLeast = atLeast, Window = window, Label = action == QualityAction.SetLabel ? "careful" : null };

    private static RuleBook Book(params QualityRule[] rules) => new(new QualityPolicy { Rules = rules });

    private static QualityState After(int right, int wrong, EvidenceKind kind = EvidenceKind.Gold)
    {
        var fold = default(QualityFold);
        for (var i = 0; i < right + wrong; i++) fold = fold.Apply(new(i + 1, kind, i < right ? 1 : 0, 1), 0.98);
        return new(fold, Accuracy.Of(fold, Prior), default, default);
    }

    private static RecentWindow Window(int bad, int good)
    {
        var window = default(RecentWindow);
        for (var i = 0; i < bad + good; i++) window = window.Add(i >= bad);
        return window;
    }

    private static IReadOnlyList<RuleOutcome> Judge(QualityState state, params QualityRule[] rules) => Book(rules).Judge(state, new HashSet<string>());

    [Theory]
    [InlineData(QualityAction.Restrict)]
    [InlineData(QualityAction.RequireTraining)]
    public void Check_HardActionOnFastCondition_IsRefused(QualityAction hard)
    {
        foreach (var collector in Enum.GetValues<QualityCollector>().Where(collector => collector is not (QualityCollector.Unspecified or QualityCollector.Accuracy)))
            QualityPolicyChecks.Check(new QualityPolicy { Rules = [Rule(collector, hard)] }).ShouldHaveSingleItem().Place.ShouldBe("rules[0].action");
        Should.Throw<ArgumentException>(() => Book(Rule(QualityCollector.RecentGold, hard)));
        QualityPolicyChecks.Check(new QualityPolicy { Rules = [Rule(QualityCollector.Accuracy, hard)] }).ShouldBeEmpty();
        QualityPolicyChecks.Check(new QualityPolicy { Rules = [Rule(QualityCollector.Accuracy, hard, atLeast: 0.79, window: 9)] }).Select(fault => fault.Place).ShouldBe(["rules[0].atLeast", "rules[0].window"]);
    }

    [Fact]
    public void RequireTraining_AfterATraining_WaitsForAsMuchNewEvidence()
    {
        var rule = Rule(QualityCollector.Accuracy, QualityAction.RequireTraining, window: 20);
        var fold = After(0, 40).Evidence;
        QualityState Now() => new(fold, Accuracy.Of(fold, Prior), default, default);
        Judge(Now(), rule).ShouldHaveSingleItem();
        fold = fold.Apply(new(41, EvidenceKind.Training, 1, 0), 0.98);
        (fold.EffectiveN, fold.Trainings).ShouldBe((After(0, 40).Evidence.EffectiveN, 1), "training weighs nothing");
        for (var i = 0; i < 20; i++)
        {
            Judge(Now(), rule).ShouldBeEmpty($"{i} judgements since");
            Judge(Now(), Rule(QualityCollector.Accuracy, QualityAction.Restrict)).ShouldHaveSingleItem("training excuses from training, and from nothing else");
            fold = fold.Apply(new(42 + i, EvidenceKind.Gold, 0, 1), 0.98);
        }

        Judge(Now(), rule).ShouldHaveSingleItem();
    }

    [Fact]
    public void Check_EverythingWrong_SaysEverything()
    {
        var policy = new QualityPolicy
        {
            PriorMean = double.NaN, PriorStrength = 0, Discount = 1.5, GoodAccuracy = 1, ConsensusWeight = 0.31,
            Gold = new() { RateMin = 0.5, RateMax = 0.2 }, DynamicOverlap = new() { Confidence = 0.5, Max = 0 }, Review = null!,
            Exam = new() { Label = " ", PassScore = 0 },
            Rules = [null!, new() { Name = "", Collector = 0, Action = (QualityAction)99, AtLeast = 0, Window = 65 }, Rule(QualityCollector.Skips, QualityAction.SetLabel) with { Label = null }],
        };

        QualityPolicyChecks.Check(policy).Select(fault => fault.Place).ShouldBe(
            [
                "priorMean", "priorStrength", "discount", "goodAccuracy", "consensusWeight", "gold.rateMin", "dynamicOverlap.confidence", "dynamicOverlap.max", "review",
                "exam.passScore", "exam.label", "rules[0]", "rules[1].name", "rules[1].collector", "rules[1].action", "rules[1].atLeast", "rules[1].window", "rules[2].label",
            ]);
        QualityPolicyChecks.Check(new QualityPolicy()).ShouldBeEmpty();
        QualityPolicyChecks.Check(new QualityPolicy { Rules = null! }).ShouldHaveSingleItem().Place.ShouldBe("rules");
    }

    [Fact]
    public void Judge_LastTenGolds_FiresOnAFullWindowOnly()
    {
        var rule = Rule(QualityCollector.RecentGold, QualityAction.RaiseGoldRate, atLeast: 0.3);
        Judge(After(0, 9), rule).ShouldBeEmpty();
        Judge(After(8, 2), rule).ShouldBeEmpty();
        var outcome = Judge(After(7, 3), rule).ShouldHaveSingleItem();
        (outcome.Rule, outcome.Value).ShouldBe((rule, 0.3));
        outcome.Sentence.ShouldBe("Of your last 10 control tasks, 3 were answered otherwise than expected. For 24 hours you will see more control tasks. Nothing else changes. (Rule 'RecentGold RaiseGoldRate'.)");
    }

    [Fact]
    public void Judge_EachCollector_LooksAtItsOwnEvents()
    {
        Judge(After(0, 10, EvidenceKind.Consensus), Rule(QualityCollector.Agreement, QualityAction.AskReviewer), Rule(QualityCollector.RecentGold, QualityAction.AskReviewer)).ShouldHaveSingleItem().Rule.Collector.ShouldBe(QualityCollector.Agreement);
        Judge(After(0, 10, EvidenceKind.Review), Rule(QualityCollector.Rejects, QualityAction.AttentionFlag)).Count.ShouldBe(1);
        Judge(After(10, 0) with { Skips = Window(10, 0) }, Rule(QualityCollector.Skips, QualityAction.AttentionFlag)).Count.ShouldBe(1);
        Judge(After(10, 0) with { Skips = Window(10, 5) }, Rule(QualityCollector.Skips, QualityAction.AttentionFlag)).ShouldBeEmpty();
    }

    [Fact]
    public void Judge_FastButAccurate_IsLeftAlone()
    {
        var rule = Rule(QualityCollector.Time, QualityAction.AttentionFlag);
        Judge(After(20, 0) with { Rapid = Window(20, 0) }, rule).ShouldBeEmpty();
        Judge(After(0, 0) with { Rapid = Window(20, 0) }, rule).ShouldBeEmpty();
        Judge(After(5, 15) with { Rapid = Window(0, 20) }, rule).ShouldBeEmpty();
        Judge(After(5, 15) with { Rapid = Window(20, 0) }, rule).ShouldHaveSingleItem().Sentence.ShouldContain("accuracy is in doubt as well");
    }

    [Fact]
    public void Judge_Accuracy_NeedsCertaintyAndEvidence()
    {
        var rule = Rule(QualityCollector.Accuracy, QualityAction.Restrict, atLeast: 0.9, window: 15) with { ForSeconds = 172_800 };
        Judge(After(0, 14), rule).ShouldBeEmpty();
        Judge(After(20, 5), rule).ShouldBeEmpty();
        Judge(After(3, 20), rule).ShouldHaveSingleItem().Sentence.ShouldContain("For 2 days you get no tasks of this project. You may dispute");
    }

    [Fact]
    public void Judge_StillInForce_IsNotSaidTwice()
    {
        var rule = Rule(QualityCollector.RecentGold, QualityAction.RaiseGoldRate, atLeast: 0.3);
        Book(rule).Judge(After(0, 20), new HashSet<string> { rule.Name }).ShouldBeEmpty();
    }

    [Fact]
    public void RecentWindow_MoreThanItHolds_KeepsTheNewest()
    {
        var window = Window(bad: 100, good: 63);
        (window.Count, window.BadOfLast(64), window.BadOfLast(63), window.BadOfLast(100)).ShouldBe((64, 1, 0, 1));
        default(RecentWindow).BadOfLast(10).ShouldBe(0);
    }

    [Fact]
    public void RapidAnswer_IsBelowATenthOfThePoolsMean()
    {
        var pool = new HandlingFold();
        RapidAnswer.Is(TimeSpan.Zero, pool).ShouldBeFalse();
        for (var i = 0; i < 29; i++) pool.Apply(TimeSpan.FromSeconds(50));
        RapidAnswer.Is(TimeSpan.FromSeconds(1), pool).ShouldBeFalse();
        pool.Apply(TimeSpan.FromSeconds(50));
        RapidAnswer.Is(TimeSpan.FromSeconds(4.9), pool).ShouldBeTrue();
        RapidAnswer.Is(TimeSpan.FromSeconds(5), pool).ShouldBeFalse();
    }
}
