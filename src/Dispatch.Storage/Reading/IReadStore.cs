using Dispatch.Contracts;

namespace Dispatch.Storage;

/// <summary>One judgment, as exported.</summary>
public sealed record JudgmentRow
{
    /// <summary>The assignment.</summary>
    public required Guid AssignmentId { get; init; }
    /// <summary>The producer's key.</summary>
    public required string TaskKey { get; init; }
    /// <summary>The worker.</summary>
    public required Guid WorkerId { get; init; }
    /// <summary>Canonical answer (JSON).</summary>
    public required string Answer { get; init; }
    /// <summary>Canonical content (JSON).</summary>
    public required string Content { get; init; }
    /// <summary>Known answer (JSON), if one came.</summary>
    public required string? KnownAnswer { get; init; }
    /// <summary>Whether it was a gold task.</summary>
    public required bool IsGold { get; init; }
    /// <summary>Whether it counts.</summary>
    public required bool Counted { get; init; }
    /// <summary>Order shown.</summary>
    public required IReadOnlyList<int> Presentation { get; init; }
    /// <summary>Handed out.</summary>
    public required DateTimeOffset OfferedAt { get; init; }
    /// <summary>Shown.</summary>
    public required DateTimeOffset? ShownAt { get; init; }
    /// <summary>Answered.</summary>
    public required DateTimeOffset SubmittedAt { get; init; }
    /// <summary>Handling time.</summary>
    public required TimeSpan Handling { get; init; }
    /// <summary>Operation id of the submit.</summary>
    public required Guid OperationId { get; init; }
    /// <summary>It came after its lease had run out.</summary>
    public required bool Late { get; init; }
    /// <summary>Version of the project when it was given.</summary>
    public required int ProjectVersion { get; init; }
    /// <summary>The corrected answer (JSON), where a reviewer fixed it: what stands then; null elsewhere.</summary>
    public string? FixedAnswer { get; init; }
    /// <summary>What stands: the corrected answer where there is one.</summary>
    public string StandingAnswer => FixedAnswer ?? Answer;
    /// <summary>Label of what stands, as the form names it; null when it has none.</summary>
    public string? Vote { get; init; }
    /// <summary>Submitted while no reviewer decided; else Approved or Rejected.</summary>
    public AssignmentState State { get; init; } = AssignmentState.Submitted;
}

/// <summary>A task and its state, for a producer.</summary>
public sealed record TaskRow(long TaskId, string Key, TaskState State, int Overlap, int Priority, int Answers, int Held, bool IsGold, DateTimeOffset CreatedAt);

/// <summary>Something that happened to a task beside being handed out.</summary>
/// <param name="ActorId">Who did it; null when a rule did.</param>
/// <param name="Rule">Name of the exception rule; null when a person did it.</param>
/// <param name="Kind">What kind of action, as in the audit trail.</param>
/// <param name="Words">What was done and why, in words.</param>
/// <param name="At">When.</param>
public sealed record TaskEvent(Guid? ActorId, string? Rule, string Kind, string Words, DateTimeOffset At);

/// <summary>An assignment, for a supervisor.</summary>
public sealed record AssignmentRow(Guid AssignmentId, Guid ProjectId, Guid BatchId, string TaskKey, Guid WorkerId, AssignmentState State, int Slot, int LeaseEpoch, IReadOnlyList<int> Presentation, DateTimeOffset OfferedAt, DateTimeOffset? ShownAt, DateTimeOffset LeaseUntil, DateTimeOffset? EndedAt);

/// <summary>Enrolled workers of a project by declared activity.</summary>
public sealed record ActivityCounts(int Available, int Holding, int OnBreak, int Draining, int Offline);

/// <summary>What an enrolled worker is doing, and holds.</summary>
/// <param name="Worker">The worker.</param>
/// <param name="Activity">Present activity; offline since the worker was created when none was ever declared.</param>
/// <param name="Held">Assignments held (Reserved, Offered, Accepted) of any project, oldest first.</param>
public sealed record PresenceRow(WorkerRecord Worker, ActivityRecord Activity, IReadOnlyList<AssignmentRow> Held);

/// <summary>Reading for people: never on the way of a task.</summary>
public interface IReadStore
{
    /// <summary>Every answer of a batch in order of submission, streamed.</summary>
    IAsyncEnumerable<JudgmentRow> ExportJudgmentsAsync(Guid batchId, CancellationToken cancellation);

    /// <summary>The counted answers of a batch, those of a task together, in order of submission within it; streamed.</summary>
    IAsyncEnumerable<JudgmentRow> ExportCountedByTaskAsync(Guid batchId, CancellationToken cancellation);

    /// <summary>Tasks of a batch by id.</summary>
    Task<Page<TaskRow>> ListTasksAsync(Guid batchId, PageCursor? from, int limit, CancellationToken cancellation);

    /// <summary>One task by its producer's key; null when there is none.</summary>
    Task<TaskRow?> FindTaskAsync(Guid batchId, string key, CancellationToken cancellation);

    /// <summary>The latest events of a task, newest first.</summary>
    Task<IReadOnlyList<TaskEvent>> ListTaskEventsAsync(long taskId, int limit, CancellationToken cancellation);

    /// <summary>Canonical content (JSON) of a task; null when there is none.</summary>
    Task<string?> FindTaskContentAsync(Guid batchId, string key, CancellationToken cancellation);

    /// <summary>One assignment; null when there is none.</summary>
    Task<AssignmentRow?> GetAssignmentAsync(Guid assignmentId, CancellationToken cancellation);

    /// <summary>Counts by activity; <see cref="ActivityCounts.Holding"/> are available workers with an active assignment (any project).</summary>
    Task<ActivityCounts> CountActivitiesAsync(Guid projectId, CancellationToken cancellation);

    /// <summary>Enrolled workers with what they are doing and hold; by creation, oldest first.</summary>
    Task<Page<PresenceRow>> ListPresencesAsync(Guid projectId, PageCursor? from, int limit, CancellationToken cancellation);
}
