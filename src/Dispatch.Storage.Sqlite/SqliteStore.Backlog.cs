using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Quality;
using Microsoft.Data.Sqlite;

namespace Dispatch.Storage.Sqlite;

/// <summary>The backlog of a batch, for its owner.</summary>
public sealed partial class SqliteStore
{
    private const string SelectHeld = """
        SELECT a.assignment_id, a.worker_id, a.capacity_slot, a.batch_id, b.project_id, b.tier, a.task_id, t.task_key, a.slot, a.lease_epoch, a.state,
               t.content, CASE WHEN t.is_gold = 1 THEN t.known_answer END, a.presentation, a.offered_at, a.shown_at, a.lease_until, a.draft, a.draft_version,
               a.paused_at, a.pause_left_us, a.cost, t.known_version, t.is_control, b.purpose
          FROM assignment a JOIN task t ON t.task_id = a.task_id JOIN batch b ON b.batch_id = a.batch_id
        """;

    /// <summary>What is handed out from the backlog: open, neither mixed in by rate nor retired. The words of the index, so that it is used.</summary>
    private const string InBacklog = "t.state = 1 AND t.is_control = 0 AND t.retired = 0";

    private const string OpenTaskColumns = "t.task_id, t.priority, t.overlap, t.created_at, t.queued_at, t.kept_for, t.kept_until, t.relaxed, t.rules_applied";

    /// <inheritdoc/>
    public async Task<OwnedBatch?> TakeOwnershipAsync(Guid batchId, CancellationToken cancellation)
    {
        var epoch = await WriteAsync(
            (db, _) => db.Scalar("UPDATE batch SET owner_epoch = owner_epoch + 1 WHERE batch_id = $1 RETURNING owner_epoch", batchId),
            cancellation);
        if (epoch is not long mine) return null;
        return await ReadAsync(
            db =>
            {
                var batch = db.First($"SELECT {BatchColumns} FROM batch WHERE batch_id = $1", ReadBatch, batchId)!;
                var project = db.First($"SELECT {ProjectColumns} FROM project WHERE project_id = $1", ReadProject, batch.ProjectId)!;
                return new OwnedBatch(batch, project, ReadCounters(db, batchId)!, mine, Now);
            },
            cancellation);
    }

    /// <inheritdoc/>
    public Task<BatchNews?> ReadNewsAsync(Guid batchId, int limit, CancellationToken cancellation) => ReadAsync(
        db =>
        {
            // The version first: what is committed in between is on the page under an older version.
            var version = db.Scalar("SELECT work_version FROM project WHERE project_id = (SELECT project_id FROM batch WHERE batch_id = $1)", batchId);
            return version is long workVersion
                ? new BatchNews(db.First($"SELECT {BatchColumns} FROM batch WHERE batch_id = $1", ReadBatch, batchId)!, ReadCounters(db, batchId)!, workVersion, limit == 0 ? [] : PageOpenTasks(db, batchId, FirstKey, limit))
                : null;
        },
        cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<HeldAssignment>> LoadHeldAsync(Guid batchId, CancellationToken cancellation) => ReadAsync<IReadOnlyList<HeldAssignment>>(
        db => db.Query($"{SelectHeld} WHERE a.batch_id = $1 AND a.state IN (1, 2, 3)", ReadHeld, batchId),
        cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<OpenTask>> PageOpenTasksAsync(Guid batchId, BacklogKey? after, int limit, CancellationToken cancellation) =>
        ReadAsync(db => PageOpenTasks(db, batchId, after ?? FirstKey, limit), cancellation);

    private static IReadOnlyList<OpenTask> PageOpenTasks(SqliteSession db, Guid batchId, BacklogKey key, int limit) => WithInvolved(db, db.Query(
        $"""
        SELECT {OpenTaskColumns} FROM task t
         WHERE t.batch_id = $1 AND {InBacklog} AND (t.priority < $2 OR (t.priority = $2 AND t.task_id > $3))
         ORDER BY t.priority DESC, t.task_id LIMIT $4
        """,
        ReadOpenTask, batchId, (long)key.Priority, key.TaskId, limit));

    /// <inheritdoc/>
    public Task<IReadOnlyList<OpenTask>> PageOpenTasksForWorkerAsync(Guid batchId, Guid workerId, TimeSpan minAge, BacklogKey? after, int limit, CancellationToken cancellation)
    {
        var key = after ?? FirstKey;
        var now = Now;
        return ReadAsync(
            db => WithInvolved(db, db.Query(
                $"""
                SELECT {OpenTaskColumns} FROM task t
                 WHERE t.batch_id = $1 AND {InBacklog} AND (t.priority < $2 OR (t.priority = $2 AND t.task_id > $3))
                   AND (t.created_at <= $7 OR t.relaxed = 1)
                   AND (t.kept_for IS NULL OR t.kept_for = $5 OR t.kept_until <= $6)
                   AND NOT EXISTS (SELECT 1 FROM assignment a WHERE a.task_id = t.task_id AND a.worker_id = $5
                                      AND (a.{Active} OR a.counted = 1 OR a.retry_at IS NULL OR a.retry_at > $6))
                   AND (SELECT count(*) FROM assignment a WHERE a.task_id = t.task_id AND (a.{Holding} OR a.counted = 1)) < t.overlap
                 ORDER BY t.priority DESC, t.task_id LIMIT $4
                """,
                ReadOpenTask, batchId, (long)key.Priority, key.TaskId, limit, workerId, now, now - minAge)),
            cancellation);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Thaw>> LoadThawsAsync(Guid batchId, int limit, CancellationToken cancellation) => ReadAsync<IReadOnlyList<Thaw>>(
        db => db.Query(
            $"""
            SELECT t.task_id, t.priority, x.at FROM
              (SELECT task_id, retry_at AS at FROM assignment WHERE batch_id = $1 AND retry_at > $2
               UNION SELECT task_id, kept_until FROM task WHERE batch_id = $1 AND kept_until > $2) x
              JOIN task t ON t.task_id = x.task_id AND {InBacklog} ORDER BY x.at LIMIT $3
            """,
            row => new Thaw(row.GetInt64(0), row.GetInt32(1), row.Time(2)),
            batchId, Now, limit),
        cancellation);

    /// <inheritdoc/>
    public Task<int> CountFreeBeforeAsync(Guid batchId, BacklogKey place, CancellationToken cancellation) => ReadAsync(
        db => (int)(long)db.Scalar(
            $"""
            SELECT count(*) FROM task t
             WHERE t.batch_id = $1 AND {InBacklog} AND (t.priority > $2 OR (t.priority = $2 AND t.task_id < $3))
               AND (SELECT count(*) FROM assignment a WHERE a.task_id = t.task_id AND (a.{Holding} OR a.counted = 1)) < t.overlap
            """,
            batchId, (long)place.Priority, place.TaskId)!,
        cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<OpenTask>> LoadOpenTasksAsync(Guid batchId, IReadOnlyCollection<long> taskIds, CancellationToken cancellation) => ReadAsync(
        db => WithInvolved(db, db.Query(
            $"SELECT {OpenTaskColumns} FROM task t WHERE t.batch_id = $1 AND {InBacklog} AND t.task_id IN (SELECT value FROM json_each($2))",
            ReadOpenTask, batchId, JsonSerializer.Serialize(taskIds))),
        cancellation);

    private static BacklogKey FirstKey => new(int.MaxValue, long.MinValue);

    private static IReadOnlyList<OpenTask> WithInvolved(SqliteSession db, List<OpenTask> tasks)
    {
        if (tasks.Count == 0) return tasks;
        var involved = db.Query(
            "SELECT task_id, worker_id, slot, lease_epoch, state, counted, retry_at FROM assignment WHERE task_id IN (SELECT value FROM json_each($1))",
            row => (TaskId: row.GetInt64(0), Involvement: new TaskInvolvement(row.Id(1), row.GetInt32(2), row.GetInt32(3), (AssignmentState)row.GetInt32(4), row.Flag(5), row.TimeOrNull(6))),
            JsonSerializer.Serialize(tasks.Select(task => task.TaskId))).ToLookup(row => row.TaskId, row => row.Involvement);
        return [.. tasks.Select(task => involved.Contains(task.TaskId) ? task with { Involved = [.. involved[task.TaskId]] } : task)];
    }

    private static OpenTask ReadOpenTask(SqliteDataReader row) => new()
    {
        TaskId = row.GetInt64(0),
        Priority = row.GetInt32(1),
        Overlap = row.GetInt32(2),
        CreatedAt = row.Time(3),
        QueuedAt = row.Time(4),
        KeptFor = row.IsDBNull(5) ? null : row.Id(5),
        KeptUntil = row.TimeOrNull(6),
        Relaxed = row.Flag(7),
        RulesApplied = JsonSerializer.Deserialize<string[]>(row.GetString(8))!,
        Involved = [],
    };

    private static HeldAssignment ReadHeld(SqliteDataReader row) => new()
    {
        AssignmentId = row.Id(0),
        WorkerId = row.Id(1),
        CapacitySlot = row.GetInt32(2),
        BatchId = row.Id(3),
        ProjectId = row.Id(4),
        Tier = (BatchTier)row.GetInt32(5),
        TaskId = row.GetInt64(6),
        TaskKey = row.GetString(7),
        Slot = row.GetInt32(8),
        LeaseEpoch = row.GetInt32(9),
        State = (AssignmentState)row.GetInt32(10),
        Content = row.GetString(11),
        GoldAnswer = row.TextOrNull(12),
        Presentation = SqliteValues.Order(row.GetString(13)),
        OfferedAt = row.Time(14),
        ShownAt = row.TimeOrNull(15),
        LeaseUntil = row.Time(16),
        Draft = row.TextOrNull(17),
        DraftVersion = row.GetInt64(18),
        PausedAt = row.TimeOrNull(19),
        PauseLeft = row.Span(20),
        Cost = row.GetInt32(21),
        KnownVersion = row.GetInt32(22),
        IsControl = row.Flag(23),
        Purpose = (BatchPurpose)row.GetInt32(24),
    };
}
