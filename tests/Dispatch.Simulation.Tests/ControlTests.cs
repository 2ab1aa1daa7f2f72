using Dispatch.Contracts;
using Dispatch.Contracts.Quality;
using Dispatch.Grains;
using Dispatch.Simulation.Tests.Machinery;
using Dispatch.Storage;
using Dispatch.TestKit.Model;

namespace Dispatch.Simulation.Tests;

/// <summary>Control tasks stand in the place of ordinary work, and must never cost anybody that work.</summary>
public sealed class ControlTests : IAsyncDisposable
{
    private static readonly Guid Project = Guid.NewGuid();
    private static readonly Guid Batch = Guid.NewGuid();
    private static readonly Guid Ann = Guid.NewGuid();
    private static readonly Guid Bob = Guid.NewGuid();

    private readonly SimLoop _loop = new();
    private readonly ModelStore _store;
    private readonly SimCluster _cluster;

    public ControlTests()
    {
        var chance = new SimChance(1);
        _store = new ModelStore(new SimClock(_loop));
        _cluster = new SimCluster(_loop, chance, new SimNetwork(_loop, chance), _store, processes: 1);
        _store.CreateProjectAsync(
            new ProjectRecord { ProjectId = Project, Name = "project", FormType = "sim", FormSettings = "{}", Binding = "{}", Instructions = "", Lease = TimeSpan.FromSeconds(60), Policy = new(), Quality = new() },
            Operation(), CancellationToken.None);
        _store.CreateBatchAsync(
            new BatchRecord { BatchId = Batch, ProjectId = Project, Name = "batch", Status = BatchStatus.Open, Priority = 0, Overlap = 1, Tier = BatchTier.Standard, GoldUse = GoldUse.Share, GoldShare = 0 },
            Operation(), CancellationToken.None);
        _store.AddTask(Batch, "ordinary", overlap: 2);
        _store.AddTask(Batch, "control", overlap: 1, knownAnswer: "\"a\"", isGold: true, isControl: true);
        foreach (var worker in new[] { Ann, Bob })
        {
            _store.CreateWorkerAsync(
                new WorkerRecord { WorkerId = worker, Name = $"{worker}", DisplayName = "", Roles = [Roles.Worker], Labels = "{}", Capacity = 1 },
                [Project], Operation(), CancellationToken.None);
        }
    }

    /// <summary>The policy of today allows more exposures than the control was imported with: the batch draws it, and the store has no slot of it left.</summary>
    [Fact]
    public void Take_OfAControlThatTheStoreRefuses_GivesTheOrdinaryTask()
    {
        Take(Ann).Work.ShouldNotBeNull().GoldAnswer.ShouldNotBeNull("it is the control that is drawn, else this test proves nothing");

        var reply = Take(Bob);

        reply.Reply.ShouldBe(BatchReply.Done);
        reply.Work.ShouldNotBeNull().GoldAnswer.ShouldBeNull();
    }

    /// <summary>What is kept for somebody, with the draft, is what they are told to have again.</summary>
    [Fact]
    public void Take_OfATaskThatIsKept_IsNeverReplacedByAControl()
    {
        var first = Take(Ann, wantsControl: false).Work.ShouldNotBeNull();
        _store.MarkShownAsync([(first.AssignmentId, Ann)], CancellationToken.None);
        _loop.RunFor(TimeSpan.FromSeconds(65));
        _store.Assignments[first.AssignmentId].State.ShouldBe(AssignmentState.Abandoned);

        Take(Ann).Work.ShouldNotBeNull().GoldAnswer.ShouldBeNull();
    }

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    private TakeReply Take(Guid workerId, bool wantsControl = true)
    {
        TakeReply? reply = null;
        _loop.After(TimeSpan.Zero, async () =>
        {
            var (activation, batch) = _cluster.Batch(Batch);
            reply = await activation.Call(() => batch.Take(new TakeRequest { WorkerId = workerId, CapacitySlot = 0, WorkVersion = 0, Labels = "{}", WantsControl = wantsControl }));
        });
        _loop.RunUntil(() => reply is not null, 10_000);
        return reply.ShouldNotBeNull();
    }

    private static Operation Operation() => new() { ActorId = Project, OperationId = Guid.NewGuid(), PayloadHash = [], Kind = "test" };
}
