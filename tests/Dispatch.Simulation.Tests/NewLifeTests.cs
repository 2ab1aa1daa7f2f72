using Dispatch.Contracts;
using Dispatch.Contracts.Worker;
using Dispatch.Grains;
using Dispatch.Simulation.Tests.Machinery;

namespace Dispatch.Simulation.Tests;

/// <summary>The server of a worker's actor goes, and the person does not notice.</summary>
public sealed class NewLifeTests
{
    /// <summary>A rolling restart under two thousand people: some had no task for twenty seconds, until all those before them had connected anew.</summary>
    [Fact]
    public async Task Submit_ToANewLifeThatKnowsNoConnection_BringsTheNextTask()
    {
        await using var stage = new SimStage();
        var (store, cluster, ann) = (stage.Store, stage.Cluster, stage.AddWorker("ann"));
        for (var i = 0; i < 3; i++) store.AddTask(stage.Batch, $"task {i}");
        T Run<T>(Func<WorkerActor, Task<T>> call) => stage.Run(() =>
        {
            var (activation, actor) = cluster.Worker(ann, cluster.Processes[0]);
            return activation.Call(() => call(actor));
        });
        Run(actor => actor.Connect(new Nobody(), "tab"));
        Run(actor => actor.SetActivity(new SetActivityCommand { OperationId = Guid.NewGuid(), Activity = Activity.Available }));
        var first = store.Workers[ann].Active.Values.ShouldHaveSingleItem();
        cluster.Collect("worker", ann);

        var result = Run(actor => actor.Submit(
            new SubmitCommand { OperationId = Guid.NewGuid(), AssignmentId = first.AssignmentId, LeaseEpoch = first.LeaseEpoch, Answer = new JsonText("\"a\"") }, "tab"));

        result.Refusal.ShouldBeNull();
        result.Next.ShouldNotBeNull().AssignmentId.ShouldBe(store.Workers[ann].Active.Values.ShouldHaveSingleItem().AssignmentId);
    }

    private sealed class Nobody : IPushGateway
    {
        public Task Deliver(Guid workerId, string? exceptConnectionId, object push) => Task.CompletedTask;
    }
}
