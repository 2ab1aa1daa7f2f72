using Dispatch.Bars;
using Dispatch.LoadTests.Scenarios;

namespace Dispatch.LoadTests.Bars;

/// <summary>How soon, at a load that leaves room.</summary>
internal static class LatencyBars
{
    public static async Task<int> OpenLoopAsync(BarSettings settings, CancellationToken stop)
    {
        var scenario = ScenarioFile.Read("open-loop");
        scenario.ProbeCommits = true;
        scenario.Workers = settings.Workers ?? scenario.Workers;
        scenario.Seconds = Math.Max(10, scenario.Seconds * settings.Scale);
        var report = await settings.RunAsync(scenario, stop);
        var (dispatch, echo) = (report.Median("postgresql")!, report.Median("echo")!);
        var needed = echo.Latency.P99 + (3 * dispatch.Commit!.P99);
        return Bar.Print(
            FormattableString.Invariant($"open loop, {scenario.Workers} workers, {scenario.Arrival.PerSecond:0}/s: p99"),
            dispatch.Latency.P99 <= needed && dispatch.Failures == 0,
            FormattableString.Invariant($"{dispatch.Latency.P99:0.0} ms (p50 {dispatch.Latency.P50:0.0}; {dispatch.PerSecond:0}/s)"),
            FormattableString.Invariant($"<= {needed:0.0} ms (echo {echo.Latency.P99:0.0} + 3 x commit {dispatch.Commit.P99:0.0})"));
    }

    public static async Task<int> PushAsync(BarSettings settings, CancellationToken stop)
    {
        var scenario = ScenarioFile.Read("push");
        scenario.Subjects = ["echo", "postgresql", "skip-locked-poll"];
        scenario.Workers = settings.Workers ?? scenario.Workers;
        scenario.Rounds = Math.Min(settings.Rounds, scenario.Rounds);
        scenario.Seconds = Math.Max(8, scenario.Seconds * settings.Scale);
        var report = await settings.RunAsync(scenario, stop);
        var (dispatch, echo, poll) = (report.Median("postgresql")!.Push!, report.Median("echo")!.Push!, report.Median("skip-locked-poll")!.Push!);

        // Two of these lie one after the other on the way of a task, and none on that of the echo.
        var commit = report.MedianOf("postgresql", round => round.Commit?.P99 ?? 0);
        var measured = FormattableString.Invariant($"{dispatch.P99:0.0} ms (p50 {dispatch.P50:0.0}; the commit of a row beside it: p99 {commit:0.0})");
        var name = $"new task to an idle worker, {scenario.Workers} connected: p99";
        return Bar.Print(name, dispatch.P99 <= 3 * echo.P99, measured, FormattableString.Invariant($"<= {3 * echo.P99:0.0} ms (3 x echo {echo.P99:0.0})"))
            | Bar.Print(name, dispatch.P99 <= 0.1 * poll.P99, measured, FormattableString.Invariant($"<= {0.1 * poll.P99:0.0} ms (0.1 x polling {poll.P99:0})"));
    }

    public static async Task<int> StormAsync(BarSettings settings, CancellationToken stop)
    {
        const double NeededSeconds = 30;
        var scenario = ScenarioFile.Read("reconnect-storm");
        scenario.Workers = settings.Workers ?? scenario.Workers;
        var report = await settings.RunAsync(scenario, stop);
        var back = report.Median("postgresql")!.RecoveredSeconds;
        return Bar.Print(
            $"reconnect storm of {scenario.Workers}: all working again",
            back <= NeededSeconds,
            back is { } seconds ? FormattableString.Invariant($"{seconds:0.0} s") : "not within the measurement",
            FormattableString.Invariant($"<= {NeededSeconds:0} s"));
    }
}
