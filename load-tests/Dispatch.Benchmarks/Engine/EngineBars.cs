using Dispatch.Bars;
using Dispatch.Benchmarks.Measuring;

namespace Dispatch.Benchmarks.Engine;

/// <summary>What a dispatch costs must not grow. CPU time, not wall time, and the two worlds in turns: neighbours on the machine slow both alike.</summary>
internal static class EngineBars
{
    private const double Needed = 1.5;
    private const int Rounds = 15;
    private const int Operations = 20_000;

    public static IEnumerable<Bar> Measure()
    {
        foreach (var scenario in EngineScenario.All)
        {
            var (small, large) = (scenario.Small(), scenario.Large());
            for (var warm = 0; warm < 3; warm++) _ = (Cost(small, scenario.Act), Cost(large, scenario.Act));
            List<(double Small, double Large)> rounds = [];
            for (var round = 0; round < Rounds; round++) rounds.Add((Cost(small, scenario.Act), Cost(large, scenario.Act)));
            yield return Bar.AtMost(
                scenario.Name, Measured.Median(rounds.Select(round => round.Large / round.Small)), Needed, "x",
                Bar.Text($"{Measured.Median(rounds.Select(round => round.Large)):F2} µs against {Measured.Median(rounds.Select(round => round.Small)):F2} µs of CPU"));
        }
    }

    private static double Cost(EngineWorld world, Action<EngineWorld> act) => Measured.Cpu(Operations, () => act(world));
}
