using Dispatch.Bars;
using Dispatch.LoadTests.Reports;
using Dispatch.LoadTests.Scenarios;

namespace Dispatch.LoadTests.Bars;

/// <summary>How much there is at most.</summary>
internal static class ClosedLoopBars
{
    public static async Task<int> MeasureAsync(BarSettings settings, CancellationToken stop)
    {
        var report = await RunAsync(settings, ["echo", "postgresql", "sqlite", "skip-locked", "rabbitmq"], stop);
        var dispatch = report.Median("postgresql")!;
        var isShort = Against("echo", 0.5) | Against("skip-locked", 3) | Against("rabbitmq", 4);
        isShort |= Figure(report.Median("sqlite")!, report.Median("echo"));
        return isShort;

        int Against(string name, double needed)
        {
            var bar = $"closed loop, PostgreSQL against {name}";
            if (report.Median(name) is not { } other) return Bar.Print(bar, met: true, report.Left.FirstOrDefault(left => left.StartsWith(name, StringComparison.Ordinal)) ?? "not measured", FormattableString.Invariant($">= {needed}"));
            var ratio = dispatch.PerSecond / other.PerSecond;
            return Bar.Print(bar, ratio >= needed, FormattableString.Invariant($"{ratio:0.00} ({dispatch.PerSecond:0}/s against {other.PerSecond:0}/s)"), FormattableString.Invariant($">= {needed}"));
        }
    }

    /// <summary>The first figures, of both stores beside the echo.</summary>
    public static async Task<int> FiguresAsync(BarSettings settings, CancellationToken stop)
    {
        var report = await RunAsync(settings, ["echo", "postgresql", "sqlite"], stop);
        return report.Subjects.Aggregate(0, (isShort, subject) => isShort | Figure(report.Median(subject)!, report.Median("echo")));
    }

    private static Task<Report> RunAsync(BarSettings settings, List<string> subjects, CancellationToken stop)
    {
        var scenario = ScenarioFile.Read("closed-loop");
        scenario.Subjects = subjects;
        scenario.Rounds = settings.Rounds;
        scenario.Workers = settings.Workers ?? scenario.Workers;
        scenario.WarmUp = Math.Max(5, scenario.WarmUp * settings.Scale);
        scenario.Seconds = Math.Max(3, scenario.Seconds * settings.Scale);
        return settings.RunAsync(scenario, stop);
    }

    private static int Figure(Measurement measured, Measurement? echo) => Bar.Print(
        $"closed loop, {measured.Subject}",
        met: measured.Cycles > 0,
        FormattableString.Invariant($"{measured.PerSecond:0}/s, {measured.PerSecond / (echo?.PerSecond ?? 1):0.00} of echo, p50 {measured.Latency.P50:0.0} ms, p99 {measured.Latency.P99:0.0} ms"),
        "(a figure)");
}
