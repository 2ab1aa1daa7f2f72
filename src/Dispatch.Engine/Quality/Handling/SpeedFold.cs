namespace Dispatch.Engine.Quality;

/// <summary>What is usual for a kind of work: the logarithm of the seconds is taken as μ + β·ln(words), spread by σ.</summary>
/// <param name="LogMean">μ: usual ln(seconds), at one word when β is not 0.</param>
/// <param name="LogDeviation">σ: usual spread of ln(seconds), above 0.</param>
/// <param name="WordSlope">β: how much ln(seconds) grows with ln(words); 0 when length does not matter or is not known.</param>
public readonly record struct HandlingBaseline(double LogMean, double LogDeviation, double WordSlope = 0)
{
    // Makes the median of absolute deviations the standard deviation of a normal distribution.
    private const double MedianToDeviation = 1.4826;

    /// <summary>A baseline from many handling times, by medians, which a few lunch breaks do not move. Null when there are none, or when all are equal.</summary>
    /// <param name="handlings">Handling times of everybody.</param>
    public static HandlingBaseline? Of(IEnumerable<TimeSpan> handlings)
    {
        var logs = handlings.Select(handling => HandlingFold.LogSeconds(handling.Ticks / TimeSpan.TicksPerMicrosecond)).Order().ToArray();
        if (logs.Length == 0) return null;
        var median = Median(logs);
        var deviation = MedianToDeviation * Median([.. logs.Select(log => Math.Abs(log - median)).Order()]);
        return deviation > 0 ? new(median, deviation) : null;
    }

    private static double Median(double[] sorted) => (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
}

/// <summary>
/// Speed of a worker across kinds of work, each measured against what is usual there: 1 is typical, 2 takes twice as long. For
/// explanation and planning only: speed alone never counts against anyone. Sums are whole numbers, as in <see cref="HandlingFold"/>.
/// </summary>
/// <param name="Count">Answers.</param>
/// <param name="ScoreMicros">Sum of z = (ln t − μ − β·ln words)/σ, in millionths.</param>
/// <param name="DeviationMicros">Sum of σ, in millionths.</param>
public readonly record struct SpeedFold(long Count, long ScoreMicros, long DeviationMicros)
{
    private const double Units = 1_000_000;

    /// <summary>exp(mean z · mean σ); null before the first answer.</summary>
    public double? Index => Count == 0 ? null : Math.Exp(ScoreMicros / Units / Count * (DeviationMicros / Units / Count));

    /// <summary>Folds the handling time of one answer.</summary>
    /// <param name="handling">Its handling time.</param>
    /// <param name="baseline">What is usual for its kind of work.</param>
    /// <param name="words">Words to read; 1 when not known.</param>
    public SpeedFold Apply(TimeSpan handling, HandlingBaseline baseline, int words = 1)
    {
        if (!(baseline.LogDeviation > 0)) throw new ArgumentOutOfRangeException(nameof(baseline), baseline.LogDeviation, "The spread is above 0.");
        var log = HandlingFold.LogSeconds(Math.Clamp(handling.Ticks / TimeSpan.TicksPerMicrosecond, 0, HandlingFold.MicrosecondsMax));
        var z = (log - baseline.LogMean - (baseline.WordSlope * Math.Log(Math.Max(1, words)))) / baseline.LogDeviation;
        return new(Count + 1, ScoreMicros + (long)Math.Round(z * Units), DeviationMicros + (long)Math.Round(baseline.LogDeviation * Units));
    }
}
