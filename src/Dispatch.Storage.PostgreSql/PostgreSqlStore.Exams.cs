using Npgsql;

namespace Dispatch.Storage.PostgreSql;

/// <summary>Exams.</summary>
public sealed partial class PostgreSqlStore
{
    /// <inheritdoc/>
    public Task<ExamRows> LoadExamsAsync(Guid workerId, Guid? projectId, CancellationToken cancellation) => ReadAsync(
        async db => new ExamRows(
            await db.QueryAsync(
                """
                SELECT worker_id, project_id, attempt, last_sequence, questions, score, pass_score, passed, label, ended_at, next_at
                  FROM exam_attempt WHERE worker_id = $1 AND project_id = coalesce($2, project_id) ORDER BY project_id, attempt
                """,
                ReadExamAttempt, workerId, Id(projectId)),
            await db.QueryAsync(
                "SELECT grant_id, worker_id, project_id, granted_by, reason, at FROM exam_grant WHERE worker_id = $1 AND project_id = coalesce($2, project_id) ORDER BY project_id, at, grant_id",
                row => new ExamGrantRow { GrantId = row.GetGuid(0), WorkerId = row.GetGuid(1), ProjectId = row.GetGuid(2), GrantedBy = row.GetGuid(3), Reason = row.GetString(4), At = row.Time(5) },
                workerId, Id(projectId)),
            await db.QueryAsync(
                $"""
                SELECT {EvaluationColumns} FROM evaluation e
                 WHERE e.worker_id = $1 AND e.project_id = coalesce($2, e.project_id) AND e.kind = 'exam'
                   AND e.sequence > (SELECT coalesce(max(a.last_sequence), 0) FROM exam_attempt a WHERE a.worker_id = e.worker_id AND a.project_id = e.project_id)
                 ORDER BY e.project_id, e.sequence
                """,
                ReadEvaluation, workerId, Id(projectId))),
        cancellation);

    /// <inheritdoc/>
    public Task<ApplyOutcome> EndExamAttemptAsync(ExamAttemptRow attempt, string? labels, int expectedVersion, Operation operation, CancellationToken cancellation) => ApplyAsync(
        operation,
        async db =>
        {
            if (await db.ScalarAsync("SELECT version FROM worker WHERE worker_id = $1 FOR UPDATE", attempt.WorkerId) is not int version) return ApplyStatus.NotFound;
            if (await db.ScalarAsync("SELECT 1 FROM exam_attempt WHERE worker_id = $1 AND project_id = $2 AND attempt = $3", attempt.WorkerId, attempt.ProjectId, attempt.Attempt) is not null) return ApplyStatus.Duplicate;
            if (labels is not null && version != expectedVersion) return ApplyStatus.VersionMismatch;
            await db.ExecuteAsync(
                """
                INSERT INTO exam_attempt (worker_id, project_id, attempt, last_sequence, questions, score, pass_score, passed, label, next_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, now() + $10)
                """,
                attempt.WorkerId, attempt.ProjectId, attempt.Attempt, attempt.LastSequence, attempt.Questions, attempt.Score, attempt.PassScore, attempt.Passed, attempt.Label, Span(attempt.RetryAfter));
            if (labels is not null) await db.ExecuteAsync("UPDATE worker SET labels = $2, version = version + 1 WHERE worker_id = $1", attempt.WorkerId, labels);
            return ApplyStatus.Applied;
        },
        cancellation);

    /// <inheritdoc/>
    public Task<ApplyOutcome> GrantExamAsync(ExamGrantRow grant, Operation operation, CancellationToken cancellation) => ApplyAsync(
        operation,
        async db =>
        {
            if (await db.ScalarAsync("SELECT 1 FROM enrolment WHERE worker_id = $1 AND project_id = $2", grant.WorkerId, grant.ProjectId) is null) return ApplyStatus.NotFound;
            await db.ExecuteAsync(
                "INSERT INTO exam_grant (grant_id, worker_id, project_id, granted_by, reason) VALUES ($1, $2, $3, $4, $5)",
                grant.GrantId, grant.WorkerId, grant.ProjectId, grant.GrantedBy, grant.Reason);
            await BumpWorkAsync(db, grant.ProjectId);
            return ApplyStatus.Applied;
        },
        cancellation);

    private static ExamAttemptRow ReadExamAttempt(NpgsqlDataReader row) => new()
    {
        WorkerId = row.GetGuid(0),
        ProjectId = row.GetGuid(1),
        Attempt = row.GetInt32(2),
        LastSequence = row.GetInt64(3),
        Questions = row.GetInt32(4),
        Score = row.GetDouble(5),
        PassScore = row.GetDouble(6),
        Passed = row.GetBoolean(7),
        Label = row.GetString(8),
        EndedAt = row.Time(9),
        NextAt = row.TimeOrNull(10),
    };
}
