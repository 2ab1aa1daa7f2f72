namespace Dispatch.Storage.Sqlite;

/// <summary>The far end of a backlog, for exception rules.</summary>
public sealed partial class SqliteStore
{
    /// <inheritdoc/>
    public Task<IReadOnlyList<long>> PageLastOpenTasksAsync(Guid batchId, string rule, int limit, CancellationToken cancellation) => ReadAsync<IReadOnlyList<long>>(
        db => db.Query(
            $"""
            SELECT t.task_id FROM task t WHERE t.batch_id = $1 AND {InBacklog}
               AND NOT EXISTS (SELECT 1 FROM json_each(t.rules_applied) r WHERE r.value = $2)
               AND NOT EXISTS (SELECT 1 FROM assignment a WHERE a.task_id = t.task_id AND a.{Active})
             ORDER BY t.priority, t.task_id DESC LIMIT $3
            """,
            row => row.GetInt64(0),
            batchId, rule, limit),
        cancellation);
}
