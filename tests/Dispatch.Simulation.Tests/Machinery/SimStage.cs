using Dispatch.Contracts;
using Dispatch.Storage;
using Dispatch.TestKit.Model;

namespace Dispatch.Simulation.Tests.Machinery;

/// <summary>One process, one project and one open batch, in which nothing goes wrong by chance: for tests of one thing that once did.</summary>
internal sealed class SimStage : IAsyncDisposable
{
    public SimStage(GoldUse goldUse = GoldUse.None)
    {
        Store = new ModelStore(new SimClock(Loop));
        Cluster = new SimCluster(Loop, Chance, new SimNetwork(Loop, Chance), Store, processes: 1);
        Store.CreateProjectAsync(
            new ProjectRecord { ProjectId = Project, Name = "project", FormType = "sim", FormSettings = "{}", Binding = "{}", Instructions = "", Lease = TimeSpan.FromSeconds(60), Policy = new(), Quality = new() },
            Operation(), CancellationToken.None);
        Store.CreateBatchAsync(
            new BatchRecord { BatchId = Batch, ProjectId = Project, Name = "batch", Status = BatchStatus.Open, Priority = 0, Overlap = 1, Tier = BatchTier.Standard, GoldUse = goldUse, GoldShare = 0 },
            Operation(), CancellationToken.None);
    }

    public Guid Project { get; } = Guid.NewGuid();

    public Guid Batch { get; } = Guid.NewGuid();

    public SimLoop Loop { get; } = new();

    public SimChance Chance { get; } = new(seed: 1);

    public ModelStore Store { get; }

    public SimCluster Cluster { get; }

    public Guid AddWorker(string name)
    {
        var id = Guid.NewGuid();
        Store.CreateWorkerAsync(new WorkerRecord { WorkerId = id, Name = name, DisplayName = name, Roles = [Roles.Worker], Labels = "{}", Capacity = 1 }, [Project], Operation(), CancellationToken.None);
        return id;
    }

    /// <summary>Makes a call inside the loop, and runs until it is answered.</summary>
    public T Run<T>(Func<Task<T>> call)
    {
        Task<T>? called = null;
        Loop.After(TimeSpan.Zero, () => called = call());
        Loop.RunUntil(() => called?.IsCompleted == true, 10_000);
        called.ShouldNotBeNull().IsCompletedSuccessfully.ShouldBeTrue(called.Exception?.ToString());
        return called.Result;
    }

    public ValueTask DisposeAsync() => Store.DisposeAsync();

    private Operation Operation() => new() { ActorId = Project, OperationId = Guid.NewGuid(), PayloadHash = [], Kind = "test" };
}
