using Dispatch.Contracts;
using Dispatch.Contracts.Worker;
using Dispatch.Storage;
using Microsoft.Extensions.Logging;

namespace Dispatch.Grains;

/// <inheritdoc cref="IWorkerGrain"/>
/// <remarks>A thin turn around <see cref="WorkerActor"/>. Not reentrant: what one person does has an order. Sits with its connection.</remarks>
[GrainType("worker"), Orleans.Placement.PreferLocalPlacement]
internal sealed class WorkerGrain(
    IDispatchStore store,
    ProjectCatalog catalog,
    IIdleness idleness,
    IShownStamps shownStamps,
    IBoards boards,
    IAtWork atWork,
    IOutboxDrains drains,
    GoldKey goldKey,
    GateInstruments gates,
    [PersistentState("standing", "control")] IPersistentState<StandingState> standing,
    IActors actors,
    IIdSource ids,
    LocalActors local,
    TimeProvider time,
    ILogger<WorkerActor> logger) : ActorGrain(local), IWorkerGrain, IGrainMigrationParticipant
{
    private const string Luggage = "luggage";
    private WorkerActor _actor = null!;
    private WorkerLuggage? _luggage;

    protected override async Task BeginAsync(CancellationToken cancellation)
    {
        _actor = new WorkerActor(this.GetPrimaryKey(), this, store, catalog, idleness, shownStamps, new PersistentSnapshots(standing, logger), boards, atWork, drains, goldKey, gates, actors, ids, time, logger);
        await _actor.ActivateAsync(_luggage, cancellation);
        _luggage = null;
    }

    protected override Task EndAsync(DeactivationReason reason, CancellationToken cancellation)
    {
        if (reason.ReasonCode != DeactivationReasonCode.Migrating) return _actor.DeactivateAsync(cancellation);
        _actor.Leave();
        return Task.CompletedTask;
    }

    public void OnDehydrate(IDehydrationContext dehydrationContext) => dehydrationContext.TryAddValue(Luggage, _actor.Pack());

    public void OnRehydrate(IRehydrationContext rehydrationContext) => rehydrationContext.TryGetValue(Luggage, out _luggage);

    public Task<ConnectReply> Connect(IPushGateway gateway, string connectionId) => _actor.Connect(gateway, connectionId);

    public Task Disconnect(string connectionId) => _actor.Disconnect(connectionId);

    public Task<CommandResult> SetActivity(SetActivityCommand command) => _actor.SetActivity(command);

    public Task<SubmitResult> Submit(SubmitCommand command, string connectionId) => _actor.Submit(command, connectionId);

    public Task<AcceptResult> Accept(AcceptCommand command, string connectionId) => _actor.Accept(command, connectionId);

    public Task<CommandResult> Decline(DeclineCommand command) => _actor.Decline(command);

    public Task<CommandResult> Return(ReturnCommand command) => _actor.Return(command);

    public Task<CommandResult> SaveDraft(SaveDraftCommand command) => _actor.SaveDraft(command);

    public Task Shown(Guid assignmentId) => _actor.Shown(assignmentId);

    public Task NotShown(Guid assignmentId) => _actor.NotShown(assignmentId);

    public Task<bool> Knows(string connectionId) => Task.FromResult(_actor.Knows(connectionId));

    public Task<HeartbeatResult?> Heartbeat() => _actor.Heartbeat();

    public Task<WorkerProject?> GetProject(Guid projectId) => _actor.GetProject(projectId);

    public Task<IdleExplanation> WhyNothing() => _actor.WhyNothing();

    public Task TryBatch(Guid projectId, Guid batchId, long workVersion) => _actor.TryBatch(projectId, batchId, workVersion);

    public Task Withdraw(Guid assignmentId, AssignmentState state, string reason) => _actor.Withdraw(assignmentId, state, reason);

    public Task Recall(Guid assignmentId) => _actor.Recall(assignmentId);

    public Task RecordChanged() => _actor.RecordChanged();

    public Task EvidenceWaiting() => _actor.EvidenceWaiting();

    public Task Reviewed(Guid assignmentId, string text) => _actor.Reviewed(assignmentId, text);

    public Task Told(string text) => _actor.Told(text);

    public Task BoardMoved(Guid projectId) => _actor.BoardMoved(projectId);

    public Task ProjectMoved(Guid projectId, string? gates, string? instructions) => _actor.ProjectMoved(projectId, gates, instructions);

    public Task<StandingView?> GetStanding(Guid projectId) => _actor.GetStanding(projectId);

    public Task<EvidencePage> ListEvidence(Guid projectId, string? cursor) => _actor.ListEvidence(projectId, cursor);

    public Task<CommandResult> Dispute(DisputeCommand command) => _actor.Dispute(command);
}
