using Dispatch.Contracts.Quality;
using Npgsql;

namespace Dispatch.Storage.PostgreSql;

/// <summary>What quality rules did to workers.</summary>
public sealed partial class PostgreSqlStore
{
    private const string RestrictionColumns = "restriction_id, worker_id, project_id, batch_id, action, rule, sequence, reason, until, created_at, lifted_at, acknowledged_at";

    private const string InForce = "lifted_at IS NULL AND (until IS NULL OR until > now())";

    private const string RestrictionsOfWorker = $"SELECT {RestrictionColumns} FROM restriction WHERE worker_id = $1 AND {InForce} ORDER BY created_at, restriction_id";

    /// <inheritdoc/>
    public Task<IReadOnlyList<RestrictionRow>> AppendRestrictionsAsync(IReadOnlyList<RestrictionRow> rows, CancellationToken cancellation) => WriteAsync<IReadOnlyList<RestrictionRow>>(
        async db =>
        {
            List<RestrictionRow> stored = [];
            foreach (var row in rows)
            {
                stored.AddRange(await db.QueryAsync(
                    $"""
                    INSERT INTO restriction (restriction_id, worker_id, project_id, batch_id, action, rule, sequence, reason, until)
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now() + $9) ON CONFLICT DO NOTHING RETURNING {RestrictionColumns}
                    """,
                    ReadRestriction,
                    row.RestrictionId, row.WorkerId, row.ProjectId, Id(row.BatchId), row.Action, row.Rule, row.Sequence, row.Reason, Span(row.For)));
            }

            return stored;
        },
        cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<RestrictionRow>> LoadRestrictionsAsync(Guid workerId, CancellationToken cancellation) => ReadAsync<IReadOnlyList<RestrictionRow>>(
        async db => await db.QueryAsync(RestrictionsOfWorker, ReadRestriction, workerId),
        cancellation);

    /// <inheritdoc/>
    public Task<ApplyOutcome> LiftRestrictionAsync(Guid restrictionId, Operation operation, CancellationToken cancellation) => ApplyAsync(
        operation,
        async db =>
        {
            var row = await db.FirstAsync($"SELECT {RestrictionColumns} FROM restriction WHERE restriction_id = $1 FOR UPDATE", ReadRestriction, restrictionId);
            if (row is null) return ApplyStatus.NotFound;
            if (await db.ExecuteAsync($"UPDATE restriction SET lifted_at = now() WHERE restriction_id = $1 AND {InForce}", restrictionId) == 0) return ApplyStatus.InvalidState;
            await BumpWorkAsync(db, row.ProjectId);
            return ApplyStatus.Applied;
        },
        cancellation);

    private static RestrictionRow ReadRestriction(NpgsqlDataReader row) => new()
    {
        RestrictionId = row.GetGuid(0),
        WorkerId = row.GetGuid(1),
        ProjectId = row.GetGuid(2),
        BatchId = row.IdOrNull(3),
        Action = (QualityAction)row.GetInt16(4),
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
