using Dispatch.Contracts;
using Dispatch.Contracts.Worker;
using Dispatch.Grains;
using Dispatch.Simulation.Tests.Machinery;
using Dispatch.Storage;
using Dispatch.TestKit.Model;

namespace Dispatch.Simulation.Tests;

/// <summary>The server of a worker's actor goes, and the person does not notice.</summary>
public sealed class NewLifeTests
{
    private static readonly Guid Project = Guid.NewGuid();
    private static readonly Guid Batch = Guid.NewGuid();
    private static readonly Guid Ann = Guid.NewGuid();

    private readonly SimLoop _loop = new();

    /// <summary>A rolling restart under two thousand people: some had no task for twenty seconds, until all those before them had connected anew.</summary>
    [Fact]
    public async Task Submit_ToANewLifeThatKnowsNoConnection_BringsTheNextTask()
    {
        var chance = new SimChance(1);
        await using var store = new ModelStore(new SimClock(_loop));
        var cluster = new SimCluster(_loop, chance, new SimNetwork(_loop, chance), store, processes: 1);
        await store.CreateProjectAsync(
            new ProjectRecord { ProjectId = Project, Name = "project", FormType = "sim", FormSettings = "{}", Binding = "{}", Instructions = "", Lease = TimeSpan.FromSeconds(60), Policy = new(), Quality = new() },
            Operation(), CancellationToken.None);
        await store.CreateBatchAsync(
            new BatchRecord { BatchId = Batch, ProjectId = Project, Name = "batch", Status = BatchStatus.Open, Priority = 0, Overlap = 1, Tier = BatchTier.Standard, GoldUse = GoldUse.None, GoldShare = 0 },
            Operation(), CancellationToken.None);
        for (var i = 0; i < 3; i++) store.AddTask(Batch, $"task {i}");
        await store.CreateWorkerAsync(
            new WorkerRecord { WorkerId = Ann, Name = "ann", DisplayName = "Ann", Roles = [Roles.Worker], Labels = "{}", Capacity = 1 },
            [Project], Operation(), CancellationToken.None);
        WorkerActor Actor() => cluster.Worker(Ann, cluster.Processes[0]).Actor;
        Task<T> Call<T>(Func<WorkerActor, Task<T>> call) => cluster.Worker(Ann, cluster.Processes[0]).Activation.Call(() => call(Actor()));
        Run(() => Call(actor => actor.Connect(new Nobody(), "tab")));
        Run(() => Call(actor => actor.SetActivity(new SetActivityCommand { OperationId = Guid.NewGuid(), Activity = Activity.Available })));
        var first = store.Workers[Ann].Active.Values.ShouldHaveSingleItem();
        cluster.Collect("worker", Ann);

        var result = Run(() => Call(actor => actor.Submit(
            new SubmitCommand { OperationId = Guid.NewGuid(), AssignmentId = first.AssignmentId, LeaseEpoch = first.LeaseEpoch, Answer = new JsonText("\"a\"") }, "tab")));

        result.Refusal.ShouldBeNull();
        result.Next.ShouldNotBeNull().AssignmentId.ShouldBe(store.Workers[Ann].Active.Values.ShouldHaveSingleItem().AssignmentId);
    }

    private T Run<T>(Func<Task<T>> call)
    {
        Task<T>? called = null;
        _loop.After(TimeSpan.Zero, () => called = call());
        _loop.RunUntil(() => called?.IsCompleted == true, 10_000);
        called.ShouldNotBeNull().IsCompletedSuccessfully.ShouldBeTrue(called.Exception?.ToString());
        return called.Result;
    }

    private static Operation Operation() => new() { ActorId = Project, OperationId = Guid.NewGuid(), PayloadHash = [], Kind = "test" };

    private sealed class Nobody : IPushGateway
    {
        public Task Deliver(Guid workerId, string? exceptConnectionId, object push) => Task.CompletedTask;
    }
}
