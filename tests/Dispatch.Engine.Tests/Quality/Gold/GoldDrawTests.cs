using System.Security.Cryptography;
using Dispatch.Contracts.Policies;
using Dispatch.Engine.Quality;
using Dispatch.Engine.Quality.Gold;
using Dispatch.TestKit;

namespace Dispatch.Engine.Tests.Quality.Gold;

public sealed class GoldDrawTests
{
    private static readonly byte[] Key = SHA256.HashData("a secret"u8);
    private static readonly Guid Worker = new("11111111-2222-3333-4444-555555555555");

    [Fact]
    public void Rate_NewWorker_SeesMoreThanAKnownOne()
    {
        var policy = new GoldPolicy();
        var prior = new AccuracyPrior(0.8, 8, 1);
        var fresh = GoldRate.Of(Accuracy.Of(0, 0, prior), policy);
        var known = GoldRate.Of(Accuracy.Of(90, 10, prior), policy);

        fresh.ShouldBe(0.1 * Math.Sqrt(0.8 * 0.2 / 9) / 0.1, 1e-12);
        known.ShouldBeLessThan(fresh);
        GoldRate.Of(Accuracy.Of(9_000, 1_000, prior), policy).ShouldBe(policy.RateMin);
        GoldRate.Of(Accuracy.Of(0, 0, AccuracyPrior.Uniform), policy, raised: true).ShouldBe(policy.RateMax);
        GoldRate.Of(Accuracy.Of(20, 10, prior), policy, raised: true).ShouldBe(2 * GoldRate.Of(Accuracy.Of(20, 10, prior), policy), 1e-12);
    }

    // Pinned: a replay of a shift years later must draw what was drawn. The bits are those of HMAC-SHA256 over worker, counter and 1.
    [Fact]
    public void IsGold_SameInput_IsDrawnAgain()
    {
        byte[] message = [.. Worker.ToByteArray(bigEndian: true), 0, 0, 0, 0, 0, 0, 0, 7, 1];
        var first = System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(HMACSHA256.HashData(Key, message)) / Math.Pow(2, 64);

        GoldDraw.IsGold(Key, Worker, 7, first + 1e-12).ShouldBeTrue();
        GoldDraw.IsGold(Key, Worker, 7, first - 1e-12).ShouldBeFalse();
    }

    [Fact]
    public void IsGold_ManyTurns_HasTheRateAndNoMemory()
    {
        const int turns = 40_000;
        var drawn = Enumerable.Range(0, turns).Select(i => GoldDraw.IsGold(Key, Worker, i, 0.1)).ToArray();
        drawn.Count(gold => gold).ShouldBeInRange(3_700, 4_300);

        // Gold right after gold, and after a long wait, is as likely as ever.
        var afterGold = Enumerable.Range(1, turns - 1).Where(i => drawn[i - 1]).Count(i => drawn[i]);
        afterGold.ShouldBeInRange(310, 500);
        var afterNine = Enumerable.Range(9, turns - 9).Where(i => Enumerable.Range(1, 9).All(back => !drawn[i - back])).ToArray();
        (afterNine.Count(i => drawn[i]) / (double)afterNine.Length).ShouldBe(0.1, 0.015);
    }

    [Fact]
    public void IsGold_OtherKeyOrWorker_IsAnotherSequence()
    {
        bool[] Draw(byte[] key, Guid worker) => [.. Enumerable.Range(0, 400).Select(i => GoldDraw.IsGold(key, worker, i, 0.5))];
        int Same(bool[] first, bool[] second) => first.Zip(second).Count(pair => pair.First == pair.Second);
        var mine = Draw(Key, Worker);

        Same(mine, Draw(SHA256.HashData("another"u8), Worker)).ShouldBeInRange(140, 260);
        Same(mine, Draw(Key, new Guid("11111111-2222-3333-4444-555555555556"))).ShouldBeInRange(140, 260);
        Same(mine, [.. Enumerable.Range(0, 400).Select(i => GoldDraw.Pick(Key, Worker, i, 2) == 1)]).ShouldBeInRange(140, 260);
    }

    [Fact]
    public void IsGold_RateZeroAndOne_AreNeverAndAlways()
    {
        Enumerable.Range(0, 1_000).ShouldAllBe(i => GoldDraw.IsGold(Key, Worker, i, 1) && !GoldDraw.IsGold(Key, Worker, i, 0));
        Should.Throw<ArgumentException>(() => GoldDraw.IsGold([1, 2, 3], Worker, 0, 0.5));
    }

    [Fact]
    public void Pick_ManyTurns_TreatsCandidatesAlike()
    {
        var picked = Enumerable.Range(0, 7_000).GroupBy(i => GoldDraw.Pick(Key, Worker, i, 7)).ToDictionary(group => group.Key, group => group.Count());
        picked.Keys.Order().ShouldBe(Enumerable.Range(0, 7));
        picked.Values.ShouldAllBe(count => count > 850 && count < 1_150);
    }

    [Theory]
    [InlineData(499, 10_000, 100, GoldRest.OverShare)]
    [InlineData(500, 10_000, 100, GoldRest.WornOut)]
    [InlineData(120, 10_000, 100, GoldRest.None)]
    [InlineData(19, 19, 10, GoldRest.None)]
    [InlineData(400, 400, 1, GoldRest.None)]
    public void Exposure_CapsTheNumberAndTheShare(long exposures, long pool, int size, GoldRest rest) =>
        GoldExposure.Judge(exposures, pool, size, 500).ShouldBe(rest);
}

public sealed class GoldHealthTests
{
    private static GoldAnswer[] Answers(int right, int wrong, double accuracy) =>
        [.. Enumerable.Repeat(new GoldAnswer(0, accuracy), wrong), .. Enumerable.Repeat(new GoldAnswer(1, accuracy), right)];

    [Fact]
    public void Judge_GoodWorkersFail_IsSuspect()
    {
        GoldHealth.Judge(Answers(0, 4, 0.92), 2).IsSuspect.ShouldBeTrue();
        GoldHealth.Judge(Answers(0, 4, 0.92), 2).ProbabilityWrong.ShouldBeGreaterThan(0.8);
    }

    [Fact]
    public void Judge_PoorWorkersFail_IsNot() => GoldHealth.Judge(Answers(1, 4, 0.5), 2).IsSuspect.ShouldBeFalse();

    [Fact]
    public void Judge_GoodWorkersAreSplit_IsAmbiguous()
    {
        var verdict = GoldHealth.Judge(Answers(7, 7, 0.93), 2);
        verdict.IsSuspect.ShouldBeTrue();
        verdict.ProbabilityAmbiguous.ShouldBeGreaterThan(verdict.ProbabilityWrong);
    }

    [Fact]
    public void Judge_FewAnswers_IsNoVerdict() => GoldHealth.Judge(Answers(0, 3, 0.97), 2).IsSuspect.ShouldBeFalse();

    // Sound gold among workers as they are must nearly never be flagged, and a wrong key nearly always be found.
    [Fact]
    public void Judge_SimulatedPools_FindsWrongKeysAndSparesSoundOnes() => TestSeeds.Run(seed =>
    {
        var random = new Random(seed);
        int flaggedSound = 0, flaggedWrong = 0;
        const int golds = 2_000;
        for (var i = 0; i < golds; i++)
        {
            var accuracies = Enumerable.Range(0, 12).Select(_ => 0.7 + (0.28 * random.NextDouble())).ToArray();
            if (GoldHealth.Judge([.. accuracies.Select(a => new GoldAnswer(random.NextDouble() < a ? 1 : 0, a))], 3).IsSuspect) flaggedSound++;
            if (GoldHealth.Judge([.. accuracies.Select(a => new GoldAnswer(random.NextDouble() < (1 - a) / 2 ? 1 : 0, a))], 3).IsSuspect) flaggedWrong++;
        }

        flaggedSound.ShouldBeLessThan(golds / 200);
        flaggedWrong.ShouldBeGreaterThan(golds * 995 / 1_000);
    });

    [Fact]
    public void Judge_PassRateJumps_IsLeaked()
    {
        GoldAnswer[] before = [.. Enumerable.Range(0, 40).Select(i => new GoldAnswer(i % 2, 0.8))];
        GoldHealth.Judge([.. before, .. Answers(20, 0, 0.8)], 2).IsLeaked.ShouldBeTrue();
        GoldHealth.Judge([.. before, .. before[..20]], 2).IsLeaked.ShouldBeFalse();
        GoldHealth.Judge([.. Answers(40, 0, 0.8), .. before[..20]], 2).LeakOdds.ShouldBe(0);
    }
}
