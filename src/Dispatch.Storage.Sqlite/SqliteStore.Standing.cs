using Microsoft.Data.Sqlite;

namespace Dispatch.Storage.Sqlite;

/// <summary>The board.</summary>
public sealed partial class SqliteStore
{
    /// <inheritdoc/>
    public Task SaveTotalsAsync(IReadOnlyList<StandingTotals> totals, CancellationToken cancellation) => WriteAsync(
        (db, _) =>
        {
            foreach (var row in totals)
            {
                db.Execute(
                    """
                    INSERT INTO standing (project_id, worker_id, sequence, answer_id, successes, failures, effective_n, answers, handling_us, median_handling_us, speed_index, first_answer_at)
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
                    ON CONFLICT (project_id, worker_id) DO UPDATE SET sequence = excluded.sequence, answer_id = excluded.answer_id, successes = excluded.successes, failures = excluded.failures,
                      effective_n = excluded.effective_n, answers = excluded.answers, handling_us = excluded.handling_us, median_handling_us = excluded.median_handling_us,
                      speed_index = excluded.speed_index, first_answer_at = excluded.first_answer_at
                     WHERE (excluded.sequence, excluded.answer_id) > (standing.sequence, standing.answer_id)
                    """,
                    row.ProjectId, row.WorkerId, row.Sequence, row.AnswerId, row.Successes, row.Failures, row.EffectiveN, row.Answers, row.Handling, row.MedianHandling, row.SpeedIndex, row.FirstAnswerAt);
            }

            return 0;
        },
        cancellation);

    /// <inheritdoc/>
    public IAsyncEnumerable<BoardRow> LoadBoardAsync(Guid projectId, CancellationToken cancellation) => StreamAsync(
        "",
        (db, after) => db.Query(
            """
            SELECT s.worker_id, s.project_id, s.sequence, s.answer_id, s.successes, s.failures, s.effective_n, s.answers, s.handling_us, s.median_handling_us, s.speed_index,
                   s.first_answer_at, w.board_name, w.on_board, w.labels
              FROM standing s JOIN worker w ON w.worker_id = s.worker_id
             WHERE s.project_id = $1 AND s.worker_id > $2 ORDER BY s.worker_id LIMIT $3
            """,
            row => (row.GetString(0), new BoardRow(ReadTotals(row), row.TextOrNull(12), row.Flag(13), row.GetString(14))),
            projectId, after, ExportPage),
        cancellation);

    /// <inheritdoc/>
    public Task<ApplyOutcome> SetBoardNameAsync(Guid workerId, string? name, bool onBoard, Operation operation, CancellationToken cancellation) => ApplyAsync(
        operation,
        (db, _) => db.Execute("UPDATE worker SET board_name = $2, on_board = $3, version = version + 1 WHERE worker_id = $1", workerId, name, onBoard) == 1
            ? ApplyStatus.Applied
            : ApplyStatus.NotFound,
        cancellation);

    private static StandingTotals ReadTotals(SqliteDataReader row) => new()
    {
        WorkerId = row.Id(0),
        ProjectId = row.Id(1),
        Sequence = row.GetInt64(2),
        AnswerId = row.GetInt64(3),
        Successes = row.GetDouble(4),
        Failures = row.GetDouble(5),
        EffectiveN = row.GetDouble(6),
        Answers = row.GetInt64(7),
        Handling = row.Span(8),
        MedianHandling = row.Span(9),
        SpeedIndex = row.GetDouble(10),
        FirstAnswerAt = row.TimeOrNull(11),
    };
}
