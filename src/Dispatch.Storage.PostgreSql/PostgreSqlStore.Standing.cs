using Npgsql;
using NpgsqlTypes;

namespace Dispatch.Storage.PostgreSql;

/// <summary>The board.</summary>
public sealed partial class PostgreSqlStore
{
    /// <inheritdoc/>
    public Task SaveTotalsAsync(IReadOnlyList<StandingTotals> totals, CancellationToken cancellation)
    {
        // One statement cannot write a row twice. Sorted, so that two of them wait for each other in one order.
        StandingTotals[] rows =
        [
            .. totals.GroupBy(row => (row.ProjectId, row.WorkerId)).Select(same => same.MaxBy(row => (row.Sequence, row.AnswerId))!).OrderBy(row => row.ProjectId).ThenBy(row => row.WorkerId),
        ];
        return rows.Length == 0 ? Task.CompletedTask : WriteAsync(
            db => db.ExecuteAsync(
                """
                INSERT INTO standing (project_id, worker_id, sequence, answer_id, successes, failures, effective_n, answers, handling_us, median_handling_us, speed_index, first_answer_at)
                SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::float8[], $6::float8[], $7::float8[], $8::bigint[], $9::bigint[], $10::bigint[], $11::float8[], $12::timestamptz[])
                ON CONFLICT (project_id, worker_id) DO UPDATE SET sequence = excluded.sequence, answer_id = excluded.answer_id, successes = excluded.successes, failures = excluded.failures,
                  effective_n = excluded.effective_n, answers = excluded.answers, handling_us = excluded.handling_us, median_handling_us = excluded.median_handling_us,
                  speed_index = excluded.speed_index, first_answer_at = excluded.first_answer_at
                 WHERE (excluded.sequence, excluded.answer_id) > (standing.sequence, standing.answer_id)
                """,
                ArrayOf(rows.Select(row => row.ProjectId), NpgsqlDbType.Uuid),
                ArrayOf(rows.Select(row => row.WorkerId), NpgsqlDbType.Uuid),
                ArrayOf(rows.Select(row => row.Sequence), NpgsqlDbType.Bigint),
                ArrayOf(rows.Select(row => row.AnswerId), NpgsqlDbType.Bigint),
                ArrayOf(rows.Select(row => row.Successes), NpgsqlDbType.Double),
                ArrayOf(rows.Select(row => row.Failures), NpgsqlDbType.Double),
                ArrayOf(rows.Select(row => row.EffectiveN), NpgsqlDbType.Double),
                ArrayOf(rows.Select(row => row.Answers), NpgsqlDbType.Bigint),
                ArrayOf(rows.Select(row => row.Handling.Ticks / TimeSpan.TicksPerMicrosecond), NpgsqlDbType.Bigint),
                ArrayOf(rows.Select(row => row.MedianHandling.Ticks / TimeSpan.TicksPerMicrosecond), NpgsqlDbType.Bigint),
                ArrayOf(rows.Select(row => row.SpeedIndex), NpgsqlDbType.Double),
                ArrayOf(rows.Select(row => row.FirstAnswerAt?.UtcDateTime), NpgsqlDbType.TimestampTz)),
            cancellation);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<BoardRow> LoadBoardAsync(Guid projectId, CancellationToken cancellation) => StreamAsync(
        Guid.Empty,
        (db, after) => db.QueryAsync(
            """
            SELECT s.worker_id, s.project_id, s.sequence, s.answer_id, s.successes, s.failures, s.effective_n, s.answers, s.handling_us, s.median_handling_us, s.speed_index,
                   s.first_answer_at, w.board_name, w.on_board, w.labels
              FROM standing s JOIN worker w ON w.worker_id = s.worker_id
             WHERE s.project_id = $1 AND s.worker_id > $2 ORDER BY s.worker_id LIMIT $3
            """,
            row => (row.GetGuid(0), new BoardRow(ReadTotals(row), row.TextOrNull(12), row.GetBoolean(13), row.GetString(14))),
            projectId, after, ExportPage),
        cancellation);

    /// <inheritdoc/>
    public Task<ApplyOutcome> SetBoardNameAsync(Guid workerId, string? name, bool onBoard, Operation operation, CancellationToken cancellation) => ApplyAsync(
        operation,
        async db => await db.ExecuteAsync("UPDATE worker SET board_name = $2, on_board = $3, version = version + 1 WHERE worker_id = $1", workerId, Text(name), onBoard) == 1
            ? ApplyStatus.Applied
            : ApplyStatus.NotFound,
        cancellation);

    private static StandingTotals ReadTotals(NpgsqlDataReader row) => new()
    {
        WorkerId = row.GetGuid(0),
        ProjectId = row.GetGuid(1),
        Sequence = row.GetInt64(2),
        AnswerId = row.GetInt64(3),
        Successes = row.GetDouble(4),
        Failures = row.GetDouble(5),
        EffectiveN = row.GetDouble(6),
        Answers = row.GetInt64(7),
        Handling = row.Micros(8),
        MedianHandling = row.Micros(9),
        SpeedIndex = row.GetDouble(10),
        FirstAnswerAt = row.TimeOrNull(11),
    };
}
