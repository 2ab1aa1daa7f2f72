using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Jobs;
using Dispatch.Engine.Standing;

namespace Dispatch.Benchmarks.Board;

/// <summary>The leaderboard as a table, with allocations. What it costs at a hundred times the workers is a bar of <c>bars.sh leaderboard</c>.</summary>
[MemoryDiagnoser]
[SimpleJob(RuntimeMoniker.HostProcess, launchCount: 1, warmupCount: 3, iterationCount: 10)]
public class BoardBenchmarks
{
    private const int PerDrain = 1_000;
    private BoardWorld _world = null!;
    private StandingFigures[] _drain = null!;

    /// <summary>Workers on the board.</summary>
    [Params(1_000, 100_000)]
    public int Workers { get; set; }

    [GlobalSetup]
    public void Setup() => _world = new BoardWorld(Workers);

    // Totals are absolute: the same ones a second time would be known already, and cost nothing.
    [IterationSetup(Target = nameof(Drain))]
    public void Next() => _drain = _world.NextTotals(PerDrain);

    [Benchmark(OperationsPerInvoke = PerDrain)]
    public int Drain() => _world.Drain(_drain);

    [Benchmark]
    public int? RankOf() => _world.RankOf(_world.AnyWorker());

    [Benchmark]
    public int Around() => _world.Around(_world.AnyWorker());
}
