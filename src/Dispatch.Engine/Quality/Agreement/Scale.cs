namespace Dispatch.Engine.Quality.Agreement;

/// <summary>What the values of an answer form mean, and so how far apart two of them are, by Krippendorff's definitions.</summary>
public enum ScaleKind
{
    /// <summary>Reserved.</summary>
    Unspecified = 0,
    /// <summary>Names: equal or not.</summary>
    Nominal = 1,
    /// <summary>An order without distances: the distance is the number of votes in between.</summary>
    Ordinal = 2,
    /// <summary>Numbers whose differences mean something.</summary>
    Interval = 3,
    /// <summary>Numbers with a true zero, none negative.</summary>
    Ratio = 4,
}

/// <summary>A scale.</summary>
/// <param name="Kind">Its kind.</param>
public readonly record struct Scale(ScaleKind Kind)
{
    /// <summary>Names.</summary>
    public static Scale Nominal { get; } = new(ScaleKind.Nominal);
    /// <summary>An order.</summary>
    public static Scale Ordinal { get; } = new(ScaleKind.Ordinal);
    /// <summary>Differences.</summary>
    public static Scale Interval { get; } = new(ScaleKind.Interval);
    /// <summary>Ratios.</summary>
    public static Scale Ratio { get; } = new(ScaleKind.Ratio);

    /// <summary>δ² of two values.</summary>
    /// <param name="values">The values, ascending.</param>
    /// <param name="counts">How often each was voted (pairable votes).</param>
    /// <param name="lower">Index of the lower value.</param>
    /// <param name="upper">Index of the upper value, or the same.</param>
    internal double SquaredDistance(double[] values, double[] counts, int lower, int upper)
    {
        if (lower == upper) return 0;
        switch (Kind)
        {
            case ScaleKind.Nominal:
                return 1;
            case ScaleKind.Ordinal:
                var between = -(counts[lower] + counts[upper]) / 2;
                for (var g = lower; g <= upper; g++) between += counts[g];
                return between * between;
            case ScaleKind.Interval:
                return (values[upper] - values[lower]) * (values[upper] - values[lower]);
            case ScaleKind.Ratio:
                if (values[lower] < 0) throw new InvalidOperationException("Ratios are of values that are not negative.");
                var ratio = (values[upper] - values[lower]) / (values[upper] + values[lower]);
                return ratio * ratio;
            default:
                throw new InvalidOperationException("There is no such scale.");
        }
    }
}
