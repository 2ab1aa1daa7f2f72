using Dispatch.Contracts;

namespace Dispatch.Storage.PostgreSql;

/// <summary>The outbox: what others learned about a worker, until the worker's own grain gives it a sequence.</summary>
public sealed partial class PostgreSqlStore
{
    /// <inheritdoc/>
    public Task AppendOutboxAsync(IReadOnlyList<OutboxEvaluation> rows, CancellationToken cancellation) =>
        WriteAsync(db => LearnAsync(db, rows), cancellation);

    /// <inheritdoc/>
    public async Task<IReadOnlyDictionary<Guid, long>> DrainOutboxAsync(Guid workerId, IReadOnlyDictionary<Guid, long> lastSequences, CancellationToken cancellation)
    {
        // Draining usually finds nothing: look before opening a transaction.
        var waiting = await ReadAsync(db => db.ScalarAsync("SELECT 1 FROM outbox WHERE worker_id = $1 LIMIT 1", workerId), cancellation);
        if (waiting is null) return lastSequences;
        return await WriteAsync<IReadOnlyDictionary<Guid, long>>(
            async db =>
            {
                var last = lastSequences.ToDictionary();

                // Masks last: a mask takes an earlier row out, so what came with it must have its sequence before.
                var rows = await db.QueryAsync(
                    """
                    SELECT source, project_id, kind, score, weight, assignment_id, masks FROM outbox
                     WHERE worker_id = $1 ORDER BY masks IS NOT NULL, created_at, source COLLATE "C" FOR UPDATE
                    """,
                    row => new OutboxEvaluation(workerId, row.GetString(0), row.GetGuid(1), row.GetString(2), row.GetDouble(3), row.GetDouble(4), row.IdOrNull(5), row.TextOrNull(6)),
                    workerId);
                foreach (var row in rows)
                {
                    var sequence = last[row.ProjectId] = last.GetValueOrDefault(row.ProjectId) + 1;
                    await db.ExecuteAsync(
                        """
                        INSERT INTO evaluation (worker_id, project_id, sequence, kind, source, score, weight, assignment_id, masks)
                        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, (SELECT sequence FROM evaluation WHERE worker_id = $1 AND source = $9 AND project_id = $2))
                        """,
                        workerId, row.ProjectId, sequence, row.Kind, row.Source, row.Score, row.Weight, Id(row.AssignmentId), Text(row.Masks));
                    await db.ExecuteAsync("DELETE FROM outbox WHERE worker_id = $1 AND source = $2", workerId, row.Source);
                }

                return last;
            },
            cancellation);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Guid>> ListStaleOutboxAsync(TimeSpan age, int limit, CancellationToken cancellation) => ReadAsync<IReadOnlyList<Guid>>(
        async db => await db.QueryAsync(
            "SELECT worker_id FROM outbox WHERE created_at < now() - $1 GROUP BY worker_id ORDER BY min(created_at), worker_id LIMIT $2",
            row => row.GetGuid(0),
            age, limit),
        cancellation);

    private static Task<int> LearnAsync(PostgreSqlSession db, IReadOnlyList<OutboxEvaluation> rows) =>
        rows.Count == 0 ? Task.FromResult(0) : db.ExecuteAsync(CommitSql.Learn, EvidenceArrays(rows));
}
