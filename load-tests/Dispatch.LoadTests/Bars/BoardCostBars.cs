using Dispatch.Bars;
using Dispatch.LoadTests.Running;
using Dispatch.LoadTests.Scenarios;

namespace Dispatch.LoadTests.Bars;

/// <summary>What a leaderboard costs whoever answers: two servers on two databases in one run, one of which keeps none. At one rate, so that groups are of one size.</summary>
internal static class BoardCostBars
{
    private const double Most = 1.1;

    public static async Task<int> MeasureAsync(BarSettings settings, CancellationToken stop)
    {
        var (without, with) = (Of(settings, kept: false), Of(settings, kept: true));
        var report = await settings.RunAsync(with, stop, [new Entry("without", "postgresql", without), new Entry("with", "postgresql", with)]);
        var (a, b) = (report.MedianOf("without", measured => measured.CpuMsPerCycle!.Value), report.MedianOf("with", measured => measured.CpuMsPerCycle!.Value));
        return Bar.Print("CPU a cycle: with the leaderboard against without", b / a <= Most, FormattableString.Invariant($"{b / a:0.00} ({b:0.000} ms against {a:0.000} ms)"), FormattableString.Invariant($"<= {Most}"));
    }

    private static Scenario Of(BarSettings settings, bool kept) => new()
    {
        Name = "board-cost",
        About = "Processor time of server and database for one cycle, with a leaderboard and without.",
        Subjects = ["postgresql"],
        Workers = settings.Workers ?? 200,
        Rounds = settings.Rounds,
        WarmUp = Math.Max(5, 25 * settings.Scale),
        Seconds = Math.Max(3, 10 * settings.Scale),
        Arrival = new Arrival { Kind = "rate", PerSecond = 1_000 },
        Work = new WorkSpec { Tasks = settings.Size(60_000), Overlap = 5 },
        Server = new Dictionary<string, string> { ["Dispatch__Quality__Leaderboards"] = kept ? "true" : "false" },
    };
}
