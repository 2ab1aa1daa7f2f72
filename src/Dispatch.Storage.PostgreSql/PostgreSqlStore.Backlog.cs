using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Quality;
using Npgsql;
using NpgsqlTypes;

namespace Dispatch.Storage.PostgreSql;

/// <summary>The backlog of a batch, for its owner.</summary>
public sealed partial class PostgreSqlStore
{
    private const string HeldColumns = """
        a.assignment_id, a.worker_id, a.capacity_slot, a.batch_id, b.project_id, b.tier, a.task_id, t.task_key, a.slot, a.lease_epoch, a.state,
        t.content, CASE WHEN t.is_gold THEN t.known_answer END, a.presentation, a.offered_at, a.shown_at, a.lease_until, a.draft, a.draft_version,
        a.paused_at, a.pause_left_us, a.cost, t.known_version, t.is_control, b.purpose
        """;

    private const string SelectHeld = $"SELECT {HeldColumns} FROM assignment a JOIN task t ON t.task_id = a.task_id JOIN batch b ON b.batch_id = a.batch_id";
    private const string OpenTaskColumns = "t.task_id, t.priority, t.overlap, t.created_at, t.queued_at, t.kept_for, t.kept_until, t.relaxed, t.rules_applied";

    /// <summary>What is handed out from the backlog: open, neither mixed in by rate nor retired. The words of the index, so that it is used.</summary>
    private const string InBacklog = "t.state = 1 AND NOT t.is_control AND NOT t.retired";

    // Written out, not as a row comparison: the order is priority down and id up, which no row comparison says.
    private const string AfterKey = $"t.batch_id = $1 AND {InBacklog} AND t.priority <= $2 AND (t.priority < $2 OR t.task_id > $3)";

    private const string PageOfTasks = $"SELECT {OpenTaskColumns} FROM task t WHERE {AfterKey} ORDER BY t.priority DESC, t.task_id LIMIT $4";
    private const string InvolvedColumns = "a.task_id, a.worker_id, a.slot, a.lease_epoch, a.state, a.counted, a.retry_at";

    /// <inheritdoc/>
    public async Task<OwnedBatch?> TakeOwnershipAsync(Guid batchId, CancellationToken cancellation)
    {
        // Committed before anything is read: a former owner's write is either seen below, or refused by the fence.
        var epoch = await WriteAsync(db => db.ScalarAsync("UPDATE batch SET owner_epoch = owner_epoch + 1 WHERE batch_id = $1 RETURNING owner_epoch", batchId), cancellation);
        if (epoch is not long mine) return null;
        return await ReadAsync(
            async db =>
            {
                var batch = (await db.FirstAsync($"SELECT {BatchColumns} FROM batch WHERE batch_id = $1", ReadBatch, batchId))!;
                var project = (await db.FirstAsync($"SELECT {ProjectColumns} FROM project WHERE project_id = $1", ReadProject, batch.ProjectId))!;
                var now = (DateTime)(await db.ScalarAsync("SELECT clock_timestamp()"))!;
                return new OwnedBatch(batch, project, (await ReadCountersAsync(db, batchId))!, mine, new DateTimeOffset(now, TimeSpan.Zero));
            },
            cancellation);
    }

    /// <inheritdoc/>
    public Task<BatchNews?> ReadNewsAsync(Guid batchId, int limit, CancellationToken cancellation) => ReadAsync(
        async db =>
        {
            // One round trip, but every statement sees what was committed before it: the order is what counts.
            await using var batch = db.Batch();
            Add(batch, CommitSql.Plan);
            Add(batch, $"SELECT {BatchColumns}, (SELECT work_version FROM project p WHERE p.project_id = batch.project_id), {CounterColumns} FROM batch JOIN batch_counter c USING (batch_id) WHERE batch_id = $1", batchId);
            if (limit > 0)
            {
                Add(batch, PageOfTasks, batchId, FirstKey.Priority, FirstKey.TaskId, limit);
                Add(batch, $"SELECT a.* FROM ({PageOfTasks}) p, LATERAL (SELECT {InvolvedColumns} FROM assignment a WHERE a.task_id = p.task_id OFFSET 0) a", batchId, FirstKey.Priority, FirstKey.TaskId, limit);
            }

            await using var reader = await batch.ExecuteReaderAsync();
            await reader.NextResultAsync();
            if (!await reader.ReadAsync()) return null;
            var news = new BatchNews(ReadBatch(reader), ReadCounters(reader, BatchColumnCount + 1), reader.GetInt64(BatchColumnCount), []);
            if (limit == 0) return news;
            await reader.NextResultAsync();
            List<OpenTask> tasks = [];
            while (await reader.ReadAsync()) tasks.Add(ReadOpenTask(reader));
            await reader.NextResultAsync();
            List<(long TaskId, TaskInvolvement Involvement)> involved = [];
            while (await reader.ReadAsync()) involved.Add(ReadInvolved(reader));
            return news with { FirstPage = WithInvolved(tasks, involved) };
        },
        cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<HeldAssignment>> LoadHeldAsync(Guid batchId, CancellationToken cancellation) => ReadAsync<IReadOnlyList<HeldAssignment>>(
        async db => await db.QueryAsync($"{SelectHeld} WHERE a.batch_id = $1 AND a.state IN (1, 2, 3)", ReadHeld, batchId),
        cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<OpenTask>> PageOpenTasksAsync(Guid batchId, BacklogKey? after, int limit, CancellationToken cancellation)
    {
        var key = after ?? FirstKey;
        return ReadAsync(
            async db => await WithInvolvedAsync(db, await db.QueryAsync(
                PageOfTasks,
                ReadOpenTask, batchId, key.Priority, key.TaskId, limit)),
            cancellation);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<OpenTask>> PageOpenTasksForWorkerAsync(Guid batchId, Guid workerId, TimeSpan minAge, BacklogKey? after, int limit, CancellationToken cancellation)
    {
        var key = after ?? FirstKey;
        return ReadAsync(
            async db => await WithInvolvedAsync(db, await db.QueryAsync(
                $"""
                SELECT {OpenTaskColumns} FROM task t WHERE {AfterKey}
                   AND (t.created_at <= now() - $6 OR t.relaxed)
                   AND (t.kept_for IS NULL OR t.kept_for = $5 OR t.kept_until <= now())
                   AND NOT EXISTS (SELECT 1 FROM assignment a WHERE a.task_id = t.task_id AND a.worker_id = $5
                                      AND (a.state IN (1, 2, 3) OR a.counted OR a.retry_at IS NULL OR a.retry_at > now()))
                   AND (SELECT count(*) FROM assignment a WHERE a.task_id = t.task_id AND (a.state IN (1, 3) OR a.counted)) < t.overlap
                 ORDER BY t.priority DESC, t.task_id LIMIT $4
                """,
                ReadOpenTask, batchId, key.Priority, key.TaskId, limit, workerId, minAge)),
            cancellation);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Thaw>> LoadThawsAsync(Guid batchId, int limit, CancellationToken cancellation) => ReadAsync<IReadOnlyList<Thaw>>(
        async db => await db.QueryAsync(
            $"""
            SELECT t.task_id, t.priority, x.at FROM
              (SELECT task_id, retry_at AS at FROM assignment WHERE batch_id = $1 AND retry_at > now()
               UNION SELECT task_id, kept_until FROM task WHERE batch_id = $1 AND kept_until > now()) x
              JOIN task t ON t.task_id = x.task_id AND {InBacklog} ORDER BY x.at LIMIT $2
            """,
            row => new Thaw(row.GetInt64(0), row.GetInt32(1), row.Time(2)),
            batchId, limit),
        cancellation);

    /// <inheritdoc/>
    public Task<int> CountFreeBeforeAsync(Guid batchId, BacklogKey place, CancellationToken cancellation) => ReadAsync(
        async db => (int)(long)(await db.ScalarAsync(
            $"""
            SELECT count(*) FROM task t
             WHERE t.batch_id = $1 AND {InBacklog} AND (t.priority > $2 OR (t.priority = $2 AND t.task_id < $3))
               AND (SELECT count(*) FROM assignment a WHERE a.task_id = t.task_id AND (a.state IN (1, 3) OR a.counted)) < t.overlap
            """,
            batchId, place.Priority, place.TaskId))!,
        cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<OpenTask>> LoadOpenTasksAsync(Guid batchId, IReadOnlyCollection<long> taskIds, CancellationToken cancellation) => ReadAsync(
        async db => await WithInvolvedAsync(db, await db.QueryAsync(
            $"SELECT {OpenTaskColumns} FROM task t WHERE t.batch_id = $1 AND {InBacklog} AND t.task_id = ANY($2)",
            ReadOpenTask, batchId, ArrayOf(taskIds, NpgsqlDbType.Bigint))),
        cancellation);

    private static BacklogKey FirstKey => new(int.MaxValue, long.MinValue);

    private static async Task<IReadOnlyList<OpenTask>> WithInvolvedAsync(PostgreSqlSession db, List<OpenTask> tasks)
    {
        if (tasks.Count == 0) return tasks;
        return WithInvolved(tasks, await db.QueryPlannedAsync(
            $"SELECT {InvolvedColumns} FROM assignment a WHERE a.task_id = ANY($1)",
            ReadInvolved,
            ArrayOf(tasks.Select(task => task.TaskId), NpgsqlDbType.Bigint)));
    }

    private static OpenTask[] WithInvolved(List<OpenTask> tasks, IEnumerable<(long TaskId, TaskInvolvement Involvement)> rows)
    {
        var involved = rows.ToLookup(row => row.TaskId, row => row.Involvement);
        return [.. tasks.Select(task => involved.Contains(task.TaskId) ? task with { Involved = [.. involved[task.TaskId]] } : task)];
    }

    private static (long TaskId, TaskInvolvement Involvement) ReadInvolved(NpgsqlDataReader row) =>
        (row.GetInt64(0), new TaskInvolvement(row.GetGuid(1), row.GetInt32(2), row.GetInt32(3), (AssignmentState)row.GetInt16(4), row.GetBoolean(5), row.TimeOrNull(6)));

    private static OpenTask ReadOpenTask(NpgsqlDataReader row) => new()
    {
        TaskId = row.GetInt64(0),
        Priority = row.GetInt32(1),
        Overlap = row.GetInt32(2),
        CreatedAt = row.Time(3),
        QueuedAt = row.Time(4),
        KeptFor = row.IsDBNull(5) ? null : row.GetGuid(5),
        KeptUntil = row.TimeOrNull(6),
        Relaxed = row.GetBoolean(7),
        RulesApplied = JsonSerializer.Deserialize<string[]>(row.GetString(8))!,
        Involved = [],
    };

    private static HeldAssignment ReadHeld(NpgsqlDataReader row) => ReadHeld(row, 0);

    private static HeldAssignment ReadHeld(NpgsqlDataReader row, int first) => new()
    {
        AssignmentId = row.GetGuid(first),
        WorkerId = row.GetGuid(first + 1),
        CapacitySlot = row.GetInt32(first + 2),
        BatchId = row.GetGuid(first + 3),
        ProjectId = row.GetGuid(first + 4),
        Tier = (BatchTier)row.GetInt16(first + 5),
        TaskId = row.GetInt64(first + 6),
        TaskKey = row.GetString(first + 7),
        Slot = row.GetInt32(first + 8),
        LeaseEpoch = row.GetInt32(first + 9),
        State = (AssignmentState)row.GetInt16(first + 10),
        Content = row.GetString(first + 11),
        GoldAnswer = row.TextOrNull(first + 12),
        Presentation = row.GetFieldValue<int[]>(first + 13),
        OfferedAt = row.Time(first + 14),
        ShownAt = row.TimeOrNull(first + 15),
        LeaseUntil = row.Time(first + 16),
        Draft = row.TextOrNull(first + 17),
        DraftVersion = row.GetInt64(first + 18),
        PausedAt = row.TimeOrNull(first + 19),
        PauseLeft = row.Micros(first + 20),
        Cost = row.GetInt32(first + 21),
        KnownVersion = row.GetInt32(first + 22),
        IsControl = row.GetBoolean(first + 23),
        Purpose = (BatchPurpose)row.GetInt16(first + 24),
    };
}
