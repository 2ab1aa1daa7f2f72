using Dispatch.Contracts;
using Npgsql;
using NpgsqlTypes;

namespace Dispatch.Storage.PostgreSql;

/// <summary>Supervisors' commands. Each locks its batch rows FOR UPDATE first, in id order: a group commit holds them shared, so one of the two waits.</summary>
public sealed partial class PostgreSqlStore
{
    private const string EndedColumns = "a.assignment_id, a.worker_id, a.batch_id, b.project_id";

    /// <inheritdoc/>
    public Task<SupervisionOutcome> WithdrawAsync(WithdrawalScope scope, Guid? reassignTo, TimeSpan keepFor, Operation operation, CancellationToken cancellation) => SuperviseAsync(
        operation,
        async db =>
        {
            var known = scope.AssignmentId is { } one
                ? await db.ScalarAsync("SELECT 1 FROM assignment WHERE assignment_id = $1", one) is not null
                : await db.ScalarAsync("SELECT 1 FROM worker WHERE worker_id = $1", Id(scope.WorkerId)) is not null;
            if (!known) return Refused(ApplyStatus.NotFound);
            var batches = await db.QueryAsync(
                """
                SELECT batch_id FROM batch WHERE batch_id IN (SELECT batch_id FROM assignment WHERE (assignment_id = $1 OR worker_id = $2) AND state IN (1, 2, 3))
                 ORDER BY batch_id FOR UPDATE
                """,
                row => row.GetGuid(0), Id(scope.AssignmentId), Id(scope.WorkerId));
            var ended = await db.QueryAsync(
                $"""
                UPDATE assignment a SET state = 12, ended_at = now(), end_reason = $3, retry_at = NULL, paused_at = NULL FROM batch b
                 WHERE b.batch_id = a.batch_id AND a.batch_id = ANY($4) AND a.state IN (1, 2, 3) AND (a.assignment_id = $1 OR a.worker_id = $2) RETURNING {EndedColumns}, a.task_id
                """,
                row => (Ended: ReadEnded(row), TaskId: row.GetInt64(4)),
                Id(scope.AssignmentId), Id(scope.WorkerId), Text(operation.Reason), ArrayOf(batches, NpgsqlDbType.Uuid));
            if (ended.Count == 0 && scope.AssignmentId is not null) return Refused(ApplyStatus.InvalidState);
            foreach (var (_, taskId) in ended)
            {
                await db.ExecuteAsync(
                    "UPDATE task SET queued_at = now(), kept_for = CASE WHEN is_control THEN NULL ELSE $2 END, kept_until = CASE WHEN $2 IS NULL OR is_control THEN NULL ELSE now() + $3 END WHERE task_id = $1",
                    taskId, Id(reassignTo), keepFor);
                if (reassignTo is not null) await ForgiveAsync(db, taskId, reassignTo);
            }

            await TakeOverAsync(db, batches);
            return new SupervisionOutcome(new ApplyOutcome(ApplyStatus.Applied), [.. ended.Select(row => row.Ended)], ended.Count);
        },
        cancellation);

    /// <inheritdoc/>
    public Task<SupervisionOutcome> ChangeTasksAsync(Guid batchId, TaskAction action, int value, IReadOnlyList<string> keys, Operation operation, CancellationToken cancellation) => SuperviseAsync(
        operation,
        async db =>
        {
            if (await db.ScalarAsync("SELECT 1 FROM batch WHERE batch_id = $1 FOR UPDATE", batchId) is null) return Refused(ApplyStatus.NotFound);
            var tasks = await db.QueryAsync(
                "SELECT task_id, state, is_control FROM task WHERE batch_id = $1 AND task_key = ANY($2)",
                row => (Id: row.GetInt64(0), State: (TaskState)row.GetInt16(1), IsControl: row.GetBoolean(2)),
                batchId, ArrayOf(keys, NpgsqlDbType.Text));
            if (tasks.Count != keys.Distinct().Count()) return Refused(ApplyStatus.NotFound);
            if (tasks.Any(task => task.IsControl || !Allows(action, task.State))) return Refused(ApplyStatus.InvalidState);
            // A parameter belongs to one command.
            NpgsqlParameter Ids() => ArrayOf(tasks.Select(task => task.Id), NpgsqlDbType.Bigint);
            List<EndedAssignment> ended = [];
            switch (action)
            {
                case TaskAction.SetPriority:
                    await db.ExecuteAsync("UPDATE task SET priority = $2 WHERE task_id = ANY($1)", Ids(), value);
                    break;
                case TaskAction.Cancel:
                    await db.ExecuteAsync("UPDATE task SET state = 4, kept_for = NULL, kept_until = NULL WHERE task_id = ANY($1)", Ids());
                    ended = await db.QueryAsync(
                        $"""
                        UPDATE assignment a SET state = 12, ended_at = now(), end_reason = $2, paused_at = NULL FROM batch b
                         WHERE b.batch_id = a.batch_id AND a.task_id = ANY($1) AND a.state IN (1, 2, 3) RETURNING {EndedColumns}
                        """,
                        ReadEnded, Ids(), Text(operation.Reason));
                    await db.ExecuteAsync(
                        "UPDATE batch_counter SET canceled = canceled + $2, dead = dead - $3 WHERE batch_id = $1",
                        batchId, tasks.Count, tasks.Count(task => task.State == TaskState.DeadLetter));
                    break;
                default:
                    await db.ExecuteAsync("UPDATE task SET state = 1, queued_at = now(), forgiven_at = now() WHERE task_id = ANY($1)", Ids());
                    foreach (var (taskId, _, _) in tasks) await ForgiveAsync(db, taskId, workerId: null);
                    await db.ExecuteAsync("UPDATE batch_counter SET dead = dead - $2 WHERE batch_id = $1", batchId, tasks.Count);
                    break;
            }

            await AppendTaskEventsAsync(db, tasks.Select(task => task.Id), operation.ActorId, operation.Kind, TaskActionWords.Of(action, value, operation.Reason));
            await TakeOverAsync(db, [batchId]);
            return new SupervisionOutcome(new ApplyOutcome(ApplyStatus.Applied), ended, tasks.Count);
        },
        cancellation);

    /// <inheritdoc/>
    public Task<SupervisionOutcome> CancelBatchAsync(Guid batchId, int? expectedVersion, Operation operation, CancellationToken cancellation) => SuperviseAsync(
        operation,
        async db =>
        {
            var batch = await db.FirstAsync($"SELECT {BatchColumns} FROM batch WHERE batch_id = $1 FOR UPDATE", ReadBatch, batchId);
            if (batch is null) return Refused(ApplyStatus.NotFound);
            if (expectedVersion is { } expected && expected != batch.Version) return Refused(ApplyStatus.VersionMismatch);
            if (batch.Status is BatchStatus.Closed or BatchStatus.Canceled) return Refused(ApplyStatus.InvalidState);
            var ended = await db.QueryAsync(
                $"""
                UPDATE assignment a SET state = 12, ended_at = now(), end_reason = $2, paused_at = NULL FROM batch b
                 WHERE b.batch_id = a.batch_id AND a.batch_id = $1 AND a.state IN (1, 2, 3) RETURNING {EndedColumns}
                """,
                ReadEnded, batchId, Text(operation.Reason));
            var tasks = await db.ExecuteAsync("UPDATE task SET state = 4, kept_for = NULL, kept_until = NULL WHERE batch_id = $1 AND state IN (1, 3) AND NOT is_control", batchId);
            await db.ExecuteAsync("UPDATE batch SET status = 6, version = version + 1 WHERE batch_id = $1", batchId);
            await db.ExecuteAsync("UPDATE batch_counter SET canceled = canceled + $2, dead = 0 WHERE batch_id = $1", batchId, tasks);
            await TakeOverAsync(db, [batchId]);
            return new SupervisionOutcome(new ApplyOutcome(ApplyStatus.Applied), ended, tasks);
        },
        cancellation);

    /// <inheritdoc/>
    public Task<Page<DeadLetter>> ListDeadLettersAsync(Guid batchId, PageCursor? from, int limit, CancellationToken cancellation) => ReadAsync(
        async db =>
        {
            var letters = await db.QueryAsync(
                "SELECT task_id, task_key, content, created_at FROM task WHERE batch_id = $1 AND state = 3 AND task_id > $2 ORDER BY task_id LIMIT $3",
                row => new DeadLetter(row.GetInt64(0), row.GetString(1), row.GetString(2), row.Time(3), []),
                batchId, After(from), limit + 1);
            var attempts = (await db.QueryAsync(
                "SELECT task_id, worker_id, state, end_reason, ended_at FROM assignment WHERE task_id = ANY($1) AND state IN (8, 10, 11) ORDER BY ended_at",
                row => (TaskId: row.GetInt64(0), Attempt: new FailedAttempt(row.GetGuid(1), (AssignmentState)row.GetInt16(2), row.TextOrNull(3), row.Time(4))),
                ArrayOf(letters.Select(letter => letter.TaskId), NpgsqlDbType.Bigint))).ToLookup(row => row.TaskId, row => row.Attempt);
            return PageOf([.. letters.Select(letter => (letter.TaskId, letter with { Attempts = [.. attempts[letter.TaskId]] }))], limit);
        },
        cancellation);

    /// <inheritdoc/>
    public Task<Page<AuditRow>> ListAuditAsync(Guid subjectId, PageCursor? from, int limit, CancellationToken cancellation) => ReadAsync(
        async db => PageOf(
            await db.QueryAsync(
                "SELECT audit_id, actor_id, kind, subject_id, reason, detail, at FROM audit WHERE subject_id = $1 AND audit_id < $2 ORDER BY audit_id DESC LIMIT $3",
                row => (row.GetInt64(0), new AuditRow(row.GetGuid(1), row.GetString(2), row.GetGuid(3), row.TextOrNull(4), row.GetString(5), row.Time(6))),
                subjectId, from is null ? long.MaxValue : After(from), limit + 1),
            limit),
        cancellation);

    /// <inheritdoc/>
    public Task<Page<JudgmentRow>> ListLateAnswersAsync(Guid batchId, PageCursor? from, int limit, CancellationToken cancellation) => ReadAsync(
        async db => PageOf(
            await db.QueryAsync(
                $"{SelectJudgment} WHERE n.batch_id = $1 AND n.late AND NOT n.counted AND a.state = 4 AND n.answer_id > $2 ORDER BY n.answer_id LIMIT $3",
                row => (row.GetInt64(0), ReadJudgment(row)), batchId, After(from), limit + 1),
            limit),
        cancellation);

    private Task<SupervisionOutcome> SuperviseAsync(Operation operation, Func<PostgreSqlSession, Task<SupervisionOutcome>> effect, CancellationToken cancellation) => WriteAsync(
        async db =>
        {
            if (await FindOperationAsync(db, operation.ActorId, operation.OperationId) is { } stored) return new SupervisionOutcome(stored.AnswerTo(operation), []);
            var outcome = await effect(db);
            if (outcome.Outcome.Status == ApplyStatus.Applied) await StoreOperationAsync(db, operation);
            return outcome;
        },
        cancellation);

    // A worker (all of them when null) may have the task again whatever happened before; what was answered stays answered.
    private static Task<int> ForgiveAsync(PostgreSqlSession db, long taskId, Guid? workerId) => db.ExecuteAsync(
        "UPDATE assignment SET retry_at = now() WHERE task_id = $1 AND ($2 IS NULL OR worker_id = $2) AND state IN (7, 8, 9, 10, 11, 12)",
        taskId, Id(workerId));

    private static async Task TakeOverAsync(PostgreSqlSession db, IReadOnlyList<Guid> batches)
    {
        await db.ExecuteAsync("UPDATE batch SET owner_epoch = owner_epoch + 1 WHERE batch_id = ANY($1)", ArrayOf(batches, NpgsqlDbType.Uuid));
        await db.ExecuteAsync(
            "UPDATE project SET work_version = work_version + 1 WHERE project_id IN (SELECT project_id FROM batch WHERE batch_id = ANY($1))",
            ArrayOf(batches, NpgsqlDbType.Uuid));
    }

    private static bool Allows(TaskAction action, TaskState state) => action switch
    {
        TaskAction.SetPriority or TaskAction.Cancel => state is TaskState.Open or TaskState.DeadLetter,
        TaskAction.Requeue => state == TaskState.DeadLetter,
        _ => false,
    };

    private static SupervisionOutcome Refused(ApplyStatus status) => new(new ApplyOutcome(status), []);

    private static EndedAssignment ReadEnded(NpgsqlDataReader row) => new(row.GetGuid(0), row.GetGuid(1), row.GetGuid(2), row.GetGuid(3));
}
