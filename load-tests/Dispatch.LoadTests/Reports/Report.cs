using HdrHistogram;

namespace Dispatch.LoadTests.Reports;

/// <summary>What a run measured, for machines; the page for people is made from it.</summary>
internal sealed record Report
{
    public required string Scenario { get; init; }
    public required string About { get; init; }
    public required DateTimeOffset At { get; init; }
    public required string Machine { get; init; }
    public required IReadOnlyList<string> Settings { get; init; }
    public required IReadOnlyList<Measurement> Measurements { get; init; }

    /// <summary>Subjects that were not measured, and why.</summary>
    public IReadOnlyList<string> Left { get; init; } = [];

    /// <summary>By subject, the round whose throughput is the median; for an open load, whose p99 is.</summary>
    public Measurement? Median(string subject)
    {
        var runs = Measurements.Where(measured => measured.Subject == subject).ToArray();
        if (runs.Length == 0) return null;
        var isOpen = Settings.Any(setting => setting.StartsWith("arrival rate", StringComparison.Ordinal) || setting.StartsWith("arrival idle", StringComparison.Ordinal));
        return runs.OrderBy(run => isOpen ? (run.Push ?? run.Latency).P99 : run.PerSecond).ElementAt(runs.Length / 2);
    }

    /// <summary>The median of a figure over the rounds of one subject.</summary>
    public double MedianOf(string subject, Func<Measurement, double> figure)
    {
        var rounds = Measurements.Where(measured => measured.Subject == subject).Select(figure).Order().ToArray();
        return rounds[rounds.Length / 2];
    }

    public IReadOnlyList<string> Subjects => [.. Measurements.Select(measured => measured.Subject).Distinct()];
}

/// <summary>One measurement of one subject. Times are in milliseconds unless the name says otherwise.</summary>
internal sealed record Measurement
{
    public required string Subject { get; init; }
    public required int Round { get; init; }
    public required double Seconds { get; init; }
    public required long Cycles { get; init; }
    public required double PerSecond { get; init; }

    /// <summary>Submit to next; where workers are idle, to the reply.</summary>
    public required Percentiles Latency { get; init; }

    /// <summary>Put in to on the worker's side, of tasks that carry the time.</summary>
    public Percentiles? Push { get; init; }

    /// <summary>Processor time by process; the generator is one of them.</summary>
    public required IReadOnlyDictionary<string, double> CpuSeconds { get; init; }

    /// <summary>Of the subject's processes; null where they run elsewhere.</summary>
    public required double? CpuMsPerCycle { get; init; }

    /// <summary>Transactions committed a cycle; null where there is no database.</summary>
    public double? CommitsPerCycle { get; init; }

    /// <summary>Bytes written to the database's log a cycle; null where there is none, or it does not say.</summary>
    public double? WalBytesPerCycle { get; init; }

    /// <summary>From a reconnect of workers until every one of them has answered again; null when there was none.</summary>
    public double? RecoveredSeconds { get; init; }

    /// <summary>The commit of one row, on the same database at the same time; null when it was not measured.</summary>
    public Percentiles? Commit { get; init; }

    public int Failures { get; init; }

    /// <summary>What people went through; null in reports from before it was measured.</summary>
    public Experience? Experience { get; init; }

    /// <summary>What the server knows of them; null where there is no API, or it was not asked.</summary>
    public ServerSide? Server { get; init; }

    /// <summary>What happened, for the plots.</summary>
    public IReadOnlyList<Mark> Marks { get; init; } = [];

    /// <summary>Why nobody answered; null when somebody did.</summary>
    public string? Silent { get; init; }

    public required IReadOnlyList<Second> Timeline { get; init; }
}

/// <summary>One second of a measurement.</summary>
internal sealed record Second(double At, long Cycles, double P50, double P99, double Max, IReadOnlyDictionary<string, double> Cores, IReadOnlyDictionary<string, double> ResidentMiB, IReadOnlyDictionary<string, double> Handles, long? Commits)
{
    /// <summary>People who are there.</summary>
    public int People { get; init; }
}

/// <summary>Milliseconds.</summary>
internal sealed record Percentiles(long Count, double P50, double P90, double P99, double P999, double Max, IReadOnlyList<double[]> Curve)
{
    private static readonly double[] Steps = [0, 10, 25, 50, 75, 90, 95, 97.5, 99, 99.5, 99.9, 99.95, 99.99, 100];

    /// <summary>The value of one of the percentiles of the curve.</summary>
    public double At(double percentile) => Curve.First(point => point[0].Equals(percentile))[1];

    public static Percentiles Of(HistogramBase histogram)
    {
        double At(double percentile) => histogram.TotalCount == 0 ? 0 : histogram.GetValueAtPercentile(percentile) / 1000.0;
        return new Percentiles(histogram.TotalCount, At(50), At(90), At(99), At(99.9), At(100), [.. Steps.Select(step => new[] { step, At(step) })]);
    }
}
