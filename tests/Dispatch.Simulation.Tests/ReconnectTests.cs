using Dispatch.Contracts;
using Dispatch.Contracts.Worker;
using Dispatch.Grains;
using Dispatch.Simulation.Tests.Machinery;

namespace Dispatch.Simulation.Tests;

/// <summary>Who comes back is told what the store says, unless they have been told all there is.</summary>
public sealed class ReconnectTests
{
    private static readonly TimeSpan LongAfterTheLoad = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Connect_OfAPageThatWasJustLoaded_ReadsTheStore()
    {
        await using var stage = new SimStage();
        var ann = AtWorkWithATask(stage);

        // The word of it is lost, as words are.
        stage.Store.Workers[ann].Active.Clear();
        var snapshot = Connect(stage, ann, lastSeen: null);

        snapshot.Assignments.ShouldBeEmpty();
    }

    /// <summary>A network blinks, and five thousand come back at once: read for each of them, the same takes the database half a minute.</summary>
    [Fact]
    public async Task Connect_ToThePlaceInTheStreamWhereTheClientLeft_IsAnsweredFromMemory()
    {
        await using var stage = new SimStage();
        var ann = AtWorkWithATask(stage);
        var held = stage.Store.Workers[ann].Active.Keys.ShouldHaveSingleItem();
        var position = Connect(stage, ann, lastSeen: null).Position;
        stage.Loop.RunFor(LongAfterTheLoad);

        // Nothing takes work away without a word; here it is how a read would show.
        stage.Store.Workers[ann].Active.Clear();
        var snapshot = Connect(stage, ann, position);

        snapshot.Assignments.ShouldHaveSingleItem().AssignmentId.ShouldBe(held);
        snapshot.Position.ShouldBe(position);
    }

    [Fact]
    public async Task Connect_FromAPlaceBeforeSomethingHappened_ReadsTheStore()
    {
        await using var stage = new SimStage();
        var ann = AtWorkWithATask(stage);
        var position = Connect(stage, ann, lastSeen: null).Position;
        stage.Loop.RunFor(LongAfterTheLoad);
        stage.Store.Workers[ann].Active.Clear();

        var snapshot = Connect(stage, ann, position with { N = position.N - 1 });

        snapshot.Assignments.ShouldBeEmpty();
    }

    [Fact]
    public async Task Connect_ToAnotherLifeThanTheClientKnows_ReadsTheStore()
    {
        await using var stage = new SimStage();
        var ann = AtWorkWithATask(stage);
        var position = Connect(stage, ann, lastSeen: null).Position;
        stage.Loop.RunFor(LongAfterTheLoad);
        stage.Store.Workers[ann].Active.Clear();

        var snapshot = Connect(stage, ann, position with { Incarnation = Guid.NewGuid() });

        snapshot.Assignments.ShouldBeEmpty();
    }

    private static Guid AtWorkWithATask(SimStage stage)
    {
        var ann = stage.AddWorker("ann");
        Connect(stage, ann, lastSeen: null);
        stage.Run(() => OnActorOf(stage, ann, actor => actor.SetActivity(new SetActivityCommand { OperationId = Guid.NewGuid(), Activity = Activity.Available })));
        stage.Store.AddTask(stage.Batch, "task");
        stage.Loop.RunFor(LongAfterTheLoad);
        stage.Store.Workers[ann].Active.ShouldHaveSingleItem();
        return ann;
    }

    private static WorkerSnapshot Connect(SimStage stage, Guid worker, StreamPosition? lastSeen) =>
        stage.Run(() => OnActorOf(stage, worker, actor => actor.Connect(new Tab(), "tab", lastSeen))).Snapshot.ShouldNotBeNull();

    private static Task<T> OnActorOf<T>(SimStage stage, Guid worker, Func<WorkerActor, Task<T>> call)
    {
        var (activation, actor) = stage.Cluster.Worker(worker, stage.Cluster.Processes[0]);
        return activation.Call(() => call(actor));
    }

    private sealed class Tab : IPushGateway
    {
        public Task Deliver(Guid workerId, string? exceptConnectionId, object push) => Task.CompletedTask;
    }
}
