namespace Dispatch.Storage.PostgreSql;

/// <summary>The far end of a backlog, for exception rules.</summary>
public sealed partial class PostgreSqlStore
{
    /// <inheritdoc/>
    public Task<IReadOnlyList<long>> PageLastOpenTasksAsync(Guid batchId, string rule, int limit, CancellationToken cancellation) => ReadAsync<IReadOnlyList<long>>(
        async db => await db.QueryAsync(
            $"""
            SELECT t.task_id FROM task t WHERE t.batch_id = $1 AND {InBacklog} AND NOT t.rules_applied::jsonb ? $2
               AND NOT EXISTS (SELECT 1 FROM assignment a WHERE a.task_id = t.task_id AND a.state IN (1, 2, 3))
             ORDER BY t.priority, t.task_id DESC LIMIT $3
            """,
            row => row.GetInt64(0),
            batchId, rule, limit),
        cancellation);
}
