using Dispatch.Contracts;
using Dispatch.Contracts.Quality;
using Npgsql;

namespace Dispatch.Storage.PostgreSql;

/// <summary>Reviews: waiting and decided.</summary>
public sealed partial class PostgreSqlStore
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
        async db => PageOf(
            await db.QueryAsync(
                $"""
                {SelectReview} WHERE r.project_id = $1 AND r.decided_at IS NULL AND r.ordinal > $4 AND ($3 IS NULL OR r.batch_id = $3) AND ($2 IS NULL OR ({MayDecide}))
                 ORDER BY r.ordinal LIMIT $5
                """,
                row => (row.GetInt64(0), ReadReview(row)),
                projectId, Id(reviewerId), Id(batchId), After(from), limit + 1),
            limit),
        cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<ReviewRow>> LoadReviewsAsync(Guid assignmentId, CancellationToken cancellation) => ReadAsync<IReadOnlyList<ReviewRow>>(
        async db => await db.QueryAsync($"{SelectReview} WHERE r.assignment_id = $1 ORDER BY r.pass", ReadReview, assignmentId),
        cancellation);

    /// <inheritdoc/>
    public Task<ReviewRow?> GetReviewAsync(Guid reviewId, CancellationToken cancellation) =>
        ReadAsync(db => db.FirstAsync($"{SelectReview} WHERE r.review_id = $1", ReadReview, reviewId), cancellation);

    /// <inheritdoc/>
    public Task AppendReviewsAsync(IReadOnlyList<NewReview> reviews, CancellationToken cancellation) =>
        WriteAsync(db => AppendReviewsAsync(db, reviews), cancellation);

    private static Task<int> AppendReviewsAsync(PostgreSqlSession db, IReadOnlyList<NewReview> reviews) =>
        reviews.Count == 0 ? Task.FromResult(0) : db.ExecuteAsync(CommitSql.Review, ReviewArrays(reviews));

    private static ReviewRow ReadReview(NpgsqlDataReader row) => new()
    {
        ReviewId = row.GetGuid(1),
        AssignmentId = row.GetGuid(2),
        ProjectId = row.GetGuid(3),
        BatchId = row.GetGuid(4),
        TaskId = row.GetInt64(5),
        TaskKey = row.GetString(6),
        WorkerId = row.GetGuid(7),
        Cause = (ReviewCause)row.GetInt16(8),
        Pass = row.GetInt32(9),
        Content = row.GetString(10),
        Answer = row.GetString(11),
        Counted = row.GetBoolean(12),
        SubmittedAt = row.Time(13),
        CreatedAt = row.Time(14),
        ReviewerId = row.IdOrNull(15),
        Verdict = (ReviewVerdict)row.GetInt16(16),
        Score = row.NumberOrNull(17),
        FixedAnswer = row.TextOrNull(18),
        Note = row.TextOrNull(19),
        DecidedAt = row.TimeOrNull(20),
    };
}
