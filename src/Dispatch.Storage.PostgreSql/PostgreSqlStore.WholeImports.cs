using Dispatch.Contracts;
using Npgsql;
using NpgsqlTypes;

namespace Dispatch.Storage.PostgreSql;

/// <summary>Imports whose lines are all at hand: a look, and one round trip that writes and commits.</summary>
public sealed partial class PostgreSqlStore
{
    /// <inheritdoc/>
    public Task<(ApplyOutcome Outcome, ImportRecord? Import)> ImportWholeAsync(ImportRecord import, Operation operation, IReadOnlyList<NewTask> tasks, IReadOnlyList<ImportLineError> errors, CancellationToken cancellation) => TryAsync(
        async connection =>
        {
            var (stored, status, taken) = await LookAsync(connection, import, operation, tasks);
            if (stored is not null) return (stored.AnswerTo(operation), null);
            if (ImportRecord.BarIn(status) is { } bar) return (new ApplyOutcome(bar), null);

            // Whoever came between the look and this, with the same key or one of the same tasks, makes it break a constraint: then all of it is tried again.
            var whole = WholeImport.Of(import, tasks, errors, taken);
            await using var batch = new NpgsqlBatch(connection);
            AddWhole(batch, whole, operation);
            await batch.ExecuteNonQueryAsync(CancellationToken.None);
            return (new ApplyOutcome(ApplyStatus.Applied), (ImportRecord?)whole.Import);
        },
        cancellation);

    private static async Task<(StoredOperation? Stored, BatchStatus? Status, List<string> Taken)> LookAsync(NpgsqlConnection connection, ImportRecord import, Operation operation, IReadOnlyList<NewTask> tasks)
    {
        await using var batch = new NpgsqlBatch(connection);
        Add(batch, CommitSql.Plan);
        Add(batch, SelectOperation, operation.ActorId, operation.OperationId);
        Add(batch, StatusOfBatch, import.BatchId);
        Add(batch, "SELECT task_key FROM task WHERE batch_id = $1 AND task_key = ANY($2)", import.BatchId, ArrayOf(tasks.Select(task => task.Key), NpgsqlDbType.Text));
        await using var reader = await batch.ExecuteReaderAsync(CancellationToken.None);
        await reader.NextResultAsync(CancellationToken.None);
        var stored = await reader.ReadAsync(CancellationToken.None) ? ReadOperation(reader) : null;
        await reader.NextResultAsync(CancellationToken.None);
        BatchStatus? status = await reader.ReadAsync(CancellationToken.None) ? (BatchStatus)reader.GetInt16(0) : null;
        await reader.NextResultAsync(CancellationToken.None);
        List<string> taken = [];
        while (await reader.ReadAsync(CancellationToken.None)) taken.Add(reader.GetString(0));
        return (stored, status, taken);
    }

    private static void AddWhole(NpgsqlBatch batch, WholeImport whole, Operation operation)
    {
        var import = whole.Import;
        AddOperation(batch, operation);
        Add(
            batch,
            "INSERT INTO import (import_id, batch_id, mode, status, lines_done, accepted, refused, reading) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            import.ImportId, import.BatchId, import.Mode, import.Status, import.LinesDone, import.Accepted, import.Refused, Text(import.Reading));
        if (import.Errors.Count > 0) Add(batch, InsertErrors, ErrorValues(import.ImportId, import.Errors));
        if (whole.Tasks.Count == 0) return;
        Add(batch, InsertTasks, ChunkValues(import, whole.Tasks));
        Add(batch, CountTasks, import.BatchId, whole.Counted);

        // Last of all: until the commit nobody else can bump it.
        Add(batch, BumpWorkOfItsProject, import.BatchId);
    }
}
