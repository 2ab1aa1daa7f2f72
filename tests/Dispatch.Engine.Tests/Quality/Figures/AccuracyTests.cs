using Dispatch.Engine.Quality;

namespace Dispatch.Engine.Tests.Quality.Figures;

public sealed class AccuracyTests
{
    // x, n, Wilson 95 % low and high, Beta(1,1) 5 %, 10 % and mean, Toloka with k = 0.5: as published with the formulae.
    [Theory]
    [InlineData(0, 10, 0.0, 0.277533, 0.004652, 0.009533, 0.083333, 0.045455)]
    [InlineData(1, 1, 0.206549, 1.0, 0.223607, 0.316228, 0.666667, 0.75)]
    [InlineData(3, 3, 0.438503, 1.0, 0.472871, 0.562341, 0.8, 0.875)]
    [InlineData(5, 5, 0.565518, 1.0, 0.606962, 0.681292, 0.857143, 0.916667)]
    [InlineData(9, 10, 0.59585, 0.982124, 0.635641, 0.689757, 0.833333, 0.863636)]
    [InlineData(10, 10, 0.722467, 1.0, 0.761596, 0.811131, 0.916667, 0.954545)]
    [InlineData(45, 50, 0.786398, 0.956524, 0.804849, 0.825714, 0.884615, 0.892157)]
    [InlineData(95, 100, 0.88825, 0.978456, 0.898731, 0.910108, 0.941176, 0.945545)]
    [InlineData(450, 500, 0.870578, 0.923322, 0.87538, 0.880826, 0.898406, 0.899202)]
    public void Intervals_PublishedVectors_AreReproduced(int x, int n, double wilsonLow, double wilsonHigh, double q05, double q10, double mean, double toloka)
    {
        var accuracy = Accuracy.Of(x, n - x, AccuracyPrior.Uniform);
        var wilson = Proportions.Wilson(x, n)!.Value;

        Math.Round(wilson.Low, 6).ShouldBe(wilsonLow);
        Math.Round(wilson.High, 6).ShouldBe(wilsonHigh);
        Math.Round(accuracy.LowerBound(), 6).ShouldBe(q05);
        Math.Round(accuracy.Quantile(0.1), 6).ShouldBe(q10);
        Math.Round(accuracy.Mean, 6).ShouldBe(mean);
        Math.Round(Proportions.Smoothed(x, n), 6).ShouldBe(toloka);
    }

    [Fact]
    public void ProbabilityAtLeast_NineOfTen_IsReproduced()
    {
        var accuracy = Accuracy.Of(9, 1, AccuracyPrior.Uniform);
        Math.Round(accuracy.ProbabilityAtLeast(0.9), 6).ShouldBe(0.302643);
        (accuracy.ProbabilityAtLeast(0.9) + accuracy.ProbabilityBelow(0.9)).ShouldBe(1, 1e-12);
    }

    [Fact]
    public void Of_NoEvidence_IsThePrior()
    {
        var accuracy = Accuracy.Of(default, new AccuracyPrior(0.8, 10, 7));
        (accuracy.A, accuracy.EffectiveN, accuracy.PriorVersion).ShouldBe((8, 0, 7));
        accuracy.StandardDeviation.ShouldBe(Math.Sqrt(8.0 * 2 / (100 * 11)), 1e-12);
    }

    [Fact]
    public void Updated_PoolIsKnownBetter_MovesTheMeanAndCountsTheVersion()
    {
        var start = new AccuracyPrior(0.8, 8, 1);
        start.Updated(0, 0, start).ShouldBe(start with { Version = 2 });
        var next = start.Updated(900, 100, start);
        (next.Strength, next.Version).ShouldBe((8, 2));
        next.Mean.ShouldBe(906.4 / 1_008, 1e-12);
    }

    // Beyond any real evidence: the quantile search must neither fail nor leave the interval.
    [Theory]
    [InlineData(1e-3, 1e-3)]
    [InlineData(1e6, 1)]
    [InlineData(1, 1e6)]
    [InlineData(3e5, 7e5)]
    [InlineData(0.1, 5_000)]
    public void Quantile_ExtremeEvidence_InvertsTheProbability(double a, double b)
    {
        var accuracy = new Accuracy(a, b, a + b, 0);
        foreach (var p in (double[])[0.001, 0.05, 0.5, 0.95])
        {
            var quantile = accuracy.Quantile(p);
            quantile.ShouldBeInRange(0, 1);
            if (quantile is > 1e-9 and < 1 - 1e-9) accuracy.ProbabilityBelow(quantile).ShouldBe(p, 1e-4);
        }
    }

    [Fact]
    public void ChanceCorrected_GuessingIsZeroAndPerfectIsOne()
    {
        Proportions.ChanceCorrected(0.25, 4).ShouldBe(0);
        Proportions.ChanceCorrected(1, 3).ShouldBe(1);
        Proportions.ChanceCorrected(1, 1).ShouldBeNull();
        Proportions.Wilson(0, 0).ShouldBeNull();
    }

    [Theory]
    [InlineData(0.0, 10)]
    [InlineData(1.0, 10)]
    [InlineData(double.NaN, 10)]
    [InlineData(0.5, 0)]
    public void Of_PriorThatIsNone_Throws(double mean, double strength) =>
        Should.Throw<ArgumentOutOfRangeException>(() => Accuracy.Of(default, new AccuracyPrior(mean, strength, 1)));
}
