using Orleans;

namespace Dispatch.Contracts.Supervisor;

/// <summary>What a supervisor can do to live work. Numbers are stable: add, never renumber.</summary>
public enum SupervisorAction
{
    /// <summary>Reserved; never sent.</summary>
    Unspecified = 0,

    /// <summary>The batch's tasks are handed out from now on. From draft or paused.</summary>
    OpenBatch = 1,

    /// <summary>Nothing new is handed out; held work may be submitted.</summary>
    PauseBatch = 2,

    /// <summary>Nothing new is handed out; the batch closes by itself when nothing is held any more.</summary>
    DrainBatch = 3,

    /// <summary>Finished for good; held work may still be submitted.</summary>
    CloseBatch = 4,

    /// <summary>Given up: held work is withdrawn, open tasks are canceled. Answers given stay.</summary>
    CancelBatch = 5,

    /// <summary>Sets the priority of a batch to <see cref="SupervisorCommand.Priority"/>.</summary>
    PrioritizeBatch = 6,

    /// <summary>Sets the priority of tasks to <see cref="SupervisorCommand.Priority"/>.</summary>
    PrioritizeTasks = 10,

    /// <summary>Cancels tasks; what is held of them is withdrawn.</summary>
    CancelTasks = 11,

    /// <summary>Puts dead letters back into the queue, with their failures forgiven.</summary>
    RequeueTasks = 12,

    /// <summary>Takes an assignment away from its worker; the task goes to others.</summary>
    WithdrawAssignment = 20,

    /// <summary>Takes an assignment away and keeps its task for another worker.</summary>
    ReassignAssignment = 21,

    /// <summary>Takes everything away from a worker.</summary>
    ClearWorker = 22,

    /// <summary>The worker finishes what is held and is offered nothing more.</summary>
    DrainWorker = 23,

    /// <summary>The worker is set offline. What is held stays held until its lease ends.</summary>
    SignOffWorker = 24,

    /// <summary>Lifts an action of a quality rule that is in force: the worker has work again at once.</summary>
    LiftRestriction = 30,

    /// <summary>A supervisor has looked at an attention flag: it is open no more. Nothing changes for the worker.</summary>
    AcknowledgeFlag = 31,

    /// <summary>
    /// Asks again what a restricted worker answered in the project (in the batch, where the restriction is about one): those answers are kept and stop counting, and others
    /// get the tasks. Batches that are closed or canceled stay as they are.
    /// </summary>
    AskAgain = 32,
}

/// <summary>A supervisor's command. Which members are needed follows from the action.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.supervisor.command")]
public sealed record SupervisorCommand
{
    /// <summary>Made by the client; the same id always gets the same answer.</summary>
    [Id(0)] public required Guid OperationId { get; init; }

    /// <summary>What to do.</summary>
    [Id(1)] public required SupervisorAction Action { get; init; }

    /// <summary>The batch, for actions on batches and tasks.</summary>
    [Id(2)] public Guid? BatchId { get; init; }

    /// <summary>The producer's keys of the tasks; at most <see cref="Limits.TaskKeysPerCommand"/>.</summary>
    [Id(3)] public IReadOnlyList<string>? TaskKeys { get; init; }

    /// <summary>The priority.</summary>
    [Id(4)] public int? Priority { get; init; }

    /// <summary>The assignment.</summary>
    [Id(5)] public Guid? AssignmentId { get; init; }

    /// <summary>The worker: whom it is about, or to whom an assignment goes.</summary>
    [Id(6)] public Guid? WorkerId { get; init; }

    /// <summary>Why. Needed for everything that takes work from somebody or ends it; told to the workers it hits, and kept in the audit trail.</summary>
    [Id(7)] public string? Reason { get; init; }

    /// <summary>Refuse when the batch is at another version; null skips the check.</summary>
    [Id(8)] public int? ExpectedVersion { get; init; }

    /// <summary>The action of a quality rule, for what is done about one.</summary>
    [Id(9)] public Guid? RestrictionId { get; init; }
}

/// <summary>Outcome of a supervisor's command.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.supervisor.command-result")]
public sealed record SupervisorResult
{
    /// <summary>Null when it took effect.</summary>
    [Id(0)] public Refusal? Refusal { get; init; }

    /// <summary>True when the same operation id had taken effect before.</summary>
    [Id(1)] public bool Replayed { get; init; }

    /// <summary>Assignments that were taken away. 0 for a replay.</summary>
    [Id(2)] public int AssignmentsEnded { get; init; }

    /// <summary>Tasks that were changed. 0 for a replay, except of <see cref="SupervisorAction.AskAgain"/>.</summary>
    [Id(3)] public int TasksChanged { get; init; }

    /// <summary>Of <see cref="SupervisorAction.AskAgain"/>: tasks that were left as they are, because their batch is closed or canceled.</summary>
    [Id(4)] public int TasksLeft { get; init; }
}
