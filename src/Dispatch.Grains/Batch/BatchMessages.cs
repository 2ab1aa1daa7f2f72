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
    /// <summary>Heard shown at.</summary>
    [Id(6)] public DateTimeOffset? ShownAt { get; init; }
    /// <summary>Focus time by the client.</summary>
    [Id(7)] public TimeSpan? Active { get; init; }
    /// <summary>Sequence for the gold evaluation, when the task is gold.</summary>
    [Id(8)] public long? EvaluationSequence { get; init; }
    /// <summary>Gold score.</summary>
    [Id(9)] public double GoldScore { get; init; }
    /// <summary>Whether the next task shall come from this batch in the same commit.</summary>
    [Id(10)] public required bool WantsNext { get; init; }
    /// <summary>Name of the worker, for the feed of latest answers.</summary>
    [Id(11)] public required string WorkerName { get; init; }
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
    /// <summary>The batch said that it has nothing (more) for this worker.</summary>
    [Id(4)] public bool Nothing { get; init; }
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
