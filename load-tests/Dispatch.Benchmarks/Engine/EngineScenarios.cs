namespace Dispatch.Benchmarks.Engine;

/// <summary>What must not grow: the same act in a small and in a large world.</summary>
/// <param name="Name">As it is printed.</param>
/// <param name="Small">The small world.</param>
/// <param name="Large">The large world.</param>
/// <param name="Act">One dispatch.</param>
internal sealed record EngineScenario(string Name, Func<EngineWorld> Small, Func<EngineWorld> Large, Action<EngineWorld> Act)
{
    public static IReadOnlyList<EngineScenario> All { get; } =
    [
        new("a dispatch, window refill included: 10^6 tasks against 10^3", () => new(new() { Tasks = 1_000 }), () => new(new() { Tasks = 1_000_000 }), world => world.WorkComes()),
        new("a dispatch: 1,000 open batches against 1", () => AllWithWork(new() { Idle = 1 }), () => AllWithWork(new() { Idle = 1, Batches = 1_000 }), world => world.WorkerComes()),
        new("a dispatch: 10,000 idle workers against 10", () => new(new() { Idle = 10 }), () => new(new() { Idle = 10_000 }), world => world.WorkComes()),
        new("a dispatch past idle workers eligible for nothing: 10,000 against 10", () => new(new() { Strangers = 10 }), () => new(new() { Strangers = 10_000 }), world => world.WorkComes()),
        new("a dispatch, and the question of a worker eligible for nothing: 10^6 tasks against 10^3", () => new(new() { Tasks = 1_000 }), () => new(new() { Tasks = 1_000_000 }), world => world.StrangerAsks()),
    ];

    private static EngineWorld AllWithWork(EngineSize size)
    {
        var world = new EngineWorld(size);
        world.EveryBatchHasWork();
        return world;
    }
}
