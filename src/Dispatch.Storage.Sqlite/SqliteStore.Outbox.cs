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
    public async Task<IReadOnlyList<DrainedOutbox>> DrainOutboxAsync(IReadOnlyList<OutboxDrain> workers, CancellationToken cancellation)
    {
        // Draining often finds nothing: look before taking the one writer.
        var waits = await ReadAsync(db => workers.Select(worker => db.Scalar("SELECT 1 FROM outbox WHERE worker_id = $1 LIMIT 1", worker.WorkerId) is not null).ToArray(), cancellation);
        if (!waits.Contains(true)) return [.. workers.Select(_ => new DrainedOutbox(IsBehind: false, []))];
        return await WriteAsync<IReadOnlyList<DrainedOutbox>>((db, now) => [.. workers.Select((worker, i) => waits[i] ? Drain(db, now, worker) : new DrainedOutbox(IsBehind: false, []))], cancellation);
    }

    private static DrainedOutbox Drain(SqliteSession db, DateTimeOffset now, OutboxDrain worker)
    {
        // Masks last: a mask takes an earlier row out, so what came with it must have its sequence before.
        var waiting = db.Query(
            "SELECT source, project_id, kind, score, weight, assignment_id, masks FROM outbox WHERE worker_id = $1 ORDER BY masks IS NOT NULL, created_at, source",
            row => new OutboxEvaluation(worker.WorkerId, row.GetString(0), row.Id(1), row.GetString(2), row.GetDouble(3), row.GetDouble(4), row.IsDBNull(5) ? null : row.Id(5), row.TextOrNull(6)),
            worker.WorkerId);
        var last = worker.LastSequences.ToDictionary();
        if (waiting.Select(row => row.ProjectId).Distinct().Any(project => db.Scalar(
            "SELECT 1 FROM evaluation WHERE worker_id = $1 AND project_id = $2 AND sequence > $3 LIMIT 1", worker.WorkerId, project, last.GetValueOrDefault(project)) is not null))
        {
            return new DrainedOutbox(IsBehind: true, []);
        }

        List<EvaluationRow> rows = [];
        foreach (var row in waiting)
        {
            var sequence = last[row.ProjectId] = last.GetValueOrDefault(row.ProjectId) + 1;
            var masks = row.Masks is null ? null : (long?)db.Scalar("SELECT sequence FROM evaluation WHERE worker_id = $1 AND source = $2 AND project_id = $3", worker.WorkerId, row.Masks, row.ProjectId);
            db.Execute(
                """
                INSERT INTO evaluation (worker_id, project_id, sequence, kind, source, score, weight, assignment_id, created_at, masks)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                """,
                worker.WorkerId, row.ProjectId, sequence, row.Kind, row.Source, row.Score, row.Weight, row.AssignmentId, now, masks);
            rows.Add(new EvaluationRow
            {
                WorkerId = worker.WorkerId,
                ProjectId = row.ProjectId,
                Sequence = sequence,
                Kind = row.Kind,
                Source = row.Source,
                Score = row.Score,
                Weight = row.Weight,
                AssignmentId = row.AssignmentId,
                Masks = masks,
                CreatedAt = SqliteValues.Stored(now),
            });
        }

        db.Execute("DELETE FROM outbox WHERE worker_id = $1", worker.WorkerId);
        return new DrainedOutbox(IsBehind: false, [.. rows.OrderBy(row => row.ProjectId.ToString("D"), StringComparer.Ordinal).ThenBy(row => row.Sequence)]);
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
