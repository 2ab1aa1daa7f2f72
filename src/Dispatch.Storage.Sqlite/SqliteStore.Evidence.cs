using System.Text.Json;
using Dispatch.Contracts;
using Microsoft.Data.Sqlite;

namespace Dispatch.Storage.Sqlite;

/// <summary>Evaluations, handling times and pool priors.</summary>
public sealed partial class SqliteStore
{
    private const string EvaluationColumns = "e.worker_id, e.project_id, e.sequence, e.kind, e.source, e.score, e.weight, e.assignment_id, e.masks, e.created_at";

    /// <inheritdoc/>
    public Task<IReadOnlyList<EvaluationRow>> LoadEvaluationsAsync(Guid workerId, IReadOnlyCollection<FoldPosition> after, int limit, CancellationToken cancellation) => ReadAsync<IReadOnlyList<EvaluationRow>>(
        db => db.Query(
            $"""
            SELECT {EvaluationColumns} FROM evaluation e LEFT JOIN json_each($2) p ON p.key = e.project_id
             WHERE e.worker_id = $1 AND e.sequence > coalesce(p.value, 0) ORDER BY e.project_id, e.sequence LIMIT $3
            """,
            ReadEvaluation, workerId, Positions(after, position => position.Sequence), limit),
        cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<HandlingRow>> LoadHandlingAsync(Guid workerId, long after, int limit, CancellationToken cancellation) => ReadAsync<IReadOnlyList<HandlingRow>>(
        db => db.Query(
            """
            SELECT b.project_id, n.answer_id, n.handling_us, n.submitted_at FROM answer n JOIN batch b ON b.batch_id = n.batch_id
             WHERE n.worker_id = $1 AND n.answer_id > $2 ORDER BY n.answer_id LIMIT $3
            """,
            row => new HandlingRow(row.Id(0), row.GetInt64(1), row.Span(2), row.Time(3)),
            workerId, after, limit),
        cancellation);

    /// <inheritdoc/>
    public Task<Page<EvaluationRow>> ListEvaluationsAsync(Guid workerId, Guid projectId, PageCursor? from, int limit, CancellationToken cancellation) => ReadAsync(
        db => PageOf(
            db.Query(
                $"SELECT {EvaluationColumns} FROM evaluation e WHERE e.worker_id = $1 AND e.project_id = $2 AND e.sequence < $3 ORDER BY e.sequence DESC LIMIT $4",
                row => (row.GetInt64(2), ReadEvaluation(row)),
                workerId, projectId, Before(from), limit + 1),
            limit),
        cancellation);

    /// <inheritdoc/>
    public IAsyncEnumerable<EvaluationRow> ExportEvaluationsAsync(Guid projectId, CancellationToken cancellation) => StreamAsync(
        (Worker: "", Sequence: 0L),
        (db, after) => db.Query(
            $"""
            SELECT {EvaluationColumns} FROM evaluation e
             WHERE e.project_id = $1 AND (e.worker_id, e.sequence) > ($2, $3) ORDER BY e.worker_id, e.sequence LIMIT $4
            """,
            row => ((row.GetString(0), row.GetInt64(2)), ReadEvaluation(row)),
            projectId, after.Worker, after.Sequence, ExportPage),
        cancellation);

    /// <inheritdoc/>
    public Task<PoolPrior?> GetPriorAsync(Guid projectId, CancellationToken cancellation) => ReadAsync(db => ReadPrior(db, projectId), cancellation);

    /// <inheritdoc/>
    public Task<PoolPrior> AppendPriorAsync(PoolPrior prior, CancellationToken cancellation) => WriteAsync(
        (db, now) =>
        {
            db.Execute(
                """
                INSERT INTO pool_prior (project_id, version, mean, strength, created_at)
                SELECT $1, $2, $3, $4, $5 WHERE $2 = 1 + coalesce((SELECT max(version) FROM pool_prior WHERE project_id = $1), 0)
                """,
                prior.ProjectId, prior.Version, prior.Mean, prior.Strength, now);
            return ReadPrior(db, prior.ProjectId) ?? throw new ArgumentException("The first version of a prior is 1.", nameof(prior));
        },
        cancellation);

    private static PoolPrior? ReadPrior(SqliteSession db, Guid projectId) => db.First(
        "SELECT version, mean, strength, created_at FROM pool_prior WHERE project_id = $1 ORDER BY version DESC LIMIT 1",
        row => new PoolPrior(projectId, row.GetInt32(0), row.GetDouble(1), row.GetDouble(2), row.Time(3)),
        projectId);

    private static string Positions(IReadOnlyCollection<FoldPosition> after, Func<FoldPosition, long> of) =>
        JsonSerializer.Serialize(after.ToDictionary(position => position.ProjectId.ToString("D"), of));

    // Of a list with the newest first.
    private static long Before(PageCursor? from) => from is null ? long.MaxValue : After(from);

    private static EvaluationRow ReadEvaluation(SqliteDataReader row) => new()
    {
        WorkerId = row.Id(0),
        ProjectId = row.Id(1),
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
