using System.Diagnostics.Metrics;
using Dispatch.Contracts;
using Dispatch.Grains;
using Dispatch.Simulation.Tests.Machinery;
using Dispatch.Storage;
using Dispatch.TestKit.Model;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Dispatch.Simulation.Tests;

/// <summary>Whoever is told "busy" does not ask again: the batch must call when it can commit again.</summary>
public sealed class TurnedAwayTests
{
    [Fact]
    public async Task Take_WhileTheLaneIsFull_IsCalledForAtTheNextTick()
    {
        var (loop, chance) = (new SimLoop(), new SimChance(1));
        await using var store = new ModelStore(new SimClock(loop));
        var cluster = new SimCluster(loop, chance, new SimNetwork(loop, chance), store, processes: 1);
        var (project, batchId, calls) = (Guid.NewGuid(), Guid.NewGuid(), new Calls());
        await store.CreateProjectAsync(
            new ProjectRecord { ProjectId = project, Name = "project", FormType = "sim", FormSettings = "{}", Binding = "{}", Instructions = "", Lease = TimeSpan.FromSeconds(60), Policy = new(), Quality = new() },
            Operation(project), CancellationToken.None);
        await store.CreateBatchAsync(new BatchRecord { BatchId = batchId, ProjectId = project, Name = "batch", Status = BatchStatus.Open, Priority = 0, Overlap = 1, Tier = BatchTier.Standard, GoldUse = GoldUse.None, GoldShare = 0 }, Operation(project), CancellationToken.None);
        store.AddTask(batchId, "task");
        var process = cluster.Processes[0];
        var activation = new SimActivation(loop, process, reentrant: true);
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var batch = new BatchActor(
            batchId, activation, process.Store, new FullLane(), process.Catalog, calls, chance, chance,
            new LeaseInstruments(services.GetRequiredService<IMeterFactory>()), process.Clock, NullLogger.Instance);
        TakeReply? reply = null;
        loop.After(TimeSpan.Zero, async () =>
        {
            activation.Activate(() => batch.ActivateAsync(CancellationToken.None));
            reply = await activation.Call(() => batch.Take(new TakeRequest { WorkerId = Guid.NewGuid(), CapacitySlot = 0, WorkVersion = 0, Labels = "{}" }));
        });
        loop.RunUntil(() => reply is not null, 10_000);
        reply.ShouldNotBeNull().Reply.ShouldBe(BatchReply.Busy);
        calls.Called.ShouldBe(0);

        loop.RunFor(TimeSpan.FromSeconds(1));

        calls.Called.ShouldBe(1);
    }

    private static Operation Operation(Guid actor) => new() { ActorId = actor, OperationId = Guid.NewGuid(), PayloadHash = [], Kind = "test" };

    private sealed class FullLane : ICommitter
    {
        public Task<CommitResult> CommitAsync(CommitOperation operation) => Task.FromException<CommitResult>(new CommitQueueFullException());
    }

    /// <summary>Nobody but the matchmaker is called, and of it one thing.</summary>
    private sealed class Calls : IActors, IMatchmakerGrain
    {
        public int Called { get; private set; }

        public IMatchmakerGrain Matchmaker(Guid projectId) => this;

        public IBatchGrain Batch(Guid batchId) => throw new NotSupportedException();

        public IWorkerGrain Worker(Guid workerId) => throw new NotSupportedException();

        public ILeaderboardGrain Leaderboard(Guid projectId) => throw new NotSupportedException();

        public Task BatchHasWork(Guid batchId, int available, DateTimeOffset? oldest)
        {
            available.ShouldBe(1);
            Called++;
            return Task.CompletedTask;
        }

        public Task<Guid> Report(IReadOnlyList<IdleReportMessage> idle, IReadOnlyList<Guid> busy) => throw new NotSupportedException();

        public Task ProposalEnded(Guid workerId, Guid batchId, bool took, bool waits, int available) => throw new NotSupportedException();

        public Task Screened(Guid batchId, long number, IReadOnlyList<Guid> fit, int available) => throw new NotSupportedException();

        public Task<IReadOnlyList<IdleWorkerInfo>> Idle(int limit) => throw new NotSupportedException();
    }
}
