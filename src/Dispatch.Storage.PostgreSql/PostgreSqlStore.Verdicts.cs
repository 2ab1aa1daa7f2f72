using Dispatch.Contracts;
using Npgsql;
using NpgsqlTypes;

namespace Dispatch.Storage.PostgreSql;

/// <summary>Verdicts over completed tasks.</summary>
public sealed partial class PostgreSqlStore
{
    private const string VerdictColumns = "v.task_id, v.ordinal, v.label, v.confidence, v.vote_values, v.answers, v.judged_at";

    /// <inheritdoc/>
    public Task<IReadOnlyList<UnjudgedTask>> ListUnjudgedAsync(Guid batchId, int limit, CancellationToken cancellation) => ReadAsync<IReadOnlyList<UnjudgedTask>>(
        async db =>
        {
            var tasks = await db.QueryAsync(
                """
                SELECT task_id, task_key, content, overlap, is_gold FROM task
                 WHERE batch_id = $1 AND state = 2 AND NOT judged AND NOT is_control ORDER BY task_id LIMIT $2
                """,
                row => new UnjudgedTask(row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetInt32(3), row.GetBoolean(4), []),
                batchId, limit);
            var votes = (await db.QueryAsync(
                """
                SELECT task_id, assignment_id, worker_id, coalesce(fixed_answer, answer), vote, accuracy, handling_us FROM answer
                 WHERE task_id = ANY($1) AND counted ORDER BY answer_id
                """,
                row => (TaskId: row.GetInt64(0), Vote: new TaskVote(row.GetGuid(1), row.GetGuid(2), row.GetString(3), row.TextOrNull(4), row.NumberOrNull(5), row.Micros(6))),
                ArrayOf(tasks.Select(task => task.TaskId), NpgsqlDbType.Bigint))).ToLookup(row => row.TaskId, row => row.Vote);
            return [.. tasks.Select(task => task with { Votes = [.. votes[task.TaskId]] })];
        },
        cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<TaskVerdict>> LoadVerdictsAsync(Guid batchId, long afterOrdinal, int limit, CancellationToken cancellation) => ReadAsync<IReadOnlyList<TaskVerdict>>(
        async db => await db.QueryAsync(
            $"SELECT {VerdictColumns} FROM task_verdict v WHERE v.batch_id = $1 AND v.ordinal > $2 ORDER BY v.ordinal LIMIT $3",
            ReadVerdict, batchId, afterOrdinal, limit),
        cancellation);

    /// <inheritdoc/>
    public IAsyncEnumerable<(string TaskKey, string Content, TaskVerdict Verdict)> ExportVerdictsAsync(Guid batchId, CancellationToken cancellation) => StreamAsync(
        0L,
        (db, after) => db.QueryAsync(
            $"""
            SELECT {VerdictColumns}, t.task_key, t.content FROM task_verdict v JOIN task t ON t.task_id = v.task_id
             WHERE v.batch_id = $1 AND v.task_id > $2 ORDER BY v.task_id LIMIT $3
            """,
            row => (row.GetInt64(0), (row.GetString(7), row.GetString(8), ReadVerdict(row))),
            batchId, after, ExportPage),
        cancellation);

    private static TaskVerdict ReadVerdict(NpgsqlDataReader row) => new()
    {
        TaskId = row.GetInt64(0),
        Ordinal = row.GetInt64(1),
        Label = row.TextOrNull(2),
        Confidence = row.NumberOrNull(3),
        Values = row.GetString(4),
        Answers = row.GetInt32(5),
        JudgedAt = row.Time(6),
    };
}
