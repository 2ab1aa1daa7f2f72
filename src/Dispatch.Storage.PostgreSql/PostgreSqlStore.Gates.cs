using Dispatch.Contracts;
using Npgsql;

namespace Dispatch.Storage.PostgreSql;

/// <summary>Gates of golden batches: who passed them, and on what proof.</summary>
public sealed partial class PostgreSqlStore
{
    private const string GateEventColumns = "event_id, worker_id, batch_id, project_id, entered, evaluation_sequence, answers, board_epoch, policy_version, judgement, at";

    private const string MembershipsOfWorker = $"SELECT DISTINCT ON (batch_id) {GateEventColumns} FROM gate_event WHERE worker_id = $1 ORDER BY batch_id, event_id DESC";

    /// <inheritdoc/>
    public Task<ApplyOutcome> SetGateAsync(Guid batchId, string? gate, int? expectedVersion, Operation operation, CancellationToken cancellation) => ApplyAsync(
        operation,
        async db =>
        {
            var batch = await db.FirstAsync($"SELECT {BatchColumns} FROM batch WHERE batch_id = $1 FOR UPDATE", ReadBatch, batchId);
            if (batch is null) return ApplyStatus.NotFound;
            if (expectedVersion is { } expected && expected != batch.Version) return ApplyStatus.VersionMismatch;
            if (batch.Tier != BatchTier.Golden) return ApplyStatus.InvalidState;
            await db.ExecuteAsync("UPDATE batch SET gate = $2, gate_version = gate_version + 1, version = version + 1 WHERE batch_id = $1", batchId, Text(gate));
            await BumpWorkAsync(db, batch.ProjectId);
            return ApplyStatus.Applied;
        },
        cancellation);

    /// <inheritdoc/>
    public Task AppendGateEventsAsync(IReadOnlyList<GateEvent> events, CancellationToken cancellation) => WriteAsync(
        async db =>
        {
            foreach (var row in events)
            {
                await db.ExecuteAsync(
                    """
                    INSERT INTO gate_event (worker_id, batch_id, project_id, entered, evaluation_sequence, answers, board_epoch, policy_version, judgement)
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                    """,
                    row.WorkerId, row.BatchId, row.ProjectId, row.Entered, row.EvaluationSequence, row.Answers, row.BoardEpoch, row.PolicyVersion, row.Judgement);
            }

            return 0;
        },
        cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<GateEvent>> LoadMembershipsAsync(Guid workerId, CancellationToken cancellation) => ReadAsync<IReadOnlyList<GateEvent>>(
        async db => await db.QueryAsync(MembershipsOfWorker, ReadGateEvent, workerId),
        cancellation);

    /// <inheritdoc/>
    public Task<Page<GateEvent>> ListGateEventsAsync(Guid? workerId, Guid? batchId, PageCursor? from, int limit, CancellationToken cancellation) => ReadAsync(
        async db => PageOf(
            await db.QueryAsync(
                $"SELECT {GateEventColumns} FROM gate_event WHERE ($1 IS NULL OR worker_id = $1) AND ($2 IS NULL OR batch_id = $2) AND event_id < $3 ORDER BY event_id DESC LIMIT $4",
                row => (row.GetInt64(0), ReadGateEvent(row)),
                Id(workerId), Id(batchId), Before(from), limit + 1),
            limit),
        cancellation);

    /// <inheritdoc/>
    public Task<GateStamp?> GetGateStampAsync(Guid assignmentId, CancellationToken cancellation) => ReadAsync(
        db => db.FirstAsync(
            """
            SELECT b.project_id, a.gate_sequence, a.gate_epoch, a.gate_version, a.gate, a.gate_enters
              FROM assignment a JOIN batch b ON b.batch_id = a.batch_id WHERE a.assignment_id = $1 AND a.gate IS NOT NULL
            """,
            row => new GateStamp(row.GetGuid(0), row.GetInt64(1), row.GetInt64(2), row.GetInt32(3), row.GetString(4), row.GetBoolean(5)),
            assignmentId),
        cancellation);

    /// <inheritdoc/>
    public Task<(long Worker, long Batch)> CountSharesAsync(Guid batchId, Guid workerId, CancellationToken cancellation) => ReadAsync(
        async db => (
            (long)(await db.ScalarAsync(
                "SELECT count(*) FROM answer n JOIN task t ON t.task_id = n.task_id AND NOT t.is_control WHERE n.worker_id = $2 AND n.batch_id = $1 AND n.counted",
                batchId, workerId))!,
            await db.ScalarAsync("SELECT answers FROM batch_counter WHERE batch_id = $1", batchId) as long? ?? 0),
        cancellation);

    private static GateEvent ReadGateEvent(NpgsqlDataReader row) => new()
    {
        EventId = row.GetInt64(0),
        WorkerId = row.GetGuid(1),
        BatchId = row.GetGuid(2),
        ProjectId = row.GetGuid(3),
        Entered = row.GetBoolean(4),
        EvaluationSequence = row.GetInt64(5),
        Answers = row.GetInt64(6),
        BoardEpoch = row.GetInt64(7),
        PolicyVersion = row.GetInt32(8),
        Judgement = row.GetString(9),
        At = row.Time(10),
    };
}
