using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Quality;

namespace Dispatch.Contracts.Api;

/// <summary>Which known answers become gold tasks.</summary>
public sealed record GoldSpec
{
    /// <summary>none, share or all.</summary>
    public GoldUse Use { get; init; } = GoldUse.None;
    /// <summary>Share in 0..1, for <c>share</c>.</summary>
    public double Share { get; init; }
}

/// <summary>Creates a batch, as a draft.</summary>
public sealed record CreateBatchRequest
{
    /// <summary>Name, unique in the project.</summary>
    public required string Name { get; init; }
    /// <summary>Higher goes first.</summary>
    public int Priority { get; init; }
    /// <summary>Answers a task needs, from distinct workers.</summary>
    public int Overlap { get; init; } = 1;
    /// <summary>standard or golden.</summary>
    public BatchTier Tier { get; init; } = BatchTier.Standard;
    /// <summary>work, training or exam. Training and exam batches want gold.use all.</summary>
    public BatchPurpose Purpose { get; init; } = BatchPurpose.Work;
    /// <summary>Gold.</summary>
    public GoldSpec Gold { get; init; } = new();
    /// <summary>What it asks of a worker.</summary>
    public IReadOnlyList<Selector> Requires { get; init; } = [];
    /// <summary>What happens to tasks that wait too long, or when too many wait.</summary>
    public IReadOnlyList<ExceptionRule> Rules { get; init; } = [];
}

/// <summary>Changes a batch; what is left out stays.</summary>
public sealed record UpdateBatchRequest
{
    /// <summary>Higher goes first.</summary>
    public int? Priority { get; init; }
    /// <summary>What it asks of a worker.</summary>
    public IReadOnlyList<Selector>? Requires { get; init; }
    /// <summary>Exception rules.</summary>
    public IReadOnlyList<ExceptionRule>? Rules { get; init; }
}

/// <summary>A batch with its counters.</summary>
public sealed record BatchDto
{
    /// <summary>Id.</summary>
    public required Guid BatchId { get; init; }
    /// <summary>Its project.</summary>
    public required Guid ProjectId { get; init; }
    /// <summary>Name.</summary>
    public required string Name { get; init; }
    /// <summary>Status.</summary>
    public required BatchStatus Status { get; init; }
    /// <summary>Priority.</summary>
    public required int Priority { get; init; }
    /// <summary>Overlap.</summary>
    public required int Overlap { get; init; }
    /// <summary>Tier.</summary>
    public required BatchTier Tier { get; init; }
    /// <summary>Gold.</summary>
    public required GoldSpec Gold { get; init; }
    /// <summary>What it asks of a worker.</summary>
    public IReadOnlyList<Selector> Requires { get; init; } = [];
    /// <summary>Exception rules.</summary>
    public IReadOnlyList<ExceptionRule> Rules { get; init; } = [];
    /// <summary>What it is for.</summary>
    public BatchPurpose Purpose { get; init; } = BatchPurpose.Work;
    /// <summary>Version of its gate; 0 when it never had one.</summary>
    public int GateVersion { get; init; }
    /// <summary>Version; also the ETag.</summary>
    public required int Version { get; init; }
    /// <summary>Tasks imported.</summary>
    public required long Tasks { get; init; }
    /// <summary>Tasks with all their answers.</summary>
    public required long Completed { get; init; }
    /// <summary>Counted answers.</summary>
    public required long Answers { get; init; }
    /// <summary>Canceled tasks.</summary>
    public long Canceled { get; init; }
    /// <summary>Dead letters.</summary>
    public long DeadLetters { get; init; }
}

/// <summary>A task, for its producer.</summary>
public sealed record TaskDto
{
    /// <summary>The producer's key.</summary>
    public required string Key { get; init; }
    /// <summary>State.</summary>
    public required TaskState State { get; init; }
    /// <summary>Answers it needs.</summary>
    public required int Overlap { get; init; }
    /// <summary>Priority.</summary>
    public required int Priority { get; init; }
    /// <summary>Counted answers.</summary>
    public required int Answers { get; init; }
    /// <summary>Holds.</summary>
    public required int Held { get; init; }
    /// <summary>Whether it is a gold task.</summary>
    public required bool IsGold { get; init; }
}

/// <summary>Report of an import.</summary>
public sealed record ImportDto
{
    /// <summary>Id.</summary>
    public required Guid ImportId { get; init; }
    /// <summary>running (resume it), completed or discarded.</summary>
    public required string Status { get; init; }
    /// <summary>keep_good or all_or_nothing.</summary>
    public required string Mode { get; init; }
    /// <summary>Whether the good lines are tasks now.</summary>
    public required bool GoodLinesKept { get; init; }
    /// <summary>Lines read and committed.</summary>
    public required long LinesDone { get; init; }
    /// <summary>Lines that became tasks.</summary>
    public required long Accepted { get; init; }
    /// <summary>Lines refused.</summary>
    public required long Refused { get; init; }
    /// <summary>The first refused lines.</summary>
    public required IReadOnlyList<LineErrorDto> Errors { get; init; }
    /// <summary>What was made of the lines that were taken: known answers as they were understood, ids that were made, and notes.</summary>
    public ImportReading Reading { get; init; } = new();
}

/// <summary>A refused line.</summary>
public sealed record LineErrorDto
{
    /// <summary>Line number, from 1.</summary>
    public required long Line { get; init; }
    /// <summary>Why.</summary>
    public required RefusalCode Code { get; init; }
    /// <summary>Why, for a person.</summary>
    public required string Message { get; init; }
    /// <summary>The field.</summary>
    public required string? Place { get; init; }
}

/// <summary>An assignment, for a supervisor.</summary>
public sealed record AssignmentDto
{
    /// <summary>Id.</summary>
    public required Guid AssignmentId { get; init; }
    /// <summary>Project.</summary>
    public Guid ProjectId { get; init; }
    /// <summary>Batch.</summary>
    public required Guid BatchId { get; init; }
    /// <summary>The producer's key of the task.</summary>
    public required string TaskKey { get; init; }
    /// <summary>Worker.</summary>
    public required Guid WorkerId { get; init; }
    /// <summary>State.</summary>
    public required AssignmentState State { get; init; }
    /// <summary>Slot of the task.</summary>
    public required int Slot { get; init; }
    /// <summary>Lease epoch.</summary>
    public required int LeaseEpoch { get; init; }
    /// <summary>Order in which the responses are shown.</summary>
    public required IReadOnlyList<int> Presentation { get; init; }
    /// <summary>Handed out.</summary>
    public DateTimeOffset OfferedAt { get; init; }
    /// <summary>On a screen for the first time; null when it was not.</summary>
    public DateTimeOffset? ShownAt { get; init; }
    /// <summary>Held until.</summary>
    public required DateTimeOffset LeaseUntil { get; init; }
    /// <summary>Ended; null while it is held.</summary>
    public DateTimeOffset? EndedAt { get; init; }
}
