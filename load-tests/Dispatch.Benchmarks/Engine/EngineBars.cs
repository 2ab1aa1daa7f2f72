using System.Globalization;

namespace Dispatch.Benchmarks;

/// <summary>Prints one line a bar. CPU time, not wall time, and the two worlds in turns: neighbours on the machine slow both alike.</summary>
internal static class EngineBars
{
    private const double Needed = 1.5;
    private const int Rounds = 15;
    private const int Operations = 20_000;

    public static int Print()
    {
        var isShort = false;
        foreach (var scenario in EngineScenario.All)
        {
            var (small, large) = (scenario.Small(), scenario.Large());
            for (var warm = 0; warm < 3; warm++) _ = (Measure(small, scenario.Act), Measure(large, scenario.Act));
            List<(double Small, double Large)> rounds = [];
            for (var round = 0; round < Rounds; round++) rounds.Add((Measure(small, scenario.Act), Measure(large, scenario.Act)));
            var ratio = Median(rounds.Select(round => round.Large / round.Small));
            isShort |= ratio > Needed;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{(ratio <= Needed ? "ok" : "SHORT")}\t{scenario.Name}\t{ratio:F2} ({Median(rounds.Select(round => round.Large)):F2} µs against {Median(rounds.Select(round => round.Small)):F2} µs of CPU)\tat most {Needed}"));
        }

        return isShort ? 1 : 0;
    }

    private static double Measure(EngineWorld world, Action<EngineWorld> act)
    {
        var before = Environment.CpuUsage.TotalTime;
        for (var i = 0; i < Operations; i++) act(world);
        return (Environment.CpuUsage.TotalTime - before).TotalMicroseconds / Operations;
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }
}
