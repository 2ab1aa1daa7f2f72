using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Jobs;

namespace Dispatch.Benchmarks.Engine;

/// <summary>The same scenarios as a table, with allocations.</summary>
[MemoryDiagnoser]
[SimpleJob(RuntimeMoniker.HostProcess, launchCount: 1, warmupCount: 3, iterationCount: 10)]
public class EngineBenchmarks
{
    private EngineWorld _world = null!;
    private Action<EngineWorld> _act = null!;

    /// <summary>Index into the scenarios.</summary>
    [Params(0, 1, 2, 3, 4)]
    public int Scenario { get; set; }

    /// <summary>The large world, or the small one.</summary>
    [Params(false, true)]
    public bool Large { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var scenario = EngineScenario.All[Scenario];
        _world = Large ? scenario.Large() : scenario.Small();
        _act = scenario.Act;
    }

    [Benchmark]
    public void Dispatch() => _act(_world);
}
