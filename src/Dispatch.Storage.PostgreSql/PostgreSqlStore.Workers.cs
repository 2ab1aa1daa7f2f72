using Dispatch.Contracts;
using Npgsql;
using NpgsqlTypes;

namespace Dispatch.Storage.PostgreSql;

/// <summary>Workers.</summary>
public sealed partial class PostgreSqlStore
{
    private const string WorkerColumns = "w.worker_id, w.name, w.display_name, w.roles, w.labels, w.capacity, w.is_active, w.version, w.created_at, w.ordinal, w.board_name, w.on_board";

    /// <inheritdoc/>
    public Task<ApplyOutcome> CreateWorkerAsync(WorkerRecord worker, IReadOnlyCollection<Guid> projects, Operation operation, CancellationToken cancellation) => ApplyAsync(
        operation,
        async db =>
        {
            var wanted = projects.Distinct().ToArray();
            var known = (long)(await db.ScalarAsync("SELECT count(*) FROM project WHERE project_id = ANY($1)", ArrayOf(wanted, NpgsqlDbType.Uuid)))!;
            if (known != wanted.Length) return ApplyStatus.NotFound;
            var stored = await db.ExecuteAsync(
                """
                INSERT INTO worker (worker_id, name, display_name, roles, labels, capacity, is_active, board_name, on_board)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (name) DO NOTHING
                """,
                worker.WorkerId, worker.Name, worker.DisplayName, worker.Roles.ToArray(), worker.Labels, worker.Capacity, worker.IsActive, Text(worker.BoardName), worker.OnBoard);
            if (stored == 0) return ApplyStatus.Duplicate;
            foreach (var project in wanted) await EnrolAsync(db, worker.WorkerId, project);
            return ApplyStatus.Applied;
        },
        cancellation,
        wakes: [.. projects]);

    /// <inheritdoc/>
    public Task<ApplyOutcome> UpdateWorkerAsync(WorkerRecord worker, int? expectedVersion, Operation operation, CancellationToken cancellation) => ApplyAsync(
        operation,
        async db =>
        {
            if (await db.ScalarAsync("SELECT version FROM worker WHERE worker_id = $1 FOR UPDATE", worker.WorkerId) is not int version) return ApplyStatus.NotFound;
            if (expectedVersion is { } expected && expected != version) return ApplyStatus.VersionMismatch;
            await db.ExecuteAsync(
                "UPDATE worker SET display_name = $2, roles = $3, labels = $4, capacity = $5, is_active = $6, version = version + 1 WHERE worker_id = $1",
                worker.WorkerId, worker.DisplayName, worker.Roles.ToArray(), worker.Labels, worker.Capacity, worker.IsActive);
            return ApplyStatus.Applied;
        },
        cancellation);

    /// <inheritdoc/>
    public Task<SupervisionOutcome> SetEnrolmentAsync(Guid workerId, Guid projectId, bool enrolled, Operation operation, CancellationToken cancellation) => SuperviseAsync(
        operation,
        async db =>
        {
            if (await db.ScalarAsync("SELECT 1 FROM worker WHERE worker_id = $1", workerId) is null
                || await db.ScalarAsync("SELECT 1 FROM project WHERE project_id = $1", projectId) is null) return Refused(ApplyStatus.NotFound);
            if (!enrolled) return new SupervisionOutcome(new ApplyOutcome(ApplyStatus.Applied), await RemoveAsync(db, workerId, projectId));
            await EnrolAsync(db, workerId, projectId);
            await BumpWorkAsync(db, projectId);
            return new SupervisionOutcome(new ApplyOutcome(ApplyStatus.Applied), []);
        },
        cancellation);

    private static async Task<List<EndedAssignment>> RemoveAsync(PostgreSqlSession db, Guid workerId, Guid projectId)
    {
        await db.ExecuteAsync("DELETE FROM enrolment WHERE worker_id = $1 AND project_id = $2", workerId, projectId);
        var batches = await db.QueryAsync(
            """
            SELECT batch_id FROM batch WHERE project_id = $2 AND batch_id IN (SELECT batch_id FROM assignment WHERE worker_id = $1 AND state IN (1, 2)) ORDER BY batch_id FOR UPDATE
            """,
            row => row.GetGuid(0), workerId, projectId);
        if (batches.Count == 0) return [];
        var ended = await db.QueryAsync(
            $"""
            UPDATE assignment a SET state = 9, ended_at = now(), retry_at = now(), end_reason = $2, paused_at = NULL FROM batch b
             WHERE b.batch_id = a.batch_id AND a.worker_id = $1 AND a.batch_id = ANY($3) AND a.state IN (1, 2) RETURNING {EndedColumns}
            """,
            ReadEnded, workerId, WorkerRecord.Removed, ArrayOf(batches, NpgsqlDbType.Uuid));
        await TakeOverAsync(db, [.. ended.Select(assignment => assignment.BatchId).Distinct()]);
        return ended;
    }

    /// <inheritdoc/>
    public Task<WorkerRecord?> GetWorkerAsync(Guid workerId, CancellationToken cancellation) =>
        ReadAsync(db => db.FirstAsync($"SELECT {WorkerColumns} FROM worker w WHERE w.worker_id = $1", ReadWorker, workerId), cancellation);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<PersonAccess>> ListAccessAsync(IReadOnlyCollection<Guid> workerIds, CancellationToken cancellation) => await ReadAsync(
        db => db.QueryAsync(
            "SELECT worker_id, is_active, roles FROM worker WHERE worker_id = ANY ($1)",
            row => new PersonAccess(row.GetGuid(0), row.GetBoolean(1), row.GetFieldValue<string[]>(2)),
            ArrayOf(workerIds, NpgsqlDbType.Uuid)),
        cancellation);

    /// <inheritdoc/>
    public Task<WorkerRecord?> FindWorkerByNameAsync(string name, CancellationToken cancellation) =>
        ReadAsync(db => db.FirstAsync($"SELECT {WorkerColumns} FROM worker w WHERE w.name = $1", ReadWorker, name), cancellation);

    /// <inheritdoc/>
    public Task<Page<WorkerRecord>> ListWorkersAsync(Guid? projectId, PageCursor? from, int limit, CancellationToken cancellation) => ReadAsync(
        async db => PageOf(
            await db.QueryAsync(
                $"""
                SELECT {WorkerColumns} FROM worker w
                 WHERE w.ordinal > $1 AND ($3 IS NULL OR EXISTS (SELECT 1 FROM enrolment e WHERE e.worker_id = w.worker_id AND e.project_id = $3))
                 ORDER BY w.ordinal LIMIT $2
                """,
                row => (row.GetInt64(9), ReadWorker(row)), After(from), limit + 1, Id(projectId)),
            limit),
        cancellation);

    /// <inheritdoc/>
    public Task<(ApplyOutcome Outcome, DateTimeOffset Since)> ChangeActivityAsync(Guid workerId, Activity activity, string? reason, Operation? operation, CancellationToken cancellation) => WriteAsync(
        async db =>
        {
            if (operation is not null && await FindOperationAsync(db, operation.ActorId, operation.OperationId) is { } stored) return (stored.AnswerTo(operation), default);
            if (await db.ScalarAsync("SELECT 1 FROM worker WHERE worker_id = $1", workerId) is null) return (new ApplyOutcome(ApplyStatus.NotFound), default);
            var present = await db.QueryAsync("SELECT activity, reason, since FROM worker_activity WHERE worker_id = $1 ORDER BY activity_id DESC LIMIT 1", row => (Activity: (Activity)row.GetInt16(0), Reason: row.TextOrNull(1), Since: row.Time(2)), workerId);
            if (present is [{ } last] && last.Activity == activity && last.Reason == reason)
            {
                if (operation is not null) await StoreOperationAsync(db, operation);
                return (new ApplyOutcome(ApplyStatus.Applied), last.Since);
            }

            var since = (DateTime)(await db.ScalarAsync("INSERT INTO worker_activity (worker_id, activity, reason) VALUES ($1, $2, $3) RETURNING since", workerId, activity, Text(reason)))!;
            await StandStillAsync(db, workerId, activity);
            if (operation is not null) await StoreOperationAsync(db, operation);
            return (new ApplyOutcome(ApplyStatus.Applied), new DateTimeOffset(since, TimeSpan.Zero));
        },
        cancellation);

    /// <inheritdoc/>
    public Task<StoredOperation?> FindOperationAsync(Guid actorId, Guid operationId, CancellationToken cancellation) =>
        ReadAsync(db => FindOperationAsync(db, actorId, operationId), cancellation);

    /// <inheritdoc/>
    public Task MarkShownAsync(IReadOnlyList<(Guid AssignmentId, Guid WorkerId)> shown, CancellationToken cancellation) => WriteAsync(
        db => db.ExecuteAsync(
            """
            UPDATE assignment a SET shown_at = now(), unshown_us = a.paused_us + CASE WHEN a.paused_at IS NULL THEN 0 ELSE least((extract(epoch FROM now() - a.paused_at) * 1000000)::bigint, a.pause_left_us) END
              FROM (SELECT * FROM unnest($1::uuid[], $2::uuid[]) AS s (assignment_id, worker_id)) s
             WHERE a.assignment_id = s.assignment_id AND a.worker_id = s.worker_id AND a.state IN (1, 2, 3) AND a.shown_at IS NULL
            """,
            ArrayOf(shown.Select(row => row.AssignmentId), NpgsqlDbType.Uuid),
            ArrayOf(shown.Select(row => row.WorkerId), NpgsqlDbType.Uuid)),
        cancellation);

    /// <inheritdoc/>
    public Task<HeldAssignment?> FindAssignmentAsync(Guid assignmentId, Guid workerId, CancellationToken cancellation) =>
        ReadAsync(db => db.FirstAsync($"{SelectHeld} WHERE a.assignment_id = $1 AND a.worker_id = $2", ReadHeld, assignmentId, workerId), cancellation);

    private static Task<int> StandStillAsync(PostgreSqlSession db, Guid workerId, Activity activity) => activity == Activity.Break
        ? db.ExecuteAsync("UPDATE assignment SET paused_at = now() WHERE worker_id = $1 AND state IN (1, 3) AND paused_at IS NULL AND pause_left_us > 0", workerId)
        : db.ExecuteAsync(
            """
            UPDATE assignment a SET lease_until = a.lease_until + u.used * interval '1 microsecond', paused_us = a.paused_us + u.used, pause_left_us = a.pause_left_us - u.used, paused_at = NULL
              FROM (SELECT assignment_id, least((extract(epoch FROM now() - paused_at) * 1000000)::bigint, pause_left_us) AS used
                      FROM assignment WHERE worker_id = $1 AND state IN (1, 3) AND paused_at IS NOT NULL) u
             WHERE a.assignment_id = u.assignment_id AND a.paused_at IS NOT NULL
            """,
            workerId);

    /// <inheritdoc/>
    public Task<DraftOutcome> SaveDraftAsync(Guid assignmentId, Guid workerId, int leaseEpoch, string draft, long version, CancellationToken cancellation) => WriteAsync(
        async db =>
        {
            var stored = await db.ScalarAsync(
                "SELECT draft_version FROM assignment WHERE assignment_id = $1 AND worker_id = $2 AND lease_epoch = $3 AND state IN (1, 2, 3) FOR UPDATE",
                assignmentId, workerId, leaseEpoch);
            if (stored is not long storedVersion) return DraftOutcome.NotHeld;
            if (storedVersion >= version) return DraftOutcome.Stale;
            await db.ExecuteAsync("UPDATE assignment SET draft = $2, draft_version = $3 WHERE assignment_id = $1", assignmentId, draft, version);
            return DraftOutcome.Saved;
        },
        cancellation);

    private static Task EnrolAsync(PostgreSqlSession db, Guid workerId, Guid projectId) =>
        db.ExecuteAsync("INSERT INTO enrolment (worker_id, project_id) VALUES ($1, $2) ON CONFLICT DO NOTHING", workerId, projectId);

    private static WorkerRecord ReadWorker(NpgsqlDataReader row) => new()
    {
        WorkerId = row.GetGuid(0),
        Name = row.GetString(1),
        DisplayName = row.GetString(2),
        Roles = row.GetFieldValue<string[]>(3),
        Labels = row.GetString(4),
        Capacity = row.GetInt32(5),
        IsActive = row.GetBoolean(6),
        Version = row.GetInt32(7),
        CreatedAt = row.Time(8),
        BoardName = row.TextOrNull(10),
        OnBoard = row.GetBoolean(11),
    };
}
