using Dispatch.Contracts.Policies;
using Dispatch.Engine.Quality;
using Dispatch.Engine.Quality.Gold;

namespace Dispatch.Engine.Tests.Quality.Gold;

/// <summary>The rule of what may be told where gold is hidden.</summary>
public sealed class GoldSecrecyTests
{
    private static readonly GoldPolicy Hidden = new() { Reveal = false };

    [Theory]
    [InlineData(null, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Hides_OnlyWhereItWasDecided(bool? reveal, bool hides) => GoldSecrecy.Hides(new GoldPolicy { Reveal = reveal }).ShouldBe(hides);

    [Theory]
    [InlineData("gold", false)]
    [InlineData("consensus", false)]
    [InlineData("mask", false)]
    [InlineData("exam", false)]
    [InlineData("something new", false)]
    [InlineData("review", true)]
    [InlineData("training", true)]
    [InlineData("reviewing", true)]
    public void MayTellApart_WhatAPersonSaidAndTraining(string kind, bool may)
    {
        GoldSecrecy.MayTellApart(Hidden, kind).ShouldBe(may);
        GoldSecrecy.MayTellApart(new GoldPolicy { Reveal = true }, kind).ShouldBeTrue();
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(4.99, 0)]
    [InlineData(5, 5)]
    [InlineData(9.9, 5)]
    [InlineData(10, 10)]
    [InlineData(49, 20)]
    [InlineData(50, 50)]
    [InlineData(199, 100)]
    [InlineData(200, 200)]
    public void ToldEvidence_IsTheStepThatWasReached(double effective, double told) => GoldSecrecy.ToldEvidence(effective).ShouldBe(told);

    [Theory]
    [InlineData(0.824, 0.8)]
    [InlineData(0.826, 0.85)]
    [InlineData(0.999, 1)]
    [InlineData(0, 0)]
    public void Told_RoundsShares(double share, double told) => GoldSecrecy.Told(share).ShouldBe(told);

    [Theory]
    [InlineData(1, 5)]
    [InlineData(5, 5)]
    [InlineData(13, 15)]
    public void Told_RoundsGoldsUp(int golds, int told) => GoldSecrecy.Told((int?)golds).ShouldBe(told);

    [Fact]
    public void Told_OfOneMoreGold_IsMostOftenTheSame()
    {
        var prior = new AccuracyPrior(0.8, 8, 0);
        var before = GoldSecrecy.Told(Accuracy.Of(23, 3, prior), prior);
        GoldSecrecy.Told(Accuracy.Of(24, 3, prior), prior).ShouldBe(before);
        (before.Mean, before.EffectiveN).ShouldBe((0.85, 20.0));
        before.LowerBound().ShouldBeLessThan(before.Mean);
    }

    [Fact]
    public void Told_OfAnAlmostPerfectWorker_StillHasDoubt() => GoldSecrecy.Told(Accuracy.Of(2_000, 1, new AccuracyPrior(0.8, 8, 0)), new AccuracyPrior(0.8, 8, 0)).B.ShouldBeGreaterThan(0);

    [Fact]
    public void ForRules_SeeWhatWasTold_AndTrainingAtOnce()
    {
        var told = new QualityFold { Right = 5, Golds = 5, SinceTraining = 12 };
        var live = new QualityFold { Right = 9, Golds = 9, Trainings = 1, SinceTraining = 0 };
        GoldSecrecy.ForRules(new GoldPolicy { Reveal = true }, live, told).ShouldBe(live);
        GoldSecrecy.ForRules(Hidden, live, told).ShouldBe(told with { Trainings = 1, SinceTraining = 0 });
    }

    [Fact]
    public void Renews_EveryTwentiethAnswer_WhateverTheseWere() =>
        Enumerable.Range(0, 61).Where(answers => GoldSecrecy.Renews(answers)).ShouldBe([20, 40, 60]);
}
