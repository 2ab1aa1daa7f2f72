namespace Dispatch.Engine.Quality;

/// <summary>Closed formulae for x right of n, for display and for comparison with other platforms.</summary>
public static class Proportions
{
    /// <summary>z of a two-sided 95 % interval.</summary>
    public const double Z95 = 1.959963984540054;

    /// <summary>Wilson's score interval; null when there is nothing to judge.</summary>
    /// <param name="right">x, from 0 to <paramref name="total"/>.</param>
    /// <param name="total">n.</param>
    /// <param name="z">Quantile of the normal distribution; <see cref="Z95"/> for 95 %.</param>
    public static (double Low, double High)? Wilson(double right, double total, double z = Z95)
    {
        if (!(total > 0)) return null;
        var p = right / total;
        var z2 = z * z;
        var middle = p + (z2 / (2 * total));
        var reach = z * Math.Sqrt((p * (1 - p) / total) + (z2 / (4 * total * total)));
        var scale = 1 + (z2 / total);
        return (Math.Max(0, (middle - reach) / scale), Math.Min(1, (middle + reach) / scale));
    }

    /// <summary>Toloka's smoothed skill: (k + x) / (2k + n).</summary>
    /// <param name="right">x.</param>
    /// <param name="total">n.</param>
    /// <param name="smoothing">k, above 0.</param>
    public static double Smoothed(double right, double total, double smoothing = 0.5) => (smoothing + right) / ((2 * smoothing) + total);

    /// <summary>Accuracy above chance, so that work with different numbers of options can be compared: 0 is guessing, 1 is perfect. Null when there is nothing to choose.</summary>
    /// <param name="accuracy">Share of right answers.</param>
    /// <param name="options">K: options to choose from.</param>
    public static double? ChanceCorrected(double accuracy, int options) => options < 2 ? null : (accuracy - (1.0 / options)) / (1 - (1.0 / options));
}
