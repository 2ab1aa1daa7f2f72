using Dispatch.Contracts;

namespace Dispatch.Storage.Sqlite;

/// <summary>Gold and control tasks.</summary>
public sealed partial class SqliteStore
{
    /// <summary>Results of one gold task that are shown: the newest.</summary>
    private const int GoldResultsMax = 1_000;

    private const string Unmasked = "NOT EXISTS (SELECT 1 FROM evaluation m WHERE m.worker_id = e.worker_id AND m.project_id = e.project_id AND m.masks = e.sequence)";

    private const string StandingGold = $"""
        assignment a JOIN answer n ON n.assignment_id = a.assignment_id
          JOIN evaluation e ON e.assignment_id = a.assignment_id AND e.kind = 'gold' AND {Unmasked}
        """;

    /// <inheritdoc/>
    public Task<IReadOnlyList<ControlTask>> LoadControlsAsync(Guid batchId, CancellationToken cancellation) => ReadAsync<IReadOnlyList<ControlTask>>(
        db => db.Query(
            """
            SELECT t.task_id, coalesce(max(a.slot) + 1, 0), count(DISTINCT a.worker_id), t.retired
              FROM task t LEFT JOIN assignment a ON a.task_id = t.task_id
             WHERE t.batch_id = $1 AND t.is_control = 1 GROUP BY t.task_id ORDER BY t.task_id
            """,
            row => new ControlTask(row.GetInt64(0), row.GetInt32(1), row.GetInt32(2), row.Flag(3)),
            batchId),
        cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<long>> LoadControlsSeenAsync(Guid batchId, Guid workerId, CancellationToken cancellation) => ReadAsync<IReadOnlyList<long>>(
        db => db.Query(
            """
            SELECT DISTINCT a.task_id FROM assignment a JOIN task t ON t.task_id = a.task_id AND t.is_control = 1
             WHERE a.worker_id = $1 AND a.batch_id = $2 ORDER BY a.task_id
            """,
            row => row.GetInt64(0),
            workerId, batchId),
        cancellation);

    /// <inheritdoc/>
    public Task<Page<GoldRecord>> ListGoldAsync(Guid projectId, Guid? batchId, PageCursor? from, int limit, CancellationToken cancellation) => ReadAsync(
        db => PageOf(
            [.. db.Query(
                """
                SELECT t.batch_id, t.task_id, t.task_key, coalesce(t.known_answer, 'null'), t.retired FROM task t
                 WHERE t.batch_id IN (SELECT batch_id FROM batch WHERE project_id = $1 AND ($2 IS NULL OR batch_id = $2)) AND t.is_gold = 1 AND t.task_id > $3
                 ORDER BY t.task_id LIMIT $4
                """,
                row => new GoldRecord(row.Id(0), row.GetInt64(1), row.GetString(2), row.GetString(3), row.Flag(4), []),
                projectId, batchId, After(from), limit + 1).Select(gold => (gold.TaskId, gold with { Results = ReadGoldResults(db, gold.TaskId) }))],
            limit),
        cancellation);

    /// <inheritdoc/>
    public Task<ApplyOutcome> RetireGoldAsync(Guid batchId, string taskKey, bool retired, Operation operation, CancellationToken cancellation) => ChangeGoldAsync(
        batchId, taskKey, operation, (db, taskId) => db.Execute("UPDATE task SET retired = $2 WHERE task_id = $1", taskId, retired), cancellation);

    /// <inheritdoc/>
    public Task<ApplyOutcome> CorrectGoldAsync(Guid batchId, string taskKey, string knownAnswer, Operation operation, CancellationToken cancellation) => ChangeGoldAsync(
        batchId, taskKey, operation, (db, taskId) => db.Execute("UPDATE task SET known_answer = $2, known_version = known_version + 1 WHERE task_id = $1", taskId, knownAnswer), cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<GoldAnswerRow>> ListGoldAnswersAsync(Guid batchId, string taskKey, CancellationToken cancellation) => ReadAsync<IReadOnlyList<GoldAnswerRow>>(
        db => db.Query(
            $"""
            SELECT e.worker_id, a.assignment_id, e.source, n.answer, e.score FROM {StandingGold}
             WHERE a.task_id = (SELECT task_id FROM task WHERE batch_id = $1 AND task_key = $2) ORDER BY n.answer_id, e.sequence
            """,
            row => new GoldAnswerRow(row.Id(0), row.Id(1), row.GetString(2), row.GetString(3), row.GetDouble(4)),
            batchId, taskKey),
        cancellation);

    private Task<ApplyOutcome> ChangeGoldAsync(Guid batchId, string taskKey, Operation operation, Action<SqliteSession, long> change, CancellationToken cancellation) => ApplyAsync(
        operation,
        (db, _) =>
        {
            var batch = ReadBatchRow(db, batchId);
            if (batch is null || db.Scalar("SELECT task_id FROM task WHERE batch_id = $1 AND task_key = $2", batchId, taskKey) is not long taskId) return ApplyStatus.NotFound;
            if (db.Scalar("SELECT 1 FROM task WHERE task_id = $1 AND is_gold = 1", taskId) is null) return ApplyStatus.InvalidState;
            change(db, taskId);
            TakeOver(db, batchId, batch.ProjectId);
            return ApplyStatus.Applied;
        },
        cancellation);

    private static IReadOnlyList<(double Score, double Accuracy)> ReadGoldResults(SqliteSession db, long taskId)
    {
        // What was answered before accuracies were stamped says nothing about the task: who was it that failed it?
        var newestFirst = db.Query(
            $"SELECT e.score, n.accuracy FROM {StandingGold} WHERE a.task_id = $1 AND n.accuracy IS NOT NULL ORDER BY n.answer_id DESC, e.sequence DESC LIMIT $2",
            row => (row.GetDouble(0), row.GetDouble(1)),
            taskId, GoldResultsMax);
        newestFirst.Reverse();
        return newestFirst;
    }
}
