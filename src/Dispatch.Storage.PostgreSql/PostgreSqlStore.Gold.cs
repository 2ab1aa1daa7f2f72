using Dispatch.Contracts;
using NpgsqlTypes;

namespace Dispatch.Storage.PostgreSql;

/// <summary>Gold and control tasks.</summary>
public sealed partial class PostgreSqlStore
{
    /// <summary>Results of one gold task that are shown: the newest.</summary>
    private const int GoldResultsMax = 1_000;

    private const string StandingGold = """
        assignment a JOIN answer n ON n.assignment_id = a.assignment_id
          JOIN evaluation e ON e.assignment_id = a.assignment_id AND e.kind = 'gold'
               AND NOT EXISTS (SELECT 1 FROM evaluation m WHERE m.worker_id = e.worker_id AND m.project_id = e.project_id AND m.masks = e.sequence)
        """;

    /// <inheritdoc/>
    public Task<IReadOnlyList<ControlTask>> LoadControlsAsync(Guid batchId, CancellationToken cancellation) => ReadAsync<IReadOnlyList<ControlTask>>(
        async db => await db.QueryAsync(
            """
            SELECT t.task_id, coalesce(max(a.slot) + 1, 0), count(DISTINCT a.worker_id)::int, t.retired
              FROM task t LEFT JOIN assignment a ON a.task_id = t.task_id
             WHERE t.batch_id = $1 AND t.is_control GROUP BY t.task_id ORDER BY t.task_id
            """,
            row => new ControlTask(row.GetInt64(0), row.GetInt32(1), row.GetInt32(2), row.GetBoolean(3)),
            batchId),
        cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<long>> LoadControlsSeenAsync(Guid batchId, Guid workerId, CancellationToken cancellation) => ReadAsync<IReadOnlyList<long>>(
        async db => await db.QueryAsync(
            """
            SELECT DISTINCT a.task_id FROM assignment a JOIN task t ON t.task_id = a.task_id AND t.is_control
             WHERE a.worker_id = $1 AND a.batch_id = $2 ORDER BY a.task_id
            """,
            row => row.GetInt64(0),
            workerId, batchId),
        cancellation);

    /// <inheritdoc/>
    public Task<Page<GoldRecord>> ListGoldAsync(Guid projectId, Guid? batchId, PageCursor? from, int limit, CancellationToken cancellation) => ReadAsync(
        async db =>
        {
            var golds = await db.QueryAsync(
                """
                SELECT t.batch_id, t.task_id, t.task_key, coalesce(t.known_answer, 'null'), t.retired FROM task t
                 WHERE t.batch_id IN (SELECT batch_id FROM batch WHERE project_id = $1 AND ($2 IS NULL OR batch_id = $2)) AND t.is_gold AND t.task_id > $3
                 ORDER BY t.task_id LIMIT $4
                """,
                row => new GoldRecord(row.GetGuid(0), row.GetInt64(1), row.GetString(2), row.GetString(3), row.GetBoolean(4), []),
                projectId, Id(batchId), After(from), limit + 1);

            // What was answered before accuracies were stamped says nothing about the task: who was it that failed it?
            var results = (await db.QueryAsync(
                $"""
                SELECT g.task_id, r.score, r.accuracy FROM unnest($1::bigint[]) AS g (task_id), LATERAL (
                  SELECT e.score, n.accuracy, n.answer_id, e.sequence FROM {StandingGold}
                   WHERE a.task_id = g.task_id AND n.accuracy IS NOT NULL ORDER BY n.answer_id DESC, e.sequence DESC LIMIT $2) r
                 ORDER BY r.answer_id, r.sequence
                """,
                row => (TaskId: row.GetInt64(0), Result: (row.GetDouble(1), row.GetDouble(2))),
                ArrayOf(golds.Select(gold => gold.TaskId), NpgsqlDbType.Bigint), GoldResultsMax)).ToLookup(row => row.TaskId, row => row.Result);
            return PageOf([.. golds.Select(gold => (gold.TaskId, gold with { Results = [.. results[gold.TaskId]] }))], limit);
        },
        cancellation);

    /// <inheritdoc/>
    public Task<ApplyOutcome> RetireGoldAsync(Guid batchId, string taskKey, bool retired, Operation operation, CancellationToken cancellation) => ChangeGoldAsync(
        batchId, taskKey, operation, (db, taskId) => db.ExecuteAsync("UPDATE task SET retired = $2 WHERE task_id = $1", taskId, retired), cancellation);

    /// <inheritdoc/>
    public Task<ApplyOutcome> CorrectGoldAsync(Guid batchId, string taskKey, string knownAnswer, Operation operation, CancellationToken cancellation) => ChangeGoldAsync(
        batchId, taskKey, operation, (db, taskId) => db.ExecuteAsync("UPDATE task SET known_answer = $2, known_version = known_version + 1 WHERE task_id = $1", taskId, knownAnswer), cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<GoldAnswerRow>> ListGoldAnswersAsync(Guid batchId, string taskKey, CancellationToken cancellation) => ReadAsync<IReadOnlyList<GoldAnswerRow>>(
        async db => await db.QueryAsync(
            $"""
            SELECT e.worker_id, a.assignment_id, e.source, n.answer, e.score FROM {StandingGold}
             WHERE a.task_id = (SELECT task_id FROM task WHERE batch_id = $1 AND task_key = $2) ORDER BY n.answer_id, e.sequence
            """,
            row => new GoldAnswerRow(row.GetGuid(0), row.GetGuid(1), row.GetString(2), row.GetString(3), row.GetDouble(4)),
            batchId, taskKey),
        cancellation);

    private Task<ApplyOutcome> ChangeGoldAsync(Guid batchId, string taskKey, Operation operation, Func<PostgreSqlSession, long, Task<int>> change, CancellationToken cancellation) => ApplyAsync(
        operation,
        async db =>
        {
            // The lock first: a submit that was scored by the old answers either is in before, and is listed, or is fenced.
            if (await db.ScalarAsync("SELECT 1 FROM batch WHERE batch_id = $1 FOR UPDATE", batchId) is null) return ApplyStatus.NotFound;
            if (await db.ScalarAsync("SELECT task_id FROM task WHERE batch_id = $1 AND task_key = $2", batchId, taskKey) is not long taskId) return ApplyStatus.NotFound;
            if (await db.ScalarAsync("SELECT 1 FROM task WHERE task_id = $1 AND is_gold", taskId) is null) return ApplyStatus.InvalidState;
            await change(db, taskId);
            await TakeOverAsync(db, [batchId]);
            return ApplyStatus.Applied;
        },
        cancellation);
}
