using Dispatch.Contracts;
using Dispatch.Contracts.Quality;
using Microsoft.Data.Sqlite;

namespace Dispatch.Storage.Sqlite;

/// <summary>Disputes.</summary>
public sealed partial class SqliteStore
{
    private const string SelectDispute = """
        SELECT ordinal, dispute_id, worker_id, project_id, assignment_id, source, reason, state, resolution, resolver_id, created_at, decided_at FROM dispute
        """;

    /// <inheritdoc/>
    public Task<ApplyOutcome> OpenDisputeAsync(DisputeRow dispute, Operation operation, CancellationToken cancellation) => ApplyAsync(
        operation,
        (db, now) =>
        {
            if (db.Scalar("SELECT 1 FROM evaluation WHERE worker_id = $1 AND source = $2 AND project_id = $3 AND assignment_id = $4", dispute.WorkerId, dispute.Source, dispute.ProjectId, dispute.AssignmentId) is null) return ApplyStatus.NotFound;
            return db.Execute(
                """
                INSERT INTO dispute (dispute_id, worker_id, project_id, assignment_id, source, reason, state, created_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (worker_id, source) DO NOTHING
                """,
                dispute.DisputeId, dispute.WorkerId, dispute.ProjectId, dispute.AssignmentId, dispute.Source, dispute.Reason, DisputeState.Open, now) == 1
                ? ApplyStatus.Applied
                : ApplyStatus.Duplicate;
        },
        cancellation);

    /// <inheritdoc/>
    public Task<ApplyOutcome> DecideDisputeAsync(Guid disputeId, DisputeState state, string resolution, Operation operation, CancellationToken cancellation) => ApplyAsync(
        operation,
        (db, now) =>
        {
            if (db.First($"{SelectDispute} WHERE dispute_id = $1", ReadDispute, disputeId) is not { } dispute) return ApplyStatus.NotFound;
            if (dispute.State != DisputeState.Open) return ApplyStatus.InvalidState;
            db.Execute(
                "UPDATE dispute SET state = $2, resolution = $3, resolver_id = $4, decided_at = $5 WHERE dispute_id = $1",
                disputeId, state, resolution, operation.ActorId, now);
            if (state == DisputeState.Upheld)
            {
                AppendOutbox(db, [new OutboxEvaluation(dispute.WorkerId, $"dispute:{disputeId:D}", dispute.ProjectId, EvidenceKinds.Mask, 0, 0, dispute.AssignmentId, dispute.Source)], now);
            }

            return ApplyStatus.Applied;
        },
        cancellation);

    /// <inheritdoc/>
    public Task<Page<DisputeRow>> ListDisputesAsync(Guid? projectId, Guid? workerId, bool openOnly, PageCursor? from, int limit, CancellationToken cancellation) => ReadAsync(
        db => PageOf(
            db.Query(
                $"""
                {SelectDispute} WHERE ordinal > $4 AND ($1 IS NULL OR project_id = $1) AND ($2 IS NULL OR worker_id = $2) AND ($3 = 0 OR state = 1)
                 ORDER BY ordinal LIMIT $5
                """,
                row => (row.GetInt64(0), ReadDispute(row)),
                projectId, workerId, openOnly, After(from), limit + 1),
            limit),
        cancellation);

    /// <inheritdoc/>
    public Task<DisputeRow?> GetDisputeAsync(Guid disputeId, CancellationToken cancellation) =>
        ReadAsync(db => db.First($"{SelectDispute} WHERE dispute_id = $1", ReadDispute, disputeId), cancellation);

    private static DisputeRow ReadDispute(SqliteDataReader row) => new()
    {
        DisputeId = row.Id(1),
        WorkerId = row.Id(2),
        ProjectId = row.Id(3),
        AssignmentId = row.Id(4),
        Source = row.GetString(5),
        Reason = row.GetString(6),
        State = (DisputeState)row.GetInt32(7),
        Resolution = row.TextOrNull(8),
        ResolverId = row.IdOrNull(9),
        CreatedAt = row.Time(10),
        DecidedAt = row.TimeOrNull(11),
    };
}
