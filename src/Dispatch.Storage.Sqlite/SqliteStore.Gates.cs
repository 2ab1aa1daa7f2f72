using Dispatch.Contracts;
using Microsoft.Data.Sqlite;

namespace Dispatch.Storage.Sqlite;

/// <summary>Gates of golden batches: who passed them, and on what proof.</summary>
public sealed partial class SqliteStore
{
    private const string SelectGateEvent = """
        SELECT event_id, worker_id, batch_id, project_id, entered, evaluation_sequence, answers, board_epoch, policy_version, judgement, at FROM gate_event
        """;

    private const string InsertGateEvent = """
        INSERT INTO gate_event (worker_id, batch_id, project_id, entered, evaluation_sequence, answers, board_epoch, policy_version, judgement, at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """;

    /// <inheritdoc/>
    public Task<ApplyOutcome> SetGateAsync(Guid batchId, string? gate, int? expectedVersion, Operation operation, CancellationToken cancellation) => ApplyAsync(
        operation,
        (db, _) =>
        {
            if (db.First($"SELECT {BatchColumns} FROM batch WHERE batch_id = $1", ReadBatch, batchId) is not { } batch) return ApplyStatus.NotFound;
            if (expectedVersion is { } expected && expected != batch.Version) return ApplyStatus.VersionMismatch;
            if (batch.Tier != BatchTier.Golden) return ApplyStatus.InvalidState;
            db.Execute("UPDATE batch SET gate = $2, gate_version = gate_version + 1, version = version + 1 WHERE batch_id = $1", batchId, gate);
            BumpWork(db, batch.ProjectId);
            return ApplyStatus.Applied;
        },
        cancellation);

    /// <inheritdoc/>
    public Task AppendGateEventsAsync(IReadOnlyList<GateEvent> events, CancellationToken cancellation) => WriteAsync(
        (db, now) =>
        {
            foreach (var row in events)
            {
                db.Execute(InsertGateEvent, row.WorkerId, row.BatchId, row.ProjectId, row.Entered, row.EvaluationSequence, row.Answers, row.BoardEpoch, row.PolicyVersion, row.Judgement, now);
            }

            return 0;
        },
        cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<GateEvent>> LoadMembershipsAsync(Guid workerId, CancellationToken cancellation) => ReadAsync<IReadOnlyList<GateEvent>>(
        db => LoadMemberships(db, workerId),
        cancellation);

    private static List<GateEvent> LoadMemberships(SqliteSession db, Guid workerId) =>
        db.Query($"{SelectGateEvent} WHERE event_id IN (SELECT max(event_id) FROM gate_event WHERE worker_id = $1 GROUP BY batch_id) ORDER BY batch_id", ReadGateEvent, workerId);

    /// <inheritdoc/>
    public Task<Page<GateEvent>> ListGateEventsAsync(Guid? workerId, Guid? batchId, PageCursor? from, int limit, CancellationToken cancellation) => ReadAsync(
        db => PageOf(
            db.Query(
                $"{SelectGateEvent} WHERE ($1 IS NULL OR worker_id = $1) AND ($2 IS NULL OR batch_id = $2) AND event_id < $3 ORDER BY event_id DESC LIMIT $4",
                row => (row.GetInt64(0), ReadGateEvent(row)),
                workerId, batchId, Before(from), limit + 1),
            limit),
        cancellation);

    /// <inheritdoc/>
    public Task<GateStamp?> GetGateStampAsync(Guid assignmentId, CancellationToken cancellation) => ReadAsync(
        db => db.First(
            """
            SELECT b.project_id, a.gate_sequence, a.gate_epoch, a.gate_version, a.gate, a.gate_enters
              FROM assignment a JOIN batch b ON b.batch_id = a.batch_id WHERE a.assignment_id = $1 AND a.gate IS NOT NULL
            """,
            row => new GateStamp(row.Id(0), row.GetInt64(1), row.GetInt64(2), row.GetInt32(3), row.GetString(4), row.Flag(5)),
            assignmentId),
        cancellation);

    /// <inheritdoc/>
    public Task<(long Worker, long Batch)> CountSharesAsync(Guid batchId, Guid workerId, CancellationToken cancellation) => ReadAsync(
        db => (
            (long)db.Scalar(
                "SELECT count(*) FROM answer n JOIN task t ON t.task_id = n.task_id AND t.is_control = 0 WHERE n.worker_id = $2 AND n.batch_id = $1 AND n.counted = 1",
                batchId, workerId)!,
            db.Scalar("SELECT answers FROM batch WHERE batch_id = $1", batchId) as long? ?? 0),
        cancellation);

    // Evidence came after the judgement, or the gate is another one by now: it must be judged again before anything is handed out.
    private static bool IsJudgementOld(SqliteSession db, TakeOperation take, BatchRow batch) => take.Gate is { } gate &&
        (gate.PolicyVersion != batch.GateVersion || db.Scalar(
            "SELECT 1 FROM evaluation WHERE worker_id = $1 AND project_id = $2 AND sequence > $3 LIMIT 1",
            take.WorkerId, gate.ProjectId, gate.EvaluationSequence) is not null);

    private static void EnterGate(SqliteSession db, TakeOperation take, GateStamp gate, DateTimeOffset now)
    {
        var answers = (long)db.Scalar(
            "SELECT count(*) FROM answer n JOIN batch b ON b.batch_id = n.batch_id WHERE n.worker_id = $1 AND b.project_id = $2",
            take.WorkerId, gate.ProjectId)!;
        db.Execute(InsertGateEvent, take.WorkerId, take.BatchId, gate.ProjectId, true, gate.EvaluationSequence, answers, gate.BoardEpoch, gate.PolicyVersion, gate.Judgement, now);
    }

    private static GateEvent ReadGateEvent(SqliteDataReader row) => new()
    {
        EventId = row.GetInt64(0),
        WorkerId = row.Id(1),
        BatchId = row.Id(2),
        ProjectId = row.Id(3),
        Entered = row.Flag(4),
        EvaluationSequence = row.GetInt64(5),
        Answers = row.GetInt64(6),
        BoardEpoch = row.GetInt64(7),
        PolicyVersion = row.GetInt32(8),
        Judgement = row.GetString(9),
        At = row.Time(10),
    };
}
