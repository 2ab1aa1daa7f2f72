using System.Text.Json;
using Dispatch.Contracts;
using Microsoft.Data.Sqlite;

namespace Dispatch.Storage.Sqlite;

/// <summary>Supervisors' commands. One writer at a time makes each of them atomic; bumping the owner epoch makes the batch grain look again.</summary>
public sealed partial class SqliteStore
{
    private const string EndedColumns = "assignment_id, worker_id, batch_id, (SELECT project_id FROM batch b WHERE b.batch_id = assignment.batch_id)";

    /// <inheritdoc/>
    public Task<SupervisionOutcome> WithdrawAsync(WithdrawalScope scope, Guid? reassignTo, TimeSpan keepFor, Operation operation, CancellationToken cancellation) => SuperviseAsync(
        operation,
        (db, now) =>
        {
            var known = scope.AssignmentId is null
                ? db.Scalar("SELECT 1 FROM worker WHERE worker_id = $1", scope.WorkerId) is not null
                : db.Scalar("SELECT 1 FROM assignment WHERE assignment_id = $1", scope.AssignmentId) is not null;
            if (!known) return Refused(ApplyStatus.NotFound);
            var ended = db.Query(
                $"""
                UPDATE assignment SET state = 12, ended_at = $3, end_reason = $4, retry_at = NULL, paused_at = NULL
                 WHERE {Active} AND (assignment_id = $1 OR worker_id = $2) RETURNING {EndedColumns}, task_id
                """,
                row => (Ended: ReadEnded(row), TaskId: row.GetInt64(4)),
                scope.AssignmentId, scope.WorkerId, now, operation.Reason);
            if (ended.Count == 0 && scope.AssignmentId is not null) return Refused(ApplyStatus.InvalidState);
            foreach (var (_, taskId) in ended)
            {
                db.Execute("UPDATE task SET queued_at = $2, kept_for = iif(is_control, NULL, $3), kept_until = iif(is_control, NULL, $4) WHERE task_id = $1", taskId, now, reassignTo, reassignTo is null ? null : now + keepFor);
                if (reassignTo is not null) Forgive(db, taskId, reassignTo, now);
            }

            foreach (var (batchId, projectId) in ended.Select(row => (row.Ended.BatchId, row.Ended.ProjectId)).Distinct()) TakeOver(db, batchId, projectId);

            return new SupervisionOutcome(new ApplyOutcome(ApplyStatus.Applied), [.. ended.Select(row => row.Ended)], ended.Count);
        },
        cancellation);

    /// <inheritdoc/>
    public Task<SupervisionOutcome> ChangeTasksAsync(Guid batchId, TaskAction action, int value, IReadOnlyList<string> keys, Operation operation, CancellationToken cancellation) => SuperviseAsync(
        operation,
        (db, now) =>
        {
            var batch = ReadBatchRow(db, batchId);
            if (batch is null) return Refused(ApplyStatus.NotFound);
            var tasks = db.Query(
                "SELECT task_id, state, is_control FROM task WHERE batch_id = $1 AND task_key IN (SELECT value FROM json_each($2))",
                row => (Id: row.GetInt64(0), State: (TaskState)row.GetInt32(1), IsControl: row.Flag(2)),
                batchId, JsonSerializer.Serialize(keys));
            if (tasks.Count != keys.Distinct().Count()) return Refused(ApplyStatus.NotFound);
            if (tasks.Any(task => task.IsControl || !Allows(action, task.State))) return Refused(ApplyStatus.InvalidState);
            List<EndedAssignment> ended = [];
            foreach (var (taskId, state, _) in tasks)
            {
                AppendTaskEvent(db, taskId, new TaskEvent(operation.ActorId, null, operation.Kind, TaskActionWords.Of(action, value, operation.Reason), now));
                switch (action)
                {
                    case TaskAction.SetPriority:
                        db.Execute("UPDATE task SET priority = $2 WHERE task_id = $1", taskId, value);
                        break;
                    case TaskAction.Cancel:
                        ended.AddRange(CancelTask(db, taskId, operation.Reason, now));
                        db.Execute("UPDATE batch SET canceled = canceled + 1, dead = dead - $2 WHERE batch_id = $1", batchId, state == TaskState.DeadLetter);
                        break;
                    default:
                        db.Execute("UPDATE task SET state = 1, queued_at = $2, forgiven_at = $2 WHERE task_id = $1", taskId, now);
                        Forgive(db, taskId, workerId: null, now);
                        db.Execute("UPDATE batch SET dead = dead - 1 WHERE batch_id = $1", batchId);
                        break;
                }
            }

            TakeOver(db, batchId, batch.ProjectId);
            return new SupervisionOutcome(new ApplyOutcome(ApplyStatus.Applied), ended, tasks.Count);
        },
        cancellation);

    /// <inheritdoc/>
    public Task<SupervisionOutcome> CancelBatchAsync(Guid batchId, int? expectedVersion, Operation operation, CancellationToken cancellation) => SuperviseAsync(
        operation,
        (db, now) =>
        {
            var batch = db.First($"SELECT {BatchColumns} FROM batch WHERE batch_id = $1", ReadBatch, batchId);
            if (batch is null) return Refused(ApplyStatus.NotFound);
            if (expectedVersion is { } expected && expected != batch.Version) return Refused(ApplyStatus.VersionMismatch);
            if (batch.Status is BatchStatus.Closed or BatchStatus.Canceled) return Refused(ApplyStatus.InvalidState);
            var ended = db.Query(
                $"UPDATE assignment SET state = 12, ended_at = $2, end_reason = $3, paused_at = NULL WHERE batch_id = $1 AND {Active} RETURNING {EndedColumns}",
                ReadEnded, batchId, now, operation.Reason);
            var tasks = db.Execute("UPDATE task SET state = 4, kept_for = NULL, kept_until = NULL WHERE batch_id = $1 AND state IN (1, 3) AND is_control = 0", batchId);
            db.Execute("UPDATE batch SET status = 6, version = version + 1, canceled = canceled + $2, dead = 0 WHERE batch_id = $1", batchId, tasks);
            TakeOver(db, batchId, batch.ProjectId);
            return new SupervisionOutcome(new ApplyOutcome(ApplyStatus.Applied), ended, tasks);
        },
        cancellation);

    /// <inheritdoc/>
    public Task<Page<DeadLetter>> ListDeadLettersAsync(Guid batchId, PageCursor? from, int limit, CancellationToken cancellation) => ReadAsync(
        db => PageOf(
            [.. db.Query(
                "SELECT task_id, task_key, content, created_at FROM task WHERE batch_id = $1 AND state = 3 AND task_id > $2 ORDER BY task_id LIMIT $3",
                row => new DeadLetter(row.GetInt64(0), row.GetString(1), row.GetString(2), row.Time(3), []),
                batchId, After(from), limit + 1)
                .Select(letter => (letter.TaskId, letter with { Attempts = ReadAttempts(db, letter.TaskId) }))],
            limit),
        cancellation);

    /// <inheritdoc/>
    public Task<Page<AuditRow>> ListAuditAsync(Guid subjectId, PageCursor? from, int limit, CancellationToken cancellation) => ReadAsync(
        db => PageOf(
            db.Query(
                "SELECT audit_id, actor_id, kind, subject_id, reason, detail, at FROM audit WHERE subject_id = $1 AND audit_id < $2 ORDER BY audit_id DESC LIMIT $3",
                row => (row.GetInt64(0), new AuditRow(row.Id(1), row.GetString(2), row.Id(3), row.TextOrNull(4), row.GetString(5), row.Time(6))),
                subjectId, from is null ? long.MaxValue : After(from), limit + 1),
            limit),
        cancellation);

    /// <inheritdoc/>
    public Task<Page<JudgmentRow>> ListLateAnswersAsync(Guid batchId, PageCursor? from, int limit, CancellationToken cancellation) => ReadAsync(
        db => PageOf(
            db.Query(
                $"{SelectJudgment} WHERE n.batch_id = $1 AND n.late = 1 AND n.counted = 0 AND a.state = 4 AND n.answer_id > $2 ORDER BY n.answer_id LIMIT $3",
                row => (row.GetInt64(0), ReadJudgment(row)), batchId, After(from), limit + 1),
            limit),
        cancellation);

    private async Task<SupervisionOutcome> SuperviseAsync(Operation operation, Func<SqliteSession, DateTimeOffset, SupervisionOutcome> effect, CancellationToken cancellation) => await WriteAsync(
        (db, now) =>
        {
            if (FindOperation(db, operation.ActorId, operation.OperationId) is { } stored) return new SupervisionOutcome(stored.AnswerTo(operation), []);
            var outcome = effect(db, now);
            if (outcome.Outcome.Status == ApplyStatus.Applied) StoreOperation(db, operation, operation.Result, now);
            return outcome;
        },
        cancellation);

    private static List<EndedAssignment> CancelTask(SqliteSession db, long taskId, string? reason, DateTimeOffset now)
    {
        db.Execute("UPDATE task SET state = 4, kept_for = NULL, kept_until = NULL WHERE task_id = $1", taskId);
        return db.Query(
            $"UPDATE assignment SET state = 12, ended_at = $2, end_reason = $3, paused_at = NULL WHERE task_id = $1 AND {Active} RETURNING {EndedColumns}",
            ReadEnded, taskId, now, reason);
    }

    // A worker (all of them when null) may have the task again whatever happened before; what was answered stays answered.
    private static void Forgive(SqliteSession db, long taskId, Guid? workerId, DateTimeOffset now) => db.Execute(
        "UPDATE assignment SET retry_at = $3 WHERE task_id = $1 AND ($2 IS NULL OR worker_id = $2) AND state IN (7, 8, 9, 10, 11, 12)",
        taskId, workerId, now);

    private static void TakeOver(SqliteSession db, Guid batchId, Guid projectId)
    {
        db.Execute("UPDATE batch SET owner_epoch = owner_epoch + 1 WHERE batch_id = $1", batchId);
        BumpWork(db, projectId);
    }

    private static bool Allows(TaskAction action, TaskState state) => action switch
    {
        TaskAction.SetPriority => state is TaskState.Open or TaskState.DeadLetter,
        TaskAction.Cancel => state is TaskState.Open or TaskState.DeadLetter,
        TaskAction.Requeue => state == TaskState.DeadLetter,
        _ => false,
    };

    private static List<FailedAttempt> ReadAttempts(SqliteSession db, long taskId) => db.Query(
        "SELECT worker_id, state, end_reason, ended_at FROM assignment WHERE task_id = $1 AND state IN (8, 10, 11) ORDER BY ended_at",
        row => new FailedAttempt(row.Id(0), (AssignmentState)row.GetInt32(1), row.TextOrNull(2), row.Time(3)),
        taskId);

    private static SupervisionOutcome Refused(ApplyStatus status) => new(new ApplyOutcome(status), []);

    private static EndedAssignment ReadEnded(SqliteDataReader row) => new(row.Id(0), row.Id(1), row.Id(2), row.Id(3));
}
