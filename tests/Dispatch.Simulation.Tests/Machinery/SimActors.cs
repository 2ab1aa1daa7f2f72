using Dispatch.Contracts;
using Dispatch.Contracts.Supervisor;
using Dispatch.Contracts.Worker;
using Dispatch.Grains;

namespace Dispatch.Simulation.Tests.Machinery;

/// <summary>Addresses as one process has them: every call goes over the network.</summary>
internal sealed class SimActors(SimCluster cluster, SimProcess caller) : IActors
{
    public IBatchGrain Batch(Guid batchId) => new BatchAddress(cluster, batchId);

    public IWorkerGrain Worker(Guid workerId) => new WorkerAddress(cluster, caller, workerId);

    public IMatchmakerGrain Matchmaker(Guid projectId) => new MatchmakerAddress(cluster, projectId);

    public ILeaderboardGrain Leaderboard(Guid projectId) => new LeaderboardAddress(cluster, projectId);

    private sealed class BatchAddress(SimCluster cluster, Guid id) : IBatchGrain
    {
        public Task<TakeReply> Take(TakeRequest request) => Call(actor => actor.Take(request));

        public Task<SubmitReply> Submit(SubmitRequest request) => Call(actor => actor.Submit(request));

        public Task<RenewReply> Accept(AcceptRequest request) => Call(actor => actor.Accept(request));

        public Task<RenewReply> Promote(PromoteRequest request) => Call(actor => actor.Promote(request));

        public Task<BatchReply> Return(ReturnRequest request) => Call(actor => actor.Return(request));

        public Task<RenewReply> Renew(RenewRequest request) => Call(actor => actor.Renew(request));

        public Task Screen(ScreenRequest request) => Hint(actor => actor.Screen(request));

        public Task StoreChanged() => Hint(actor => actor.StoreChanged());

        public Task OwnerChanged() => Hint(actor => actor.OwnerChanged());

        public Task<BatchLive?> GetGauges() => Call(actor => actor.GetGauges());

        public Task<BatchQualityView?> GetQuality() => Call(actor => actor.GetQuality());

        public Task<TaskExplanation?> ExplainTask(long taskId, IReadOnlyList<IdleWorkerInfo> idle) => Call(actor => actor.ExplainTask(taskId, idle));

        public Task<IReadOnlyDictionary<string, int>> ExplainFor(Guid workerId, string labels) => Call(actor => actor.ExplainFor(workerId, labels));

        private Task<T> Call<T>(Func<BatchActor, Task<T>> call) => cluster.Network.Call(() =>
        {
            var (activation, actor) = cluster.Batch(id);
            return activation.Call(() => call(actor));
        });

        private Task Hint(Func<BatchActor, Task> call)
        {
            cluster.Network.Hint(() =>
            {
                var (activation, actor) = cluster.Batch(id);
                return activation.Call(() => Value(call(actor)));
            });
            return Task.CompletedTask;
        }
    }

    private sealed class WorkerAddress(SimCluster cluster, SimProcess caller, Guid id) : IWorkerGrain
    {
        public Task<ConnectReply> Connect(IPushGateway gateway, string connectionId) => Call(actor => actor.Connect(gateway, connectionId));

        public Task Disconnect(string connectionId) => Call(actor => Value(actor.Disconnect(connectionId)));

        public Task<CommandResult> SetActivity(SetActivityCommand command) => Call(actor => actor.SetActivity(command));

        public Task<SubmitResult> Submit(SubmitCommand command, string connectionId) => Call(actor => actor.Submit(command, connectionId));

        public Task<AcceptResult> Accept(AcceptCommand command, string connectionId) => Call(actor => actor.Accept(command, connectionId));

        public Task<CommandResult> Decline(DeclineCommand command) => Call(actor => actor.Decline(command));

        public Task NotShown(Guid assignmentId) => Call(actor => Value(actor.NotShown(assignmentId)));

        public Task<IdleExplanation> WhyNothing() => Call(actor => actor.WhyNothing());

        public Task Recall(Guid assignmentId) => Hint(actor => actor.Recall(assignmentId));

        public Task<CommandResult> Return(ReturnCommand command) => Call(actor => actor.Return(command));

        public Task<CommandResult> SaveDraft(SaveDraftCommand command) => Call(actor => actor.SaveDraft(command));

        public Task Shown(Guid assignmentId) => Call(actor => Value(actor.Shown(assignmentId)));

        public Task<bool> Knows(string connectionId) => Call(actor => Task.FromResult(actor.Knows(connectionId)));

        public Task<HeartbeatResult?> Heartbeat() => Call(actor => actor.Heartbeat());

        public Task<WorkerProject?> GetProject(Guid projectId) => Call(actor => actor.GetProject(projectId));

        public Task TryBatch(Guid projectId, Guid batchId, long workVersion) => Hint(actor => actor.TryBatch(projectId, batchId, workVersion));

        public Task Withdraw(Guid assignmentId, AssignmentState state, string reason) => Hint(actor => actor.Withdraw(assignmentId, state, reason));

        public Task Reviewed(Guid assignmentId, string text) => Hint(actor => actor.Reviewed(assignmentId, text));

        public Task Told(string text) => Hint(actor => actor.Told(text));

        public Task RecordChanged() => Hint(actor => actor.RecordChanged());

        public Task EvidenceWaiting() => Hint(actor => actor.EvidenceWaiting());

        public Task BoardMoved(Guid projectId) => Hint(actor => actor.BoardMoved(projectId));

        public Task ProjectMoved(Guid projectId, string? gates, string? instructions) => Hint(actor => actor.ProjectMoved(projectId, gates, instructions));

        public Task<StandingView?> GetStanding(Guid projectId) => Call(actor => actor.GetStanding(projectId));

        public Task<EvidencePage> ListEvidence(Guid projectId, string? cursor) => Call(actor => actor.ListEvidence(projectId, cursor));

        public Task<CommandResult> Dispute(DisputeCommand command) => Call(actor => actor.Dispute(command));

        private Task<T> Call<T>(Func<WorkerActor, Task<T>> call) => cluster.Network.Call(() =>
        {
            var (activation, actor) = cluster.Worker(id, caller);
            return activation.Call(() => call(actor));
        });

        private Task Hint(Func<WorkerActor, Task> call)
        {
            cluster.Network.Hint(() =>
            {
                var (activation, actor) = cluster.Worker(id, caller);
                return activation.Call(() => Value(call(actor)));
            });
            return Task.CompletedTask;
        }
    }

    private sealed class LeaderboardAddress(SimCluster cluster, Guid id) : ILeaderboardGrain
    {
        public Task<BoardPublication> Exchange(IReadOnlyList<TotalsMessage> totals, IReadOnlyList<AskMessage> asks, long known) => Call(actor => actor.Exchange(totals, asks, known));

        public Task<BoardPlaceView?> PlaceOf(Guid workerId) => Call(actor => actor.PlaceOf(workerId));

        public Task<BoardView> Around(Guid workerId, int count) => Call(actor => actor.Around(workerId, count));

        public Task<BoardView> From(int rank, int count, Guid? asker) => Call(actor => actor.From(rank, count, asker));

        public Task<BoardPages> PagesFor(Guid asker, int top, int around) => Call(actor => actor.PagesFor(asker, top, around));

        public Task<BoardView?> ChangesSince(long epoch, Guid? asker) => Call(actor => actor.ChangesSince(epoch, asker));

        public Task<string> TryGate(string request, Guid batchId) => Call(actor => actor.TryGate(request, batchId));

        public Task NameChanged(Guid workerId, string? name, bool onBoard) => Call(actor => Value(actor.NameChanged(workerId, name, onBoard)));

        private Task<T> Call<T>(Func<LeaderboardActor, Task<T>> call) => cluster.Network.Call(() =>
        {
            var (activation, actor) = cluster.Leaderboard(id);
            return activation.Call(() => call(actor));
        });
    }

    private sealed class MatchmakerAddress(SimCluster cluster, Guid id) : IMatchmakerGrain
    {
        public Task<Guid> Report(IReadOnlyList<IdleReportMessage> idle, IReadOnlyList<Guid> busy) => Call(actor => actor.Report(idle, busy));

        public Task ProposalEnded(Guid workerId, Guid batchId, bool took, bool waits, int available) => Hint(actor => actor.ProposalEnded(workerId, batchId, took, waits, available));

        public Task Screened(Guid batchId, long number, IReadOnlyList<Guid> fit, int available) => Hint(actor => actor.Screened(batchId, number, fit, available));

        public Task BatchHasWork(Guid batchId, int available, DateTimeOffset? oldest) =>
            cluster.Chance.Once(cluster.Network.Faults.LostWakeUp) ? Task.CompletedTask : Hint(actor => actor.BatchHasWork(batchId, available, oldest));

        public Task<IReadOnlyList<IdleWorkerInfo>> Idle(int limit) => Call(actor => actor.Idle(limit));

        private Task<T> Call<T>(Func<MatchmakerActor, Task<T>> call) => cluster.Network.Call(() =>
        {
            var (activation, actor) = cluster.Matchmaker(id);
            return activation.Call(() => call(actor));
        });

        private Task Hint(Func<MatchmakerActor, Task> call)
        {
            cluster.Network.Hint(() =>
            {
                var (activation, actor) = cluster.Matchmaker(id);
                return activation.Call(() => Value(call(actor)));
            });
            return Task.CompletedTask;
        }
    }

    private static async Task<bool> Value(Task task)
    {
        await task;
        return true;
    }
}
