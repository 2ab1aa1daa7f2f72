using Dispatch.Contracts;

namespace Dispatch.Storage;

/// <summary>The rows of one worker from which the ledger is derived.</summary>
/// <param name="Activities">Activity changes in order, beginning with the one in force when the span begins.</param>
/// <param name="Assignments">Assignments that touch the span.</param>
public sealed record LedgerRows(IReadOnlyList<ActivityRecord> Activities, IReadOnlyList<LedgerAssignment> Assignments);

/// <summary>One assignment as the ledger sees it.</summary>
/// <param name="AssignmentId">The assignment.</param>
/// <param name="ProjectId">Its project.</param>
/// <param name="BatchId">Its batch.</param>
/// <param name="State">Its state.</param>
/// <param name="OfferedAt">Handed out.</param>
/// <param name="ShownAt">First shown; null when it was not.</param>
/// <param name="LastSignAt">Last heartbeat, or when it was handed out.</param>
/// <param name="EndedAt">Ended; null while it is held.</param>
/// <param name="Handling">Handling time of its answer; zero without one.</param>
/// <param name="Counted">Its answer counts.</param>
public sealed record LedgerAssignment(Guid AssignmentId, Guid ProjectId, Guid BatchId, AssignmentState State, DateTimeOffset OfferedAt, DateTimeOffset? ShownAt, DateTimeOffset LastSignAt, DateTimeOffset? EndedAt, TimeSpan Handling, bool Counted);

/// <summary>The most rows that are read for a ledger.</summary>
/// <param name="Activities">Changes of activity.</param>
/// <param name="Assignments">Assignments.</param>
public readonly record struct LedgerLimits(int Activities, int Assignments);

/// <summary>Reading for the ledger. Nothing is stored for it apart: every row it needs was committed when it happened.</summary>
public interface ILedgerStore
{
    /// <summary>Rows of a worker for the span, earliest first; at most as many of each kind as <paramref name="limits"/> says.</summary>
    Task<LedgerRows> ReadLedgerAsync(Guid workerId, DateTimeOffset from, DateTimeOffset to, LedgerLimits limits, CancellationToken cancellation);
}
