using Dispatch.Contracts;

namespace Dispatch.Storage;

/// <summary>A worker (or any person with a role) as stored.</summary>
public sealed record WorkerRecord
{
    /// <summary>End reason of what was taken back when its worker was removed from the project.</summary>
    public const string Removed = "The worker was removed from the project.";

    /// <summary>Id; the subject of the token.</summary>
    public required Guid WorkerId { get; init; }
    /// <summary>Login name, unique.</summary>
    public required string Name { get; init; }
    /// <summary>Name shown.</summary>
    public required string DisplayName { get; init; }
    /// <summary>Roles, from <see cref="Contracts.Roles"/>.</summary>
    public required IReadOnlyList<string> Roles { get; init; }
    /// <summary>Labels: name to a string, number or boolean (JSON object text).</summary>
    public string Labels { get; init; } = "{}";
    /// <summary>Assignments the worker may hold at once, 1..<see cref="Limits.CapacityMax"/>.</summary>
    public int Capacity { get; init; } = 1;
    /// <summary>Name chosen for the public board; null shows a number. Changed by <see cref="IStandingStore.SetBoardNameAsync"/>.</summary>
    public string? BoardName { get; init; }
    /// <summary>False: ranked like everybody, but shown to no other worker.</summary>
    public bool OnBoard { get; init; } = true;
    /// <summary>False: may not connect and is handed nothing.</summary>
    public bool IsActive { get; init; } = true;
    /// <summary>Grows with every change; starts at 1.</summary>
    public int Version { get; init; } = 1;
    /// <summary>Created (store time; ignored on create).</summary>
    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>Whether a person may come in, and as what: of the record what every open connection is held against.</summary>
/// <param name="WorkerId">The person.</param>
/// <param name="IsActive">False: may not connect, and is handed nothing.</param>
/// <param name="Roles">The roles of the record.</param>
public sealed record PersonAccess(Guid WorkerId, bool IsActive, IReadOnlyList<string> Roles);

/// <summary>The present activity of a worker: the last row of the append-only activity log.</summary>
public sealed record ActivityRecord(Activity Activity, string? Reason, DateTimeOffset Since);

/// <summary>What a worker grain loads: the truth about one worker.</summary>
public sealed record WorkerState
{
    /// <summary>The record.</summary>
    public required WorkerRecord Worker { get; init; }
    /// <summary>Projects enrolled in.</summary>
    public required IReadOnlyList<Guid> Projects { get; init; }
    /// <summary>Present activity; offline when none was ever declared.</summary>
    public required ActivityRecord Activity { get; init; }
    /// <summary>Assignments held (Reserved, Offered, Accepted), oldest first.</summary>
    public required IReadOnlyList<HeldAssignment> Held { get; init; }
    /// <summary>Highest evaluation sequence per project.</summary>
    public required IReadOnlyDictionary<Guid, long> EvaluationSequences { get; init; }
    /// <summary>Answers submitted since midnight UTC of the store's day.</summary>
    public required int AnsweredToday { get; init; }
    /// <summary>The worker's last answer; 0 when there is none. Whoever has folded it need not read handling times.</summary>
    public required long LastAnswerId { get; init; }
    /// <summary>Whether anything that others learned about the worker waits in the outbox.</summary>
    public required bool EvidenceWaits { get; init; }
    /// <summary>Work versions of the projects enrolled in.</summary>
    public required IReadOnlyDictionary<Guid, long> WorkVersions { get; init; }
    /// <inheritdoc cref="IEvidenceStore.LoadRestrictionsAsync"/>
    public required IReadOnlyList<RestrictionRow> Restrictions { get; init; }
    /// <inheritdoc cref="IStandingStore.LoadMembershipsAsync"/>
    public required IReadOnlyList<GateEvent> Memberships { get; init; }
}

/// <summary>A row of the outbox: what others learned about a worker, waiting for the worker's own sequence.</summary>
/// <param name="WorkerId">Whom it is about.</param>
/// <param name="Source">What it comes from; unique per worker, so that learning it twice is once.</param>
/// <param name="ProjectId">The project.</param>
/// <param name="Kind">gold, review or consensus.</param>
/// <param name="Score">In [0,1].</param>
/// <param name="Weight">In (0,1].</param>
/// <param name="AssignmentId">The assignment judged.</param>
/// <param name="Masks">Source of the evaluation of the same worker that a row of kind mask takes out of the fold.</param>
public sealed record OutboxEvaluation(Guid WorkerId, string Source, Guid ProjectId, string Kind, double Score, double Weight, Guid? AssignmentId, string? Masks = null);

/// <summary>Asks for what others learned about a worker.</summary>
/// <param name="WorkerId">The worker.</param>
/// <param name="LastSequences">Last evaluation of the worker by project, as its own grain knows them; 0 where a project is not named.</param>
public sealed record OutboxDrain(Guid WorkerId, IReadOnlyDictionary<Guid, long> LastSequences);

/// <summary>What was drained of one worker.</summary>
/// <param name="IsBehind">Later evaluations are stored than the caller knows; nothing was moved.</param>
/// <param name="Rows">The new evaluations, by project and sequence.</param>
public sealed record DrainedOutbox(bool IsBehind, IReadOnlyList<EvaluationRow> Rows)
{
    /// <summary>Nothing waited.</summary>
    public static DrainedOutbox Nothing { get; } = new(IsBehind: false, []);

    /// <summary>The last sequences after it.</summary>
    /// <param name="before">Those before it.</param>
    public IReadOnlyDictionary<Guid, long> LastSequences(IReadOnlyDictionary<Guid, long> before)
    {
        if (Rows.Count == 0) return before;
        var last = before.ToDictionary();
        foreach (var row in Rows) last[row.ProjectId] = row.Sequence;
        return last;
    }
}

/// <summary>Workers.</summary>
public interface IWorkerStore
{
    /// <summary>Creates one. <see cref="ApplyStatus.Duplicate"/> when the name is taken.</summary>
    Task<ApplyOutcome> CreateWorkerAsync(WorkerRecord worker, IReadOnlyCollection<Guid> projects, Operation operation, CancellationToken cancellation);

    /// <summary>Replaces display name, roles, labels, capacity and active flag. Version grows by one.</summary>
    Task<ApplyOutcome> UpdateWorkerAsync(WorkerRecord worker, int? expectedVersion, Operation operation, CancellationToken cancellation);

    /// <summary>
    /// Enrols in, or removes from, a project. Enrolling bumps the project's work version. Removing takes back what the worker has of the project and has not begun, as
    /// <see cref="BatchChange.TakesBackUnbegun"/> does; those are <see cref="SupervisionOutcome.Ended"/>.
    /// </summary>
    Task<SupervisionOutcome> SetEnrolmentAsync(Guid workerId, Guid projectId, bool enrolled, Operation operation, CancellationToken cancellation);

    /// <summary>Null when there is none.</summary>
    Task<WorkerRecord?> GetWorkerAsync(Guid workerId, CancellationToken cancellation);

    /// <summary>The access of many people at once; those that do not exist are left out.</summary>
    Task<IReadOnlyList<PersonAccess>> ListAccessAsync(IReadOnlyCollection<Guid> workerIds, CancellationToken cancellation);

    /// <summary>Null when there is none.</summary>
    Task<WorkerRecord?> FindWorkerByNameAsync(string name, CancellationToken cancellation);

    /// <summary>By creation, oldest first; of one project when given.</summary>
    Task<Page<WorkerRecord>> ListWorkersAsync(Guid? projectId, PageCursor? from, int limit, CancellationToken cancellation);

    /// <summary>Everything a worker grain needs, in one round trip: a life begins with it, and where a server ends, hundreds begin at once. Null when there is no such worker.</summary>
    Task<WorkerState?> LoadWorkerAsync(Guid workerId, CancellationToken cancellation);

    /// <summary>
    /// Appends an activity row, and in the same transaction stands the leases of the worker still when a break begins, and lets them run on when it
    /// ends, for as much of it as was allowed. The operation is null when the server itself sets it.
    /// </summary>
    Task<(ApplyOutcome Outcome, DateTimeOffset Since)> ChangeActivityAsync(Guid workerId, Activity activity, string? reason, Operation? operation, CancellationToken cancellation);

    /// <summary>The stored hash and result of an operation; null when it never took effect (or its retention is over).</summary>
    Task<StoredOperation?> FindOperationAsync(Guid actorId, Guid operationId, CancellationToken cancellation);

    /// <summary>Stamps the first time each assignment was on a screen, where it is still held by that worker and has no stamp yet.</summary>
    Task MarkShownAsync(IReadOnlyList<(Guid AssignmentId, Guid WorkerId)> shown, CancellationToken cancellation);

    /// <summary>One assignment of the worker in any state, with its content; null when there is none: what a late answer is checked against.</summary>
    Task<HeldAssignment?> FindAssignmentAsync(Guid assignmentId, Guid workerId, CancellationToken cancellation);

    /// <summary>Keeps a draft where the assignment is held under that epoch and the stored version is lower.</summary>
    Task<DraftOutcome> SaveDraftAsync(Guid assignmentId, Guid workerId, int leaseEpoch, string draft, long version, CancellationToken cancellation);

    /// <summary>Appends to the outbox; rows whose (worker, source) is there already are left.</summary>
    Task AppendOutboxAsync(IReadOnlyList<OutboxEvaluation> rows, CancellationToken cancellation);

    /// <summary>
    /// Moves outbox rows of workers into evaluations, under sequences that follow each worker's last ones per project, in one transaction. Masks come last, the rest in
    /// order of learning (then by source); a mask whose source has no row in its project masks nothing. A worker of whom a later evaluation is stored than the caller
    /// knows is left alone, and told: another activation is ahead.
    /// </summary>
    /// <param name="workers">Whose; each once.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <returns>What came of it, at the same index.</returns>
    Task<IReadOnlyList<DrainedOutbox>> DrainOutboxAsync(IReadOnlyList<OutboxDrain> workers, CancellationToken cancellation);
}

/// <summary>An operation found in the store.</summary>
public sealed record StoredOperation(string Kind, byte[] PayloadHash, string Result)
{
    /// <summary>What a command is told that comes under the same id: the stored result, unless it has another payload.</summary>
    /// <param name="operation">The command.</param>
    public ApplyOutcome AnswerTo(Operation operation) => PayloadHash.AsSpan().SequenceEqual(operation.PayloadHash)
        ? new ApplyOutcome(ApplyStatus.Replayed, Result)
        : new ApplyOutcome(ApplyStatus.PayloadConflict);
}

/// <summary>How saving a draft ended.</summary>
public enum DraftOutcome
{
    /// <summary>Reserved.</summary>
    Unspecified = 0,
    /// <summary>Stored.</summary>
    Saved = 1,
    /// <summary>A version as high or higher is stored.</summary>
    Stale = 2,
    /// <summary>Not held by this worker under that epoch.</summary>
    NotHeld = 3,
}
