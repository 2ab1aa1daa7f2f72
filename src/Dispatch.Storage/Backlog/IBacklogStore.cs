using Dispatch.Contracts;

namespace Dispatch.Storage;

/// <summary>Place of a task in the order of its batch: priority descending, then task id ascending (age). A requeued task keeps it.</summary>
public readonly record struct BacklogKey(int Priority, long TaskId);

/// <summary>An open task as the owner of its batch sees it.</summary>
public sealed record OpenTask
{
    /// <summary>Id, made by the store; grows with age within one import.</summary>
    public required long TaskId { get; init; }
    /// <summary>Priority.</summary>
    public required int Priority { get; init; }
    /// <summary>Answers it needs.</summary>
    public required int Overlap { get; init; }
    /// <summary>Imported.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
    /// <summary>Last entered the queue.</summary>
    public required DateTimeOffset QueuedAt { get; init; }
    /// <summary>Every assignment it ever had, any state.</summary>
    public required IReadOnlyList<TaskInvolvement> Involved { get; init; }
    /// <summary>Whom it is kept for; null for nobody.</summary>
    public Guid? KeptFor { get; init; }
    /// <summary>Until when.</summary>
    public DateTimeOffset? KeptUntil { get; init; }
    /// <summary>A rule lets every enrolled worker have it.</summary>
    public bool Relaxed { get; init; }
    /// <summary>Names of the exception rules that acted on it.</summary>
    public IReadOnlyList<string> RulesApplied { get; init; } = [];
}

/// <summary>One assignment of an open task.</summary>
/// <param name="WorkerId">Whose.</param>
/// <param name="Slot">Its slot.</param>
/// <param name="LeaseEpoch">Its epoch.</param>
/// <param name="State">Its state.</param>
/// <param name="Counted">Its answer counts.</param>
/// <param name="RetryAt">When it has ended without an answer: when the worker may have the task again; null never.</param>
public sealed record TaskInvolvement(Guid WorkerId, int Slot, int LeaseEpoch, AssignmentState State, bool Counted, DateTimeOffset? RetryAt = null);

/// <summary>An active assignment with everything its worker and its batch need to go on.</summary>
public sealed record HeldAssignment
{
    /// <summary>Id.</summary>
    public required Guid AssignmentId { get; init; }
    /// <summary>Who holds it.</summary>
    public required Guid WorkerId { get; init; }
    /// <summary>Which of the worker's capacity slots it fills, from 0.</summary>
    public required int CapacitySlot { get; init; }
    /// <summary>The batch.</summary>
    public required Guid BatchId { get; init; }
    /// <summary>The project.</summary>
    public required Guid ProjectId { get; init; }
    /// <summary>Tier of the batch.</summary>
    public required BatchTier Tier { get; init; }
    /// <summary>The task.</summary>
    public required long TaskId { get; init; }
    /// <summary>The producer's key.</summary>
    public required string TaskKey { get; init; }
    /// <summary>Slot of the task, from 0.</summary>
    public required int Slot { get; init; }
    /// <summary>Lease epoch.</summary>
    public required int LeaseEpoch { get; init; }
    /// <summary>State.</summary>
    public required AssignmentState State { get; init; }
    /// <summary>Canonical content (JSON).</summary>
    public required string Content { get; init; }
    /// <summary>Known answer (JSON) of a gold task; null otherwise.</summary>
    public required string? GoldAnswer { get; init; }
    /// <summary>Order in which the responses are shown: position i shows canonical response Presentation[i]; those that the task does not have are skipped. Empty when nothing is shuffled.</summary>
    public required IReadOnlyList<int> Presentation { get; init; }
    /// <summary>Handed out (store time).</summary>
    public required DateTimeOffset OfferedAt { get; init; }
    /// <summary>First shown; null when not yet.</summary>
    public required DateTimeOffset? ShownAt { get; init; }
    /// <summary>Held until; of an offer, until when it waits. It stands still during a break.</summary>
    public required DateTimeOffset LeaseUntil { get; init; }
    /// <summary>The break that stands it still began then; null outside breaks.</summary>
    public DateTimeOffset? PausedAt { get; init; }
    /// <summary>Break time that is left to it.</summary>
    public TimeSpan PauseLeft { get; init; }
    /// <summary>Units of capacity.</summary>
    public int Cost { get; init; } = 1;
    /// <summary>Version of <see cref="GoldAnswer"/>.</summary>
    public int KnownVersion { get; init; } = 1;
    /// <summary>It is a control task, mixed in by rate.</summary>
    public bool IsControl { get; init; }
    /// <summary>What the batch is for.</summary>
    public Contracts.Quality.BatchPurpose Purpose { get; init; } = Contracts.Quality.BatchPurpose.Work;
    /// <summary>Draft (JSON); null when none.</summary>
    public required string? Draft { get; init; }
    /// <summary>Version of the draft; 0 when none.</summary>
    public required long DraftVersion { get; init; }
}

/// <summary>An open task that comes back at a time: for a worker whose cool-down ends, or for all when it is no longer kept for one.</summary>
/// <param name="TaskId">The task.</param>
/// <param name="Priority">Its priority.</param>
/// <param name="At">When.</param>
public sealed record Thaw(long TaskId, int Priority, DateTimeOffset At);

/// <summary>What taking ownership of a batch returns.</summary>
public sealed record OwnedBatch(BatchRecord Batch, ProjectRecord Project, BatchCounters Counters, long OwnerEpoch, DateTimeOffset StoreNow);

/// <summary>What the owner of a batch reads when others changed it.</summary>
/// <param name="Batch">The record.</param>
/// <param name="Counters">Its counters.</param>
/// <param name="WorkVersion">The work version of its project.</param>
/// <param name="FirstPage">The first open tasks, in backlog order.</param>
public sealed record BatchNews(BatchRecord Batch, BatchCounters Counters, long WorkVersion, IReadOnlyList<OpenTask> FirstPage);

/// <summary>The backlog of a batch, for the one grain that owns it.</summary>
public interface IBacklogStore
{
    /// <summary>
    /// Bumps the owner epoch and commits, and only then reads: a former owner's write either committed before the bump, and is
    /// seen, or is refused by the fence. Null when there is no such batch.
    /// </summary>
    Task<OwnedBatch?> TakeOwnershipAsync(Guid batchId, CancellationToken cancellation);

    /// <summary>
    /// In one question. The work version is read before the tasks: what is committed in between is on the page under an older version, and never missing under a newer one.
    /// </summary>
    /// <param name="batchId">The batch.</param>
    /// <param name="limit">Tasks of the page; 0 reads none.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <returns>Null when there is no such batch.</returns>
    Task<BatchNews?> ReadNewsAsync(Guid batchId, int limit, CancellationToken cancellation);

    /// <summary>Active assignments of the batch.</summary>
    Task<IReadOnlyList<HeldAssignment>> LoadHeldAsync(Guid batchId, CancellationToken cancellation);

    /// <summary>Open tasks after <paramref name="after"/> (from the start when null), in backlog order.</summary>
    Task<IReadOnlyList<OpenTask>> PageOpenTasksAsync(Guid batchId, BacklogKey? after, int limit, CancellationToken cancellation);

    /// <summary>
    /// Like <see cref="PageOpenTasksAsync"/>, but only tasks that the worker may have now by what is committed: a free slot, no assignment of the
    /// worker that is active, counted or not to be tried again yet, and not kept for somebody else. With <paramref name="minAge"/>, only tasks at least so old, or relaxed by a rule.
    /// </summary>
    Task<IReadOnlyList<OpenTask>> PageOpenTasksForWorkerAsync(Guid batchId, Guid workerId, TimeSpan minAge, BacklogKey? after, int limit, CancellationToken cancellation);

    /// <summary>Times at which a task of the batch comes back for somebody: cool-downs and keeping that end after now, earliest first, at most <paramref name="limit"/>.</summary>
    Task<IReadOnlyList<Thaw>> LoadThawsAsync(Guid batchId, int limit, CancellationToken cancellation);

    /// <summary>The last open tasks in the order that nobody holds and on which the rule has not acted; last first.</summary>
    Task<IReadOnlyList<long>> PageLastOpenTasksAsync(Guid batchId, string rule, int limit, CancellationToken cancellation);

    /// <summary>Open tasks with a free slot that go before a place; reads them all, for the question of a person only.</summary>
    Task<int> CountFreeBeforeAsync(Guid batchId, BacklogKey place, CancellationToken cancellation);

    /// <summary>The open ones of the given tasks.</summary>
    Task<IReadOnlyList<OpenTask>> LoadOpenTasksAsync(Guid batchId, IReadOnlyCollection<long> taskIds, CancellationToken cancellation);
}
