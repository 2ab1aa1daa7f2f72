using Dispatch.LoadTests.Reports;
using Dispatch.LoadTests.Running;
using Dispatch.LoadTests.Scenarios;

namespace Dispatch.LoadTests.Bars;

/// <summary>How bars are measured.</summary>
/// <param name="Rounds">Interleaved rounds.</param>
/// <param name="Workers">Instead of what a bar asks for.</param>
/// <param name="Scale">1: as the bar asks; below: shorter and smaller.</param>
/// <param name="Reports">Where reports go; null for nowhere.</param>
internal sealed record BarSettings(int Rounds, int? Workers, double Scale, string? Reports)
{
    public int Size(int full) => Math.Max(1, (int)(full * Scale));

    public async Task<Report> RunAsync(Scenario scenario, CancellationToken stop, IReadOnlyList<Entry>? entries = null)
    {
        ScenarioFile.Check(scenario);
        var runner = entries is null ? new Runner(scenario, new Target(), new ConsoleProgress()) : new Runner(entries, scenario.Rounds, new Target(), new ConsoleProgress());
        var report = await runner.RunAsync(stop);
        if (Reports is not null) await ReportFiles.WriteAsync(report, Path.Combine(Reports, report.Scenario));
        return report;
    }
}

/// <summary>A bar, and the group of bars.sh that it is a line of.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Group">Its group.</param>
/// <param name="MeasureAsync">Measures and prints it; 1 when it is short.</param>
internal sealed record BarEntry(string Name, string Group, Func<BarSettings, CancellationToken, Task<int>> MeasureAsync);

/// <summary>The bars that this program measures.</summary>
internal static class BarCatalog
{
    /// <summary>The group that is measured when nothing is named.</summary>
    public const string Load = "load";

    public static IReadOnlyList<BarEntry> All { get; } =
    [
        new("closed-loop", Load, ClosedLoopBars.MeasureAsync),
        new("open-loop", Load, LatencyBars.OpenLoopAsync),
        new("push", Load, LatencyBars.PushAsync),
        new("idle-memory", Load, MemoryBars.MeasureAsync),
        new("flat-cpu", Load, FlatnessBars.MeasureAsync),
        new("import", Load, ImportBars.MeasureAsync),
        new("reconnect-storm", Load, LatencyBars.StormAsync),
        new("board-cost", "leaderboard", BoardCostBars.MeasureAsync),
        new("cluster-cost", "cluster", ClusterCostBars.MeasureAsync),
        new("closed-loop-figures", "main-job", ClosedLoopBars.FiguresAsync),
    ];

    public static string Names => string.Join(", ", All.Select(bar => bar.Name));
}
