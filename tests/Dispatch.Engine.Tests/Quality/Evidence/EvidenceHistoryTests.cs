using System.Text.Json;
using Dispatch.Engine.Quality;
using Dispatch.TestKit;

namespace Dispatch.Engine.Tests.Quality.Evidence;

public sealed class EvidenceHistoryTests
{
    private static EvidenceRow Gold(long sequence, double score) => new(sequence, EvidenceKind.Gold, score, 1);

    [Fact]
    public void Apply_Discounted_FollowsTheFormula()
    {
        var fold = default(QualityFold).Apply(Gold(1, 1), 0.5).Apply(new(2, EvidenceKind.Consensus, 0.25, 2), 0.5);

        fold.Right.ShouldBe((1 * 0.25) + (2 * 0.25));
        fold.Wrong.ShouldBe(2 * 0.75);
        fold.EffectiveN.ShouldBe(2.25);
        (fold.Golds, fold.Reviews, fold.Consensuses, fold.Rows, fold.LastSequence).ShouldBe((1, 0, 1, 2, 2));
    }

    [Fact]
    public void Apply_ManyAnswersOfWeightOne_KeepsWithinTheHorizonOfTheDiscount()
    {
        var fold = default(QualityFold);
        for (var i = 1; i <= 2_000; i++) fold = fold.Apply(Gold(i, 1), 0.95);
        fold.EffectiveN.ShouldBe(20, 1e-9);
    }

    [Fact]
    public void Replay_Masked_IsTheFoldWithoutTheRow()
    {
        EvidenceRow[] rows = [Gold(1, 1), Gold(2, 0), Gold(3, 1), EvidenceRow.Mask(4, 2)];
        var fold = default(QualityFold).Replay(rows, 0.9);
        var without = default(QualityFold).Apply(Gold(1, 1), 0.9).Apply(Gold(3, 1), 0.9);

        (fold.Right, fold.Wrong, fold.Golds).ShouldBe((without.Right, without.Wrong, without.Golds));
        (fold.Masked, fold.Rows, fold.LastSequence).ShouldBe((1, 4, 4));
    }

    [Fact]
    public void Replay_MaskOfAMask_ChangesNothing()
    {
        EvidenceRow[] rows = [Gold(1, 0), EvidenceRow.Mask(2, 1), EvidenceRow.Mask(3, 2)];
        var fold = default(QualityFold).Replay(rows, 1);
        (fold.EffectiveN, fold.Masked).ShouldBe((0, 1));
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(0.97)]
    public void LiveWithRandomMasks_EqualsReplayFromTheFirstRow_ToTheBit(double discount) => TestSeeds.Run(seed =>
    {
        var random = new Random(seed);
        for (var round = 0; round < 40; round++)
        {
            List<EvidenceRow> committed = [];
            var live = new EvidenceHistory(discount);
            var length = random.Next(1, 700);
            long sequence = 0;
            while (committed.Count < length)
            {
                sequence += random.Next(1, 4);
                Fold(live, committed, RowAt(random, sequence, committed));
                if (random.Next(50) == 0) live = EvidenceHistory.Restore(JsonSerializer.Deserialize<EvidenceSnapshot>(JsonSerializer.Serialize(live.Snapshot()))!);
            }

            var replayed = new EvidenceHistory(discount);
            replayed.Replay(0, committed);
            live.Current.ShouldBe(replayed.Current);
            live.Current.ShouldBe(default(QualityFold).Replay(committed, discount));
            live.Checkpoints.ShouldBe(replayed.Checkpoints);
        }
    });

    [Fact]
    public void Checkpoints_ManyRows_StayFewAndReachBackNearTheMaskedRow()
    {
        var history = new EvidenceHistory(0.99);
        for (var i = 1; i <= 100_000; i++)
        {
            history.Apply(Gold(i, 1));
            history.Checkpoints.Count.ShouldBeLessThanOrEqualTo(2 * 18);
        }

        foreach (var distance in (int[])[0, 1, 31, 32, 500, 5_000, 40_000])
        {
            var masked = 100_000 - distance;
            var from = history.ReplayFrom(masked);
            from.ShouldBeLessThan(masked);
            (100_000 - from).ShouldBeLessThanOrEqualTo((4 * distance) + (3 * EvidenceHistory.CheckpointRows));
        }
    }

    [Fact]
    public void Apply_OutOfOrderOrOutOfRange_Throws()
    {
        var fold = default(QualityFold).Apply(Gold(5, 1), 1);
        Should.Throw<ArgumentOutOfRangeException>(() => fold.Apply(Gold(5, 1), 1));
        Should.Throw<ArgumentOutOfRangeException>(() => fold.Apply(Gold(6, 1.01), 1));
        Should.Throw<ArgumentOutOfRangeException>(() => fold.Apply(Gold(6, double.NaN), 1));
        Should.Throw<ArgumentOutOfRangeException>(() => fold.Apply(new(6, EvidenceKind.Gold, 1, 0), 1));
        Should.Throw<ArgumentOutOfRangeException>(() => fold.Apply(Gold(6, 1), 0));
        Should.Throw<ArgumentException>(() => new EvidenceHistory(1).Apply(EvidenceRow.Mask(2, 1)));
    }

    private static void Fold(EvidenceHistory live, List<EvidenceRow> committed, EvidenceRow row)
    {
        committed.Add(row);
        if (live.ReplayFrom([row]) is { } after) live.Replay(after, [.. committed.Where(earlier => earlier.Sequence > after)]);
        else live.Apply(row);
    }

    private static EvidenceRow RowAt(Random random, long sequence, List<EvidenceRow> committed)
    {
        if (committed.Count > 0 && random.Next(10) == 0)
            return EvidenceRow.Mask(sequence, committed[random.Next(committed.Count)].Sequence);
        var kind = (EvidenceKind)random.Next(1, 4);
        return new(sequence, kind, random.NextDouble(), kind == EvidenceKind.Gold ? 1 : 0.05 + random.NextDouble());
    }
}
