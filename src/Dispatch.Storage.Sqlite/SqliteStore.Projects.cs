using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Quality;
using Microsoft.Data.Sqlite;

namespace Dispatch.Storage.Sqlite;

/// <summary>Projects and batches.</summary>
public sealed partial class SqliteStore
{
    private const string ProjectColumns = "project_id, name, form_type, form_settings, binding, instructions, lease_us, version, work_version, created_at, ordinal, policy, quality";
    private const string BatchColumns = "batch_id, project_id, name, status, priority, overlap, tier, gold_use, gold_share, version, created_at, ordinal, requires, rules, purpose, gate, gate_version";

    /// <inheritdoc/>
    public Task<ApplyOutcome> CreateProjectAsync(ProjectRecord project, Operation operation, CancellationToken cancellation) => ApplyAsync(
        operation,
        (db, now) =>
        {
            if (db.Scalar("SELECT 1 FROM project WHERE name = $1", project.Name) is not null) return ApplyStatus.Duplicate;
            db.Execute(
                $"INSERT INTO project ({ProjectColumns}) VALUES ($1, $2, $3, $4, $5, $6, $7, 1, 0, $8, (SELECT coalesce(max(ordinal), 0) + 1 FROM project), $9, $10)",
                project.ProjectId, project.Name, project.FormType, project.FormSettings, project.Binding, project.Instructions, project.Lease, now, Json(project.Policy), Json(project.Quality));
            KeepForm(db, project.ProjectId);
            return ApplyStatus.Applied;
        },
        cancellation);

    /// <inheritdoc/>
    public Task<ApplyOutcome> UpdateProjectAsync(ProjectRecord project, int? expectedVersion, Operation operation, CancellationToken cancellation) => ApplyAsync(
        operation,
        (db, _) =>
        {
            if (db.Scalar("SELECT version FROM project WHERE project_id = $1", project.ProjectId) is not long version) return ApplyStatus.NotFound;
            if (expectedVersion is { } expected && expected != version) return ApplyStatus.VersionMismatch;
            if (db.Scalar("SELECT 1 FROM project WHERE name = $1 AND project_id <> $2", project.Name, project.ProjectId) is not null) return ApplyStatus.Duplicate;
            db.Execute(
                "UPDATE project SET name = $2, form_settings = $3, binding = $4, instructions = $5, lease_us = $6, policy = $7, quality = $8, version = version + 1, work_version = work_version + 1 WHERE project_id = $1",
                project.ProjectId, project.Name, project.FormSettings, project.Binding, project.Instructions, project.Lease, Json(project.Policy), Json(project.Quality));
            KeepForm(db, project.ProjectId);
            return ApplyStatus.Applied;
        },
        cancellation);

    /// <inheritdoc/>
    public Task<ProjectForm?> GetFormAsync(Guid projectId, int version, CancellationToken cancellation) => ReadAsync(
        db => db.First(
            """
            SELECT p.form_type, f.form_settings, f.binding FROM project_form f JOIN project p ON p.project_id = f.project_id
             WHERE f.project_id = $1 ORDER BY f.version <= $2 DESC, CASE WHEN f.version <= $2 THEN -f.version ELSE f.version END LIMIT 1
            """,
            row => new ProjectForm(row.GetString(0), row.GetString(1), row.GetString(2)), projectId, version),
        cancellation);

    /// <summary>A row for each version that has another form than the one before it.</summary>
    private static void KeepForm(SqliteSession db, Guid projectId) => db.Execute(
        """
        INSERT INTO project_form (project_id, version, form_settings, binding)
        SELECT p.project_id, p.version, p.form_settings, p.binding FROM project p
          LEFT JOIN project_form last ON last.project_id = p.project_id AND last.version = (SELECT max(version) FROM project_form WHERE project_id = p.project_id)
         WHERE p.project_id = $1 AND (last.form_settings IS NOT p.form_settings OR last.binding IS NOT p.binding)
        """,
        projectId);

    /// <inheritdoc/>
    public Task<ProjectRecord?> GetProjectAsync(Guid projectId, CancellationToken cancellation) =>
        ReadAsync(db => db.First($"SELECT {ProjectColumns} FROM project WHERE project_id = $1", ReadProject, projectId), cancellation);

    /// <inheritdoc/>
    public Task<Page<ProjectRecord>> ListProjectsAsync(PageCursor? from, int limit, CancellationToken cancellation) => ReadAsync(
        db => PageOf(
            db.Query($"SELECT {ProjectColumns} FROM project WHERE ordinal > $1 ORDER BY ordinal LIMIT $2", row => (row.GetInt64(10), ReadProject(row)), After(from), limit + 1),
            limit),
        cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyDictionary<Guid, long>> ReadWorkVersionsAsync(IReadOnlyCollection<Guid> projectIds, CancellationToken cancellation) =>
        ReadAsync<IReadOnlyDictionary<Guid, long>>(
            db => db.Query(
                "SELECT project_id, work_version FROM project WHERE project_id IN (SELECT value FROM json_each($1))",
                row => (row.Id(0), row.GetInt64(1)),
                JsonSerializer.Serialize(projectIds)).ToDictionary(pair => pair.Item1, pair => pair.Item2),
            cancellation);

    /// <inheritdoc/>
    public Task<ApplyOutcome> CreateBatchAsync(BatchRecord batch, Operation operation, CancellationToken cancellation) => ApplyAsync(
        operation,
        (db, now) =>
        {
            if (db.Scalar("SELECT 1 FROM project WHERE project_id = $1", batch.ProjectId) is null) return ApplyStatus.NotFound;
            if (db.Scalar("SELECT 1 FROM batch WHERE project_id = $1 AND name = $2", batch.ProjectId, batch.Name) is not null) return ApplyStatus.Duplicate;
            db.Execute(
                $"INSERT INTO batch ({BatchColumns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10, (SELECT coalesce(max(ordinal), 0) + 1 FROM batch), $11, $12, $13, $14, $15)",
                batch.BatchId, batch.ProjectId, batch.Name, batch.Status, batch.Priority, batch.Overlap, batch.Tier, batch.GoldUse, batch.GoldShare, now, Json(batch.Requires), Json(batch.Rules),
                batch.Purpose, batch.Gate, batch.Gate is null ? 0 : 1);
            return ApplyStatus.Applied;
        },
        cancellation);

    /// <inheritdoc/>
    public Task<SupervisionOutcome> ChangeBatchAsync(Guid batchId, BatchChange change, IReadOnlyCollection<BatchStatus> allowedFrom, int? expectedVersion, Operation operation, CancellationToken cancellation) => SuperviseAsync(
        operation,
        (db, now) =>
        {
            var batch = db.First($"SELECT {BatchColumns} FROM batch WHERE batch_id = $1", ReadBatch, batchId);
            if (batch is null) return Refused(ApplyStatus.NotFound);
            if (expectedVersion is { } expected && expected != batch.Version) return Refused(ApplyStatus.VersionMismatch);
            if (!allowedFrom.Contains(batch.Status)) return Refused(ApplyStatus.InvalidState);
            db.Execute(
                "UPDATE batch SET status = $2, priority = $3, requires = $4, rules = $5, version = version + 1 WHERE batch_id = $1",
                batchId, change.Status ?? batch.Status, change.Priority ?? batch.Priority, Json(change.Requires ?? batch.Requires), Json(change.Rules ?? batch.Rules));
            List<EndedAssignment> ended = change.TakesBackUnbegun ? TakeBackUnbegun(db, batchId, now) : [];
            if (ended.Count > 0) TakeOver(db, batchId, batch.ProjectId);
            else BumpWork(db, batch.ProjectId);
            return new SupervisionOutcome(new ApplyOutcome(ApplyStatus.Applied), ended);
        },
        cancellation);

    private static List<EndedAssignment> TakeBackUnbegun(SqliteSession db, Guid batchId, DateTimeOffset now) => db.Query(
        $"UPDATE assignment SET state = 9, ended_at = $2, retry_at = $2, end_reason = $3, paused_at = NULL WHERE batch_id = $1 AND state IN (1, 2) RETURNING {EndedColumns}",
        ReadEnded, batchId, now, BatchChange.TakenBack);

    /// <inheritdoc/>
    public Task<bool> CloseIfDrainedAsync(Guid batchId, CancellationToken cancellation) => WriteAsync(
        (db, _) => db.Execute(
            $"UPDATE batch SET status = 4, version = version + 1 WHERE batch_id = $1 AND status = 5 AND NOT EXISTS (SELECT 1 FROM assignment a WHERE a.batch_id = $1 AND a.{Active})",
            batchId) == 1,
        cancellation);

    /// <inheritdoc/>
    public Task<BatchRecord?> GetBatchAsync(Guid batchId, CancellationToken cancellation) =>
        ReadAsync(db => db.First($"SELECT {BatchColumns} FROM batch WHERE batch_id = $1", ReadBatch, batchId), cancellation);

    /// <inheritdoc/>
    public Task<BatchOfProject?> GetBatchOfProjectAsync(Guid batchId, CancellationToken cancellation) => ReadAsync(
        db => db.First($"SELECT {BatchColumns} FROM batch WHERE batch_id = $1", ReadBatch, batchId) is { } batch
            ? new BatchOfProject(batch, db.First($"SELECT {ProjectColumns} FROM project WHERE project_id = $1", ReadProject, batch.ProjectId)!)
            : null,
        cancellation);

    /// <inheritdoc/>
    public Task<Page<BatchRecord>> ListBatchesAsync(Guid projectId, PageCursor? from, int limit, CancellationToken cancellation) => ReadAsync(
        db => PageOf(
            db.Query($"SELECT {BatchColumns} FROM batch WHERE project_id = $1 AND ordinal > $2 ORDER BY ordinal LIMIT $3", row => (row.GetInt64(11), ReadBatch(row)), projectId, After(from), limit + 1),
            limit),
        cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<BatchRecord>> ListOpenBatchesAsync(Guid projectId, int limit, CancellationToken cancellation) => ReadAsync<IReadOnlyList<BatchRecord>>(
        db => db.Query(
            $"SELECT {BatchColumns} FROM batch WHERE project_id = $1 AND status = $2 ORDER BY tier DESC, priority DESC, ordinal LIMIT $3",
            ReadBatch, projectId, BatchStatus.Open, limit),
        cancellation);

    /// <inheritdoc/>
    public Task<BatchCounters?> GetCountersAsync(Guid batchId, CancellationToken cancellation) =>
        ReadAsync(db => ReadCounters(db, batchId), cancellation);

    private static BatchCounters? ReadCounters(SqliteSession db, Guid batchId) => db.First(
        "SELECT tasks, completed, answers, canceled, dead FROM batch WHERE batch_id = $1",
        row => new BatchCounters { Tasks = row.GetInt64(0), Completed = row.GetInt64(1), Answers = row.GetInt64(2), Canceled = row.GetInt64(3), Dead = row.GetInt64(4) },
        batchId);

    private static ProjectRecord ReadProject(SqliteDataReader row) => new()
    {
        ProjectId = row.Id(0),
        Name = row.GetString(1),
        FormType = row.GetString(2),
        FormSettings = row.GetString(3),
        Binding = row.GetString(4),
        Instructions = row.GetString(5),
        Lease = row.Span(6),
        Version = row.GetInt32(7),
        WorkVersion = row.GetInt64(8),
        CreatedAt = row.Time(9),
        Policy = JsonSerializer.Deserialize<DispatchPolicy>(row.GetString(11), DispatchJson.Options)!,
        Quality = JsonSerializer.Deserialize<QualityPolicy>(row.GetString(12), DispatchJson.Options)!,
    };

    private static BatchRecord ReadBatch(SqliteDataReader row) => new()
    {
        BatchId = row.Id(0),
        ProjectId = row.Id(1),
        Name = row.GetString(2),
        Status = (BatchStatus)row.GetInt32(3),
        Priority = row.GetInt32(4),
        Overlap = row.GetInt32(5),
        Tier = (BatchTier)row.GetInt32(6),
        GoldUse = (GoldUse)row.GetInt32(7),
        GoldShare = row.GetDouble(8),
        Version = row.GetInt32(9),
        CreatedAt = row.Time(10),
        Requires = JsonSerializer.Deserialize<Selector[]>(row.GetString(12), DispatchJson.Options)!,
        Rules = JsonSerializer.Deserialize<ExceptionRule[]>(row.GetString(13), DispatchJson.Options)!,
        Purpose = (BatchPurpose)row.GetInt32(14),
        Gate = row.TextOrNull(15),
        GateVersion = row.GetInt32(16),
    };

    private static string Json<T>(T value) => JsonSerializer.Serialize(value, DispatchJson.Options);
}
