using Microsoft.Data.Sqlite;

namespace Dispatch.Storage.Sqlite;

/// <summary>Exams.</summary>
public sealed partial class SqliteStore
{
    /// <inheritdoc/>
    public Task<ExamRows> LoadExamsAsync(Guid workerId, Guid? projectId, CancellationToken cancellation) => ReadAsync(
        db => new ExamRows(
            db.Query(
                """
                SELECT worker_id, project_id, attempt, last_sequence, questions, score, pass_score, passed, label, ended_at, next_at
                  FROM exam_attempt WHERE worker_id = $1 AND project_id = coalesce($2, project_id) ORDER BY project_id, attempt
                """,
                ReadExamAttempt, workerId, projectId),
            db.Query(
                "SELECT grant_id, worker_id, project_id, granted_by, reason, at FROM exam_grant WHERE worker_id = $1 AND project_id = coalesce($2, project_id) ORDER BY project_id, at, grant_id",
                row => new ExamGrantRow { GrantId = row.Id(0), WorkerId = row.Id(1), ProjectId = row.Id(2), GrantedBy = row.Id(3), Reason = row.GetString(4), At = row.Time(5) },
                workerId, projectId),
            db.Query(
                $"""
                SELECT {EvaluationColumns} FROM evaluation e
                 WHERE e.worker_id = $1 AND e.project_id = coalesce($2, e.project_id) AND e.kind = 'exam'
                   AND e.sequence > (SELECT coalesce(max(a.last_sequence), 0) FROM exam_attempt a WHERE a.worker_id = e.worker_id AND a.project_id = e.project_id)
                 ORDER BY e.project_id, e.sequence
                """,
                ReadEvaluation, workerId, projectId)),
        cancellation);

    /// <inheritdoc/>
    public Task<ApplyOutcome> EndExamAttemptAsync(ExamAttemptRow attempt, string? labels, int expectedVersion, Operation operation, CancellationToken cancellation) => ApplyAsync(
        operation,
        (db, now) =>
        {
            if (db.Scalar("SELECT version FROM worker WHERE worker_id = $1", attempt.WorkerId) is not long version) return ApplyStatus.NotFound;
            if (db.Scalar("SELECT 1 FROM exam_attempt WHERE worker_id = $1 AND project_id = $2 AND attempt = $3", attempt.WorkerId, attempt.ProjectId, attempt.Attempt) is not null) return ApplyStatus.Duplicate;
            if (labels is not null && version != expectedVersion) return ApplyStatus.VersionMismatch;
            db.Execute(
                """
                INSERT INTO exam_attempt (worker_id, project_id, attempt, last_sequence, questions, score, pass_score, passed, label, ended_at, next_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
                """,
                attempt.WorkerId, attempt.ProjectId, attempt.Attempt, attempt.LastSequence, attempt.Questions, attempt.Score, attempt.PassScore, attempt.Passed, attempt.Label, now, now + attempt.RetryAfter);
            if (labels is not null) db.Execute("UPDATE worker SET labels = $2, version = version + 1 WHERE worker_id = $1", attempt.WorkerId, labels);
            return ApplyStatus.Applied;
        },
        cancellation);

    /// <inheritdoc/>
    public Task<ApplyOutcome> GrantExamAsync(ExamGrantRow grant, Operation operation, CancellationToken cancellation) => ApplyAsync(
        operation,
        (db, now) =>
        {
            if (db.Scalar("SELECT 1 FROM enrolment WHERE worker_id = $1 AND project_id = $2", grant.WorkerId, grant.ProjectId) is null) return ApplyStatus.NotFound;
            db.Execute(
                "INSERT INTO exam_grant (grant_id, worker_id, project_id, granted_by, reason, at) VALUES ($1, $2, $3, $4, $5, $6)",
                grant.GrantId, grant.WorkerId, grant.ProjectId, grant.GrantedBy, grant.Reason, now);
            BumpWork(db, grant.ProjectId);
            return ApplyStatus.Applied;
        },
        cancellation);

    private static ExamAttemptRow ReadExamAttempt(SqliteDataReader row) => new()
    {
        WorkerId = row.Id(0),
        ProjectId = row.Id(1),
        Attempt = row.GetInt32(2),
        LastSequence = row.GetInt64(3),
        Questions = row.GetInt32(4),
        Score = row.GetDouble(5),
        PassScore = row.GetDouble(6),
        Passed = row.Flag(7),
        Label = row.GetString(8),
        EndedAt = row.Time(9),
        NextAt = row.TimeOrNull(10),
    };
}
