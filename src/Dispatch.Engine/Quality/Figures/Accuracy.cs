using MathNet.Numerics;
using MathNet.Numerics.Distributions;

namespace Dispatch.Engine.Quality;

/// <summary>What is believed of a worker before there is evidence: the pool's accuracy, worth a few answers.</summary>
/// <param name="Mean">Accuracy of the pool for this kind of work (μ), inside (0,1).</param>
/// <param name="Strength">Answers it is worth (m), above 0; 8 to 10 is usual.</param>
/// <param name="Version">Which prior it is: every standing cites the one it was computed with.</param>
public readonly record struct AccuracyPrior(double Mean, double Strength, int Version)
{
    /// <summary>Every accuracy equally likely: Beta(1,1).</summary>
    public static AccuracyPrior Uniform { get; } = new(0.5, 2, 0);

    /// <summary>The next version of this prior, now that the pool is known better: its mean moves to what the pool got right, its strength stays.</summary>
    /// <param name="right">Weight of what everybody got right on gold.</param>
    /// <param name="wrong">Weight of what everybody got wrong.</param>
    /// <param name="start">The policy's prior, which the pool is shrunk to while little is known.</param>
    public AccuracyPrior Updated(double right, double wrong, AccuracyPrior start) =>
        new(Accuracy.Of(right, wrong, start).Mean, Strength, Version + 1);
}

/// <summary>A Beta posterior of a worker's accuracy. Figures that need an integral are computed when asked for, not kept.</summary>
/// <param name="A">First parameter: prior and what was right.</param>
/// <param name="B">Second parameter: prior and what was wrong.</param>
/// <param name="EffectiveN">Answers the evidence is worth, the prior apart.</param>
/// <param name="PriorVersion">The prior it stands on.</param>
public readonly record struct Accuracy(double A, double B, double EffectiveN, int PriorVersion)
{
    /// <summary>Chance that the accuracy lies below <see cref="LowerBound()"/>.</summary>
    public const double LowerTail = 0.05;

    /// <summary>The posterior of a fold.</summary>
    /// <param name="fold">The evidence.</param>
    /// <param name="prior">The prior.</param>
    public static Accuracy Of(QualityFold fold, AccuracyPrior prior) => Of(fold.Right, fold.Wrong, prior);

    /// <summary>The posterior of sums of evidence.</summary>
    /// <param name="right">Weight of what was right.</param>
    /// <param name="wrong">Weight of what was wrong.</param>
    /// <param name="prior">The prior.</param>
    public static Accuracy Of(double right, double wrong, AccuracyPrior prior)
    {
        if (prior.Mean is not (> 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(prior), prior.Mean, "The mean of a prior is between 0 and 1.");
        if (!(prior.Strength > 0) || !double.IsFinite(prior.Strength)) throw new ArgumentOutOfRangeException(nameof(prior), prior.Strength, "The strength of a prior is above 0.");
        return new((prior.Strength * prior.Mean) + right, (prior.Strength * (1 - prior.Mean)) + wrong, right + wrong, prior.Version);
    }

    /// <summary>Expected accuracy.</summary>
    public double Mean => A / (A + B);

    /// <summary>How unsure it is, as a standard deviation.</summary>
    public double StandardDeviation => Math.Sqrt(A * B / (A + B + 1)) / (A + B);

    /// <summary>The accuracy that is exceeded with 95 % certainty: the key of the leaderboard.</summary>
    public double LowerBound() => Quantile(LowerTail);

    /// <summary>The accuracy below which the true one lies with a given probability.</summary>
    /// <param name="probability">Between 0 and 1.</param>
    public double Quantile(double probability) => Beta.InvCDF(A, B, probability);

    /// <summary>The middle interval that holds the true accuracy with a given probability.</summary>
    /// <param name="level">0.9 for 90 %.</param>
    public (double Low, double High) Interval(double level) => (Quantile((1 - level) / 2), Quantile((1 + level) / 2));

    /// <summary>P(accuracy ≥ θ).</summary>
    /// <param name="theta">θ, from 0 to 1.</param>
    public double ProbabilityAtLeast(double theta) => theta <= 0 ? 1 : theta >= 1 ? 0 : SpecialFunctions.BetaRegularized(B, A, 1 - theta);

    /// <summary>P(accuracy &lt; θ).</summary>
    /// <param name="theta">θ, from 0 to 1.</param>
    public double ProbabilityBelow(double theta) => theta <= 0 ? 0 : theta >= 1 ? 1 : SpecialFunctions.BetaRegularized(A, B, theta);
}
