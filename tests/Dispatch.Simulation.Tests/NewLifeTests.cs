using Dispatch.Contracts;
using Dispatch.Contracts.Worker;
using Dispatch.Grains;
using Dispatch.Simulation.Tests.Machinery;
using Dispatch.TestKit.Model;

namespace Dispatch.Simulation.Tests;

/// <summary>The server of a worker's actor goes, and the person does not notice.</summary>
public sealed class NewLifeTests
{
    /// <summary>A rolling restart under two thousand people: some had no task for twenty seconds, until all those before them had connected anew.</summary>
    [Fact]
    public async Task Submit_ToANewLifeThatKnowsNoConnection_BringsTheNextTask()
    {
        await using var stage = new SimStage();
        var (store, cluster) = (stage.Store, stage.Cluster);
        for (var i = 0; i < 3; i++) store.AddTask(stage.Batch, $"task {i}");
        var ann = AtWork(stage, new Tab());
        var first = store.Workers[ann].Active.Values.ShouldHaveSingleItem();
        cluster.Collect("worker", ann);

        var result = Ask(stage, ann, actor => actor.Submit(
            AnswerTo(first), "tab"));

        result.Refusal.ShouldBeNull();
        result.Next.ShouldNotBeNull().AssignmentId.ShouldBe(store.Workers[ann].Active.Values.ShouldHaveSingleItem().AssignmentId);
    }

    /// <summary>
    /// A rolling restart again: an answer was committed after the new life had loaded, and came once more. The life held what was answered, so it had no room, and the
    /// page heard of its next task at the next heartbeat.
    /// </summary>
    [Fact]
    public async Task Submit_RepeatedToALifeThatLoadedBeforeTheCommit_BringsTheNextTask()
    {
        await using var stage = new SimStage();
        for (var i = 0; i < 3; i++) stage.Store.AddTask(stage.Batch, $"task {i}");
        var ann = AtWork(stage, new Tab());
        var first = stage.Store.Workers[ann].Active.Values.ShouldHaveSingleItem();
        var submit = AnswerTo(first);
        var one = Life();
        stage.Cluster.Duplicates = 1;
        var other = Life();
        other.ShouldNotBe(one);

        var answered = stage.Run(() => one.Activation.Call(() => one.Actor.Submit(submit, "tab")));
        var repeated = stage.Run(() => other.Activation.Call(() => other.Actor.Submit(submit, "tab")));

        repeated.Replayed.ShouldBeTrue();
        repeated.Next.ShouldNotBeNull().AssignmentId.ShouldBe(answered.Next.ShouldNotBeNull().AssignmentId);

        (SimActivation Activation, WorkerActor Actor) Life() => stage.Run(async () =>
        {
            var life = stage.Cluster.Worker(ann, stage.Cluster.Processes[0]);
            await life.Activation.Call(() => Task.FromResult(true));
            return life;
        });
    }

    /// <summary>Else every page would have to connect anew, hundreds in the moment in which a server stops.</summary>
    [Fact]
    public async Task Move_OfAWorkerAtWork_KeepsTheConnectionAndTheStream()
    {
        await using var stage = new SimStage();
        var tab = new Tab();
        var ann = AtWork(stage, tab);
        stage.Store.AddTask(stage.Batch, "task");
        stage.Loop.RunFor(TimeSpan.FromSeconds(2));
        var offered = tab.Pushes.OfType<AssignmentOffered>().ShouldHaveSingleItem();
        var before = tab.Pushes.Count;

        Move(stage, ann);

        tab.Pushes.Count.ShouldBe(before, "what the page knows is not told again");
        var (knows, beat) = (Ask(stage, ann, actor => Task.FromResult(actor.Knows("tab"))), Ask(stage, ann, actor => actor.Heartbeat()));
        knows.ShouldBeTrue();
        beat.ShouldNotBeNull().Position.Incarnation.ShouldBe(offered.Position.Incarnation);
        beat.Position.N.ShouldBe(before);
        beat.Leases.ShouldHaveSingleItem().AssignmentId.ShouldBe(offered.Assignment.AssignmentId);
    }

    [Fact]
    public async Task Move_OfAWorkerWhoWaits_NeitherHidesThemFromNewWorkNorCostsTheirTurn()
    {
        await using var stage = new SimStage();
        var tab = new Tab();
        var ann = AtWork(stage, tab);
        stage.Loop.RunFor(TimeSpan.FromSeconds(1));
        var later = new Tab();
        AtWork(stage, later, "ben");
        stage.Loop.RunFor(TimeSpan.FromSeconds(5));

        Move(stage, ann);
        IdleOf(stage).Count.ShouldBe(2);
        stage.Store.AddTask(stage.Batch, "task");
        stage.Loop.RunFor(TimeSpan.FromSeconds(2));

        tab.Pushes.OfType<AssignmentOffered>().Count().ShouldBe(1);
        later.Pushes.OfType<AssignmentOffered>().ShouldBeEmpty();
    }

    [Fact]
    public async Task Move_OfAWorkerWhoHasJustAnswered_GivesThemNoEarlierPlace()
    {
        await using var stage = new SimStage();
        var (tab, earlier) = (new Tab(), new Tab());
        stage.Store.AddTask(stage.Batch, "first");
        var ann = AtWork(stage, tab);
        var held = stage.Store.Workers[ann].Active.Values.ShouldHaveSingleItem();
        AtWork(stage, earlier, "ben");
        stage.Loop.RunFor(TimeSpan.FromSeconds(5));
        Ask(stage, ann, actor => actor.Submit(AnswerTo(held), "tab"));
        stage.Loop.RunFor(TimeSpan.FromSeconds(1));

        Move(stage, ann);
        IdleOf(stage).Count.ShouldBe(2);
        stage.Store.AddTask(stage.Batch, "second");
        stage.Loop.RunFor(TimeSpan.FromSeconds(2));

        earlier.Pushes.OfType<AssignmentOffered>().Count().ShouldBe(1, "ben waits for longer than ann, who came to work before");
    }

    [Fact]
    public async Task Move_WhileWorkIsTakenAway_TellsTheOldPage()
    {
        await using var stage = new SimStage();
        var tab = new Tab();
        var ann = AtWork(stage, tab);
        stage.Store.AddTask(stage.Batch, "task");
        stage.Loop.RunFor(TimeSpan.FromSeconds(2));
        var held = stage.Store.Workers[ann].Active.Values.ShouldHaveSingleItem();

        // Its word of it is lost, as words are.
        stage.Store.Workers[ann].Active.Clear();
        Move(stage, ann);

        tab.Pushes.OfType<AssignmentWithdrawn>().ShouldHaveSingleItem().AssignmentId.ShouldBe(held.AssignmentId);
    }

    private static SubmitCommand AnswerTo(ModelAssignment held) =>
        new() { OperationId = Guid.NewGuid(), AssignmentId = held.AssignmentId, LeaseEpoch = held.LeaseEpoch, Answer = new JsonText("\"a\"") };

    private static Guid AtWork(SimStage stage, Tab tab, string name = "ann")
    {
        var ann = stage.AddWorker(name);
        Ask(stage, ann, actor => actor.Connect(tab, "tab"));
        Ask(stage, ann, actor => actor.SetActivity(new SetActivityCommand { OperationId = Guid.NewGuid(), Activity = Activity.Available }));
        return ann;
    }

    private static T Ask<T>(SimStage stage, Guid worker, Func<WorkerActor, Task<T>> call) => stage.Run(() =>
    {
        var (activation, actor) = stage.Cluster.Worker(worker, stage.Cluster.Processes[0]);
        return activation.Call(() => call(actor));
    });

    private static void Move(SimStage stage, Guid worker)
    {
        stage.Loop.After(TimeSpan.Zero, () => stage.Cluster.Move(worker));
        stage.Loop.RunFor(TimeSpan.FromSeconds(1));
    }

    private static IReadOnlyList<IdleWorkerInfo> IdleOf(SimStage stage) => stage.Run(() =>
    {
        var (activation, actor) = stage.Cluster.Matchmaker(stage.Project);
        return activation.Call(() => actor.Idle(10));
    });

    private sealed class Tab : IPushGateway
    {
        public List<object> Pushes { get; } = [];

        public Task Deliver(Guid workerId, string? exceptConnectionId, object push)
        {
            Pushes.Add(push);
            return Task.CompletedTask;
        }
    }
}
