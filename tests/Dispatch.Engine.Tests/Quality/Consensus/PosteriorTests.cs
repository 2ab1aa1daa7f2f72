using Dispatch.Engine.Quality.Consensus;
using Dispatch.TestKit;

namespace Dispatch.Engine.Tests.Quality.Consensus;

public sealed class PosteriorTests
{
    private const int Ok = 0;
    private const int Bad = 1;

    [Fact]
    public void Of_TolokasExample_IsPublished()
    {
        Math.Round(LabelPosterior.Of([new(Ok, 0.7), new(Ok, 0.9)], 3)[Ok], 6).ShouldBe(0.976744);
        Math.Round(LabelPosterior.Of([new(Ok, 0.7), new(Bad, 0.9)], 3)[Bad], 6).ShouldBe(0.760563);
        Math.Round(LabelPosterior.Of([new(Ok, 0.7), new(Bad, 0.9), new(Bad, 0.8)], 3)[Bad], 6).ShouldBe(0.962138);
    }

    [Fact]
    public void Of_AnyOrderOfVotes_HasTheSameBits() => TestSeeds.Run(seed =>
    {
        var random = new Random(seed);
        for (var round = 0; round < 200; round++)
        {
            var votes = Enumerable.Range(0, random.Next(1, 9)).Select(_ => new StampedVote(random.Next(4), random.NextDouble())).ToArray();
            var posterior = LabelPosterior.Of(votes, 4);
            posterior.Sum().ShouldBe(1, 1e-12);
            random.Shuffle(votes);
            LabelPosterior.Of(votes, 4).ShouldBe(posterior);
        }
    });

    [Fact]
    public void Of_OnePerfectWorker_IsNotCertain() =>
        LabelPosterior.Of([new(Ok, 1)], 2)[Ok].ShouldBe(LabelPosterior.AccuracyMax, 1e-12);

    [Fact]
    public void OfOthers_NeverCountsTheOwnVote()
    {
        StampedVote[] votes = [new(Ok, 0.98), new(Bad, 0.7)];
        LabelPosterior.OfOthers(votes, 2, 0)!.Value.ShouldBe(0.3, 1e-12);
        LabelPosterior.OfOthers(votes, 2, 1)!.Value.ShouldBe(0.02, 1e-12);
        LabelPosterior.OfOthers([new(Ok, 0.9)], 2, 0).ShouldBeNull();
    }

    [Theory]
    [InlineData(2, 7, new[] { Ok }, new[] { 0.98 }, false)]
    [InlineData(1, 7, new[] { Ok }, new[] { 0.98 }, true)]
    [InlineData(2, 7, new[] { Ok, Ok }, new[] { 0.9, 0.9 }, true)]
    [InlineData(2, 7, new[] { Ok, Bad }, new[] { 0.9, 0.9 }, false)]
    [InlineData(2, 2, new[] { Ok, Bad }, new[] { 0.9, 0.9 }, true)]
    public void Decide_StopsWhenSureOrAtTheMost(int min, int max, int[] labels, double[] accuracies, bool stop)
    {
        var decision = new DynamicOverlap(min, max, 0.95).Decide([.. labels.Zip(accuracies, (label, accuracy) => new StampedVote(label, accuracy))], 2);
        (decision.Stop, decision.Label).ShouldBe((stop, Ok));
    }

    [Fact]
    public void Decide_NoAnswer_AsksWithoutALabel() => new DynamicOverlap(2, 7, 0.95).Decide([], 2).ShouldBe(new OverlapDecision(false, null, 0));
}
