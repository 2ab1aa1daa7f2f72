using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace Dispatch.Storage.PostgreSql;

/// <summary>The outbox: what others learned about a worker, until the worker's own grain gives it a sequence.</summary>
public sealed partial class PostgreSqlStore
{
    /// <inheritdoc/>
    public Task AppendOutboxAsync(IReadOnlyList<OutboxEvaluation> rows, CancellationToken cancellation) =>
        WriteAsync(db => LearnAsync(db, rows), cancellation);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<DrainedOutbox>> DrainOutboxAsync(IReadOnlyList<OutboxDrain> workers, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await DrainOnceAsync(workers, cancellation);
            }
            catch (PostgresException failure) when (WasRolledBack(failure) && attempt < RetriesMax)
            {
                // Definite: the server said that it rolled back.
            }
            catch (NpgsqlException failure)
            {
                throw new StoreUnavailableException("The outcome of draining the outbox is unknown.", failure);
            }
        }
    }

    private async Task<DrainedOutbox[]> DrainOnceAsync(IReadOnlyList<OutboxDrain> workers, CancellationToken cancellation)
    {
        await using var connection = await _commits.OpenConnectionAsync(cancellation);
        await using var batch = new NpgsqlBatch(connection);
        Add(batch, CommitSql.Plan);
        Add(batch, CommitSql.PlanForQueue);
        Add(
            batch,
            CommitSql.Drain,
            ArrayOf(workers.Select(worker => worker.WorkerId), NpgsqlDbType.Uuid),
            ArrayOf(workers.Select(worker => JsonSerializer.Serialize(worker.LastSequences)), NpgsqlDbType.Text));
        Dictionary<Guid, List<EvaluationRow>> rows = [];
        HashSet<Guid> behind = [];
        await using var reader = await batch.ExecuteReaderAsync(CancellationToken.None);
        await reader.NextResultAsync(CancellationToken.None);
        await reader.NextResultAsync(CancellationToken.None);
        while (await reader.ReadAsync(CancellationToken.None))
        {
            var row = ReadEvaluation(reader);
            if (reader.GetBoolean(10)) behind.Add(row.WorkerId);
            else if (rows.TryGetValue(row.WorkerId, out var own)) own.Add(row);
            else rows.Add(row.WorkerId, [row]);
        }

        // Reading to the end surfaces a failure of the commit itself.
        await reader.NextResultAsync(CancellationToken.None);
        return [.. workers.Select(worker => new DrainedOutbox(behind.Contains(worker.WorkerId), rows.GetValueOrDefault(worker.WorkerId) ?? []))];
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
