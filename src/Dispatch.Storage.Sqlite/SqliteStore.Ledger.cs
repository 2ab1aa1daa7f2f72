using Dispatch.Contracts;

namespace Dispatch.Storage.Sqlite;

/// <summary>Rows for the ledger.</summary>
public sealed partial class SqliteStore
{
    /// <inheritdoc/>
    public Task<LedgerRows> ReadLedgerAsync(Guid workerId, DateTimeOffset from, DateTimeOffset to, LedgerLimits limits, CancellationToken cancellation) => ReadAsync(
        db => new LedgerRows(
            db.Query(
                """
                SELECT activity, reason, since FROM worker_activity
                 WHERE worker_id = $1 AND since < $3
                   AND activity_id >= coalesce((SELECT activity_id FROM worker_activity WHERE worker_id = $1 AND since <= $2 ORDER BY since DESC, activity_id DESC LIMIT 1), 0)
                 ORDER BY activity_id LIMIT $4
                """,
                row => new ActivityRecord((Activity)row.GetInt32(0), row.TextOrNull(1), row.Time(2)),
                workerId, from, to, limits.Activities),
            db.Query(
                """
                SELECT a.assignment_id, b.project_id, a.batch_id, a.state, a.offered_at, a.shown_at, coalesce(a.renewed_at, a.shown_at, a.offered_at), a.ended_at,
                       coalesce(n.handling_us, 0), a.counted
                  FROM assignment a JOIN batch b ON b.batch_id = a.batch_id LEFT JOIN answer n ON n.assignment_id = a.assignment_id
                 WHERE a.worker_id = $1 AND a.offered_at < $3 AND (a.ended_at IS NULL OR a.ended_at > $2) ORDER BY a.offered_at, a.assignment_id LIMIT $4
                """,
                row => new LedgerAssignment(
                    row.Id(0), row.Id(1), row.Id(2), (AssignmentState)row.GetInt32(3), row.Time(4), row.TimeOrNull(5), row.Time(6), row.TimeOrNull(7), row.Span(8), row.Flag(9)),
                workerId, from, to, limits.Assignments)),
        cancellation);
}
