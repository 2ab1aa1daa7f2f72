using Dispatch.Contracts;

namespace Dispatch.Storage.PostgreSql;

/// <summary>One task by its key.</summary>
public sealed partial class PostgreSqlStore
{
    /// <inheritdoc/>
    public Task<TaskRow?> FindTaskAsync(Guid batchId, string key, CancellationToken cancellation) => ReadAsync(
        db => db.FirstAsync(
            """
            SELECT t.task_id, t.task_key, t.state, t.overlap, t.priority,
                   (SELECT count(*)::int FROM answer n WHERE n.task_id = t.task_id AND n.counted),
                   (SELECT count(*)::int FROM assignment a WHERE a.task_id = t.task_id AND a.state IN (1, 3)), t.is_gold, t.created_at
              FROM task t WHERE t.batch_id = $1 AND t.task_key = $2
            """,
            row => new TaskRow(row.GetInt64(0), row.GetString(1), (TaskState)row.GetInt16(2), row.GetInt32(3), row.GetInt32(4), row.GetInt32(5), row.GetInt32(6), row.GetBoolean(7), row.Time(8)),
            batchId, key),
        cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<TaskEvent>> ListTaskEventsAsync(long taskId, int limit, CancellationToken cancellation) => ReadAsync<IReadOnlyList<TaskEvent>>(
        async db => await db.QueryAsync(
            "SELECT actor_id, rule, kind, words, at FROM task_event WHERE task_id = $1 ORDER BY event_id DESC LIMIT $2",
            row => new TaskEvent(row.IdOrNull(0), row.TextOrNull(1), row.GetString(2), row.GetString(3), row.Time(4)),
            taskId, limit),
        cancellation);

    private static Task<int> AppendTaskEventsAsync(PostgreSqlSession db, IEnumerable<long> taskIds, Guid actorId, string kind, string words) => db.ExecuteAsync(
        "INSERT INTO task_event (task_id, actor_id, kind, words) SELECT t, $2, $3, $4 FROM unnest($1::bigint[]) AS t ORDER BY t",
        ArrayOf(taskIds, NpgsqlTypes.NpgsqlDbType.Bigint), actorId, kind, words);

    /// <inheritdoc/>
    public Task<string?> FindTaskContentAsync(Guid batchId, string key, CancellationToken cancellation) =>
        ReadAsync(db => db.FirstAsync("SELECT content FROM task WHERE batch_id = $1 AND task_key = $2", row => row.GetString(0), batchId, key), cancellation);
}
