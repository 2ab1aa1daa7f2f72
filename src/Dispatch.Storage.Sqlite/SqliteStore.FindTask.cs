using Dispatch.Contracts;

namespace Dispatch.Storage.Sqlite;

/// <summary>One task by its key.</summary>
public sealed partial class SqliteStore
{
    /// <inheritdoc/>
    public Task<TaskRow?> FindTaskAsync(Guid batchId, string key, CancellationToken cancellation) => ReadAsync(
        db => db.First(
            $"""
            SELECT t.task_id, t.task_key, t.state, t.overlap, t.priority,
                   (SELECT count(*) FROM answer n WHERE n.task_id = t.task_id AND n.counted = 1),
                   (SELECT count(*) FROM assignment a WHERE a.task_id = t.task_id AND a.{Holding}), t.is_gold, t.created_at
              FROM task t WHERE t.batch_id = $1 AND t.task_key = $2
            """,
            row => new TaskRow(row.GetInt64(0), row.GetString(1), (TaskState)row.GetInt32(2), row.GetInt32(3), row.GetInt32(4), row.GetInt32(5), row.GetInt32(6), row.Flag(7), row.Time(8)),
            batchId, key),
        cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<TaskEvent>> ListTaskEventsAsync(long taskId, int limit, CancellationToken cancellation) => ReadAsync<IReadOnlyList<TaskEvent>>(
        db => db.Query(
            "SELECT actor_id, rule, kind, words, at FROM task_event WHERE task_id = $1 ORDER BY event_id DESC LIMIT $2",
            row => new TaskEvent(row.IdOrNull(0), row.TextOrNull(1), row.GetString(2), row.GetString(3), row.Time(4)),
            taskId, limit),
        cancellation);

    private static void AppendTaskEvent(SqliteSession db, long taskId, TaskEvent happened) => db.Execute(
        "INSERT INTO task_event (task_id, actor_id, rule, kind, words, at) VALUES ($1, $2, $3, $4, $5, $6)",
        taskId, happened.ActorId, happened.Rule, happened.Kind, happened.Words, happened.At);

    /// <inheritdoc/>
    public Task<string?> FindTaskContentAsync(Guid batchId, string key, CancellationToken cancellation) =>
        ReadAsync(db => db.First("SELECT content FROM task WHERE batch_id = $1 AND task_key = $2", row => row.GetString(0), batchId, key), cancellation);
}
