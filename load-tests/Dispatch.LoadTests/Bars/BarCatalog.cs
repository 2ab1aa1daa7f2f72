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

/// <summary>The bars by name.</summary>
internal static class BarCatalog
{
    public static IReadOnlyList<string> Names { get; } = ["closed-loop", "open-loop", "push", "idle-memory", "flat-cpu", "import", "reconnect-storm", "board-cost", "cluster-cost", "closed-loop-figures"];

    public static Task<int> MeasureAsync(string name, BarSettings settings, CancellationToken stop) => name switch
    {
        "closed-loop" => ClosedLoopBars.MeasureAsync(settings, stop),
        "closed-loop-figures" => ClosedLoopBars.FiguresAsync(settings, stop),
        "open-loop" => LatencyBars.OpenLoopAsync(settings, stop),
        "push" => LatencyBars.PushAsync(settings, stop),
        "reconnect-storm" => LatencyBars.StormAsync(settings, stop),
        "idle-memory" => MemoryBars.MeasureAsync(settings, stop),
        "flat-cpu" => FlatnessBars.MeasureAsync(settings, stop),
        "board-cost" => BoardCostBars.MeasureAsync(settings, stop),
        "cluster-cost" => ClusterCostBars.MeasureAsync(settings, stop),
        "import" => ImportBars.MeasureAsync(settings, stop),
        _ => throw new ArgumentException($"There is no bar '{name}'."),
    };
}
