using Dispatch.Contracts;
using NpgsqlTypes;

namespace Dispatch.Storage.PostgreSql;

/// <summary>Import of tasks.</summary>
public sealed partial class PostgreSqlStore
{
    // WITH ORDINALITY keeps the order of lines, so that ids grow with age within a chunk.
    private const string ChunkRows = """
        SELECT * FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::int[], $8::int[], $10::boolean[])
               WITH ORDINALITY AS c (line, task_key, content, known_answer, is_gold, overlap, priority, is_control, n) ORDER BY n
        """;

    // The import itself has no place in a row of a task; it is the parameter that the other chunk statement has.
    private const string InsertTasks = $"""
        INSERT INTO task (batch_id, task_key, content, known_answer, is_gold, overlap, priority, is_control)
        SELECT $9, task_key, content, known_answer, is_gold, overlap, priority, is_control FROM ({ChunkRows}) c WHERE $1::uuid IS NOT NULL
        """;

    private const string InsertErrors = """
        INSERT INTO import_error (import_id, line, code, message, place)
        SELECT $1, * FROM unnest($2::bigint[], $3::int[], $4::text[], $5::text[]) ON CONFLICT DO NOTHING
        """;

    private const string StatusOfBatch = "SELECT status FROM batch WHERE batch_id = $1";
    private const string CountTasks = "UPDATE batch_counter SET tasks = tasks + $2 WHERE batch_id = $1";
    private const string BumpWorkOfItsProject = "UPDATE project SET work_version = work_version + 1 WHERE project_id = (SELECT project_id FROM batch WHERE batch_id = $1)";

    /// <inheritdoc/>
    public Task<ApplyOutcome> BeginImportAsync(ImportRecord import, Operation operation, CancellationToken cancellation) => ApplyAsync(
        operation,
        async db =>
        {
            if (ImportRecord.BarIn((BatchStatus?)(await db.ScalarAsync(StatusOfBatch, import.BatchId) as short?)) is { } bar) return bar;
            await db.ExecuteAsync("INSERT INTO import (import_id, batch_id, mode, status) VALUES ($1, $2, $3, $4)", import.ImportId, import.BatchId, import.Mode, ImportStatus.Running);
            return ApplyStatus.Applied;
        },
        cancellation);

    /// <inheritdoc/>
    public Task<ImportRecord?> GetImportAsync(Guid importId, CancellationToken cancellation) => ReadAsync(db => ReadImportAsync(db, importId, lockRow: false), cancellation);

    /// <inheritdoc/>
    public Task<ImportRecord> AppendChunkAsync(Guid importId, long expectedLinesDone, long linesDone, IReadOnlyList<NewTask> tasks, IReadOnlyList<ImportLineError> errors, string? reading, CancellationToken cancellation) => WriteAsync(
        async db =>
        {
            var import = await ReadImportAsync(db, importId, lockRow: true) ?? throw new ArgumentException($"There is no import {importId}.", nameof(importId));
            if (import.LinesDone != expectedLinesDone || import.Status != ImportStatus.Running) return import;

            // Half of an import was waiting for the disk. Nothing is promised of a chunk before the import is finished, and that commit flushes all before it; a crash takes chunks and mark
            // together, and whoever sends the file again goes on from there. Tasks of an open batch are another matter: its actor would go on with tasks in memory that are no more.
            if (await db.ScalarAsync("SELECT 1 FROM batch WHERE batch_id = $1 AND status = $2 FOR SHARE", import.BatchId, BatchStatus.Draft) is not null) await db.ExecuteAsync("SET LOCAL synchronous_commit = off");
            var stored = await StoreChunkAsync(db, import, tasks);
            List<ImportLineError> refused = [.. errors];
            var counted = 0L;
            foreach (var task in tasks)
            {
                if (!stored.Remove(task.Key)) refused.Add(ImportLineError.Duplicate(task.Line, task.Key));
                else if (!task.IsControl) counted++;
            }

            var accepted = tasks.Count - (refused.Count - errors.Count);
            await db.ExecuteAsync(
                "UPDATE import SET lines_done = $2, accepted = accepted + $3, refused = refused + $4, reading = coalesce($5, reading) WHERE import_id = $1",
                importId, linesDone, (long)accepted, (long)refused.Count, Text(reading));
            await StoreErrorsAsync(db, import, refused);
            if (import.Mode == ImportMode.KeepGood && accepted > 0) await PublishAsync(db, import.BatchId, counted);
            return (await ReadImportAsync(db, importId, lockRow: false))!;
        },
        cancellation);

    /// <inheritdoc/>
    public Task<ImportRecord> FinishImportAsync(Guid importId, CancellationToken cancellation) => WriteAsync(
        async db =>
        {
            var import = await ReadImportAsync(db, importId, lockRow: true) ?? throw new ArgumentException($"There is no import {importId}.", nameof(importId));
            if (import.Status != ImportStatus.Running) return import;
            var status = ImportStatus.Completed;
            if (import.Mode == ImportMode.AllOrNothing)
            {
                // A key may have come into the batch by another import since the line was staged.
                var duplicates = await db.QueryAsync(
                    "SELECT s.line, s.task_key FROM staged_task s JOIN task t ON t.batch_id = $2 AND t.task_key = s.task_key WHERE s.import_id = $1 ORDER BY s.line",
                    row => ImportLineError.Duplicate(row.GetInt64(0), row.GetString(1)),
                    importId,
                    import.BatchId);
                await StoreErrorsAsync(db, import, duplicates);
                if (import.Refused == 0 && duplicates.Count == 0)
                {
                    await db.ExecuteAsync(
                        """
                        INSERT INTO task (batch_id, task_key, content, known_answer, is_gold, overlap, priority, is_control)
                        SELECT $2, task_key, content, known_answer, is_gold, overlap, priority, is_control FROM staged_task WHERE import_id = $1 ORDER BY line
                        """,
                        importId, import.BatchId);
                    await PublishAsync(db, import.BatchId, (long)(await db.ScalarAsync("SELECT count(*) FROM staged_task WHERE import_id = $1 AND NOT is_control", importId))!);
                }
                else
                {
                    status = ImportStatus.Discarded;
                    await db.ExecuteAsync("UPDATE import SET accepted = 0, refused = refused + $2 WHERE import_id = $1", importId, (long)duplicates.Count);
                }

                await db.ExecuteAsync("DELETE FROM staged_task WHERE import_id = $1", importId);
            }

            await db.ExecuteAsync("UPDATE import SET status = $2 WHERE import_id = $1", importId, status);
            return (await ReadImportAsync(db, importId, lockRow: false))!;
        },
        cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<ImportLineError>> PatchTasksAsync(Guid batchId, IReadOnlyList<TaskPatch> patches, CancellationToken cancellation) => WriteAsync<IReadOnlyList<ImportLineError>>(
        async db =>
        {
            // Share-locked, so that the batch cannot be opened under the change.
            var status = (BatchStatus)(await db.ScalarAsync("SELECT status FROM batch WHERE batch_id = $1 FOR SHARE", batchId) as short? ?? 0);
            if (status is not (BatchStatus.Draft or BatchStatus.Paused))
            {
                return [.. patches.Select(patch => new ImportLineError(patch.Line, RefusalCode.InvalidTransition, "Tasks can only be changed while their batch is a draft or paused.", null))];
            }

            List<ImportLineError> refused = [];
            foreach (var patch in patches)
            {
                if (await PatchAsync(db, batchId, patch) is { } error) refused.Add(error);
            }

            await BumpWorkOfBatchAsync(db, batchId);
            return refused;
        },
        cancellation);

    private static async Task<ImportLineError?> PatchAsync(PostgreSqlSession db, Guid batchId, TaskPatch patch)
    {
        if (await db.ScalarAsync("SELECT task_id FROM task WHERE batch_id = $1 AND task_key = $2 FOR UPDATE", batchId, patch.Key) is not long taskId)
        {
            return new ImportLineError(patch.Line, RefusalCode.UnknownTask, $"There is no task '{patch.Key}' in the batch.", "$.key");
        }

        var inUse = (int)(await db.ScalarAsync("SELECT coalesce(max(slot) + 1, 0) FROM assignment WHERE task_id = $1 AND (state IN (1, 3) OR counted)", taskId))!;
        if (patch.Overlap < inUse) return new ImportLineError(patch.Line, RefusalCode.ValueOutOfRange, $"The task already has {inUse} answers or holds.", "$.overlap");
        await db.ExecuteAsync("UPDATE task SET overlap = coalesce($2, overlap), priority = coalesce($3, priority) WHERE task_id = $1", taskId, Whole(patch.Overlap), Whole(patch.Priority));
        const string Answers = "(SELECT count(*) FROM answer WHERE task_id = $1 AND counted)";
        var done = await db.ExecuteAsync($"UPDATE task SET state = 2 WHERE task_id = $1 AND state = 1 AND NOT is_control AND overlap <= {Answers}", taskId);
        var reopened = await db.ExecuteAsync($"UPDATE task SET state = 1, judged = false WHERE task_id = $1 AND state = 2 AND overlap > {Answers}", taskId);
        await db.ExecuteAsync("UPDATE batch_counter SET completed = completed + $2 WHERE batch_id = $1", batchId, (long)(done - reopened));
        return null;
    }

    private static async Task<HashSet<string>> StoreChunkAsync(PostgreSqlSession db, ImportRecord import, IReadOnlyList<NewTask> tasks)
    {
        if (tasks.Count == 0) return [];
        var sql = import.Mode == ImportMode.AllOrNothing
            ? $"""
               INSERT INTO staged_task (import_id, line, task_key, content, known_answer, is_gold, overlap, priority, is_control)
               SELECT $1, line, task_key, content, known_answer, is_gold, overlap, priority, is_control FROM ({ChunkRows}) c
                WHERE NOT EXISTS (SELECT 1 FROM task t WHERE t.batch_id = $9 AND t.task_key = c.task_key)
               ON CONFLICT DO NOTHING RETURNING task_key
               """
            : $"{InsertTasks} ON CONFLICT (batch_id, task_key) DO NOTHING RETURNING task_key";
        return [.. await db.QueryAsync(sql, row => row.GetString(0), ChunkValues(import, tasks))];
    }

    private static object?[] ChunkValues(ImportRecord import, IReadOnlyList<NewTask> tasks) =>
    [
        import.ImportId,
        ArrayOf(tasks.Select(task => task.Line), NpgsqlDbType.Bigint),
        ArrayOf(tasks.Select(task => task.Key), NpgsqlDbType.Text),
        ArrayOf(tasks.Select(task => task.Content), NpgsqlDbType.Text),
        ArrayOf(tasks.Select(task => task.KnownAnswer), NpgsqlDbType.Text),
        ArrayOf(tasks.Select(task => task.IsGold), NpgsqlDbType.Boolean),
        ArrayOf(tasks.Select(task => task.Overlap), NpgsqlDbType.Integer),
        ArrayOf(tasks.Select(task => task.Priority), NpgsqlDbType.Integer),
        import.BatchId,
        ArrayOf(tasks.Select(task => task.IsControl), NpgsqlDbType.Boolean),
    ];

    private static async Task PublishAsync(PostgreSqlSession db, Guid batchId, long tasks)
    {
        await db.ExecuteAsync(CountTasks, batchId, tasks);
        await BumpWorkOfBatchAsync(db, batchId);
    }

    private static Task BumpWorkOfBatchAsync(PostgreSqlSession db, Guid batchId) => db.ExecuteAsync(BumpWorkOfItsProject, batchId);

    private static async Task StoreErrorsAsync(PostgreSqlSession db, ImportRecord import, IReadOnlyList<ImportLineError> errors)
    {
        ImportLineError[] reported = [.. errors.OrderBy(error => error.Line).Take(Math.Max(0, Limits.ImportErrorsReported - import.Errors.Count))];
        if (reported.Length > 0) await db.ExecuteAsync(InsertErrors, ErrorValues(import.ImportId, reported));
    }

    private static object?[] ErrorValues(Guid importId, IReadOnlyList<ImportLineError> errors) =>
    [
        importId,
        ArrayOf(errors.Select(error => error.Line), NpgsqlDbType.Bigint),
        ArrayOf(errors.Select(error => (int)error.Code), NpgsqlDbType.Integer),
        ArrayOf(errors.Select(error => error.Message), NpgsqlDbType.Text),
        ArrayOf(errors.Select(error => error.Place), NpgsqlDbType.Text),
    ];

    private static async Task<ImportRecord?> ReadImportAsync(PostgreSqlSession db, Guid importId, bool lockRow)
    {
        var import = await db.FirstAsync(
            $"SELECT batch_id, mode, status, lines_done, accepted, refused, reading FROM import WHERE import_id = $1{(lockRow ? " FOR UPDATE" : "")}",
            row => new ImportRecord
            {
                ImportId = importId,
                BatchId = row.GetGuid(0),
                Mode = (ImportMode)row.GetInt16(1),
                Status = (ImportStatus)row.GetInt16(2),
                LinesDone = row.GetInt64(3),
                Accepted = row.GetInt64(4),
                Refused = row.GetInt64(5),
                Reading = row.TextOrNull(6),
            },
            importId);
        if (import is null) return null;
        var errors = await db.QueryAsync(
            "SELECT line, code, message, place FROM import_error WHERE import_id = $1 ORDER BY line",
            row => new ImportLineError(row.GetInt64(0), (RefusalCode)row.GetInt32(1), row.GetString(2), row.TextOrNull(3)),
            importId);
        return import with { Errors = errors };
    }
}
