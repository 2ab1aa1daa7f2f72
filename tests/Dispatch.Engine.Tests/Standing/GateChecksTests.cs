using Dispatch.Contracts;
using Dispatch.Contracts.Policies;
using Dispatch.Engine.Standing;

namespace Dispatch.Engine.Tests.Standing;

/// <summary>Gates that make no sense are refused, with the place; those that do can be judged by.</summary>
public sealed class GateChecksTests
{
    private static readonly GatePolicy Good = new() { Evidence = new(), Accuracy = new() };

    private static Selector Expert(int? expires = null) => new() { Label = "expert", Operator = SelectorOperator.Equal, Value = new JsonText("true"), ExpiresAfterSeconds = expires };

    private static GatePolicy Widening(params GateStep[] steps) => Good with { Release = new() { Kind = ReleaseKind.Widen, Steps = steps } };

    public static TheoryData<GatePolicy, string> Bad => new()
    {
        { new GatePolicy(), "" },
        { Good with { Version = 0 }, "version" },
        { Good with { Evidence = new() { Enter = 0 } }, "evidence.enter" },
        { Good with { Evidence = new() { Enter = double.NaN } }, "evidence.enter" },
        { Good with { Evidence = new() { Enter = 10, Stay = 11 } }, "evidence.stay" },
        { Good with { Accuracy = new() { Threshold = 1 } }, "accuracy.threshold" },
        { Good with { Accuracy = new() { Probability = double.NaN } }, "accuracy.probability" },
        { Good with { Accuracy = new() { Hysteresis = -0.1 } }, "accuracy.hysteresis" },
        { Good with { Accuracy = new() { Probability = 0.4, StayProbability = 0.5 } }, "accuracy.stayProbability" },
        { Good with { HandlingTime = new() { RatioMax = 0 } }, "handlingTime.ratioMax" },
        { Good with { HandlingTime = new() { RatioMax = 2, StayRatioMax = 1.9 } }, "handlingTime.stayRatioMax" },
        { Good with { HandlingTime = new() { AnswersMin = 0 } }, "handlingTime.answersMin" },
        { new GatePolicy { HandlingTime = new() }, "handlingTime" },
        { Good with { Rank = new() }, "rank" },
        { Good with { Rank = new() { Top = 3, TopShare = 0.1 } }, "rank" },
        { Good with { Rank = new() { Top = 0 } }, "rank.top" },
        { Good with { Rank = new() { TopShare = 1.1 } }, "rank.topShare" },
        { Good with { Rank = new() { Top = 3, StayTop = 2 } }, "rank.stayTop" },
        { Good with { Rank = new() { Top = 3, StayTopShare = 0.5 } }, "rank.stayTopShare" },
        { Good with { Labels = [Expert(expires: 5)] }, "labels[0].expiresAfterSeconds" },
        { Good with { Labels = [Expert() with { Label = "" }] }, "labels[0].label" },
        { Good with { Labels = [null!] }, "labels[0]" },
        { Good with { Labels = null! }, "labels" },
        { Good with { Tenure = new() }, "tenure" },
        { Good with { Tenure = new() { Answers = 0 } }, "tenure.answers" },
        { Good with { Tenure = new() { Days = 4_000 } }, "tenure.days" },
        { Good with { DwellAnswers = -1 }, "dwellAnswers" },
        { Good with { DwellSeconds = 700_000 }, "dwellSeconds" },
        { Good with { ShareGuard = new() { ShareMax = 0 } }, "shareGuard.shareMax" },
        { Good with { ShareGuard = new() { AlwaysAllowed = 0 } }, "shareGuard.alwaysAllowed" },
        { Good with { Release = null! }, "release" },
        { Good with { Release = new() { Kind = ReleaseKind.Unspecified } }, "release.kind" },
        { Good with { Release = new() { Kind = ReleaseKind.Release, AfterSeconds = 0 } }, "release.afterSeconds" },
        { Good with { Release = new() { Steps = [new() { Name = "a", Threshold = 0.5 }] } }, "release.steps" },
        { Good with { Release = new() { Steps = null! } }, "release.steps" },
        { Widening(), "release.steps" },
        { Widening([null!]), "release.steps[0]" },
        { Widening(new GateStep { Name = "a" }), "release.steps[0]" },
        { Widening(new GateStep { Name = " ", Threshold = 0.5 }), "release.steps[0].name" },
        { Widening(new GateStep { Name = "a", Threshold = 0.95 }), "release.steps[0].threshold" },
        { Widening(new GateStep { Name = "a", RatioMax = 3 }), "release.steps[0].ratioMax" },
        { Widening(new GateStep { Name = "a", Threshold = 0.7 }, new GateStep { Name = "b", Threshold = 0.8 }), "release.steps[1].threshold" },
        { Widening(new GateStep { Name = "a", Threshold = 0.7 }, new GateStep { Name = "a", Threshold = 0.6 }), "release.steps[1].name" },
        { Widening(new GateStep { Name = "a", Without = [GateClauseKind.Accuracy] }, new GateStep { Name = "b", Threshold = 0.6 }), "release.steps[1].threshold" },
        { Widening(new GateStep { Name = "a", Without = [GateClauseKind.Share] }), "release.steps[0].without" },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void Check_ABadGate_IsNamedByItsPlace(GatePolicy policy, string place)
    {
        var faults = GateChecks.Check(policy);
        faults.Select(fault => fault.Place).ShouldContain(place);
        faults.ShouldAllBe(fault => fault.Message.Length > 0 && fault.Remedy.Length > 0);
    }

    [Fact]
    public void Check_GoodGates_HaveNoFault()
    {
        GateChecks.Check(Good).ShouldBeEmpty();
        GateChecks.Check(new GatePolicy { Labels = [Expert()] }).ShouldBeEmpty();
        GateChecks.Check(new GatePolicy { Rank = new() { TopShare = 0.1, StayTopShare = 0.15 }, ShareGuard = null }).ShouldBeEmpty();
        GateChecks.Check(Widening(new GateStep { Name = "a", Threshold = 0.7 }, new GateStep { Name = "b", Without = [GateClauseKind.Evidence] })).ShouldBeEmpty();
    }
}
