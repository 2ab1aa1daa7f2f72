using Dispatch.Contracts;

namespace Dispatch.Storage;

/// <summary>An assignment that a supervisor's command ended.</summary>
/// <param name="AssignmentId">The assignment.</param>
/// <param name="WorkerId">Whose it was.</param>
/// <param name="BatchId">Its batch.</param>
/// <param name="ProjectId">Its project.</param>
public sealed record EndedAssignment(Guid AssignmentId, Guid WorkerId, Guid BatchId, Guid ProjectId);

/// <summary>Which assignments a withdrawal is about: exactly one member is set.</summary>
public sealed record WithdrawalScope
{
    /// <summary>One assignment.</summary>
    public Guid? AssignmentId { get; init; }
    /// <summary>All that a worker holds.</summary>
    public Guid? WorkerId { get; init; }
}

/// <summary>What a supervisor does to tasks.</summary>
public enum TaskAction
{
    /// <summary>Reserved.</summary>
    Unspecified = 0,
    /// <summary>Sets the priority.</summary>
    SetPriority = 1,
    /// <summary>Cancels open tasks and dead letters; what is held of them is withdrawn.</summary>
    Cancel = 2,
    /// <summary>Dead letter → open: attempts so far are forgiven, and those workers may have it again.</summary>
    Requeue = 3,
}

/// <summary>What a task's history says of a supervisor's command.</summary>
public static class TaskActionWords
{
    /// <summary>What was done, and the reason where there is one.</summary>
    /// <param name="action">The command.</param>
    /// <param name="value">The priority of <see cref="TaskAction.SetPriority"/>.</param>
    /// <param name="reason">Why.</param>
    public static string Of(TaskAction action, int value, string? reason)
    {
        var done = action switch
        {
            TaskAction.SetPriority => $"A supervisor set the priority to {value}",
            TaskAction.Cancel => "A supervisor canceled it",
            _ => "A supervisor put it back into the queue",
        };
        return string.IsNullOrWhiteSpace(reason) ? $"{done}." : $"{done}: {Sentence.Of(reason)}";
    }
}

/// <summary>Outcome of a supervisor's command.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Ended">Assignments it ended.</param>
/// <param name="Tasks">Tasks it changed.</param>
public sealed record SupervisionOutcome(ApplyOutcome Outcome, IReadOnlyList<EndedAssignment> Ended, int Tasks = 0);

/// <summary>A dead letter.</summary>
/// <param name="TaskId">Its id in the store.</param>
/// <param name="Key">The producer's key.</param>
/// <param name="Content">What it shows (JSON).</param>
/// <param name="CreatedAt">Imported.</param>
/// <param name="Attempts">Who failed it, how and why; oldest first.</param>
public sealed record DeadLetter(long TaskId, string Key, string Content, DateTimeOffset CreatedAt, IReadOnlyList<FailedAttempt> Attempts);

/// <summary>One failed attempt.</summary>
/// <param name="WorkerId">Who.</param>
/// <param name="State">How it ended.</param>
/// <param name="Reason">The reason given, if any.</param>
/// <param name="EndedAt">When.</param>
public sealed record FailedAttempt(Guid WorkerId, AssignmentState State, string? Reason, DateTimeOffset EndedAt);

/// <summary>An audit row.</summary>
/// <param name="ActorId">Who; <see cref="Guid.Empty"/> when no person did it but a rule.</param>
/// <param name="Kind">What kind of command, or of rule.</param>
/// <param name="SubjectId">About what.</param>
/// <param name="Reason">Why.</param>
/// <param name="Detail">More (JSON).</param>
/// <param name="At">When.</param>
public sealed record AuditRow(Guid ActorId, string Kind, Guid SubjectId, string? Reason, string Detail, DateTimeOffset At);

/// <summary>
/// What supervisors do to work that is out. Each command is one transaction that locks the batch rows, takes the ownership away
/// from whoever has it (the owner epoch is bumped) and changes the rows: the batch grain is fenced, reloads and goes on from the
/// truth. So no command can race with a submit: either of the two comes first, and the other sees it.
/// </summary>
public interface ISupervisionStore
{
    /// <summary>
    /// Ends active assignments as Canceled; their tasks go back to the queue, not to the same worker. With
    /// <paramref name="reassignTo"/> the task of the one assignment is kept for that worker, who may have it whatever happened before.
    /// <see cref="ApplyStatus.NotFound"/> without an assignment; <see cref="ApplyStatus.InvalidState"/> when it has ended.
    /// </summary>
    Task<SupervisionOutcome> WithdrawAsync(WithdrawalScope scope, Guid? reassignTo, TimeSpan keepFor, Operation operation, CancellationToken cancellation);

    /// <summary>Acts on tasks of a batch by key. <see cref="ApplyStatus.NotFound"/> when a key does not exist; <see cref="ApplyStatus.InvalidState"/> when one is in no state for it. Then nothing changes.</summary>
    Task<SupervisionOutcome> ChangeTasksAsync(Guid batchId, TaskAction action, int value, IReadOnlyList<string> keys, Operation operation, CancellationToken cancellation);

    /// <summary>Cancels a batch that is not closed or canceled: its active assignments and its open tasks end with it.</summary>
    Task<SupervisionOutcome> CancelBatchAsync(Guid batchId, int? expectedVersion, Operation operation, CancellationToken cancellation);

    /// <summary>Dead letters of a batch by task id.</summary>
    Task<Page<DeadLetter>> ListDeadLettersAsync(Guid batchId, PageCursor? from, int limit, CancellationToken cancellation);

    /// <summary>Audit rows about a subject, newest first.</summary>
    Task<Page<AuditRow>> ListAuditAsync(Guid subjectId, PageCursor? from, int limit, CancellationToken cancellation);

    /// <summary>Answers kept aside (late, their slot given away), for a reviewer; oldest first.</summary>
    Task<Page<JudgmentRow>> ListLateAnswersAsync(Guid batchId, PageCursor? from, int limit, CancellationToken cancellation);
}
