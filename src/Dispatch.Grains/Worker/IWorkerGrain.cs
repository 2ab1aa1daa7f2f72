using Dispatch.Contracts.Worker;

namespace Dispatch.Grains;

/// <summary>One worker at work. Key: worker id. One call at a time: what a worker does has an order.</summary>
[Alias("dispatch.IWorkerGrain")]
public interface IWorkerGrain : IGrainWithGuidKey
{
    /// <summary>Joins a connection to the worker's sessions and returns the present state from the truth.</summary>
    /// <param name="gateway">Where pushes for the connection go.</param>
    /// <param name="connectionId">The connection.</param>
    [Alias("Connect")]
    Task<ConnectReply> Connect(IPushGateway gateway, string connectionId);

    /// <summary>A connection ended.</summary>
    /// <param name="connectionId">The connection.</param>
    [Alias("Disconnect")]
    Task Disconnect(string connectionId);

    /// <summary>See the hub.</summary>
    /// <param name="command">The command.</param>
    [Alias("SetActivity")]
    Task<CommandResult> SetActivity(SetActivityCommand command);

    /// <summary>See the hub.</summary>
    /// <param name="command">The command.</param>
    /// <param name="connectionId">The connection it came from: its result carries the next task, so it needs no push.</param>
    [Alias("Submit")]
    Task<SubmitResult> Submit(SubmitCommand command, string connectionId);

    /// <summary>See the hub.</summary>
    /// <param name="command">The command.</param>
    /// <param name="connectionId">The connection it came from.</param>
    [Alias("Accept")]
    Task<AcceptResult> Accept(AcceptCommand command, string connectionId);

    /// <summary>See the hub.</summary>
    /// <param name="command">The command.</param>
    [Alias("Decline")]
    Task<CommandResult> Decline(DeclineCommand command);

    /// <summary>See the hub.</summary>
    /// <param name="assignmentId">The assignment.</param>
    [Alias("NotShown")]
    Task NotShown(Guid assignmentId);

    /// <summary>See the hub.</summary>
    [Alias("WhyNothing")]
    Task<IdleExplanation> WhyNothing();

    /// <summary>A hint of a batch: a reserved assignment is wanted elsewhere, if it was not shown.</summary>
    /// <param name="assignmentId">The assignment.</param>
    [Alias("Recall"), Orleans.Concurrency.OneWay]
    Task Recall(Guid assignmentId);

    /// <summary>See the hub.</summary>
    /// <param name="command">The command.</param>
    [Alias("Return")]
    Task<CommandResult> Return(ReturnCommand command);

    /// <summary>See the hub.</summary>
    /// <param name="command">The command.</param>
    [Alias("SaveDraft")]
    Task<CommandResult> SaveDraft(SaveDraftCommand command);

    /// <summary>See the hub. Nothing hangs on it but the beginning of handling time, so nobody waits for it.</summary>
    /// <param name="assignmentId">The assignment.</param>
    [Alias("Shown"), Orleans.Concurrency.OneWay]
    Task Shown(Guid assignmentId);

    /// <summary>Whether this activation knows a connection: one made anew after a silo's death does not.</summary>
    /// <param name="connectionId">The connection.</param>
    [Alias("Knows"), Orleans.Concurrency.AlwaysInterleave]
    Task<bool> Knows(string connectionId);

    /// <summary>See the hub. Null when the worker must connect first.</summary>
    [Alias("Heartbeat")]
    Task<HeartbeatResult?> Heartbeat();

    /// <summary>See the hub.</summary>
    /// <param name="projectId">The project.</param>
    [Alias("GetProject")]
    Task<WorkerProject?> GetProject(Guid projectId);

    /// <summary>A hint of the matchmaker: try this batch.</summary>
    /// <param name="projectId">The project, whose matchmaker wants to know what came of it.</param>
    /// <param name="batchId">The batch.</param>
    /// <param name="workVersion">Work version of the project that the matchmaker knows.</param>
    [Alias("TryBatch"), Orleans.Concurrency.OneWay]
    Task TryBatch(Guid projectId, Guid batchId, long workVersion);

    /// <summary>A hint of a batch: an assignment ended without the worker.</summary>
    /// <param name="assignmentId">The assignment.</param>
    /// <param name="state">The state it ended in.</param>
    /// <param name="reason">Why, for a person.</param>
    [Alias("Withdraw"), Orleans.Concurrency.OneWay]
    Task Withdraw(Guid assignmentId, Contracts.AssignmentState state, string reason);

    /// <summary>A hint that the worker's record or enrolments changed.</summary>
    [Alias("RecordChanged"), Orleans.Concurrency.OneWay]
    Task RecordChanged();

    /// <summary>A hint that others learned something about the worker: it waits in the outbox.</summary>
    [Alias("EvidenceWaiting"), Orleans.Concurrency.OneWay]
    Task EvidenceWaiting();

    /// <summary>A hint that a reviewer decided about an answer of the worker. Who is not connected finds it with the answer.</summary>
    /// <param name="assignmentId">The answer's assignment.</param>
    /// <param name="text">The decision and the reviewer's note, for the author.</param>
    [Alias("Reviewed"), Orleans.Concurrency.OneWay]
    Task Reviewed(Guid assignmentId, string text);

    /// <summary>A hint of what a supervisor did about the worker and not about work that is held. Who is not connected finds it in the standing.</summary>
    /// <param name="text">What was done, for the worker.</param>
    [Alias("Told"), Orleans.Concurrency.OneWay]
    Task Told(string text);

    /// <summary>A hint that cut-offs of a leaderboard moved, which the worker waits for.</summary>
    /// <param name="projectId">The project.</param>
    [Alias("BoardMoved"), Orleans.Concurrency.OneWay]
    Task BoardMoved(Guid projectId);

    /// <summary>A hint that gates or instructions of a project changed, with the words for the worker. Lost, it is said by the next standing and the next task.</summary>
    /// <param name="projectId">The project.</param>
    /// <param name="gates">What changed about golden gates; null when nothing did.</param>
    /// <param name="instructions">What changed about instructions and form; null when nothing did.</param>
    [Alias("ProjectMoved"), Orleans.Concurrency.OneWay]
    Task ProjectMoved(Guid projectId, string? gates, string? instructions);

    /// <summary>See the hub. Null when the worker is not enrolled, and has done nothing in the project.</summary>
    /// <param name="projectId">The project.</param>
    [Alias("GetStanding")]
    Task<StandingView?> GetStanding(Guid projectId);

    /// <summary>See the hub.</summary>
    /// <param name="projectId">The project.</param>
    /// <param name="cursor">Where the page starts; null for the newest.</param>
    [Alias("ListEvidence")]
    Task<EvidencePage> ListEvidence(Guid projectId, string? cursor);

    /// <summary>See the hub.</summary>
    /// <param name="command">The command.</param>
    [Alias("Dispute")]
    Task<CommandResult> Dispute(DisputeCommand command);
}

/// <summary>Answer to Connect.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.connect-reply")]
public sealed record ConnectReply
{
    /// <summary>Why not; null when connected.</summary>
    [Id(0)] public Contracts.Refusal? Refusal { get; init; }
    /// <summary>The state; null when refused.</summary>
    [Id(1)] public WorkerSnapshot? Snapshot { get; init; }
}
