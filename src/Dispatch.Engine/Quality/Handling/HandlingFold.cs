namespace Dispatch.Engine.Quality;

/// <summary>What is saved of a <see cref="HandlingFold"/>.</summary>
/// <param name="Count">Answers.</param>
/// <param name="TotalMicroseconds">Sum of their handling times.</param>
/// <param name="TotalLogMicros">Sum of the logarithms of their seconds, in millionths.</param>
/// <param name="RecentLogMean">Moving mean of the logarithm.</param>
/// <param name="RecentLogVariance">Moving variance of the logarithm.</param>
/// <param name="Buckets">Keys and counts of the histogram.</param>
public sealed record HandlingSnapshot(long Count, long TotalMicroseconds, long TotalLogMicros, double RecentLogMean, double RecentLogVariance, IReadOnlyList<HandlingBucket> Buckets);

/// <summary>A bucket of a saved histogram.</summary>
/// <param name="Key">Which bucket.</param>
/// <param name="Count">Values in it.</param>
public readonly record struct HandlingBucket(ushort Key, long Count);

/// <summary>
/// Handling times of one worker in one project, or of one batch. The handling time of an answer is from shown to submitted, less
/// declared pauses and idle gaps; the server judges it by its own stamps, and a client's reports can only shorten it. Work that ran
/// out or was handed back is not in it. Waiting for work is not in it either.
/// <para>
/// Count, mean, median, geometric mean and p95 are sums of whole numbers: any order of the same answers gives the same bits, and
/// folds add up. The moving figures depend on the order, and are only meant where there is one: for a worker.
/// </para>
/// </summary>
public sealed class HandlingFold
{
    /// <summary>Weight of the newest answer in the moving figures (λ), unless the policy says otherwise.</summary>
    public const double LambdaDefault = 0.08;

    /// <summary>Longest time that is counted: a week. A longer one counts as this.</summary>
    public const long MicrosecondsMax = 7L * 24 * 3600 * 1_000_000;

    /// <summary>Before there are enough answers, logarithms of times are taken to spread as they do in real pair work (0.7²).</summary>
    public const double LogVariancePrior = 0.49;

    private const double WinsorDeviations = 3;
    private const double DeviationMin = 0.1;
    private const double LogUnits = 1_000_000;
    private LogBuckets? _buckets;

    /// <summary>Answers.</summary>
    public long Count { get; private set; }

    /// <summary>Sum of their handling times, in microseconds.</summary>
    public long TotalMicroseconds { get; private set; }

    /// <summary>Sum of ln(seconds), in millionths, so that the sum is exact.</summary>
    public long TotalLogMicros { get; private set; }

    /// <summary>Moving mean of ln(seconds) (m).</summary>
    public double RecentLogMean { get; private set; }

    /// <summary>Moving variance of ln(seconds) (v).</summary>
    public double RecentLogVariance { get; private set; } = LogVariancePrior;

    /// <summary>Mean: the contractual average handling time. Null before the first answer.</summary>
    public TimeSpan? Mean => Count == 0 ? null : Microseconds(TotalMicroseconds / Count);

    /// <summary>Geometric mean: the typical time, which a few very long ones do not move.</summary>
    public TimeSpan? GeometricMean => LogMean is { } log ? Microseconds((long)Math.Round(Math.Exp(log) * 1_000_000)) : null;

    /// <summary>Mean of ln(seconds).</summary>
    public double? LogMean => Count == 0 ? null : TotalLogMicros / LogUnits / Count;

    /// <summary>Median, within <see cref="LogBuckets.RelativeErrorMax"/> of itself.</summary>
    public TimeSpan? Median => Quantile(0.5);

    /// <summary>The time that 95 % of the answers stay below, within <see cref="LogBuckets.RelativeErrorMax"/> of itself.</summary>
    public TimeSpan? P95 => Quantile(0.95);

    /// <summary>Typical time of late: exp(m).</summary>
    public TimeSpan? RecentTypical => Count == 0 ? null : Microseconds((long)Math.Round(Math.Exp(RecentLogMean) * 1_000_000));

    /// <summary>Mean time of late, were the times log-normal: exp(m + v/2).</summary>
    public TimeSpan? RecentMean => Count == 0 ? null : Microseconds((long)Math.Round(Math.Exp(RecentLogMean + (RecentLogVariance / 2)) * 1_000_000));

    /// <summary>Reads a saved fold.</summary>
    /// <param name="snapshot">What was saved.</param>
    public static HandlingFold Restore(HandlingSnapshot snapshot) => new()
    {
        Count = snapshot.Count,
        TotalMicroseconds = snapshot.TotalMicroseconds,
        TotalLogMicros = snapshot.TotalLogMicros,
        RecentLogMean = snapshot.RecentLogMean,
        RecentLogVariance = snapshot.RecentLogVariance,
        _buckets = snapshot.Buckets.Count == 0 ? null : LogBuckets.Restore(snapshot.Buckets.Select(bucket => (bucket.Key, bucket.Count))),
    };

    /// <summary>Copies what must be saved.</summary>
    public HandlingSnapshot Snapshot() => new(
        Count, TotalMicroseconds, TotalLogMicros, RecentLogMean, RecentLogVariance, [.. (_buckets?.Buckets ?? []).Select(bucket => new HandlingBucket(bucket.Key, bucket.Count))]);

    /// <summary>Folds the handling time of one answer.</summary>
    /// <param name="handling">Its handling time. Counts as at least a millisecond, for logarithms, and at most <see cref="MicrosecondsMax"/>.</param>
    /// <param name="lambda">λ of the moving figures, above 0 to 1.</param>
    public void Apply(TimeSpan handling, double lambda = LambdaDefault)
    {
        if (lambda is not (> 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(lambda), lambda, "λ is above 0, to 1.");
        var microseconds = Math.Clamp(handling.Ticks / TimeSpan.TicksPerMicrosecond, 0, MicrosecondsMax);
        var log = LogSeconds(microseconds);
        ApplyMoving(log, lambda);
        Count++;
        TotalMicroseconds += microseconds;
        TotalLogMicros += (long)Math.Round(log * LogUnits);
        (_buckets ??= new LogBuckets()).Add(microseconds);
    }

    /// <summary>Adds the answers of another fold. The moving figures stay as they are.</summary>
    /// <param name="other">The other.</param>
    public void Merge(HandlingFold other)
    {
        Count += other.Count;
        TotalMicroseconds += other.TotalMicroseconds;
        TotalLogMicros += other.TotalLogMicros;
        if (other._buckets is { } buckets) (_buckets ??= new LogBuckets()).Merge(buckets);
    }

    /// <summary>ln of the seconds, of at least a millisecond.</summary>
    /// <param name="microseconds">The time.</param>
    internal static double LogSeconds(long microseconds) => Math.Log(Math.Max(microseconds, 1_000) / 1_000_000.0);

    private void ApplyMoving(double log, double lambda)
    {
        if (Count == 0)
        {
            RecentLogMean = log;
            return;
        }

        // One lunch break must not make a worker slow for a day. Somebody very even may still change pace: hence the least deviation.
        var reach = WinsorDeviations * Math.Max(DeviationMin, Math.Sqrt(RecentLogVariance));
        var step = lambda * (Math.Clamp(log, RecentLogMean - reach, RecentLogMean + reach) - RecentLogMean);
        RecentLogVariance = (1 - lambda) * (RecentLogVariance + (step * step / lambda));
        RecentLogMean += step;
    }

    /// <summary>The time that a share of the answers stays below, within <see cref="LogBuckets.RelativeErrorMax"/> of itself; null before the first answer.</summary>
    /// <param name="q">The share, from 0 to 1.</param>
    public TimeSpan? Quantile(double q) => _buckets?.Quantile(q) is { } microseconds ? Microseconds(microseconds) : null;

    private static TimeSpan Microseconds(long microseconds) => new(microseconds * TimeSpan.TicksPerMicrosecond);
}
