using Dispatch.Bars;
using Dispatch.LoadTests.Reports;
using Dispatch.LoadTests.Running;
using Dispatch.LoadTests.Scenarios;

namespace Dispatch.LoadTests.Bars;

/// <summary>A cycle costs the same however much waits, whoever idles, and whatever else is open. At one rate, so that groups are of one size.</summary>
internal static class FlatnessBars
{
    private const double Most = 1.25;
    private const int Rate = 1_000;
    private const int Workers = 200;

    public static async Task<int> MeasureAsync(BarSettings settings, CancellationToken stop)
    {
        var (tasks, idle, batches) = (settings.Size(1_000_000), settings.Size(10_000), settings.Size(1_000));
        return await GuardAsync("tasks", $"{tasks:N0} tasks waiting against 1,000", work => work.Work.Tasks = 1_000, work => work.Work.Tasks = tasks)
            | await GuardAsync("idle", $"{idle:N0} idle workers against 100", work => work.IdleWorkers = 100, work => work.IdleWorkers = idle)
            | await GuardAsync("batches", $"{batches:N0} batches against 1", work => work.Work.Batches = 1, work => work.Work.Batches = batches);

        // One pair that cannot be measured must not cost the others.
        async Task<int> GuardAsync(string name, string what, Action<Scenario> few, Action<Scenario> many)
        {
            try
            {
                return await PairAsync(name, what, few, many);
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                await Console.Error.WriteLineAsync(failure.ToString());
                return Bar.Print($"CPU a cycle: {what}", met: false, "could not be measured", FormattableString.Invariant($"<= {Most}"));
            }
        }

        async Task<int> PairAsync(string name, string what, Action<Scenario> few, Action<Scenario> many)
        {
            var entries = new[] { ("few", few), ("many", many) }.Select(side =>
            {
                var scenario = Base(name, settings);
                side.Item2(scenario);
                return new Entry(side.Item1, "postgresql", scenario);
            }).ToArray();
            var report = await settings.RunAsync(entries[0].Scenario, stop, entries);
            var (a, b) = (report.MedianOf("few", measured => measured.CpuMsPerCycle!.Value), report.MedianOf("many", measured => measured.CpuMsPerCycle!.Value));
            return Bar.Print($"CPU a cycle: {what}", b / a <= Most, FormattableString.Invariant($"{b / a:0.00} ({b:0.000} ms against {a:0.000} ms)"), FormattableString.Invariant($"<= {Most}"));
        }
    }

    private static Scenario Base(string name, BarSettings settings) => new()
    {
        Name = $"flat-cpu-{name}",
        About = "Processor time of server and database for one cycle, few against many.",
        Subjects = ["postgresql"],
        Workers = Workers,
        Rounds = Math.Min(3, settings.Rounds),
        WarmUp = 20,
        Seconds = 10,
        Arrival = new Arrival { Kind = "rate", PerSecond = Rate },

        // Enough answers wait in a thousand tasks for the whole of the run.
        Work = new WorkSpec { Tasks = 1_000, Overlap = 100 },
    };
}
