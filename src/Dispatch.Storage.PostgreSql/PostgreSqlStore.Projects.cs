using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Quality;
using Npgsql;
using NpgsqlTypes;

namespace Dispatch.Storage.PostgreSql;

/// <summary>Projects and batches.</summary>
public sealed partial class PostgreSqlStore
{
    private const string ProjectColumns = "project_id, name, form_type, form_settings, binding, instructions, lease, version, work_version, created_at, ordinal, policy, quality";
    private const string BatchColumns = "batch_id, project_id, name, status, priority, overlap, tier, gold_use, gold_share, version, created_at, ordinal, requires, rules, purpose, gate, gate_version";
    private const int BatchColumnCount = 17;
    private const string CounterColumns = "tasks, completed, answers, canceled, dead";

    /// <inheritdoc/>
    public Task<ApplyOutcome> CreateProjectAsync(ProjectRecord project, Operation operation, CancellationToken cancellation) => ApplyAsync(
        operation,
        async db =>
        {
            var stored = await db.ExecuteAsync(
                """
                INSERT INTO project (project_id, name, form_type, form_settings, binding, instructions, lease, policy, quality)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (name) DO NOTHING
                """,
                project.ProjectId, project.Name, project.FormType, project.FormSettings, project.Binding, project.Instructions, project.Lease, Json(project.Policy), Json(project.Quality));
            if (stored == 0) return ApplyStatus.Duplicate;
            await KeepFormAsync(db, project.ProjectId);
            return ApplyStatus.Applied;
        },
        cancellation);

    /// <inheritdoc/>
    public Task<ApplyOutcome> UpdateProjectAsync(ProjectRecord project, int? expectedVersion, Operation operation, CancellationToken cancellation) => ApplyAsync(
        operation,
        async db =>
        {
            if (await db.ScalarAsync("SELECT version FROM project WHERE project_id = $1 FOR UPDATE", project.ProjectId) is not int version) return ApplyStatus.NotFound;
            if (expectedVersion is { } expected && expected != version) return ApplyStatus.VersionMismatch;
            if (await db.ScalarAsync("SELECT 1 FROM project WHERE name = $1 AND project_id <> $2", project.Name, project.ProjectId) is not null) return ApplyStatus.Duplicate;
            await db.ExecuteAsync(
                "UPDATE project SET name = $2, form_settings = $3, binding = $4, instructions = $5, lease = $6, policy = $7, quality = $8, version = version + 1, work_version = work_version + 1 WHERE project_id = $1",
                project.ProjectId, project.Name, project.FormSettings, project.Binding, project.Instructions, project.Lease, Json(project.Policy), Json(project.Quality));
            await KeepFormAsync(db, project.ProjectId);
            return ApplyStatus.Applied;
        },
        cancellation);

    /// <inheritdoc/>
    public Task<ProjectForm?> GetFormAsync(Guid projectId, int version, CancellationToken cancellation) => ReadAsync(
        db => db.FirstAsync(
            """
            SELECT p.form_type, f.form_settings, f.binding FROM project_form f JOIN project p ON p.project_id = f.project_id
             WHERE f.project_id = $1 ORDER BY f.version <= $2 DESC, CASE WHEN f.version <= $2 THEN -f.version ELSE f.version END LIMIT 1
            """,
            row => new ProjectForm(row.GetString(0), row.GetString(1), row.GetString(2)), projectId, version),
        cancellation);

    /// <summary>A row for each version that has another form than the one before it.</summary>
    private static Task<int> KeepFormAsync(PostgreSqlSession db, Guid projectId) => db.ExecuteAsync(
        """
        INSERT INTO project_form (project_id, version, form_settings, binding)
        SELECT p.project_id, p.version, p.form_settings, p.binding FROM project p
          LEFT JOIN LATERAL (SELECT * FROM project_form f WHERE f.project_id = p.project_id ORDER BY f.version DESC LIMIT 1) last ON true
         WHERE p.project_id = $1 AND (last.form_settings, last.binding) IS DISTINCT FROM (p.form_settings, p.binding)
        """,
        projectId);

    /// <inheritdoc/>
    public Task<ProjectRecord?> GetProjectAsync(Guid projectId, CancellationToken cancellation) =>
        ReadAsync(db => db.FirstAsync($"SELECT {ProjectColumns} FROM project WHERE project_id = $1", ReadProject, projectId), cancellation);

    /// <inheritdoc/>
    public Task<Page<ProjectRecord>> ListProjectsAsync(PageCursor? from, int limit, CancellationToken cancellation) => ReadAsync(
        async db => PageOf(
            await db.QueryAsync($"SELECT {ProjectColumns} FROM project WHERE ordinal > $1 ORDER BY ordinal LIMIT $2", row => (row.GetInt64(10), ReadProject(row)), After(from), limit + 1),
            limit),
        cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyDictionary<Guid, long>> ReadWorkVersionsAsync(IReadOnlyCollection<Guid> projectIds, CancellationToken cancellation) =>
        ReadAsync<IReadOnlyDictionary<Guid, long>>(
            async db => (await db.QueryAsync(
                "SELECT project_id, work_version FROM project WHERE project_id = ANY($1)",
                row => (row.GetGuid(0), row.GetInt64(1)),
                ArrayOf(projectIds, NpgsqlDbType.Uuid))).ToDictionary(pair => pair.Item1, pair => pair.Item2),
            cancellation);

    /// <inheritdoc/>
    public Task<ApplyOutcome> CreateBatchAsync(BatchRecord batch, Operation operation, CancellationToken cancellation) => ApplyAsync(
        operation,
        async db =>
        {
            if (await db.ScalarAsync("SELECT 1 FROM project WHERE project_id = $1", batch.ProjectId) is null) return ApplyStatus.NotFound;
            var stored = await db.ExecuteAsync(
                """
                INSERT INTO batch (batch_id, project_id, name, status, priority, overlap, tier, gold_use, gold_share, requires, rules, purpose, gate, gate_version)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT (project_id, name) DO NOTHING
                """,
                batch.BatchId, batch.ProjectId, batch.Name, batch.Status, batch.Priority, batch.Overlap, batch.Tier, batch.GoldUse, batch.GoldShare, Json(batch.Requires), Json(batch.Rules),
                batch.Purpose, Text(batch.Gate), batch.Gate is null ? 0 : 1);
            if (stored == 0) return ApplyStatus.Duplicate;
            await db.ExecuteAsync("INSERT INTO batch_counter (batch_id) VALUES ($1)", batch.BatchId);
            return ApplyStatus.Applied;
        },
        cancellation);

    /// <inheritdoc/>
    public Task<SupervisionOutcome> ChangeBatchAsync(Guid batchId, BatchChange change, IReadOnlyCollection<BatchStatus> allowedFrom, int? expectedVersion, Operation operation, CancellationToken cancellation) => SuperviseAsync(
        operation,
        async db =>
        {
            var batch = await db.FirstAsync($"SELECT {BatchColumns} FROM batch WHERE batch_id = $1 FOR UPDATE", ReadBatch, batchId);
            if (batch is null) return Refused(ApplyStatus.NotFound);
            if (expectedVersion is { } expected && expected != batch.Version) return Refused(ApplyStatus.VersionMismatch);
            if (!allowedFrom.Contains(batch.Status)) return Refused(ApplyStatus.InvalidState);
            await db.ExecuteAsync(
                "UPDATE batch SET status = $2, priority = $3, requires = $4, rules = $5, version = version + 1 WHERE batch_id = $1",
                batchId, change.Status ?? batch.Status, change.Priority ?? batch.Priority, Json(change.Requires ?? batch.Requires), Json(change.Rules ?? batch.Rules));
            List<EndedAssignment> ended = change.TakesBackUnbegun ? await TakeBackUnbegunAsync(db, batchId) : [];
            if (ended.Count > 0) await TakeOverAsync(db, [batchId]);
            else await BumpWorkAsync(db, batch.ProjectId);
            return new SupervisionOutcome(new ApplyOutcome(ApplyStatus.Applied), ended);
        },
        cancellation);

    private static Task<List<EndedAssignment>> TakeBackUnbegunAsync(PostgreSqlSession db, Guid batchId) => db.QueryAsync(
        $"""
        UPDATE assignment a SET state = 9, ended_at = now(), retry_at = now(), end_reason = $2, paused_at = NULL FROM batch b
         WHERE b.batch_id = a.batch_id AND a.batch_id = $1 AND a.state IN (1, 2) RETURNING {EndedColumns}
        """,
        ReadEnded, batchId, BatchChange.TakenBack);

    /// <inheritdoc/>
    public Task<bool> CloseIfDrainedAsync(Guid batchId, CancellationToken cancellation) => WriteAsync(
        async db =>
        {
            // The lock first: a commit that hands something out holds it shared.
            await db.ScalarAsync("SELECT 1 FROM batch WHERE batch_id = $1 FOR UPDATE", batchId);
            return await db.ExecuteAsync(
                "UPDATE batch SET status = 4, version = version + 1 WHERE batch_id = $1 AND status = 5 AND NOT EXISTS (SELECT 1 FROM assignment a WHERE a.batch_id = $1 AND a.state IN (1, 2, 3))",
                batchId) == 1;
        },
        cancellation);

    /// <inheritdoc/>
    public Task<BatchRecord?> GetBatchAsync(Guid batchId, CancellationToken cancellation) =>
        ReadAsync(db => db.FirstAsync($"SELECT {BatchColumns} FROM batch WHERE batch_id = $1", ReadBatch, batchId), cancellation);

    /// <inheritdoc/>
    public Task<BatchOfProject?> GetBatchOfProjectAsync(Guid batchId, CancellationToken cancellation) => ReadAsync(
        async db =>
        {
            await using var question = db.Batch();
            Add(question, $"SELECT {BatchColumns} FROM batch WHERE batch_id = $1", batchId);
            Add(question, $"SELECT {ProjectColumns} FROM project WHERE project_id = (SELECT project_id FROM batch WHERE batch_id = $1)", batchId);
            await using var reader = await question.ExecuteReaderAsync();
            if (!await reader.ReadAsync()) return null;
            var batch = ReadBatch(reader);
            await reader.NextResultAsync();
            await reader.ReadAsync();
            return new BatchOfProject(batch, ReadProject(reader));
        },
        cancellation);

    /// <inheritdoc/>
    public Task<Page<BatchRecord>> ListBatchesAsync(Guid projectId, PageCursor? from, int limit, CancellationToken cancellation) => ReadAsync(
        async db => PageOf(
            await db.QueryAsync($"SELECT {BatchColumns} FROM batch WHERE project_id = $1 AND ordinal > $2 ORDER BY ordinal LIMIT $3", row => (row.GetInt64(11), ReadBatch(row)), projectId, After(from), limit + 1),
            limit),
        cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<BatchRecord>> ListOpenBatchesAsync(Guid projectId, int limit, CancellationToken cancellation) => ReadAsync<IReadOnlyList<BatchRecord>>(
        async db => await db.QueryAsync(
            $"SELECT {BatchColumns} FROM batch WHERE project_id = $1 AND status = $2 ORDER BY tier DESC, priority DESC, ordinal LIMIT $3",
            ReadBatch, projectId, BatchStatus.Open, limit),
        cancellation);

    /// <inheritdoc/>
    public Task<BatchCounters?> GetCountersAsync(Guid batchId, CancellationToken cancellation) => ReadAsync(db => ReadCountersAsync(db, batchId), cancellation);

    private static Task<BatchCounters?> ReadCountersAsync(PostgreSqlSession db, Guid batchId) =>
        db.FirstAsync($"SELECT {CounterColumns} FROM batch_counter WHERE batch_id = $1", row => ReadCounters(row, 0), batchId);

    private static BatchCounters ReadCounters(NpgsqlDataReader row, int first) => new()
    {
        Tasks = row.GetInt64(first),
        Completed = row.GetInt64(first + 1),
        Answers = row.GetInt64(first + 2),
        Canceled = row.GetInt64(first + 3),
        Dead = row.GetInt64(first + 4),
    };

    private static ProjectRecord ReadProject(NpgsqlDataReader row) => new()
    {
        ProjectId = row.GetGuid(0),
        Name = row.GetString(1),
        FormType = row.GetString(2),
        FormSettings = row.GetString(3),
        Binding = row.GetString(4),
        Instructions = row.GetString(5),
        Lease = row.GetTimeSpan(6),
        Version = row.GetInt32(7),
        WorkVersion = row.GetInt64(8),
        CreatedAt = row.Time(9),
        Policy = JsonSerializer.Deserialize<DispatchPolicy>(row.GetString(11), DispatchJson.Options)!,
        Quality = JsonSerializer.Deserialize<QualityPolicy>(row.GetString(12), DispatchJson.Options)!,
    };

    private static BatchRecord ReadBatch(NpgsqlDataReader row) => new()
    {
        BatchId = row.GetGuid(0),
        ProjectId = row.GetGuid(1),
        Name = row.GetString(2),
        Status = (BatchStatus)row.GetInt16(3),
        Priority = row.GetInt32(4),
        Overlap = row.GetInt32(5),
        Tier = (BatchTier)row.GetInt16(6),
        GoldUse = (GoldUse)row.GetInt16(7),
        GoldShare = row.GetDouble(8),
        Version = row.GetInt32(9),
        CreatedAt = row.Time(10),
        Requires = JsonSerializer.Deserialize<Selector[]>(row.GetString(12), DispatchJson.Options)!,
        Rules = JsonSerializer.Deserialize<ExceptionRule[]>(row.GetString(13), DispatchJson.Options)!,
        Purpose = (BatchPurpose)row.GetInt16(14),
        Gate = row.TextOrNull(15),
        GateVersion = row.GetInt32(16),
    };

    private static string Json<T>(T value) => JsonSerializer.Serialize(value, DispatchJson.Options);
}
