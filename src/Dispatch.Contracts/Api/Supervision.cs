namespace Dispatch.Contracts.Api;

/// <summary>A reason for a command.</summary>
public sealed record ReasonRequest
{
    /// <summary>Why, in words for the people it hits.</summary>
    public required string Reason { get; init; }
}

/// <summary>Gives an assignment to another worker.</summary>
public sealed record ReassignRequest
{
    /// <summary>To whom.</summary>
    public required Guid WorkerId { get; init; }
    /// <summary>Why.</summary>
    public required string Reason { get; init; }
}

/// <summary>Acts on tasks.</summary>
public sealed record TaskActionRequest
{
    /// <summary>prioritize, cancel or requeue.</summary>
    public required string Action { get; init; }
    /// <summary>The producer's keys.</summary>
    public required IReadOnlyList<string> Keys { get; init; }
    /// <summary>The priority, for prioritize.</summary>
    public int? Priority { get; init; }
    /// <summary>Why.</summary>
    public required string Reason { get; init; }
}

/// <summary>What a command did.</summary>
public sealed record SupervisionDto
{
    /// <summary>Assignments taken away.</summary>
    public required int AssignmentsEnded { get; init; }
    /// <summary>Tasks changed.</summary>
    public required int TasksChanged { get; init; }
    /// <summary>Of asking again: tasks left as they are, because their batch is closed or canceled.</summary>
    public int TasksLeft { get; init; }
}

/// <summary>A dead letter.</summary>
public sealed record DeadLetterDto
{
    /// <summary>The producer's key.</summary>
    public required string Key { get; init; }
    /// <summary>What it shows.</summary>
    public required JsonText Content { get; init; }
    /// <summary>Imported.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
    /// <summary>Who failed it, how and why.</summary>
    public required IReadOnlyList<FailedAttemptDto> Attempts { get; init; }
}

/// <summary>One failed attempt.</summary>
public sealed record FailedAttemptDto
{
    /// <summary>Who.</summary>
    public required Guid WorkerId { get; init; }
    /// <summary>returned, timed_out or abandoned.</summary>
    public required AssignmentState State { get; init; }
    /// <summary>The reason given.</summary>
    public required string? Reason { get; init; }
    /// <summary>When.</summary>
    public required DateTimeOffset EndedAt { get; init; }
}

/// <summary>A late answer that was kept aside.</summary>
public sealed record LateAnswerDto
{
    /// <summary>The producer's key of the task.</summary>
    public required string Key { get; init; }
    /// <summary>The assignment.</summary>
    public required Guid AssignmentId { get; init; }
    /// <summary>Who.</summary>
    public required Guid WorkerId { get; init; }
    /// <summary>The answer, canonical.</summary>
    public required JsonText Answer { get; init; }
    /// <summary>When.</summary>
    public required DateTimeOffset SubmittedAt { get; init; }
    /// <summary>Handling time, credited.</summary>
    public required long HandlingMs { get; init; }
}

/// <summary>A row of the audit trail.</summary>
public sealed record AuditDto
{
    /// <summary>Who; the id of zeros where an exception rule acted.</summary>
    public required Guid ActorId { get; init; }
    /// <summary>Kind of command, or <c>rule.…</c> for what an exception rule did; the reason names the rule.</summary>
    public required string Kind { get; init; }
    /// <summary>About what.</summary>
    public required Guid SubjectId { get; init; }
    /// <summary>Why.</summary>
    public required string? Reason { get; init; }
    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }
}

/// <summary>How many idle workers one reason keeps from a task.</summary>
/// <param name="Reason">none, no_free_slot, already_involved, handed_back, cooling_down, kept_for_another or selectors.</param>
/// <param name="Workers">How many.</param>
public sealed record BarredDto(string Reason, int Workers);

/// <summary>Why a task is not assigned, and when it may be.</summary>
public sealed record TaskExplanationDto
{
    /// <summary>The producer's key.</summary>
    public required string Key { get; init; }
    /// <summary>State of the task.</summary>
    public required TaskState State { get; init; }
    /// <summary>State of its batch.</summary>
    public required BatchStatus BatchStatus { get; init; }
    /// <summary>Answers it needs.</summary>
    public required int Overlap { get; init; }
    /// <summary>Answers it has.</summary>
    public required int Answers { get; init; }
    /// <summary>Slots held now.</summary>
    public required int Held { get; init; }
    /// <summary>Tasks of the batch before it in the queue; null when it does not wait.</summary>
    public required int? Position { get; init; }
    /// <summary>Estimated wait, from the answers of the last minute; null when there is nothing to estimate from.</summary>
    public required double? EstimatedWaitSeconds { get; init; }
    /// <summary>Kept for this worker for the moment.</summary>
    public required Guid? KeptFor { get; init; }
    /// <summary>Until when.</summary>
    public required DateTimeOffset? KeptUntil { get; init; }
    /// <summary>Idle workers asked about, by what bars the task from them.</summary>
    public required IReadOnlyList<BarredDto> IdleWorkers { get; init; }
    /// <summary>The answer in a sentence.</summary>
    public required string Summary { get; init; }
    /// <summary>What happened to the task beside being handed out: exception rules by name, supervisors' commands, answers that were taken out. Newest first, the last 100.</summary>
    public IReadOnlyList<TaskEventDto> History { get; init; } = [];
}

/// <summary>Something that happened to a task.</summary>
public sealed record TaskEventDto
{
    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }
    /// <summary>Who did it; null when a rule did.</summary>
    public required Guid? ActorId { get; init; }
    /// <summary>Name of the exception rule; null when a person did it.</summary>
    public required string? Rule { get; init; }
    /// <summary>Kind of the action, as in the audit trail.</summary>
    public required string Kind { get; init; }
    /// <summary>What was done and why, in words.</summary>
    public required string Words { get; init; }
}
