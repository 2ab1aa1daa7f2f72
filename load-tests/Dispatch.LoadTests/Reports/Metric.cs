using System.Globalization;

namespace Dispatch.LoadTests.Reports;

/// <summary>A figure of a measurement that can be required.</summary>
/// <param name="Name">As it is written after --require.</param>
/// <param name="About">What it is, for the help.</param>
/// <param name="Of">The figure; null when it was not measured.</param>
/// <param name="Units">Units it may be given in, with their factors; the empty one is meant when none is given.</param>
/// <param name="Unit">The unit it is printed in.</param>
/// <param name="IsShare">A share from 0 to 1, printed in per cent.</param>
internal sealed record Metric(string Name, string About, Func<Measurement, double?> Of, IReadOnlyDictionary<string, double> Units, string Unit, bool IsShare = false)
{
    private static readonly Dictionary<string, double> Time = new() { [""] = 1, ["us"] = 0.001, ["ms"] = 1, ["s"] = 1_000, ["min"] = 60_000 };
    private static readonly Dictionary<string, double> Rate = new() { [""] = 1, ["/s"] = 1, ["/min"] = 1.0 / 60 };
    private static readonly Dictionary<string, double> Share = new() { [""] = 1, ["%"] = 0.01 };
    private static readonly Dictionary<string, double> Count = new() { [""] = 1 };

    public static IReadOnlyList<Metric> All { get; } =
    [
        Latency("p50", 50), Latency("p90", 90), Latency("p95", 95), Latency("p99", 99), Latency("p99.9", 99.9), Latency("max", 100),
        new("push-p50", "put in to on the screen, median", m => m.Push?.At(50), Time, "ms"),
        new("push-p99", "put in to on the screen", m => m.Push?.At(99), Time, "ms"),
        new("first-task-p50", "coming to the first task, median", m => m.Experience?.FirstTask?.At(50), Time, "ms"),
        new("first-task-p95", "coming to the first task", m => m.Experience?.FirstTask?.At(95), Time, "ms"),
        new("next-task-p95", "answer taken to next task", m => m.Experience?.NextTask?.At(95), Time, "ms"),
        new("recovered", "break-off to everybody working again", m => m.RecoveredSeconds * 1_000, Time, "ms"),
        new("cpu", "processor of the subject an answer", m => m.CpuMsPerCycle, Time, "ms"),
        new("rate", "answers a second", m => m.PerSecond, Rate, "/s"),
        new("answers", "answers", m => m.Experience?.Answers, Count, ""),
        new("failed", "share of answers that failed", FailedShare, Share, "%", IsShare: true),
        new("idle", "share of people's time without a task", m => m.Experience?.IdleShare, Share, "%", IsShare: true),
        new("refused", "refused calls", m => m.Experience?.Refused.Values.Sum(), Count, ""),
        new("timed-out", "offers that timed out", m => m.Experience?.Withdrawn.GetValueOrDefault("TimedOut"), Count, ""),
        new("spammers-found", "share of the spammers found", m => m.Server is { Spammers: > 0 } server ? (double)server.SpammersFound / server.Spammers : null, Share, "%", IsShare: true),
        new("gold-accuracy", "share of gold answered right", m => m.Server?.GoldAccuracy, Share, "%", IsShare: true),
    ];

    public static string Names => string.Join(", ", All.Select(metric => metric.Name));

    /// <summary>Names with units and meanings, for the help.</summary>
    public static string Help => string.Join("; ", All.Select(metric => $"{metric.Name} ({metric.About}{(metric.Unit.Length > 0 ? $", {metric.Unit}" : "")})"));

    public string Say(double figure) => IsShare
        ? string.Create(CultureInfo.InvariantCulture, $"{figure * 100:0.##} %")
        : string.Create(CultureInfo.InvariantCulture, $"{figure:#,0.###}{(Unit.StartsWith('/') || Unit.Length == 0 ? "" : " ")}{Unit}");

    // Without an answer there is no latency: an empty histogram's zero would keep every limit.
    private static Metric Latency(string name, double percentile) => new(name, "submit to next", m => m.Latency.Count > 0 ? m.Latency.At(percentile) : null, Time, "ms");

    private static double? FailedShare(Measurement m)
    {
        var answers = m.Experience?.Answers ?? m.Cycles;
        return answers + m.Failures > 0 ? (double)m.Failures / (answers + m.Failures) : null;
    }
}
