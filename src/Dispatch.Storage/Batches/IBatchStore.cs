using Dispatch.Contracts;
using Dispatch.Contracts.Policies;

namespace Dispatch.Storage;

/// <summary>A batch as stored.</summary>
public sealed record BatchRecord
{
    /// <summary>Id.</summary>
    public required Guid BatchId { get; init; }
    /// <summary>Its project.</summary>
    public required Guid ProjectId { get; init; }
    /// <summary>Name, unique in the project.</summary>
    public required string Name { get; init; }
    /// <summary>Status.</summary>
    public required BatchStatus Status { get; init; }
    /// <summary>Higher goes first.</summary>
    public required int Priority { get; init; }
    /// <summary>Answers a task needs unless it says otherwise itself.</summary>
    public required int Overlap { get; init; }
    /// <summary>Tier.</summary>
    public required BatchTier Tier { get; init; }
    /// <summary>Which known answers become gold.</summary>
    public required GoldUse GoldUse { get; init; }
    /// <summary>Share of them, 0..1, when <see cref="GoldUse.Share"/>.</summary>
    public required double GoldShare { get; init; }
    /// <summary>What it asks of a worker.</summary>
    public IReadOnlyList<Selector> Requires { get; init; } = [];
    /// <summary>Its exception rules.</summary>
    public IReadOnlyList<ExceptionRule> Rules { get; init; } = [];
    /// <summary>What it is for.</summary>
    public Contracts.Quality.BatchPurpose Purpose { get; init; } = Contracts.Quality.BatchPurpose.Work;
    /// <summary>The gate of a golden batch (JSON of a gate policy); null: nobody passes. Changed by <see cref="IStandingStore.SetGateAsync"/>.</summary>
    public string? Gate { get; init; }
    /// <summary>Version of the gate; 0 when it never had one.</summary>
    public int GateVersion { get; init; }
    /// <summary>Grows with every change of the record; starts at 1.</summary>
    public int Version { get; init; } = 1;
    /// <summary>Created (store time; ignored on create).</summary>
    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>Counters of a batch, kept with its rows: reading them costs the same for ten tasks and ten million.</summary>
public sealed record BatchCounters
{
    /// <summary>Tasks imported and published.</summary>
    public required long Tasks { get; init; }
    /// <summary>Tasks that have all their answers.</summary>
    public required long Completed { get; init; }
    /// <summary>Counted answers.</summary>
    public required long Answers { get; init; }
    /// <summary>Canceled tasks.</summary>
    public long Canceled { get; init; }
    /// <summary>Dead letters.</summary>
    public long Dead { get; init; }
    /// <summary>Tasks that still need answers.</summary>
    public long Open => Tasks - Completed - Canceled - Dead;
}

/// <summary>A batch with its project.</summary>
/// <param name="Batch">The batch.</param>
/// <param name="Project">The project.</param>
public sealed record BatchOfProject(BatchRecord Batch, ProjectRecord Project);

/// <summary>A change of a batch; null leaves a member as it is.</summary>
public sealed record BatchChange
{
    /// <summary>Status.</summary>
    public BatchStatus? Status { get; init; }
    /// <summary>Priority.</summary>
    public int? Priority { get; init; }
    /// <summary>Selectors.</summary>
    public IReadOnlyList<Selector>? Requires { get; init; }
    /// <summary>Exception rules.</summary>
    public IReadOnlyList<ExceptionRule>? Rules { get; init; }

    /// <summary>
    /// Only an open batch has work out that nobody has begun: whoever pauses, drains or closes one expects that nobody begins any of it. What was accepted goes on.
    /// </summary>
    public bool TakesBackUnbegun => Status is { } status && status != BatchStatus.Open;

    /// <summary>End reason of what a change of status took back.</summary>
    public const string TakenBack = "The batch stopped handing out work.";
}

/// <summary>Batches.</summary>
public interface IBatchStore
{
    /// <summary>Creates one. <see cref="ApplyStatus.NotFound"/> when the project does not exist; <see cref="ApplyStatus.Duplicate"/> when the name is taken in it.</summary>
    Task<ApplyOutcome> CreateBatchAsync(BatchRecord batch, Operation operation, CancellationToken cancellation);

    /// <summary>
    /// Changes what <paramref name="change"/> names where the current status is one of <paramref name="allowedFrom"/>, else <see cref="ApplyStatus.InvalidState"/>. Bumps the project's work version.
    /// A status in which nothing is handed out takes back what nobody has begun (<see cref="BatchChange.TakesBackUnbegun"/>): offers and what was sent ahead end as Rescinded, which
    /// is no attempt, and the same workers may have the tasks again at once. They are <see cref="SupervisionOutcome.Ended"/>; where there are any, the ownership of the batch is taken, too.
    /// </summary>
    Task<SupervisionOutcome> ChangeBatchAsync(Guid batchId, BatchChange change, IReadOnlyCollection<BatchStatus> allowedFrom, int? expectedVersion, Operation operation, CancellationToken cancellation);

    /// <summary>Draining → Closed where nothing of the batch is held. True when it was closed by this call.</summary>
    Task<bool> CloseIfDrainedAsync(Guid batchId, CancellationToken cancellation);

    /// <summary>Null when there is none.</summary>
    Task<BatchRecord?> GetBatchAsync(Guid batchId, CancellationToken cancellation);

    /// <summary>A batch with its project, in one question. Null when there is none.</summary>
    Task<BatchOfProject?> GetBatchOfProjectAsync(Guid batchId, CancellationToken cancellation);

    /// <summary>By creation, oldest first.</summary>
    Task<Page<BatchRecord>> ListBatchesAsync(Guid projectId, PageCursor? from, int limit, CancellationToken cancellation);

    /// <summary>Open batches of a project in the order in which they are handed out: tier (golden first), priority descending, creation; at most <paramref name="limit"/>.</summary>
    Task<IReadOnlyList<BatchRecord>> ListOpenBatchesAsync(Guid projectId, int limit, CancellationToken cancellation);

    /// <summary>Null when there is no such batch.</summary>
    Task<BatchCounters?> GetCountersAsync(Guid batchId, CancellationToken cancellation);
}
