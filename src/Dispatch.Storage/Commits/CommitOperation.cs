using Dispatch.Contracts;
using Dispatch.Contracts.Policies;

namespace Dispatch.Storage;

/// <summary>
/// One thing that the owner of a batch wants committed. Every kind is fenced by the owner epoch; a refused one returns its
/// refusal and harms no neighbour in the group.
/// </summary>
public abstract record CommitOperation
{
    /// <summary>The batch.</summary>
    public required Guid BatchId { get; init; }
    /// <summary>The epoch under which the caller owns it.</summary>
    public required long OwnerEpoch { get; init; }
}

/// <summary>
/// Hands a task to a worker: inserts an assignment in state <see cref="AssignmentState.Accepted"/> or
/// <see cref="AssignmentState.Reserved"/>, which hold the slot, or <see cref="AssignmentState.Offered"/>, which does not.
/// </summary>
public sealed record TakeOperation : CommitOperation
{
    /// <summary>Id of the new assignment, made by the caller.</summary>
    public required Guid AssignmentId { get; init; }
    /// <summary>The worker.</summary>
    public required Guid WorkerId { get; init; }
    /// <summary>Capacity slot it will fill; unique among the worker's active assignments (the worker fence).</summary>
    public required int CapacitySlot { get; init; }
    /// <summary>The task.</summary>
    public required long TaskId { get; init; }
    /// <summary>The slot of the task; unique among its active and counted assignments.</summary>
    public required int Slot { get; init; }
    /// <summary>Lease epoch: one more than the slot ever had.</summary>
    public required int LeaseEpoch { get; init; }
    /// <summary>State of the new assignment.</summary>
    public AssignmentState State { get; init; } = AssignmentState.Accepted;
    /// <summary>Held for this long from the commit (store time); for an offer, how long it waits.</summary>
    public required TimeSpan Lease { get; init; }
    /// <summary>Held at most this long in all, breaks apart, however often it is renewed.</summary>
    public TimeSpan LeaseMax { get; init; } = TimeSpan.FromDays(1);
    /// <summary>Break time for which the lease stands still.</summary>
    public TimeSpan BreakMax { get; init; }
    /// <summary>Units of the worker's capacity.</summary>
    public int Cost { get; init; } = 1;
    /// <summary>Check the sum of costs against the worker's capacity, under a lock of the worker's row: needed where costs differ from 1, for there the unique capacity slot does not say it all.</summary>
    public bool Weighted { get; init; }
    /// <summary>The worker had this task before: draft and order of responses are taken over from then, and the store judges whether the worker may have it again yet.</summary>
    public bool Resumes { get; init; }
    /// <summary>See <see cref="HeldAssignment.Presentation"/>.</summary>
    public IReadOnlyList<int> Presentation { get; init; } = [];
    /// <summary>Of a golden batch: the gate that was passed; null elsewhere. A take of a golden batch without one is refused as <see cref="CommitStatus.BatchNotOpen"/>.</summary>
    public GateStamp? Gate { get; init; }
}

/// <summary>
/// Stores an answer and, in the same commit, hands the worker the next task. An answer to an assignment whose lease had run out
/// is accepted while its slot was not given away and the task is open; else it is <see cref="CommitStatus.KeptAside"/>.
/// </summary>
public sealed record SubmitOperation : CommitOperation
{
    /// <summary>The command.</summary>
    public required Operation Operation { get; init; }
    /// <summary>The assignment answered.</summary>
    public required Guid AssignmentId { get; init; }
    /// <summary>Its worker.</summary>
    public required Guid WorkerId { get; init; }
    /// <summary>Its epoch.</summary>
    public required int LeaseEpoch { get; init; }
    /// <summary>The canonical answer (JSON).</summary>
    public required string Answer { get; init; }
    /// <summary>When the caller heard that it was shown; used when no stamp is stored.</summary>
    public DateTimeOffset? ShownAt { get; init; }
    /// <summary>Focus time by the client; clipped to [0, shown to submitted]. Null: the whole of it.</summary>
    public TimeSpan? Active { get; init; }
    /// <summary>Gold score in [0,1] and the sequence the worker grain gave it; null when not gold.</summary>
    public GoldEvaluation? Evaluation { get; init; }
    /// <summary>Label of the answer, as the form names it; null when it has none.</summary>
    public string? Vote { get; init; }
    /// <summary>The worker's mean accuracy before this answer, stamped with it.</summary>
    public double? Accuracy { get; init; }
    /// <summary>Id of a review that is asked for in the same commit; null for none.</summary>
    public Guid? ReviewId { get; init; }
    /// <summary>Why it is reviewed.</summary>
    public Contracts.Quality.ReviewCause ReviewCause { get; init; }
    /// <summary>A reserved assignment of the same worker and batch to accept in the same commit, on the capacity slot that the answer frees; null for none.</summary>
    public PromoteOperation? Promote { get; init; }
    /// <summary>The next take for the same worker, in the same batch; done only if the answer is accepted.</summary>
    public TakeOperation? Next { get; init; }
}

/// <summary>Own gold result of a submit.</summary>
/// <param name="ProjectId">Project.</param>
/// <param name="Sequence">Unique per (worker, project).</param>
/// <param name="Score">In [0,1].</param>
/// <param name="KnownVersion">Version of the accepted answers it was scored by; another one in the store refuses the submit as <see cref="CommitStatus.WorkerBusy"/>.</param>
/// <param name="Kind"><see cref="EvidenceKinds.Gold"/>, <see cref="EvidenceKinds.Training"/> or <see cref="EvidenceKinds.Exam"/>.</param>
/// <param name="Weight">Weight in [0,1].</param>
public sealed record GoldEvaluation(Guid ProjectId, long Sequence, double Score, int KnownVersion = 1, string Kind = EvidenceKinds.Gold, double Weight = 1);

/// <summary>
/// Reserved → Accepted: what was sent ahead is now on the screen. The lease starts anew. Refused as <see cref="CommitStatus.WorkerBusy"/> when
/// another assignment of the worker fills the capacity slot, or has used up the capacity.
/// </summary>
public sealed record PromoteOperation : CommitOperation
{
    /// <summary>The assignment.</summary>
    public required Guid AssignmentId { get; init; }
    /// <summary>Its worker.</summary>
    public required Guid WorkerId { get; init; }
    /// <summary>Its epoch.</summary>
    public required int LeaseEpoch { get; init; }
    /// <summary>Capacity slot it moves to.</summary>
    public required int CapacitySlot { get; init; }
    /// <summary>For how long from now.</summary>
    public required TimeSpan Lease { get; init; }
    /// <summary>Check the sum of costs as a take does: what was sent ahead filled no capacity until now.</summary>
    public bool Weighted { get; init; }
}

/// <summary>Offered → Accepted, if the offer has not run out by the store's time and the slot is free. Other offers of the same slot are rescinded in the same commit; where the task has another free slot, those workers may have it now, so the work version is bumped.</summary>
public sealed record AcceptOperation : CommitOperation
{
    /// <summary>The command.</summary>
    public required Operation Operation { get; init; }
    /// <summary>The assignment.</summary>
    public required Guid AssignmentId { get; init; }
    /// <summary>Its worker.</summary>
    public required Guid WorkerId { get; init; }
    /// <summary>Its epoch.</summary>
    public required int LeaseEpoch { get; init; }
    /// <summary>For how long from now.</summary>
    public required TimeSpan Lease { get; init; }
}

/// <summary>
/// Ends an assignment without an answer: Offered → Declined, Accepted → Returned, Reserved → Rescinded. A return counts as an
/// attempt; at <see cref="AttemptsMax"/> distinct workers the task becomes a dead letter. Bumps the work version.
/// </summary>
public sealed record ReturnOperation : CommitOperation
{
    /// <summary>The command; null when the server does it.</summary>
    public required Operation? Operation { get; init; }
    /// <summary>The assignment.</summary>
    public required Guid AssignmentId { get; init; }
    /// <summary>Its worker.</summary>
    public required Guid WorkerId { get; init; }
    /// <summary>Its epoch.</summary>
    public required int LeaseEpoch { get; init; }
    /// <summary>Why.</summary>
    public string? Reason { get; init; }
    /// <summary>The worker may have the task again after this long; null never.</summary>
    public TimeSpan? RetryAfter { get; init; }
    /// <summary>See the summary.</summary>
    public int AttemptsMax { get; init; } = int.MaxValue;
}

/// <summary>Renews a lease and stamps the sign of life: held until now + <see cref="Lease"/> (store time), never shortened, never beyond the most that one worker may hold it.</summary>
public sealed record RenewOperation : CommitOperation
{
    /// <summary>The assignment.</summary>
    public required Guid AssignmentId { get; init; }
    /// <summary>Its epoch.</summary>
    public required int LeaseEpoch { get; init; }
    /// <summary>For how long from now.</summary>
    public required TimeSpan Lease { get; init; }
}

/// <summary>
/// Ends what ran out by the store's time, breaks allowed for: Accepted → Abandoned (→ TimedOut when it was never shown), Offered →
/// TimedOut, Reserved → Rescinded. The first two count as attempts; at <see cref="AttemptsMax"/> distinct workers the task becomes a
/// dead letter. Bumps the work version.
/// </summary>
public sealed record ExpireOperation : CommitOperation
{
    /// <summary>The assignment.</summary>
    public required Guid AssignmentId { get; init; }
    /// <summary>Its epoch.</summary>
    public required int LeaseEpoch { get; init; }
    /// <summary>An accepted assignment that was never shown runs out this long after it was handed out; null: only with its lease.</summary>
    public TimeSpan? OfferTimeout { get; init; }
    /// <summary>An abandoned task is kept for its worker this long.</summary>
    public TimeSpan Reoffer { get; init; }
    /// <summary>The worker may have the task again after this long.</summary>
    public TimeSpan Cooldown { get; init; }
    /// <summary>See the summary.</summary>
    public int AttemptsMax { get; init; } = int.MaxValue;
}

/// <summary>An exception rule acts on tasks that nobody holds. Each task it acts on remembers that it did. Bumps the work versions it touches.</summary>
public sealed record RuleOperation : CommitOperation
{
    /// <summary>The rule.</summary>
    public required ExceptionRule Rule { get; init; }
    /// <summary>The tasks.</summary>
    public required IReadOnlyList<long> TaskIds { get; init; }
}

/// <summary>How one operation of a group ended.</summary>
public enum CommitStatus
{
    /// <summary>Reserved.</summary>
    Unspecified = 0,
    /// <summary>In the database.</summary>
    Committed = 1,
    /// <summary>The same operation took effect before; the stored result is returned.</summary>
    Replayed = 2,
    /// <summary>The operation id was used with another payload.</summary>
    PayloadConflict = 3,
    /// <summary>The caller no longer owns the batch: it must drop its memory and deactivate.</summary>
    OwnerFenced = 4,
    /// <summary>Not held under that epoch by that worker.</summary>
    Stale = 5,
    /// <summary>The batch does not hand out work now.</summary>
    BatchNotOpen = 6,
    /// <summary>The worker's capacity slot is filled, or the evaluation sequence is used: the worker grain's memory is behind.</summary>
    WorkerBusy = 7,
    /// <summary>The slot, or the (task, worker) pair, is taken, or the task is not open: the batch grain's memory is behind.</summary>
    SlotTaken = 8,
    /// <summary>Not expired yet by the store's time; <see cref="CommitResult.LeaseUntil"/> says until when it is held.</summary>
    NotExpired = 9,
    /// <summary>Not tried, because the operation it hangs on was refused.</summary>
    Skipped = 10,
    /// <summary>The offer, or the lease, ran out by the store's time; nothing changed.</summary>
    RanOut = 11,
    /// <summary>The lease had run out and its slot was given away: the answer is stored, credited, and does not count.</summary>
    KeptAside = 12,
}

/// <summary>Result of one operation, at the same index as the operation.</summary>
public sealed record CommitResult
{
    /// <summary>How it ended.</summary>
    public required CommitStatus Status { get; init; }
    /// <summary>The stored result of a replay.</summary>
    public string? StoredResult { get; init; }
    /// <summary>The assignment handed out, by a take that was committed.</summary>
    public HeldAssignment? Taken { get; init; }
    /// <summary>Result of <see cref="SubmitOperation.Next"/>; null when there was none.</summary>
    public CommitResult? Next { get; init; }
    /// <summary>Store time of an accepted answer.</summary>
    public DateTimeOffset? SubmittedAt { get; init; }
    /// <summary>Handling time of an accepted answer.</summary>
    public TimeSpan Handling { get; init; }
    /// <summary>True when the accepted answer was the last one its task needed.</summary>
    public bool TaskCompleted { get; init; }
    /// <summary>Lease end after a renewal, an acceptance, a promotion, or of a lease that has not expired.</summary>
    public DateTimeOffset? LeaseUntil { get; init; }
    /// <summary>Result of <see cref="SubmitOperation.Promote"/>; null when there was none.</summary>
    public CommitResult? Promoted { get; init; }
    /// <summary>State an assignment ended in.</summary>
    public AssignmentState EndedAs { get; init; }
    /// <summary>The task became a dead letter.</summary>
    public bool DeadLettered { get; init; }
    /// <summary>Until when the task is kept for the worker whose lease ran out; null when it is not.</summary>
    public DateTimeOffset? KeptUntil { get; init; }
    /// <summary>When the worker whose assignment ended may have the task again; null never.</summary>
    public DateTimeOffset? RetryAt { get; init; }
    /// <summary>What ended as Rescinded with it: the other offers of a slot that was accepted, or that a late answer filled, and the second hold that a late answer counted for.</summary>
    public IReadOnlyList<(Guid AssignmentId, Guid WorkerId)> Rescinded { get; init; } = [];
    /// <summary>Tasks on which a rule acted.</summary>
    public IReadOnlyList<long> ActedOn { get; init; } = [];
}

/// <summary>The group commit.</summary>
public interface ICommitStore
{
    /// <summary>
    /// Commits a group in one transaction. Locks the batch rows in id order and checks owner epochs in the statement that fences.
    /// Operations of one group never share an (actor, operation id) nor a worker; the committer sees to it.
    /// On success every result is definite. The result stored with an answer that was kept aside is <see cref="Operation.KeptAside"/>, with one that counted for its worker's second hold <see cref="Operation.Folded"/>. The result stored with a submit is the caller's <see cref="Operation.Result"/> when its next take was
    /// committed (or there was none); when the next take was refused, the member <c>next</c> is absent from the stored result.
    /// </summary>
    /// <exception cref="StoreUnavailableException">The outcome is unknown for the whole group.</exception>
    Task<IReadOnlyList<CommitResult>> CommitAsync(IReadOnlyList<CommitOperation> group, CancellationToken cancellation);
}
