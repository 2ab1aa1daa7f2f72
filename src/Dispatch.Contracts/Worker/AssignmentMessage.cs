using Orleans;

namespace Dispatch.Contracts.Worker;

/// <summary>
/// One task as its worker sees it. Nothing in it tells a gold task from another: no task key, no known answer, and the
/// same members in the same order for both.
/// </summary>
[GenerateSerializer, Immutable, Alias("dispatch.worker.assignment")]
public sealed record AssignmentMessage
{
    /// <summary>The assignment.</summary>
    [Id(0)] public required Guid AssignmentId { get; init; }

    /// <summary>Its project; <see cref="WorkerProject"/> in the snapshot, or <c>GetProject</c>, says how to show it.</summary>
    [Id(1)] public required Guid ProjectId { get; init; }

    /// <summary>Version of the project the content was made for.</summary>
    [Id(2)] public required int ProjectVersion { get; init; }

    /// <summary>Its batch.</summary>
    [Id(3)] public required Guid BatchId { get; init; }

    /// <summary>Tier of the batch.</summary>
    [Id(4)] public required BatchTier Tier { get; init; }

    /// <summary>What to show, in the shape of the project's form, with this assignment's own response keys. JSON null while it is an offer: work is seen by who accepts it.</summary>
    [Id(5)] public required JsonText Content { get; init; }

    /// <summary>State of the hold: <c>accepted</c>, <c>offered</c> (say yes or no before <see cref="LeaseUntil"/>), or <c>reserved</c> (sent ahead: keep it, and show it only when the one before it is submitted).</summary>
    [Id(6)] public required AssignmentState State { get; init; }

    /// <summary>Must be sent back with every command about this assignment.</summary>
    [Id(7)] public required int LeaseEpoch { get; init; }

    /// <summary>When it was handed out (server time).</summary>
    [Id(8)] public required DateTimeOffset OfferedAt { get; init; }

    /// <summary>Until when it is held unless a heartbeat renews it (server time). Of an offer, until when it waits.</summary>
    [Id(9)] public required DateTimeOffset LeaseUntil { get; init; }

    /// <summary>The draft last saved, in this assignment's response keys; null when there is none.</summary>
    [Id(10)] public JsonText? Draft { get; init; }

    /// <summary>Version of the draft; 0 when there is none.</summary>
    [Id(11)] public long DraftVersion { get; init; }

    /// <summary>A break stands its lease still since then; null outside breaks.</summary>
    [Id(12)] public DateTimeOffset? PausedAt { get; init; }
}
