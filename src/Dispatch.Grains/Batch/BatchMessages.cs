using Dispatch.Contracts;
using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>An assignment as grains pass it on.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.held-work")]
public sealed record HeldWork
{
    /// <summary>Id.</summary>
    [Id(0)] public required Guid AssignmentId { get; init; }
    /// <summary>The batch.</summary>
    [Id(1)] public required Guid BatchId { get; init; }
    /// <summary>The project.</summary>
    [Id(2)] public required Guid ProjectId { get; init; }
    /// <summary>Tier of the batch.</summary>
    [Id(3)] public required BatchTier Tier { get; init; }
    /// <summary>Capacity slot of the worker.</summary>
    [Id(4)] public required int CapacitySlot { get; init; }
    /// <summary>Lease epoch.</summary>
    [Id(5)] public required int LeaseEpoch { get; init; }
    /// <summary>Canonical content.</summary>
    [Id(6)] public required string Content { get; init; }
    /// <summary>Known answer of a gold task. Never leaves the server.</summary>
    [Id(7)] public required string? GoldAnswer { get; init; }
    /// <summary>Order of responses shown.</summary>
    [Id(8)] public required IReadOnlyList<int> Presentation { get; init; }
    /// <summary>Handed out.</summary>
    [Id(9)] public required DateTimeOffset OfferedAt { get; init; }
    /// <summary>Held until.</summary>
    [Id(10)] public required DateTimeOffset LeaseUntil { get; init; }
    /// <summary>State.</summary>
    [Id(11)] public required AssignmentState State { get; init; }
    /// <summary>First shown.</summary>
    [Id(12)] public DateTimeOffset? ShownAt { get; init; }
    /// <summary>Draft.</summary>
    [Id(13)] public string? Draft { get; init; }
    /// <summary>Version of the draft.</summary>
    [Id(14)] public long DraftVersion { get; init; }
    /// <summary>A break stands the lease still since then.</summary>
    [Id(15)] public DateTimeOffset? PausedAt { get; init; }
    /// <summary>Units of capacity.</summary>
    [Id(16)] public int Cost { get; init; } = 1;
    /// <summary>Version of <see cref="GoldAnswer"/>.</summary>
    [Id(17)] public int KnownVersion { get; init; } = 1;
    /// <summary>What the batch is for.</summary>
    [Id(18)] public Contracts.Quality.BatchPurpose Purpose { get; init; } = Contracts.Quality.BatchPurpose.Work;

    /// <summary>From the row.</summary>
    /// <param name="row">The row.</param>
    public static HeldWork From(HeldAssignment row) => new()
    {
        AssignmentId = row.AssignmentId,
        BatchId = row.BatchId,
        ProjectId = row.ProjectId,
        Tier = row.Tier,
        CapacitySlot = row.CapacitySlot,
        LeaseEpoch = row.LeaseEpoch,
        Content = row.Content,
        GoldAnswer = row.GoldAnswer,
        Presentation = row.Presentation,
        OfferedAt = row.OfferedAt,
        LeaseUntil = row.LeaseUntil,
        State = row.State,
        ShownAt = row.ShownAt,
        Draft = row.Draft,
        DraftVersion = row.DraftVersion,
        PausedAt = row.PausedAt,
        Cost = row.Cost,
        KnownVersion = row.KnownVersion,
        Purpose = row.Purpose,
    };
}

/// <summary>How a batch answers.</summary>
public enum BatchReply
{
    /// <summary>Reserved.</summary>
    Unspecified = 0,
    /// <summary>Committed.</summary>
    Done = 1,
    /// <summary>Committed before, under the same operation id.</summary>
    Replayed = 2,
    /// <summary>The operation id was used with another payload.</summary>
    PayloadConflict = 3,
    /// <summary>Not held by that worker under that epoch.</summary>
    Stale = 4,
    /// <summary>Nothing for this worker; the store confirmed it.</summary>
    Nothing = 5,
    /// <summary>The batch hands out nothing now.</summary>
    NotOpen = 6,
    /// <summary>The worker's capacity slot is filled: reload.</summary>
    WorkerBehind = 7,
    /// <summary>Whether it took effect is not known.</summary>
    Unknown = 8,
    /// <summary>Too much is waiting; nothing was tried.</summary>
    Busy = 9,
    /// <summary>The offer ran out, or somebody else accepted first.</summary>
    Gone = 10,
    /// <summary>Stored for a reviewer; it does not count.</summary>
    KeptAside = 11,
}

/// <summary>Asks for a task.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.batch.take")]
public sealed record TakeRequest
{
    /// <summary>The worker.</summary>
    [Id(0)] public required Guid WorkerId { get; init; }
    /// <summary>Capacity slot to fill.</summary>
    [Id(1)] public required int CapacitySlot { get; init; }
    /// <summary>Work version of the project that the asker knows: a batch that knows an older one looks into the store again before it says "nothing".</summary>
    [Id(2)] public required long WorkVersion { get; init; }
    /// <summary>The worker's labels, as stored JSON.</summary>
    [Id(3)] public required string Labels { get; init; }
    /// <summary>To be sent ahead: reserved, not accepted.</summary>
    [Id(4)] public bool Reserve { get; init; }
    /// <summary>Sums of costs must be checked in the store.</summary>
    [Id(5)] public bool Weighted { get; init; }
    /// <summary>A control task is wanted in place of ordinary work, where there is both.</summary>
    [Id(6)] public bool WantsControl { get; init; }
    /// <summary>Of a golden batch: the judgement of its gate.</summary>
    [Id(7)] public GatePass? Gate { get; init; }
    /// <summary>For how long the worker has had nothing to do; null when the worker has. A span, for the clock of the batch is not the worker's.</summary>
    [Id(8)] public TimeSpan? IdleFor { get; init; }
}

/// <summary>Answer to a take.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.batch.take-reply")]
public sealed record TakeReply
{
    /// <summary>How it ended.</summary>
    [Id(0)] public required BatchReply Reply { get; init; }
    /// <summary>The assignment, when done.</summary>
    [Id(1)] public HeldWork? Work { get; init; }
    /// <summary>Tasks the batch still has for somebody (at least this many; 0 when none).</summary>
    [Id(2)] public int Available { get; init; }
}

/// <summary>Which of many idle workers may have something at all?</summary>
[GenerateSerializer, Immutable, Alias("dispatch.batch.screen")]
public sealed record ScreenRequest
{
    /// <summary>Comes back with the answer.</summary>
    [Id(0)] public required long Number { get; init; }
    /// <summary>Work version of the project that the asker knows, as in <see cref="TakeRequest"/>.</summary>
    [Id(1)] public required long WorkVersion { get; init; }
    /// <summary>The workers.</summary>
    [Id(2)] public required IReadOnlyList<IdleWorkerInfo> Workers { get; init; }
}

/// <summary>Hands in an answer.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.batch.submit")]
public sealed record SubmitRequest
{
    /// <summary>Operation id.</summary>
    [Id(0)] public required Guid OperationId { get; init; }
    /// <summary>Hash of the command.</summary>
    [Id(1)] public required byte[] PayloadHash { get; init; }
    /// <summary>The assignment.</summary>
    [Id(2)] public required Guid AssignmentId { get; init; }
    /// <summary>The worker.</summary>
    [Id(3)] public required Guid WorkerId { get; init; }
    /// <summary>Its epoch.</summary>
    [Id(4)] public required int LeaseEpoch { get; init; }
    /// <summary>Canonical answer.</summary>
    [Id(5)] public required string Answer { get; init; }
    /// <summary>For how long it has been on a screen; null when that was never said.</summary>
    [Id(6)] public TimeSpan? ShownFor { get; init; }
    /// <summary>Focus time by the client.</summary>
    [Id(7)] public TimeSpan? Active { get; init; }
    /// <summary>The worker's own evaluation; null when nothing is known of the answer.</summary>
    [Id(8)] public EvaluationMessage? Evaluation { get; init; }
    /// <summary>Label of the answer, as the form names it.</summary>
    [Id(9)] public string? Vote { get; init; }
    /// <summary>Whether the next task shall come from this batch in the same commit.</summary>
    [Id(10)] public required bool WantsNext { get; init; }
    /// <summary>Name of the worker, for the feed of latest answers.</summary>
    [Id(11)] public required string WorkerName { get; init; }
    /// <summary>The worker's labels, as stored JSON.</summary>
    [Id(12)] public required string Labels { get; init; }
    /// <summary>A reserved assignment of this batch that is shown from now on; null for none.</summary>
    [Id(13)] public Guid? Promote { get; init; }
    /// <summary>Its epoch.</summary>
    [Id(14)] public int PromoteEpoch { get; init; }
    /// <summary>The next one is to be sent ahead.</summary>
    [Id(15)] public bool ReserveNext { get; init; }
    /// <summary>Capacity slot of <see cref="ReserveNext"/>.</summary>
    [Id(16)] public int ReserveSlot { get; init; }
    /// <summary>Sums of costs must be checked in the store.</summary>
    [Id(17)] public bool Weighted { get; init; }
    /// <summary>The worker's mean accuracy before this answer.</summary>
    [Id(18)] public double? Accuracy { get; init; }
    /// <summary>Review asked for in the same commit.</summary>
    [Id(19)] public Guid? ReviewId { get; init; }
    /// <summary>Why.</summary>
    [Id(20)] public Contracts.Quality.ReviewCause ReviewCause { get; init; }
    /// <summary>Of the next task: see <see cref="TakeRequest.WantsControl"/>.</summary>
    [Id(21)] public bool WantsControl { get; init; }
    /// <summary>Of the next task: see <see cref="TakeRequest.Gate"/>.</summary>
    [Id(22)] public GatePass? Gate { get; init; }
}

/// <summary>The worker's own evaluation of an answer, with the sequence that its grain gave it.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.batch.evaluation")]
public sealed record EvaluationMessage
{
    /// <summary>Sequence.</summary>
    [Id(0)] public required long Sequence { get; init; }
    /// <summary>One of <see cref="EvidenceKinds"/>.</summary>
    [Id(1)] public required string Kind { get; init; }
    /// <summary>Score in [0,1].</summary>
    [Id(2)] public required double Score { get; init; }
    /// <summary>Weight in [0,1].</summary>
    [Id(3)] public required double Weight { get; init; }
    /// <summary>Version of the known answer.</summary>
    [Id(4)] public required int KnownVersion { get; init; }
}

/// <summary>Answer to a submit.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.batch.submit-reply")]
public sealed record SubmitReply
{
    /// <summary>How it ended.</summary>
    [Id(0)] public required BatchReply Reply { get; init; }
    /// <summary>The next assignment, when there is one.</summary>
    [Id(1)] public HeldWork? Next { get; init; }
    /// <summary>Result stored with the first time, for a replay.</summary>
    [Id(2)] public string? StoredResult { get; init; }
    /// <summary>Handling time.</summary>
    [Id(3)] public TimeSpan Handling { get; init; }
    /// <summary>The promotion was committed: held until then.</summary>
    [Id(4)] public DateTimeOffset? PromotedUntil { get; init; }
    /// <summary>Store time of the answer.</summary>
    [Id(5)] public DateTimeOffset? SubmittedAt { get; init; }
    /// <summary>The worker's second hold of the task, for which a late answer counted: it is no more.</summary>
    [Id(6)] public Guid? Folded { get; init; }
}

/// <summary>Gives an assignment back.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.batch.return")]
public sealed record ReturnRequest
{
    /// <summary>Operation id; null when the server does it.</summary>
    [Id(0)] public Guid? OperationId { get; init; }
    /// <summary>Hash of the command.</summary>
    [Id(1)] public byte[]? PayloadHash { get; init; }
    /// <summary>The assignment.</summary>
    [Id(2)] public required Guid AssignmentId { get; init; }
    /// <summary>The worker.</summary>
    [Id(3)] public required Guid WorkerId { get; init; }
    /// <summary>Its epoch.</summary>
    [Id(4)] public required int LeaseEpoch { get; init; }
    /// <summary>Why.</summary>
    [Id(5)] public string? Reason { get; init; }
    /// <summary>Kind of the command, as stored.</summary>
    [Id(6)] public string? Kind { get; init; }
    /// <summary>The worker may have the task again after this long; null never.</summary>
    [Id(7)] public TimeSpan? RetryAfter { get; init; }
}

/// <summary>Accepts an offer.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.batch.accept")]
public sealed record AcceptRequest
{
    /// <summary>Operation id.</summary>
    [Id(0)] public required Guid OperationId { get; init; }
    /// <summary>Hash of the command.</summary>
    [Id(1)] public required byte[] PayloadHash { get; init; }
    /// <summary>The offer.</summary>
    [Id(2)] public required Guid AssignmentId { get; init; }
    /// <summary>The worker.</summary>
    [Id(3)] public required Guid WorkerId { get; init; }
    /// <summary>Its epoch.</summary>
    [Id(4)] public required int LeaseEpoch { get; init; }
}

/// <summary>Shows a reserved assignment.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.batch.promote")]
public sealed record PromoteRequest
{
    /// <summary>The assignment.</summary>
    [Id(0)] public required Guid AssignmentId { get; init; }
    /// <summary>The worker.</summary>
    [Id(1)] public required Guid WorkerId { get; init; }
    /// <summary>Its epoch.</summary>
    [Id(2)] public required int LeaseEpoch { get; init; }
    /// <summary>Capacity slot it moves to.</summary>
    [Id(3)] public required int CapacitySlot { get; init; }
    /// <summary>Sums of costs must be checked in the store.</summary>
    [Id(4)] public bool Weighted { get; init; }
}

/// <summary>An idle worker, for a question about a task.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.batch.idle-worker")]
public sealed record IdleWorkerInfo
{
    /// <summary>The worker.</summary>
    [Id(0)] public required Guid WorkerId { get; init; }
    /// <summary>Labels, as stored JSON.</summary>
    [Id(1)] public required string Labels { get; init; }
}

/// <summary>How a task stands in the queue, by the rules that match.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.batch.task-explanation")]
public sealed record TaskExplanation
{
    /// <summary>It is in the window of the batch: the others come after those.</summary>
    [Id(0)] public bool InWindow { get; init; }
    /// <summary>Tasks with a free slot before it; null when it has none.</summary>
    [Id(1)] public int? Position { get; init; }
    /// <summary>Slots held.</summary>
    [Id(2)] public int Held { get; init; }
    /// <summary>Kept for this worker.</summary>
    [Id(3)] public Guid? KeptFor { get; init; }
    /// <summary>Until then.</summary>
    [Id(4)] public DateTimeOffset? KeptUntil { get; init; }
    /// <summary>What bars each of the idle workers asked about: names of <see cref="Engine.Backlog.Bar"/> with how many.</summary>
    [Id(5)] public IReadOnlyDictionary<string, int> IdleBarred { get; init; } = new Dictionary<string, int>();
    /// <summary>Answers of the batch in the last minute.</summary>
    [Id(6)] public int AnswersLastMinute { get; init; }
    /// <summary>Tasks with a free slot in the window.</summary>
    [Id(7)] public int Available { get; init; }
}

/// <summary>Renews a lease.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.batch.renew")]
public sealed record RenewRequest
{
    /// <summary>The assignment.</summary>
    [Id(0)] public required Guid AssignmentId { get; init; }
    /// <summary>Its epoch.</summary>
    [Id(1)] public required int LeaseEpoch { get; init; }
}

/// <summary>Answer to a renewal.</summary>
[GenerateSerializer, Immutable, Alias("dispatch.batch.renew-reply")]
public sealed record RenewReply
{
    /// <summary>How it ended.</summary>
    [Id(0)] public required BatchReply Reply { get; init; }
    /// <summary>Held until.</summary>
    [Id(1)] public DateTimeOffset LeaseUntil { get; init; }
}
