using System.Diagnostics.Metrics;
using Dispatch.Contracts;
using Dispatch.Grains;
using Dispatch.Simulation.Tests.Machinery;
using Dispatch.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Dispatch.Simulation.Tests;

/// <summary>Whoever is told "busy" does not ask again: the batch must call when it can commit again.</summary>
public sealed class TurnedAwayTests
{
    [Fact]
    public async Task Take_WhileTheLaneIsFull_IsCalledForAtTheNextTick()
    {
        await using var stage = new SimStage();
        stage.Store.AddTask(stage.Batch, "task");
        var (loop, chance, calls) = (stage.Loop, stage.Chance, new Calls());
        var process = stage.Cluster.Processes[0];
        var activation = new SimActivation(loop, process, reentrant: true);
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var batch = new BatchActor(
            stage.Batch, activation, process.Store, new FullLane(), process.Catalog, calls, chance, chance,
            new LeaseInstruments(services.GetRequiredService<IMeterFactory>()), process.Clock, NullLogger.Instance);
        var reply = stage.Run(() =>
        {
            activation.Activate(() => batch.ActivateAsync(CancellationToken.None));
            return activation.Call(() => batch.Take(new TakeRequest { WorkerId = Guid.NewGuid(), CapacitySlot = 0, WorkVersion = 0, Labels = "{}" }));
        });
        reply.Reply.ShouldBe(BatchReply.Busy);
        calls.Called.ShouldBe(0);

        loop.RunFor(TimeSpan.FromSeconds(1));

        calls.Called.ShouldBe(1);
    }

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
