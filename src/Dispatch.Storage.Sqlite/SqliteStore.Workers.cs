using System.Text.Json;
using Dispatch.Contracts;
using Microsoft.Data.Sqlite;

namespace Dispatch.Storage.Sqlite;

/// <summary>Workers.</summary>
public sealed partial class SqliteStore
{
    private const string WorkerColumns = "w.worker_id, w.name, w.display_name, w.roles, w.labels, w.capacity, w.is_active, w.version, w.created_at, w.ordinal, w.board_name, w.on_board";

    // Answers of a worker are in order: those of today are the ones after the last of yesterday.
    private const string AnsweredSince = """
        SELECT count(*) FROM answer WHERE worker_id = $1
           AND answer_id > coalesce((SELECT answer_id FROM answer WHERE worker_id = $1 AND submitted_at < $2 ORDER BY answer_id DESC LIMIT 1), 0)
        """;

    /// <inheritdoc/>
    public Task<ApplyOutcome> CreateWorkerAsync(WorkerRecord worker, IReadOnlyCollection<Guid> projects, Operation operation, CancellationToken cancellation) => ApplyAsync(
        operation,
        (db, now) =>
        {
            if (db.Scalar("SELECT 1 FROM worker WHERE name = $1", worker.Name) is not null) return ApplyStatus.Duplicate;
            if (projects.Any(project => db.Scalar("SELECT 1 FROM project WHERE project_id = $1", project) is null)) return ApplyStatus.NotFound;
            db.Execute(
                "INSERT INTO worker (worker_id, name, display_name, roles, labels, capacity, is_active, version, created_at, ordinal, board_name, on_board) VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, (SELECT coalesce(max(ordinal), 0) + 1 FROM worker), $9, $10)",
                worker.WorkerId, worker.Name, worker.DisplayName, JsonSerializer.Serialize(worker.Roles), worker.Labels, worker.Capacity, worker.IsActive, now, worker.BoardName, worker.OnBoard);
            foreach (var project in projects) Enrol(db, worker.WorkerId, project);
            return ApplyStatus.Applied;
        },
        cancellation);

    /// <inheritdoc/>
    public Task<ApplyOutcome> UpdateWorkerAsync(WorkerRecord worker, int? expectedVersion, Operation operation, CancellationToken cancellation) => ApplyAsync(
        operation,
        (db, _) =>
        {
            if (db.Scalar("SELECT version FROM worker WHERE worker_id = $1", worker.WorkerId) is not long version) return ApplyStatus.NotFound;
            if (expectedVersion is { } expected && expected != version) return ApplyStatus.VersionMismatch;
            db.Execute(
                "UPDATE worker SET display_name = $2, roles = $3, labels = $4, capacity = $5, is_active = $6, version = version + 1 WHERE worker_id = $1",
                worker.WorkerId, worker.DisplayName, JsonSerializer.Serialize(worker.Roles), worker.Labels, worker.Capacity, worker.IsActive);
            return ApplyStatus.Applied;
        },
        cancellation);

    /// <inheritdoc/>
    public Task<SupervisionOutcome> SetEnrolmentAsync(Guid workerId, Guid projectId, bool enrolled, Operation operation, CancellationToken cancellation) => SuperviseAsync(
        operation,
        (db, now) =>
        {
            if (db.Scalar("SELECT 1 FROM worker WHERE worker_id = $1", workerId) is null || db.Scalar("SELECT 1 FROM project WHERE project_id = $1", projectId) is null) return Refused(ApplyStatus.NotFound);
            List<EndedAssignment> ended = [];
            if (enrolled) Enrol(db, workerId, projectId);
            else ended = Remove(db, workerId, projectId, now);
            return new SupervisionOutcome(new ApplyOutcome(ApplyStatus.Applied), ended);
        },
        cancellation);

    private static List<EndedAssignment> Remove(SqliteSession db, Guid workerId, Guid projectId, DateTimeOffset now)
    {
        db.Execute("DELETE FROM enrolment WHERE worker_id = $1 AND project_id = $2", workerId, projectId);
        var ended = db.Query(
            $"""
            UPDATE assignment SET state = 9, ended_at = $3, retry_at = $3, end_reason = $4, paused_at = NULL
             WHERE worker_id = $1 AND state IN (1, 2) AND batch_id IN (SELECT batch_id FROM batch WHERE project_id = $2) RETURNING {EndedColumns}
            """,
            ReadEnded, workerId, projectId, now, WorkerRecord.Removed);
        foreach (var batchId in ended.Select(assignment => assignment.BatchId).Distinct()) TakeOver(db, batchId, projectId);
        return ended;
    }

    /// <inheritdoc/>
    public Task<WorkerRecord?> GetWorkerAsync(Guid workerId, CancellationToken cancellation) =>
        ReadAsync(db => db.First($"SELECT {WorkerColumns} FROM worker w WHERE w.worker_id = $1", ReadWorker, workerId), cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<PersonAccess>> ListAccessAsync(IReadOnlyCollection<Guid> workerIds, CancellationToken cancellation) => ReadAsync<IReadOnlyList<PersonAccess>>(
        db => [.. workerIds.Select(workerId => db.First(
            "SELECT is_active, roles FROM worker WHERE worker_id = $1",
            row => new PersonAccess(workerId, row.Flag(0), JsonSerializer.Deserialize<string[]>(row.GetString(1))!),
            workerId)).OfType<PersonAccess>()],
        cancellation);

    /// <inheritdoc/>
    public Task<WorkerRecord?> FindWorkerByNameAsync(string name, CancellationToken cancellation) =>
        ReadAsync(db => db.First($"SELECT {WorkerColumns} FROM worker w WHERE w.name = $1", ReadWorker, name), cancellation);

    /// <inheritdoc/>
    public Task<Page<WorkerRecord>> ListWorkersAsync(Guid? projectId, PageCursor? from, int limit, CancellationToken cancellation) => ReadAsync(
        db => PageOf(
            projectId is null
                ? db.Query($"SELECT {WorkerColumns} FROM worker w WHERE w.ordinal > $1 ORDER BY w.ordinal LIMIT $2", row => (row.GetInt64(9), ReadWorker(row)), After(from), limit + 1)
                : db.Query($"SELECT {WorkerColumns} FROM worker w JOIN enrolment e ON e.worker_id = w.worker_id WHERE e.project_id = $3 AND w.ordinal > $1 ORDER BY w.ordinal LIMIT $2", row => (row.GetInt64(9), ReadWorker(row)), After(from), limit + 1, projectId),
            limit),
        cancellation);

    /// <inheritdoc/>
    public Task<WorkerState?> LoadWorkerAsync(Guid workerId, CancellationToken cancellation) => ReadAsync(
        db =>
        {
            // One read transaction, so that activity and held assignments are of one moment.
            db.Execute("BEGIN");
            try
            {
                return LoadWorker(db, workerId);
            }
            finally
            {
                db.Execute("COMMIT");
            }
        },
        cancellation);

    /// <inheritdoc/>
    public Task<(ApplyOutcome Outcome, DateTimeOffset Since)> ChangeActivityAsync(Guid workerId, Activity activity, string? reason, Operation? operation, CancellationToken cancellation) => WriteAsync(
        (db, now) =>
        {
            if (operation is not null && FindOperation(db, operation.ActorId, operation.OperationId) is { } stored) return (stored.AnswerTo(operation), now);
            if (db.Scalar("SELECT 1 FROM worker WHERE worker_id = $1", workerId) is null) return (new ApplyOutcome(ApplyStatus.NotFound), now);
            if (!IsActivity(db, workerId, activity, reason))
            {
                db.Execute("INSERT INTO worker_activity (worker_id, activity, reason, since) VALUES ($1, $2, $3, $4)", workerId, activity, reason, now);
                StandStill(db, workerId, activity, now);
            }

            if (operation is not null) StoreOperation(db, operation, operation.Result, now);
            return (new ApplyOutcome(ApplyStatus.Applied), now);
        },
        cancellation);

    private static bool IsActivity(SqliteSession db, Guid workerId, Activity activity, string? reason) =>
        db.Query("SELECT activity, reason FROM worker_activity WHERE worker_id = $1 ORDER BY activity_id DESC LIMIT 1", row => (row.GetInt32(0), row.TextOrNull(1)), workerId) is [var (present, why)]
        && present == (int)activity && why == reason;

    /// <inheritdoc/>
    public Task<StoredOperation?> FindOperationAsync(Guid actorId, Guid operationId, CancellationToken cancellation) =>
        ReadAsync(db => FindOperation(db, actorId, operationId), cancellation);

    /// <inheritdoc/>
    public Task MarkShownAsync(IReadOnlyList<(Guid AssignmentId, Guid WorkerId)> shown, CancellationToken cancellation) => WriteAsync(
        (db, now) =>
        {
            foreach (var (assignmentId, workerId) in shown)
            {
                db.Execute("UPDATE assignment SET shown_at = $3, unshown_us = paused_us + CASE WHEN paused_at IS NULL THEN 0 ELSE min($3 - paused_at, pause_left_us) END WHERE assignment_id = $1 AND worker_id = $2 AND state IN (1, 2, 3) AND shown_at IS NULL", assignmentId, workerId, now);
            }

            return 0;
        },
        cancellation);

    /// <inheritdoc/>
    public Task<HeldAssignment?> FindAssignmentAsync(Guid assignmentId, Guid workerId, CancellationToken cancellation) =>
        ReadAsync(db => db.First($"{SelectHeld} WHERE a.assignment_id = $1 AND a.worker_id = $2", ReadHeld, assignmentId, workerId), cancellation);

    /// <inheritdoc/>
    public Task<DraftOutcome> SaveDraftAsync(Guid assignmentId, Guid workerId, int leaseEpoch, string draft, long version, CancellationToken cancellation) => WriteAsync(
        (db, _) =>
        {
            var stored = db.Scalar("SELECT draft_version FROM assignment WHERE assignment_id = $1 AND worker_id = $2 AND lease_epoch = $3 AND state IN (1, 2, 3)", assignmentId, workerId, leaseEpoch);
            if (stored is not long storedVersion) return DraftOutcome.NotHeld;
            if (storedVersion >= version) return DraftOutcome.Stale;
            db.Execute("UPDATE assignment SET draft = $2, draft_version = $3 WHERE assignment_id = $1", assignmentId, draft, version);
            return DraftOutcome.Saved;
        },
        cancellation);

    private static void StandStill(SqliteSession db, Guid workerId, Activity activity, DateTimeOffset now)
    {
        if (activity == Activity.Break)
        {
            db.Execute("UPDATE assignment SET paused_at = $2 WHERE worker_id = $1 AND state IN (1, 3) AND paused_at IS NULL AND pause_left_us > 0", workerId, now);
            return;
        }

        db.Execute(
            """
            UPDATE assignment SET lease_until = lease_until + min($2 - paused_at, pause_left_us), paused_us = paused_us + min($2 - paused_at, pause_left_us),
                   pause_left_us = pause_left_us - min($2 - paused_at, pause_left_us), paused_at = NULL
             WHERE worker_id = $1 AND state IN (1, 3) AND paused_at IS NOT NULL
            """,
            workerId, now);
    }

    private WorkerState? LoadWorker(SqliteSession db, Guid workerId)
    {
        var worker = db.First($"SELECT {WorkerColumns} FROM worker w WHERE w.worker_id = $1", ReadWorker, workerId);
        if (worker is null) return null;
        var midnight = new DateTimeOffset(Now.UtcDateTime.Date, TimeSpan.Zero);
        return new WorkerState
        {
            Worker = worker,
            Projects = db.Query("SELECT project_id FROM enrolment WHERE worker_id = $1 ORDER BY project_id", row => row.Id(0), workerId),
            Activity = db.First(
                "SELECT activity, reason, since FROM worker_activity WHERE worker_id = $1 ORDER BY activity_id DESC LIMIT 1",
                row => new ActivityRecord((Activity)row.GetInt32(0), row.TextOrNull(1), row.Time(2)),
                workerId) ?? new ActivityRecord(Activity.Offline, null, worker.CreatedAt),
            Held = db.Query($"{SelectHeld} WHERE a.worker_id = $1 AND a.state IN (1, 2, 3) ORDER BY a.offered_at, a.assignment_id", ReadHeld, workerId),
            EvaluationSequences = db.Query("SELECT project_id, max(sequence) FROM evaluation WHERE worker_id = $1 GROUP BY project_id", row => (row.Id(0), row.GetInt64(1)), workerId)
                .ToDictionary(pair => pair.Item1, pair => pair.Item2),
            AnsweredToday = (int)(long)db.Scalar(AnsweredSince, workerId, midnight)!,
            LastAnswerId = (long)db.Scalar("SELECT coalesce(max(answer_id), 0) FROM answer WHERE worker_id = $1", workerId)!,
            EvidenceWaits = db.Scalar("SELECT 1 FROM outbox WHERE worker_id = $1 LIMIT 1", workerId) is not null,
            WorkVersions = db.Query("SELECT p.project_id, p.work_version FROM enrolment e JOIN project p ON p.project_id = e.project_id WHERE e.worker_id = $1", row => (row.Id(0), row.GetInt64(1)), workerId)
                .ToDictionary(pair => pair.Item1, pair => pair.Item2),
            Restrictions = LoadRestrictions(db, workerId),
            Memberships = LoadMemberships(db, workerId),
        };
    }

    private static void Enrol(SqliteSession db, Guid workerId, Guid projectId)
    {
        db.Execute("INSERT INTO enrolment (worker_id, project_id) VALUES ($1, $2) ON CONFLICT DO NOTHING", workerId, projectId);
        BumpWork(db, projectId);
    }

    private static WorkerRecord ReadWorker(SqliteDataReader row) => new()
    {
        WorkerId = row.Id(0),
        Name = row.GetString(1),
        DisplayName = row.GetString(2),
        Roles = JsonSerializer.Deserialize<string[]>(row.GetString(3))!,
        Labels = row.GetString(4),
        Capacity = row.GetInt32(5),
        IsActive = row.Flag(6),
        Version = row.GetInt32(7),
        CreatedAt = row.Time(8),
        BoardName = row.TextOrNull(10),
        OnBoard = row.Flag(11),
    };
}
