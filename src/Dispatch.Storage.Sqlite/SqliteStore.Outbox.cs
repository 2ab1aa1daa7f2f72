using Dispatch.Contracts;

namespace Dispatch.Storage.Sqlite;

/// <summary>The outbox: what others learned about a worker, until the worker's own grain gives it a sequence.</summary>
public sealed partial class SqliteStore
{
    /// <inheritdoc/>
    public Task AppendOutboxAsync(IReadOnlyList<OutboxEvaluation> rows, CancellationToken cancellation) => WriteAsync(
        (db, now) =>
        {
            AppendOutbox(db, rows, now);
            return 0;
        },
        cancellation);

    /// <inheritdoc/>
    public async Task<IReadOnlyDictionary<Guid, long>> DrainOutboxAsync(Guid workerId, IReadOnlyDictionary<Guid, long> lastSequences, CancellationToken cancellation)
    {
        // Draining usually finds nothing: look before taking the one writer.
        var waiting = await ReadAsync(db => db.Scalar("SELECT 1 FROM outbox WHERE worker_id = $1 LIMIT 1", workerId), cancellation);
        if (waiting is null) return lastSequences;
        return await WriteAsync<IReadOnlyDictionary<Guid, long>>(
            (db, now) =>
            {
                var last = lastSequences.ToDictionary();

                // Masks last: a mask takes an earlier row out, so what came with it must have its sequence before.
                var rows = db.Query(
                    "SELECT source, project_id, kind, score, weight, assignment_id, masks FROM outbox WHERE worker_id = $1 ORDER BY masks IS NOT NULL, created_at, source",
                    row => new OutboxEvaluation(workerId, row.GetString(0), row.Id(1), row.GetString(2), row.GetDouble(3), row.GetDouble(4), row.IsDBNull(5) ? null : row.Id(5), row.TextOrNull(6)),
                    workerId);
                foreach (var row in rows)
                {
                    var sequence = last[row.ProjectId] = last.GetValueOrDefault(row.ProjectId) + 1;
                    db.Execute(
                        """
                        INSERT INTO evaluation (worker_id, project_id, sequence, kind, source, score, weight, assignment_id, created_at, masks)
                        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, (SELECT sequence FROM evaluation WHERE worker_id = $1 AND source = $10 AND project_id = $2))
                        """,
                        workerId, row.ProjectId, sequence, row.Kind, row.Source, row.Score, row.Weight, row.AssignmentId, now, row.Masks);
                }

                db.Execute("DELETE FROM outbox WHERE worker_id = $1", workerId);
                return last;
            },
            cancellation);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Guid>> ListStaleOutboxAsync(TimeSpan age, int limit, CancellationToken cancellation) => ReadAsync<IReadOnlyList<Guid>>(
        db => db.Query(
            "SELECT worker_id FROM outbox WHERE created_at < $1 GROUP BY worker_id ORDER BY min(created_at), worker_id LIMIT $2",
            row => row.Id(0),
            Now - age, limit),
        cancellation);

    private static void AppendOutbox(SqliteSession db, IReadOnlyList<OutboxEvaluation> rows, DateTimeOffset now)
    {
        foreach (var row in rows)
        {
            db.Execute(
                """
                INSERT INTO outbox (worker_id, source, project_id, kind, score, weight, assignment_id, created_at, masks)
                SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9 WHERE NOT EXISTS (SELECT 1 FROM evaluation WHERE worker_id = $1 AND source = $2)
                ON CONFLICT DO NOTHING
                """,
                row.WorkerId, row.Source, row.ProjectId, row.Kind, row.Score, row.Weight, row.AssignmentId, now, row.Masks);
        }
    }
}
