using Dispatch.Contracts;
using Npgsql;
using NpgsqlTypes;

namespace Dispatch.Storage.PostgreSql;

/// <summary>Evaluations, handling times and pool priors.</summary>
public sealed partial class PostgreSqlStore
{
    private const string EvaluationColumns = "e.worker_id, e.project_id, e.sequence, e.kind, e.source, e.score, e.weight, e.assignment_id, e.masks, e.created_at";

    /// <inheritdoc/>
    public Task<IReadOnlyList<EvaluationRow>> LoadEvaluationsAsync(Guid workerId, IReadOnlyCollection<FoldPosition> after, int limit, CancellationToken cancellation) => ReadAsync<IReadOnlyList<EvaluationRow>>(
        async db => await db.QueryAsync(
            $"""
            SELECT {EvaluationColumns} FROM evaluation e LEFT JOIN unnest($2::uuid[], $3::bigint[]) AS p (project_id, position) ON p.project_id = e.project_id
             WHERE e.worker_id = $1 AND e.sequence > coalesce(p.position, 0) ORDER BY e.project_id, e.sequence LIMIT $4
            """,
            ReadEvaluation,
            workerId, ArrayOf(after.Select(position => position.ProjectId), NpgsqlDbType.Uuid), ArrayOf(after.Select(position => position.Sequence), NpgsqlDbType.Bigint), limit),
        cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<HandlingRow>> LoadHandlingAsync(Guid workerId, long after, int limit, CancellationToken cancellation) => ReadAsync<IReadOnlyList<HandlingRow>>(
        async db => await db.QueryAsync(
            """
            SELECT b.project_id, n.answer_id, n.handling_us, n.submitted_at FROM answer n JOIN batch b ON b.batch_id = n.batch_id
             WHERE n.worker_id = $1 AND n.answer_id > $2 ORDER BY n.answer_id LIMIT $3
            """,
            row => new HandlingRow(row.GetGuid(0), row.GetInt64(1), row.Micros(2), row.Time(3)),
            workerId, after, limit),
        cancellation);

    /// <inheritdoc/>
    public Task<Page<EvaluationRow>> ListEvaluationsAsync(Guid workerId, Guid projectId, PageCursor? from, int limit, CancellationToken cancellation) => ReadAsync(
        async db => PageOf(
            await db.QueryAsync(
                $"SELECT {EvaluationColumns} FROM evaluation e WHERE e.worker_id = $1 AND e.project_id = $2 AND e.sequence < $3 ORDER BY e.sequence DESC LIMIT $4",
                row => (row.GetInt64(2), ReadEvaluation(row)),
                workerId, projectId, Before(from), limit + 1),
            limit),
        cancellation);

    /// <inheritdoc/>
    public IAsyncEnumerable<EvaluationRow> ExportEvaluationsAsync(Guid projectId, CancellationToken cancellation) => StreamAsync(
        (Worker: Guid.Empty, Sequence: 0L),
        (db, after) => db.QueryAsync(
            $"""
            SELECT {EvaluationColumns} FROM evaluation e
             WHERE e.project_id = $1 AND e.worker_id >= $2 AND (e.worker_id, e.sequence) > ($2, $3) ORDER BY e.worker_id, e.sequence LIMIT $4
            """,
            row => ((row.GetGuid(0), row.GetInt64(2)), ReadEvaluation(row)),
            projectId, after.Worker, after.Sequence, ExportPage),
        cancellation);

    /// <inheritdoc/>
    public Task<PoolPrior?> GetPriorAsync(Guid projectId, CancellationToken cancellation) => ReadAsync(db => ReadPriorAsync(db, projectId), cancellation);

    /// <inheritdoc/>
    public Task<PoolPrior> AppendPriorAsync(PoolPrior prior, CancellationToken cancellation) => WriteAsync(
        async db =>
        {
            await db.ExecuteAsync(
                """
                INSERT INTO pool_prior (project_id, version, mean, strength)
                SELECT $1, $2, $3, $4 WHERE $2 = 1 + coalesce((SELECT max(version) FROM pool_prior WHERE project_id = $1), 0) ON CONFLICT DO NOTHING
                """,
                prior.ProjectId, prior.Version, prior.Mean, prior.Strength);
            return await ReadPriorAsync(db, prior.ProjectId) ?? throw new ArgumentException("The first version of a prior is 1.", nameof(prior));
        },
        cancellation);

    private static Task<PoolPrior?> ReadPriorAsync(PostgreSqlSession db, Guid projectId) => db.FirstAsync(
        "SELECT version, mean, strength, created_at FROM pool_prior WHERE project_id = $1 ORDER BY version DESC LIMIT 1",
        row => new PoolPrior(projectId, row.GetInt32(0), row.GetDouble(1), row.GetDouble(2), row.Time(3)),
        projectId);

    // Of a list with the newest first.
    private static long Before(PageCursor? from) => from is null ? long.MaxValue : After(from);

    private static EvaluationRow ReadEvaluation(NpgsqlDataReader row) => new()
    {
        WorkerId = row.GetGuid(0),
        ProjectId = row.GetGuid(1),
        Sequence = row.GetInt64(2),
        Kind = row.GetString(3),
        Source = row.GetString(4),
        Score = row.GetDouble(5),
        Weight = row.GetDouble(6),
        AssignmentId = row.IdOrNull(7),
        Masks = row.IsDBNull(8) ? null : row.GetInt64(8),
        CreatedAt = row.Time(9),
    };
}
