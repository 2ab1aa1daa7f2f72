using System.Text.Json;
using Dispatch.Engine.Quality;
using Dispatch.TestKit;

namespace Dispatch.Engine.Tests.Quality.Handling;

public sealed class HandlingFoldTests
{
    private static HandlingFold FoldOf(IEnumerable<double> seconds)
    {
        var fold = new HandlingFold();
        foreach (var value in seconds) fold.Apply(TimeSpan.FromSeconds(value));
        return fold;
    }

    private static string Bits(HandlingFold fold) => JsonSerializer.Serialize(fold.Snapshot());

    [Fact]
    public void Mean_CallCentreExample_Is224Seconds()
    {
        // (talk + hold + wrap) / handled, as published: (668,205 + 99,153 + 198,308) s / 4,311.
        var fold = FoldOf(Enumerable.Repeat(224.0, 4_310));
        fold.Apply(TimeSpan.FromSeconds(668_205 + 99_153 + 198_308 - (224 * 4_310)));
        Math.Round(fold.Mean!.Value.TotalSeconds).ShouldBe(224);
    }

    [Fact]
    public void Figures_NoAnswer_AreNull()
    {
        var fold = new HandlingFold();
        (fold.Mean, fold.Median, fold.P95, fold.GeometricMean, fold.LogMean, fold.RecentTypical, fold.RecentMean).ShouldBe(default);
    }

    [Fact]
    public void Quantiles_AnyTimes_AreWithinTheStatedErrorOfTheExactOnes() => TestSeeds.Run(seed =>
    {
        var random = new Random(seed);
        var seconds = Enumerable.Range(0, 5_001).Select(_ => Math.Exp((random.NextDouble() * 14) - 5)).ToArray();
        var fold = FoldOf(seconds);
        Array.Sort(seconds);

        fold.Median!.Value.TotalSeconds.ShouldBe(seconds[2_500], seconds[2_500] * LogBuckets.RelativeErrorMax);
        fold.P95!.Value.TotalSeconds.ShouldBe(seconds[4_750], seconds[4_750] * LogBuckets.RelativeErrorMax);
        fold.GeometricMean!.Value.TotalSeconds.ShouldBe(Math.Exp(seconds.Average(Math.Log)), 0.001);
    });

    [Fact]
    public void Quantile_EveryMagnitude_IsWithinTheStatedError()
    {
        for (var seconds = 0.00004; seconds < 600_000; seconds *= 1.0007)
        {
            var exact = TimeSpan.FromMicroseconds(Math.Floor(seconds * 1_000_000));
            FoldOf([exact.TotalSeconds]).Median!.Value.TotalSeconds.ShouldBe(exact.TotalSeconds, exact.TotalSeconds * LogBuckets.RelativeErrorMax);
        }
    }

    [Fact]
    public void Fold_AnyOrderAndAnySplit_GivesTheSameSums() => TestSeeds.Run(seed =>
    {
        var random = new Random(seed);
        var seconds = Enumerable.Range(0, 500).Select(_ => Math.Round(random.NextDouble() * 300, 3)).ToArray();
        var whole = FoldOf(seconds);
        var shuffled = seconds.ToArray();
        random.Shuffle(shuffled);
        var merged = FoldOf(shuffled[..200]);
        merged.Merge(FoldOf(shuffled[200..]));

        HandlingSnapshot Sums(HandlingFold fold) => fold.Snapshot() with { RecentLogMean = 0, RecentLogVariance = 0 };
        JsonSerializer.Serialize(Sums(merged)).ShouldBe(JsonSerializer.Serialize(Sums(whole)));
    });

    [Fact]
    public void Fold_SavedAndReadInBetween_GivesTheSameBits()
    {
        double[] seconds = [3, 9.5, 120, 0, 4, 4, 600_000_000, 7.25];
        var live = new HandlingFold();
        foreach (var value in seconds)
        {
            live.Apply(TimeSpan.FromSeconds(value));
            live = HandlingFold.Restore(JsonSerializer.Deserialize<HandlingSnapshot>(Bits(live))!);
        }

        Bits(live).ShouldBe(Bits(FoldOf(seconds)));
        live.TotalMicroseconds.ShouldBeLessThan(HandlingFold.MicrosecondsMax + 200_000_000);
    }

    [Fact]
    public void Apply_OneLunchBreak_MovesTheRecentFigureLittleAndTheMeanMuch()
    {
        var fold = FoldOf(Enumerable.Repeat(10.0, 50).Append(3_600));
        fold.RecentTypical!.Value.TotalSeconds.ShouldBeLessThan(12);
        fold.Mean!.Value.TotalSeconds.ShouldBeGreaterThan(75);
    }

    [Fact]
    public void Apply_NewPace_IsFollowed()
    {
        var fold = FoldOf(Enumerable.Repeat(10.0, 200).Concat(Enumerable.Repeat(40.0, 60)));
        fold.RecentTypical!.Value.TotalSeconds.ShouldBe(40, 2);
    }

    [SharedDataFact]
    public void Figures_RealSeconds_AreThePublishedOnes()
    {
        var fold = FoldOf(File.ReadLines(Path.Combine(Repository.SharedData!, "amt_sentiment_timed.csv")).Skip(1).Select(line => double.Parse(line.Split(',')[4], System.Globalization.CultureInfo.InvariantCulture)));

        Math.Round(fold.Mean!.Value.TotalSeconds, 3).ShouldBe(49.858);
        Math.Round(fold.GeometricMean!.Value.TotalSeconds, 3).ShouldBe(13.411);
        fold.Median!.Value.TotalSeconds.ShouldBe(9, 9 * LogBuckets.RelativeErrorMax);
        fold.P95!.Value.TotalSeconds.ShouldBe(257, 257 * LogBuckets.RelativeErrorMax);
    }
}
