using System.Text.Json;
using Dispatch.Contracts;
using Microsoft.Data.Sqlite;

namespace Dispatch.Storage.Sqlite;

/// <summary>Import of tasks.</summary>
public sealed partial class SqliteStore
{
    private const string InsertTask = """
        INSERT INTO task (batch_id, task_key, content, known_answer, is_gold, overlap, priority, state, created_at, queued_at, is_control)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $8, $9) ON CONFLICT (batch_id, task_key) DO NOTHING
        """;

    private const string InsertStaged = """
        INSERT INTO staged_task (import_id, line, task_key, content, known_answer, is_gold, overlap, priority, is_control)
        SELECT $1, $2, $3, $4, $5, $6, $7, $8, $10 WHERE NOT EXISTS (SELECT 1 FROM task WHERE batch_id = $9 AND task_key = $3)
        ON CONFLICT DO NOTHING
        """;

    /// <inheritdoc/>
    public Task<(ApplyOutcome Outcome, ImportRecord? Import)> ImportWholeAsync(ImportRecord import, Operation operation, IReadOnlyList<NewTask> tasks, IReadOnlyList<ImportLineError> errors, CancellationToken cancellation) => WriteAsync<(ApplyOutcome, ImportRecord?)>(
        (db, now) =>
        {
            if (FindOperation(db, operation.ActorId, operation.OperationId) is { } stored) return (stored.AnswerTo(operation), null);
            if (BarOf(db, import) is { } bar) return (new ApplyOutcome(bar), null);
            var taken = db.Query(
                "SELECT task_key FROM task WHERE batch_id = $1 AND task_key IN (SELECT value FROM json_each($2))",
                row => row.GetString(0),
                import.BatchId, JsonSerializer.Serialize(tasks.Select(task => task.Key)));
            var whole = WholeImport.Of(import, tasks, errors, taken);
            StoreOperation(db, operation, operation.Result, now);
            db.Execute(
                "INSERT INTO import (import_id, batch_id, mode, status, created_at, lines_done, accepted, refused, reading) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                import.ImportId, import.BatchId, import.Mode, whole.Import.Status, now, import.LinesDone, whole.Import.Accepted, whole.Import.Refused, import.Reading);
            StoreErrors(db, import, whole.Import.Errors);
            foreach (var task in whole.Tasks) db.Execute(InsertTask, import.BatchId, task.Key, task.Content, task.KnownAnswer, task.IsGold, task.Overlap, task.Priority, now, task.IsControl);
            if (whole.Tasks.Count > 0) Publish(db, import.BatchId, whole.Counted);
            return (new ApplyOutcome(ApplyStatus.Applied), whole.Import);
        },
        cancellation);

    /// <inheritdoc/>
    public Task<ApplyOutcome> BeginImportAsync(ImportRecord import, Operation operation, CancellationToken cancellation) => ApplyAsync(
        operation,
        (db, now) =>
        {
            if (BarOf(db, import) is { } bar) return bar;
            db.Execute("INSERT INTO import (import_id, batch_id, mode, status, created_at) VALUES ($1, $2, $3, $4, $5)", import.ImportId, import.BatchId, import.Mode, ImportStatus.Running, now);
            return ApplyStatus.Applied;
        },
        cancellation);

    /// <inheritdoc/>
    public Task<ImportRecord?> GetImportAsync(Guid importId, CancellationToken cancellation) => ReadAsync(db => ReadImport(db, importId), cancellation);

    /// <inheritdoc/>
    public Task<ImportRecord> AppendChunkAsync(Guid importId, long expectedLinesDone, long linesDone, IReadOnlyList<NewTask> tasks, IReadOnlyList<ImportLineError> errors, string? reading, CancellationToken cancellation) => WriteAsync(
        (db, now) =>
        {
            var import = ReadImport(db, importId) ?? throw new ArgumentException($"There is no import {importId}.", nameof(importId));
            if (import.LinesDone != expectedLinesDone || import.Status != ImportStatus.Running) return import;
            List<ImportLineError> refused = [.. errors];
            var (accepted, counted) = (0L, 0L);
            foreach (var task in tasks)
            {
                var stored = import.Mode == ImportMode.AllOrNothing
                    ? db.Execute(InsertStaged, importId, task.Line, task.Key, task.Content, task.KnownAnswer, task.IsGold, task.Overlap, task.Priority, import.BatchId, task.IsControl)
                    : db.Execute(InsertTask, import.BatchId, task.Key, task.Content, task.KnownAnswer, task.IsGold, task.Overlap, task.Priority, now, task.IsControl);
                if (stored == 0) refused.Add(ImportLineError.Duplicate(task.Line, task.Key));
                else (accepted, counted) = (accepted + 1, task.IsControl ? counted : counted + 1);
            }

            db.Execute(
                "UPDATE import SET lines_done = $2, accepted = accepted + $3, refused = refused + $4, reading = coalesce($5, reading) WHERE import_id = $1",
                importId, linesDone, accepted, refused.Count, reading);
            StoreErrors(db, import, refused);
            if (import.Mode == ImportMode.KeepGood && accepted > 0) Publish(db, import.BatchId, counted);
            return ReadImport(db, importId)!;
        },
        cancellation);

    /// <inheritdoc/>
    public Task<ImportRecord> FinishImportAsync(Guid importId, CancellationToken cancellation) => WriteAsync(
        (db, now) =>
        {
            var import = ReadImport(db, importId) ?? throw new ArgumentException($"There is no import {importId}.", nameof(importId));
            if (import.Status != ImportStatus.Running) return import;
            var status = ImportStatus.Completed;
            if (import.Mode == ImportMode.AllOrNothing)
            {
                // A key may have come into the batch by another import since the line was staged.
                var duplicates = db.Query(
                    "SELECT s.line, s.task_key FROM staged_task s JOIN task t ON t.batch_id = $2 AND t.task_key = s.task_key WHERE s.import_id = $1 ORDER BY s.line",
                    row => ImportLineError.Duplicate(row.GetInt64(0), row.GetString(1)),
                    importId,
                    import.BatchId);
                StoreErrors(db, import, duplicates);
                if (import.Refused == 0 && duplicates.Count == 0)
                {
                    db.Execute(
                        """
                        INSERT INTO task (batch_id, task_key, content, known_answer, is_gold, overlap, priority, state, created_at, queued_at, is_control)
                        SELECT $2, task_key, content, known_answer, is_gold, overlap, priority, 1, $3, $3, is_control FROM staged_task WHERE import_id = $1 ORDER BY line
                        """,
                        importId, import.BatchId, now);
                    Publish(db, import.BatchId, (long)db.Scalar("SELECT count(*) FROM staged_task WHERE import_id = $1 AND is_control = 0", importId)!);
                }
                else
                {
                    status = ImportStatus.Discarded;
                    db.Execute("UPDATE import SET accepted = 0, refused = refused + $2 WHERE import_id = $1", importId, duplicates.Count);
                }

                db.Execute("DELETE FROM staged_task WHERE import_id = $1", importId);
            }

            db.Execute("UPDATE import SET status = $2 WHERE import_id = $1", importId, status);
            return ReadImport(db, importId)!;
        },
        cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<ImportLineError>> PatchTasksAsync(Guid batchId, IReadOnlyList<TaskPatch> patches, CancellationToken cancellation) => WriteAsync<IReadOnlyList<ImportLineError>>(
        (db, _) =>
        {
            var status = (BatchStatus)(db.Scalar("SELECT status FROM batch WHERE batch_id = $1", batchId) as long? ?? 0);
            if (status is not (BatchStatus.Draft or BatchStatus.Paused))
            {
                return [.. patches.Select(patch => new ImportLineError(patch.Line, RefusalCode.InvalidTransition, "Tasks can only be changed while their batch is a draft or paused.", null))];
            }

            List<ImportLineError> refused = [];
            foreach (var patch in patches)
            {
                if (db.Scalar("SELECT task_id FROM task WHERE batch_id = $1 AND task_key = $2", batchId, patch.Key) is not long taskId)
                {
                    refused.Add(new ImportLineError(patch.Line, RefusalCode.UnknownTask, $"There is no task '{patch.Key}' in the batch.", "$.key"));
                    continue;
                }

                var inUse = (long)db.Scalar("SELECT coalesce(max(slot) + 1, 0) FROM assignment WHERE task_id = $1 AND (state IN (1, 3) OR counted = 1)", taskId)!;
                if (patch.Overlap < inUse)
                {
                    refused.Add(new ImportLineError(patch.Line, RefusalCode.ValueOutOfRange, $"The task already has {inUse} answers or holds.", "$.overlap"));
                    continue;
                }

                db.Execute("UPDATE task SET overlap = coalesce($2, overlap), priority = coalesce($3, priority) WHERE task_id = $1", taskId, patch.Overlap, patch.Priority);
                var done = db.Execute(
                    "UPDATE task SET state = 2 WHERE task_id = $1 AND state = 1 AND is_control = 0 AND overlap <= (SELECT count(*) FROM answer WHERE task_id = $1 AND counted = 1)",
                    taskId);
                var reopened = db.Execute(
                    "UPDATE task SET state = 1, judged = 0 WHERE task_id = $1 AND state = 2 AND overlap > (SELECT count(*) FROM answer WHERE task_id = $1 AND counted = 1)",
                    taskId);
                db.Execute("UPDATE batch SET completed = completed + $2 WHERE batch_id = $1", batchId, done - reopened);
            }

            BumpWorkOfBatch(db, batchId);
            return refused;
        },
        cancellation);

    private static void Publish(SqliteSession db, Guid batchId, long tasks)
    {
        db.Execute("UPDATE batch SET tasks = tasks + $2 WHERE batch_id = $1", batchId, tasks);
        BumpWorkOfBatch(db, batchId);
    }

    private static void BumpWorkOfBatch(SqliteSession db, Guid batchId) => db.Execute(
        "UPDATE project SET work_version = work_version + 1 WHERE project_id = (SELECT project_id FROM batch WHERE batch_id = $1)",
        batchId);

    private static void StoreErrors(SqliteSession db, ImportRecord import, IReadOnlyList<ImportLineError> errors)
    {
        foreach (var error in errors.OrderBy(error => error.Line).Take(Math.Max(0, Limits.ImportErrorsReported - import.Errors.Count)))
        {
            db.Execute(
                "INSERT INTO import_error (import_id, line, code, message, place) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
                import.ImportId, error.Line, error.Code, error.Message, error.Place);
        }
    }

    private static ApplyStatus? BarOf(SqliteSession db, ImportRecord import) =>
        ImportRecord.BarIn((BatchStatus?)(db.Scalar("SELECT status FROM batch WHERE batch_id = $1", import.BatchId) as long?));

    private static ImportRecord? ReadImport(SqliteSession db, Guid importId)
    {
        var errors = db.Query(
            "SELECT line, code, message, place FROM import_error WHERE import_id = $1 ORDER BY line",
            row => new ImportLineError(row.GetInt64(0), (RefusalCode)row.GetInt32(1), row.GetString(2), row.TextOrNull(3)),
            importId);
        return db.First(
            "SELECT batch_id, mode, status, lines_done, accepted, refused, reading FROM import WHERE import_id = $1",
            row => new ImportRecord
            {
                ImportId = importId,
                BatchId = row.Id(0),
                Mode = (ImportMode)row.GetInt32(1),
                Status = (ImportStatus)row.GetInt32(2),
                LinesDone = row.GetInt64(3),
                Accepted = row.GetInt64(4),
                Refused = row.GetInt64(5),
                Reading = row.TextOrNull(6),
                Errors = errors,
            },
            importId);
    }
}
