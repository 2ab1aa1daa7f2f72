using Dispatch.Contracts;
using Dispatch.Contracts.Quality;
using Npgsql;
using NpgsqlTypes;

namespace Dispatch.Storage.PostgreSql;

/// <summary>Answers of the past.</summary>
public sealed partial class PostgreSqlStore
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
        async db =>
        {
            var length = AnswerWalk.Length(projectId, limit, walk);
            var walked = await db.QueryAsync(
                """
                SELECT n.answer_id, b.project_id FROM (SELECT answer_id, batch_id FROM answer WHERE worker_id = $1 AND answer_id < $2 ORDER BY answer_id DESC LIMIT $3) n
                  JOIN batch b ON b.batch_id = n.batch_id ORDER BY n.answer_id DESC
                """,
                row => (row.GetInt64(0), row.GetGuid(1)), workerId, Before(from), length);
            var (ids, next) = AnswerWalk.Page(walked, projectId, limit, length);
            var rows = await db.QueryAsync($"{SelectPastAnswer} WHERE n.answer_id = ANY($1) ORDER BY n.answer_id DESC", ReadPastAnswer, ArrayOf(ids, NpgsqlDbType.Bigint));
            return new Page<PastAnswerRow>(await WithWordsAsync(db, workerId, rows), next);
        },
        cancellation);

    /// <inheritdoc/>
    public Task<PastAnswerRow?> FindPastAnswerAsync(Guid workerId, Guid assignmentId, CancellationToken cancellation) => ReadAsync(
        async db =>
        {
            var row = await db.FirstAsync($"{SelectPastAnswer} WHERE n.assignment_id = $1 AND n.worker_id = $2", ReadPastAnswer, assignmentId, workerId);
            return row is null ? null : (await WithWordsAsync(db, workerId, [row]))[0];
        },
        cancellation);

    /// <summary>The same statements for every answer, gold or not: how long they take tells nothing.</summary>
    private static async Task<IReadOnlyList<PastAnswerRow>> WithWordsAsync(PostgreSqlSession db, Guid workerId, IReadOnlyList<PastAnswerRow> rows)
    {
        if (rows.Count == 0) return rows;
        var assignments = rows.Select(row => row.AssignmentId).ToArray();
        var reviews = (await db.QueryAsync(
            "SELECT assignment_id, pass, verdict, score, fixed_answer, note, decided_at FROM review WHERE assignment_id = ANY($1) AND decided_at IS NOT NULL ORDER BY pass",
            row => new ReviewWord(row.GetGuid(0), row.GetInt32(1), (ReviewVerdict)row.GetInt16(2), row.GetDouble(3), row.TextOrNull(4), row.TextOrNull(5), row.Time(6)),
            ArrayOf(assignments, NpgsqlDbType.Uuid))).ToLookup(review => review.AssignmentId);

        // Each half by an index of its own: evaluations by gold by their assignment, the others by their names.
        var evaluations = await db.QueryAsync(
            $"{SelectPastEvaluation} AND e.source = ANY($2) UNION ALL {SelectPastEvaluation} AND e.kind = 'gold' AND e.assignment_id = ANY($3) ORDER BY sequence",
            row => (Row: ReadEvaluation(row), IsMasked: row.GetBoolean(10)),
            workerId, ArrayOf(assignments.SelectMany(EvidenceSources.OfAnswer), NpgsqlDbType.Text), ArrayOf(assignments, NpgsqlDbType.Uuid));
        var disputes = (await db.QueryAsync(
            $"{SelectDispute} WHERE worker_id = $1 AND source = ANY($2)", ReadDispute, workerId, ArrayOf(evaluations.Select(evaluation => evaluation.Row.Source), NpgsqlDbType.Text))).ToDictionary(dispute => dispute.Source);
        var judged = evaluations.ToLookup(evaluation => evaluation.Row.AssignmentId, evaluation => new PastEvaluation(evaluation.Row, evaluation.IsMasked, disputes.GetValueOrDefault(evaluation.Row.Source)));
        return [.. rows.Select(row => row with { Reviews = [.. reviews[row.AssignmentId]], Evaluations = [.. judged[row.AssignmentId]] })];
    }

    private static PastAnswerRow ReadPastAnswer(NpgsqlDataReader row) => new()
    {
        AnswerId = row.GetInt64(0),
        AssignmentId = row.GetGuid(1),
        WorkerId = row.GetGuid(2),
        ProjectId = row.GetGuid(3),
        ProjectVersion = row.GetInt32(4),
        Purpose = (BatchPurpose)row.GetInt16(5),
        Content = row.GetString(6),
        Presentation = row.GetFieldValue<int[]>(7),
        Answer = row.GetString(8),
        Counted = row.GetBoolean(9),
        State = (AssignmentState)row.GetInt16(10),
        SubmittedAt = row.Time(11),
        Handling = row.Micros(12),
        GoldAnswer = row.TextOrNull(13),
        TakenOut = row.TextOrNull(14),
    };
}
