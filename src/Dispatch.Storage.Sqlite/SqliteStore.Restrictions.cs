using Dispatch.Contracts.Quality;
using Microsoft.Data.Sqlite;

namespace Dispatch.Storage.Sqlite;

/// <summary>What quality rules did to workers.</summary>
public sealed partial class SqliteStore
{
    private const string RestrictionColumns = "r.restriction_id, r.worker_id, r.project_id, r.batch_id, r.action, r.rule, r.sequence, r.reason, r.until, r.created_at, r.lifted_at, r.acknowledged_at";

    private const string SelectRestriction = $"SELECT {RestrictionColumns} FROM restriction r";

    private const string InForce = "lifted_at IS NULL AND (until IS NULL OR until > $2)";

    /// <inheritdoc/>
    public Task<IReadOnlyList<RestrictionRow>> AppendRestrictionsAsync(IReadOnlyList<RestrictionRow> rows, CancellationToken cancellation) => WriteAsync<IReadOnlyList<RestrictionRow>>(
        (db, now) =>
        {
            List<RestrictionRow> stored = [];
            foreach (var row in rows)
            {
                var fresh = db.Execute(
                    """
                    INSERT INTO restriction (restriction_id, worker_id, project_id, batch_id, action, rule, sequence, reason, until, created_at)
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING
                    """,
                    row.RestrictionId, row.WorkerId, row.ProjectId, row.BatchId, row.Action, row.Rule, row.Sequence, row.Reason, now + row.For, now) == 1;
                if (fresh) stored.Add(db.First($"{SelectRestriction} WHERE restriction_id = $1", ReadRestriction, row.RestrictionId)!);
            }

            return stored;
        },
        cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<RestrictionRow>> LoadRestrictionsAsync(Guid workerId, CancellationToken cancellation) => ReadAsync<IReadOnlyList<RestrictionRow>>(
        db => LoadRestrictions(db, workerId),
        cancellation);

    private List<RestrictionRow> LoadRestrictions(SqliteSession db, Guid workerId) =>
        db.Query($"{SelectRestriction} WHERE worker_id = $1 AND {InForce} ORDER BY created_at, restriction_id", ReadRestriction, workerId, Now);

    /// <inheritdoc/>
    public Task<ApplyOutcome> LiftRestrictionAsync(Guid restrictionId, Operation operation, CancellationToken cancellation) => ApplyAsync(
        operation,
        (db, now) =>
        {
            if (db.First($"{SelectRestriction} WHERE restriction_id = $1", ReadRestriction, restrictionId) is not { } row) return ApplyStatus.NotFound;
            if (db.Execute($"UPDATE restriction SET lifted_at = $2 WHERE restriction_id = $1 AND {InForce}", restrictionId, now) == 0) return ApplyStatus.InvalidState;
            BumpWork(db, row.ProjectId);
            return ApplyStatus.Applied;
        },
        cancellation);

    private static RestrictionRow ReadRestriction(SqliteDataReader row) => new()
    {
        RestrictionId = row.Id(0),
        WorkerId = row.Id(1),
        ProjectId = row.Id(2),
        BatchId = row.IdOrNull(3),
        Action = (QualityAction)row.GetInt32(4),
        Rule = row.GetString(5),
        Sequence = row.GetInt64(6),
        Reason = row.GetString(7),
        Until = row.TimeOrNull(8),
        For = row.TimeOrNull(8) - row.Time(9),
        CreatedAt = row.Time(9),
        LiftedAt = row.TimeOrNull(10),
        AcknowledgedAt = row.TimeOrNull(11),
    };
}
