using Dispatch.Bars;
using Dispatch.LoadTests.Reports;
using Dispatch.LoadTests.Running;
using Dispatch.LoadTests.Scenarios;
using Dispatch.LoadTests.Subjects;

namespace Dispatch.LoadTests.Bars;

/// <summary>
/// What it costs to do the same work in three processes: a server and a cluster, each on a database of its own, in one run. A long warm-up, for the
/// JIT must be done in all of them: in their first minute it is two thirds of what three servers use on two cores.
/// </summary>
internal static class ClusterCostBars
{
    private const double Most = 1.5;

    public static async Task<int> MeasureAsync(BarSettings settings, CancellationToken stop)
    {
        var scenario = Of(settings);
        var report = await settings.RunAsync(scenario, stop, [new Entry("one process", "postgresql", scenario), new Entry("three processes", "postgresql", scenario, new Target(Processes: 3))]);

        // Milliseconds a cycle are seconds per thousand.
        var (one, three) = (report.MedianOf("one process", OfServers), report.MedianOf("three processes", OfServers));
        var (oneInAll, threeInAll) = (report.MedianOf("one process", measured => measured.CpuMsPerCycle!.Value), report.MedianOf("three processes", measured => measured.CpuMsPerCycle!.Value));
        return Bar.Print(
            "CPU s per 1,000 cycles: 3 processes over 1",
            three / one <= Most,
            FormattableString.Invariant($"{three / one:0.00} ({three:0.000} s against {one:0.000} s; with PostgreSQL {threeInAll:0.000} s against {oneInAll:0.000} s)"),
            FormattableString.Invariant($"<= {Most}"));
    }

    private static double OfServers(Measurement measured) =>
        measured.CpuSeconds.Where(process => process.Key.StartsWith("dispatch", StringComparison.Ordinal)).Sum(process => process.Value) * 1_000 / Math.Max(1, measured.Cycles);

    private static Scenario Of(BarSettings settings) => new()
    {
        Name = "cluster-cost",
        About = "Processor time of one server and of three for the same work.",
        Subjects = ["postgresql"],
        Workers = settings.Workers ?? 300,
        Rounds = settings.Rounds,
        WarmUp = Math.Max(5, 60 * settings.Scale),
        Seconds = Math.Max(3, 10 * settings.Scale),
        Arrival = new Arrival { Kind = "closed" },
        Work = new WorkSpec { Tasks = settings.Size(150_000), Overlap = 5 },
    };
}
