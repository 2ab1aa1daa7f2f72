namespace Dispatch.Storage.Sqlite;

/// <summary>How reviewers fare.</summary>
public sealed partial class SqliteStore
{
    /// <inheritdoc/>
    public Task<IReadOnlyList<ReviewerRow>> ListReviewersAsync(Guid projectId, TimeSpan gapMax, int limit, CancellationToken cancellation) => ReadAsync<IReadOnlyList<ReviewerRow>>(
        db => db.Query(
            """
            WITH decided AS (
              SELECT r.*, r.decided_at - lag(r.decided_at) OVER (PARTITION BY r.reviewer_id ORDER BY r.decided_at, r.ordinal) AS gap_us
                FROM review r WHERE r.project_id = $1 AND r.decided_at IS NOT NULL)
            SELECT d.reviewer_id, w.display_name, count(*), count(*) FILTER (WHERE d.verdict IN (3, 4)),
                   (SELECT count(*) FROM evaluation e WHERE e.worker_id = d.reviewer_id AND e.project_id = $1 AND e.kind = 'reviewing'),
                   (SELECT coalesce(sum(e.score), 0.0) FROM evaluation e WHERE e.worker_id = d.reviewer_id AND e.project_id = $1 AND e.kind = 'reviewing'),
                   count(p.dispute_id), count(p.dispute_id) FILTER (WHERE p.state = 2), CAST(avg(d.gap_us) FILTER (WHERE d.gap_us <= $2) AS INTEGER)
              FROM decided d LEFT JOIN worker w ON w.worker_id = d.reviewer_id
                   LEFT JOIN dispute p ON p.worker_id = d.worker_id AND p.source = 'review:' || replace(d.assignment_id, '-', '') || ':' || d.pass
             GROUP BY d.reviewer_id, w.display_name ORDER BY count(*) DESC, d.reviewer_id LIMIT $3
            """,
            row => new ReviewerRow(
                row.Id(0), row.TextOrNull(1), row.GetInt32(2), row.GetInt32(3), row.GetInt32(4), row.GetDouble(5), row.GetInt32(6), row.GetInt32(7), row.IsDBNull(8) ? null : row.Span(8)),
            projectId, gapMax.Ticks / TimeSpan.TicksPerMicrosecond, limit),
        cancellation);
}
