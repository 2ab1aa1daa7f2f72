using Dispatch.Contracts;
using Dispatch.Contracts.Quality;
using Microsoft.Data.Sqlite;

namespace Dispatch.Storage.Sqlite;

/// <summary>Answers of the past.</summary>
public sealed partial class SqliteStore
{
    private const string SelectPastAnswer = """
        SELECT n.answer_id, n.assignment_id, n.worker_id, b.project_id, n.project_version, b.purpose, t.content, a.presentation, n.answer, n.counted, a.state, n.submitted_at, n.handling_us,
               CASE WHEN t.is_gold THEN t.known_answer END, n.taken_out
          FROM answer n JOIN task t ON t.task_id = n.task_id JOIN assignment a ON a.assignment_id = n.assignment_id JOIN batch b ON b.batch_id = n.batch_id
        """;

    private const string SelectPastEvaluation = """
        SELECT e.worker_id, e.project_id, e.sequence, e.kind, e.source, e.score, e.weight, e.assignment_id, e.masks, e.created_at,
               EXISTS (SELECT 1 FROM evaluation m WHERE m.worker_id = e.worker_id AND m.project_id = e.project_id AND m.masks = e.sequence)
          FROM evaluation e WHERE e.worker_id = $1
        """;

    /// <inheritdoc/>
    public Task<Page<PastAnswerRow>> ListPastAnswersAsync(Guid workerId, Guid? projectId, PageCursor? from, int limit, int walk, CancellationToken cancellation) => ReadAsync(
        db =>
        {
            var length = AnswerWalk.Length(projectId, limit, walk);
            var walked = db.Query(
                """
                SELECT n.answer_id, b.project_id FROM (SELECT answer_id, batch_id FROM answer WHERE worker_id = $1 AND answer_id < $2 ORDER BY answer_id DESC LIMIT $3) n
                  JOIN batch b ON b.batch_id = n.batch_id ORDER BY n.answer_id DESC
                """,
                row => (row.GetInt64(0), row.Id(1)), workerId, Before(from), length);
            var (ids, next) = AnswerWalk.Page(walked, projectId, limit, length);
            return new Page<PastAnswerRow>([.. ids.Select(id => WithWords(db, db.First($"{SelectPastAnswer} WHERE n.answer_id = $1", ReadPastAnswer, id)!))], next);
        },
        cancellation);

    /// <inheritdoc/>
    public Task<PastAnswerRow?> FindPastAnswerAsync(Guid workerId, Guid assignmentId, CancellationToken cancellation) => ReadAsync(
        db => db.First($"{SelectPastAnswer} WHERE n.assignment_id = $1 AND n.worker_id = $2", ReadPastAnswer, assignmentId, workerId) is { } row ? WithWords(db, row) : null,
        cancellation);

    /// <summary>The same statements for every answer, gold or not: how long they take tells nothing.</summary>
    private static PastAnswerRow WithWords(SqliteSession db, PastAnswerRow answer)
    {
        var reviews = db.Query(
            "SELECT assignment_id, pass, verdict, score, fixed_answer, note, decided_at FROM review WHERE assignment_id = $1 AND decided_at IS NOT NULL ORDER BY pass",
            row => new ReviewWord(row.Id(0), row.GetInt32(1), (ReviewVerdict)row.GetInt32(2), row.GetDouble(3), row.TextOrNull(4), row.TextOrNull(5), row.Time(6)),
            answer.AssignmentId);
        List<PastEvaluation> evaluations =
        [
            .. EvidenceSources.OfAnswer(answer.AssignmentId).SelectMany(source => db.Query($"{SelectPastEvaluation} AND e.source = $2", row => Judged(db, row), answer.WorkerId, source)),
            .. db.Query($"{SelectPastEvaluation} AND e.kind = 'gold' AND e.assignment_id = $2", row => Judged(db, row), answer.WorkerId, answer.AssignmentId),
        ];
        return answer with { Reviews = reviews, Evaluations = [.. evaluations.OrderBy(evaluation => evaluation.Row.Sequence)] };
    }

    private static PastEvaluation Judged(SqliteSession db, SqliteDataReader row)
    {
        var evaluation = ReadEvaluation(row);
        return new PastEvaluation(evaluation, row.Flag(10), db.First($"{SelectDispute} WHERE worker_id = $1 AND source = $2", ReadDispute, evaluation.WorkerId, evaluation.Source));
    }

    private static PastAnswerRow ReadPastAnswer(SqliteDataReader row) => new()
    {
        AnswerId = row.GetInt64(0),
        AssignmentId = row.Id(1),
        WorkerId = row.Id(2),
        ProjectId = row.Id(3),
        ProjectVersion = row.GetInt32(4),
        Purpose = (BatchPurpose)row.GetInt32(5),
        Content = row.GetString(6),
        Presentation = SqliteValues.Order(row.GetString(7)),
        Answer = row.GetString(8),
        Counted = row.Flag(9),
        State = (AssignmentState)row.GetInt32(10),
        SubmittedAt = row.Time(11),
        Handling = row.Span(12),
        GoldAnswer = row.TextOrNull(13),
        TakenOut = row.TextOrNull(14),
    };
}
