using Dispatch.Contracts;
using Dispatch.Contracts.Policies;
using Dispatch.Engine.Matching;
using Dispatch.TestKit;

namespace Dispatch.Engine.Tests.Matching;

public sealed class BatchRankingTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static RankedBatch Batch(int id, int priority = 0, int hour = 0, BatchTier tier = BatchTier.Standard) => new(new Guid(id, 0, 0, new byte[8]), tier, priority, Start.AddHours(hour));

    [Fact]
    public void Order_GoldenWithLowPriority_StillGoesFirst() =>
        BatchRanking.Order([Batch(1, priority: 100), Batch(2, priority: -5, hour: 3, tier: BatchTier.Golden)], BatchOrder.Priority, 0).ShouldBe([1, 0]);

    [Fact]
    public void Order_WithAgeing_LetsTheOldPassTheImportant()
    {
        RankedBatch[] batches = [Batch(1, priority: 5, hour: 10), Batch(2, priority: 0, hour: 0)];

        BatchRanking.Order(batches, BatchOrder.Priority, ageingPerHour: 0).ShouldBe([0, 1]);
        BatchRanking.Order(batches, BatchOrder.Priority, ageingPerHour: 1).ShouldBe([1, 0]);
        BatchRanking.Order(batches, BatchOrder.Priority, ageingPerHour: 0.5).ShouldBe([1, 0], "equal points go by age");
    }

    [Fact]
    public void Order_OldestFirst_LooksAtNoPriority() =>
        BatchRanking.Order([Batch(1, priority: 9, hour: 2), Batch(2, hour: 1), Batch(3, priority: -9)], BatchOrder.OldestFirst, 0).ShouldBe([2, 1, 0]);

    /// <summary>The claim that lets the order be computed once: whenever it is asked, it is the order of the points at that time.</summary>
    [Fact]
    public void Order_AnySeedAtAnyTime_IsTheOrderOfThePoints() => TestSeeds.Run(seed =>
    {
        var random = new Random(seed);
        for (var round = 0; round < 500; round++)
        {
            var batches = Enumerable.Range(1, 8).Select(id => Batch(id, random.Next(-3, 4), random.Next(6), random.Next(4) == 0 ? BatchTier.Golden : BatchTier.Standard)).ToArray();
            var ageing = random.Next(3);
            var now = Start.AddHours(random.Next(6, 1_000));
            double Points(RankedBatch batch) => batch.Priority + (ageing * (now - batch.CreatedAt).TotalHours);

            var expected = batches.Order(Comparer<RankedBatch>.Create((a, b) =>
                a.Tier != b.Tier ? b.Tier.CompareTo(a.Tier)
                : Points(a) != Points(b) ? Points(b).CompareTo(Points(a))
                : a.CreatedAt != b.CreatedAt ? a.CreatedAt.CompareTo(b.CreatedAt)
                : a.BatchId.CompareTo(b.BatchId)));
            BatchRanking.Order(batches, BatchOrder.Priority, ageing).Select(i => batches[i]).ShouldBe(expected);
        }
    });
}
