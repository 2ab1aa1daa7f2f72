using Dispatch.Bars;
using Dispatch.Benchmarks.Measuring;

namespace Dispatch.Benchmarks.Board;

/// <summary>Budgets of what a board allocates: the same on every machine. Its times are bars of <c>bars.sh leaderboard</c>.</summary>
internal static class BoardBars
{
    private const int Workers = 100_000;
    private const int PerDrain = 2_500;
    private const int Acts = 1_000;

    public static IEnumerable<Bar> Measure()
    {
        var world = new BoardWorld(Workers);
        const int Drains = 20;
        var drains = new Queue<Dispatch.Engine.Standing.StandingFigures[]>(Enumerable.Range(0, Drains + 1).Select(_ => world.NextTotals(PerDrain)));
        yield return Bar.AtMost("board of 100,000: allocated an update", Measured.Bytes(Drains, () => world.Drain(drains.Dequeue())) / PerDrain, 100, "bytes");
        yield return Bar.AtMost("board of 100,000: allocated a rank query", Measured.Bytes(Acts, () => world.RankOf(world.AnyWorker())), 0, "bytes");
        yield return Bar.AtMost("board of 100,000: allocated for the five around me", Measured.Bytes(Acts, () => world.Around(world.AnyWorker())), 1_000, "bytes");
    }
}
