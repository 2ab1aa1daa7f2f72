using Dispatch.Engine.Quality;
using Dispatch.TestKit;

namespace Dispatch.Engine.Tests.Quality.Handling;

public sealed class SpeedFoldTests
{
    private static readonly HandlingBaseline Short = new(Math.Log(10), 0.5);
    private static readonly HandlingBaseline Long = new(Math.Log(100), 0.5);

    [Fact]
    public void Index_TypicalHalfAndDouble_AreOneHalfAndTwo()
    {
        default(SpeedFold).Index.ShouldBeNull();
        default(SpeedFold).Apply(TimeSpan.FromSeconds(10), Short).Apply(TimeSpan.FromSeconds(100), Long).Index!.Value.ShouldBe(1, 1e-5);
        default(SpeedFold).Apply(TimeSpan.FromSeconds(20), Short).Apply(TimeSpan.FromSeconds(200), Long).Index!.Value.ShouldBe(2, 1e-5);
        default(SpeedFold).Apply(TimeSpan.FromSeconds(5), Short).Index!.Value.ShouldBe(0.5, 1e-5);
    }

    [Fact]
    public void Index_LongerText_IsAllowedLongerTime()
    {
        var baseline = new HandlingBaseline(0, 0.7, WordSlope: 1);
        default(SpeedFold).Apply(TimeSpan.FromSeconds(300), baseline, words: 300).Index!.Value.ShouldBe(1, 1e-5);
    }

    [Fact]
    public void Baseline_LunchBreaks_DoNotMoveIt()
    {
        var even = Enumerable.Range(0, 100).Select(i => TimeSpan.FromSeconds(8 + (i % 5))).ToArray();
        var calm = HandlingBaseline.Of(even)!.Value;
        var broken = HandlingBaseline.Of([.. even, TimeSpan.FromHours(2), TimeSpan.FromHours(3)])!.Value;
        broken.LogMean.ShouldBe(calm.LogMean, 0.01);
        HandlingBaseline.Of([]).ShouldBeNull();
        HandlingBaseline.Of([TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(3)]).ShouldBeNull();
    }

    [SharedDataFact]
    public void Baseline_RealSeconds_HasThePublishedSpread()
    {
        var times = SharedFiles.Rows("amt_sentiment_timed.csv").Select(row => TimeSpan.FromSeconds(SharedFiles.Whole(row[4])));
        Math.Round(HandlingBaseline.Of(times)!.Value.LogDeviation, 4).ShouldBe(SharedFiles.Expected.Number("amt_sentiment_timed.csv", "seconds", "log_mad_x1.4826"));
    }
}
