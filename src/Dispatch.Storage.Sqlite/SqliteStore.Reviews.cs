using Dispatch.Contracts;
using Dispatch.Contracts.Quality;
using Microsoft.Data.Sqlite;

namespace Dispatch.Storage.Sqlite;

/// <summary>Reviews: waiting and decided.</summary>
public sealed partial class SqliteStore
{
    private const string SelectReview = """
        SELECT r.ordinal, r.review_id, r.assignment_id, r.project_id, r.batch_id, r.task_id, t.task_key, r.worker_id, r.cause, r.pass, t.content, n.answer, n.counted,
               n.submitted_at, r.created_at, r.reviewer_id, r.verdict, r.score, r.fixed_answer, r.note, r.decided_at
          FROM review r JOIN task t ON t.task_id = r.task_id JOIN answer n ON n.assignment_id = r.assignment_id
        """;

    // A worker does not review what is the worker's own, and nobody looks a second time at what they decided themselves.
    private const string MayDecide = "r.worker_id <> $2 AND NOT EXISTS (SELECT 1 FROM review e WHERE e.assignment_id = r.assignment_id AND e.reviewer_id = $2)";

    /// <inheritdoc/>
    public Task<Page<ReviewRow>> ListReviewsAsync(Guid projectId, Guid? batchId, Guid? reviewerId, PageCursor? from, int limit, CancellationToken cancellation) => ReadAsync(
        db => PageOf(
            db.Query(
                $"""
                {SelectReview} WHERE r.project_id = $1 AND r.decided_at IS NULL AND r.ordinal > $4 AND ($3 IS NULL OR r.batch_id = $3) AND ($2 IS NULL OR ({MayDecide}))
                 ORDER BY r.ordinal LIMIT $5
                """,
                row => (row.GetInt64(0), ReadReview(row)),
                projectId, reviewerId, batchId, After(from), limit + 1),
            limit),
        cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<ReviewRow>> LoadReviewsAsync(Guid assignmentId, CancellationToken cancellation) => ReadAsync<IReadOnlyList<ReviewRow>>(
        db => db.Query($"{SelectReview} WHERE r.assignment_id = $1 ORDER BY r.pass", ReadReview, assignmentId),
        cancellation);

    /// <inheritdoc/>
    public Task<ReviewRow?> GetReviewAsync(Guid reviewId, CancellationToken cancellation) =>
        ReadAsync(db => db.First($"{SelectReview} WHERE r.review_id = $1", ReadReview, reviewId), cancellation);

    /// <inheritdoc/>
    public Task AppendReviewsAsync(IReadOnlyList<NewReview> reviews, CancellationToken cancellation) => WriteAsync(
        (db, now) =>
        {
            foreach (var review in reviews) AppendReview(db, review, now);
            return 0;
        },
        cancellation);

    private static void AppendReview(SqliteSession db, NewReview review, DateTimeOffset now) => db.Execute(
        """
        INSERT INTO review (review_id, assignment_id, pass, project_id, batch_id, task_id, worker_id, cause, created_at)
        SELECT $1, n.assignment_id, $3, b.project_id, n.batch_id, n.task_id, n.worker_id, $4, $5
          FROM answer n JOIN batch b ON b.batch_id = n.batch_id WHERE n.assignment_id = $2
        ON CONFLICT DO NOTHING
        """,
        review.ReviewId, review.AssignmentId, review.Pass, review.Cause, now);

    private static ReviewRow ReadReview(SqliteDataReader row) => new()
    {
        ReviewId = row.Id(1),
        AssignmentId = row.Id(2),
        ProjectId = row.Id(3),
        BatchId = row.Id(4),
        TaskId = row.GetInt64(5),
        TaskKey = row.GetString(6),
        WorkerId = row.Id(7),
        Cause = (ReviewCause)row.GetInt32(8),
        Pass = row.GetInt32(9),
        Content = row.GetString(10),
        Answer = row.GetString(11),
        Counted = row.Flag(12),
        SubmittedAt = row.Time(13),
        CreatedAt = row.Time(14),
        ReviewerId = row.IdOrNull(15),
        Verdict = (ReviewVerdict)row.GetInt32(16),
        Score = row.NumberOrNull(17),
        FixedAnswer = row.TextOrNull(18),
        Note = row.TextOrNull(19),
        DecidedAt = row.TimeOrNull(20),
    };
}
