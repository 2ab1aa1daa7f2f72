using System.Runtime.CompilerServices;
using Dispatch.Contracts;
using Npgsql;
using NpgsqlTypes;

namespace Dispatch.Storage.PostgreSql;

/// <summary>Reading for people.</summary>
public sealed partial class PostgreSqlStore
{
    private const string SelectAssignment = """
        SELECT a.assignment_id, b.project_id, a.batch_id, t.task_key, a.worker_id, a.state, a.slot, a.lease_epoch, a.presentation, a.offered_at, a.shown_at, a.lease_until, a.ended_at
          FROM assignment a JOIN task t ON t.task_id = a.task_id JOIN batch b ON b.batch_id = a.batch_id
        """;

    private const int ExportPage = 1_000;

    private const string SelectJudgment = """
        SELECT n.answer_id, n.assignment_id, t.task_key, n.worker_id, n.answer, t.content, t.known_answer, t.is_gold, n.counted, a.presentation,
               a.offered_at, a.shown_at, n.submitted_at, n.handling_us, n.operation_id, n.late, n.project_version,
               n.fixed_answer, n.vote, a.state
          FROM answer n JOIN task t ON t.task_id = n.task_id JOIN assignment a ON a.assignment_id = n.assignment_id
        """;

    /// <inheritdoc/>
    public async IAsyncEnumerable<JudgmentRow> ExportJudgmentsAsync(Guid batchId, [EnumeratorCancellation] CancellationToken cancellation)
    {
        // Page by page, so that a slow reader holds no snapshot: an old one would keep vacuum from every dead row.
        long after = 0;
        while (true)
        {
            var last = after;
            var page = await ReadAsync(
                db => db.QueryAsync(
                    $"{SelectJudgment} WHERE n.batch_id = $1 AND n.answer_id > $2 ORDER BY n.answer_id LIMIT $3",
                    row => (row.GetInt64(0), ReadJudgment(row)), batchId, last, ExportPage),
                cancellation);
            foreach (var (key, judgment) in page)
            {
                after = key;
                yield return judgment;
            }

            if (page.Count < ExportPage) yield break;
        }
    }

    /// <inheritdoc/>
    public Task<Page<TaskRow>> ListTasksAsync(Guid batchId, PageCursor? from, int limit, CancellationToken cancellation) => ReadAsync(
        async db => PageOf(
            await db.QueryAsync(
                """
                SELECT t.task_id, t.task_key, t.state, t.overlap, t.priority,
                       (SELECT count(*)::int FROM answer n WHERE n.task_id = t.task_id AND n.counted),
                       (SELECT count(*)::int FROM assignment a WHERE a.task_id = t.task_id AND a.state IN (1, 3)), t.is_gold, t.created_at
                  FROM task t WHERE t.batch_id = $1 AND t.task_id > $2 ORDER BY t.task_id LIMIT $3
                """,
                row => (row.GetInt64(0), new TaskRow(row.GetInt64(0), row.GetString(1), (TaskState)row.GetInt16(2), row.GetInt32(3), row.GetInt32(4), row.GetInt32(5), row.GetInt32(6), row.GetBoolean(7), row.Time(8))),
                batchId, After(from), limit + 1),
            limit),
        cancellation);

    /// <inheritdoc/>
    public Task<AssignmentRow?> GetAssignmentAsync(Guid assignmentId, CancellationToken cancellation) => ReadAsync(
        db => db.FirstAsync($"{SelectAssignment} WHERE a.assignment_id = $1", ReadAssignment, assignmentId),
        cancellation);

    /// <inheritdoc/>
    public Task<ActivityCounts> CountActivitiesAsync(Guid projectId, CancellationToken cancellation) => ReadAsync(
        async db => (await db.FirstAsync(
            """
            SELECT count(*) FILTER (WHERE activity = 2)::int, count(*) FILTER (WHERE activity = 2 AND holds)::int, count(*) FILTER (WHERE activity = 3)::int,
                   count(*) FILTER (WHERE activity = 4)::int, count(*) FILTER (WHERE activity = 1)::int
              FROM (SELECT coalesce((SELECT activity FROM worker_activity v WHERE v.worker_id = e.worker_id ORDER BY activity_id DESC LIMIT 1), 1) AS activity,
                           EXISTS (SELECT 1 FROM assignment a WHERE a.worker_id = e.worker_id AND a.state IN (1, 3)) AS holds
                      FROM enrolment e WHERE e.project_id = $1) w
            """,
            row => new ActivityCounts(row.GetInt32(0), row.GetInt32(1), row.GetInt32(2), row.GetInt32(3), row.GetInt32(4)),
            projectId))!,
        cancellation);

    /// <inheritdoc/>
    public Task<Page<PresenceRow>> ListPresencesAsync(Guid projectId, PageCursor? from, int limit, CancellationToken cancellation) => ReadAsync(
        async db =>
        {
            var page = PageOf(
                await db.QueryAsync(
                    $"""
                    SELECT {WorkerColumns}, v.activity, v.reason, v.since FROM worker w JOIN enrolment e ON e.worker_id = w.worker_id
                      LEFT JOIN LATERAL (SELECT activity, reason, since FROM worker_activity a WHERE a.worker_id = w.worker_id ORDER BY a.activity_id DESC LIMIT 1) v ON true
                     WHERE e.project_id = $3 AND w.ordinal > $1 ORDER BY w.ordinal LIMIT $2
                    """,
                    row => (row.GetInt64(9), new PresenceRow(
                        ReadWorker(row),
                        row.IsDBNull(12) ? new ActivityRecord(Activity.Offline, null, row.Time(8)) : new ActivityRecord((Activity)row.GetInt16(12), row.TextOrNull(13), row.Time(14)),
                        [])),
                    After(from), limit + 1, projectId),
                limit);
            var held = (await db.QueryAsync(
                $"{SelectAssignment} WHERE a.worker_id = ANY($1) AND a.state IN (1, 2, 3) ORDER BY a.offered_at, a.assignment_id",
                ReadAssignment,
                ArrayOf(page.Items.Select(row => row.Worker.WorkerId), NpgsqlDbType.Uuid))).ToLookup(row => row.WorkerId);
            return page with { Items = [.. page.Items.Select(row => row with { Held = [.. held[row.Worker.WorkerId]] })] };
        },
        cancellation);

    private static AssignmentRow ReadAssignment(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetGuid(1), row.GetGuid(2), row.GetString(3), row.GetGuid(4), (AssignmentState)row.GetInt16(5), row.GetInt32(6), row.GetInt32(7),
        row.GetFieldValue<int[]>(8), row.Time(9), row.TimeOrNull(10), row.Time(11), row.TimeOrNull(12));

    private static JudgmentRow ReadJudgment(NpgsqlDataReader row) => new()
    {
        AssignmentId = row.GetGuid(1),
        TaskKey = row.GetString(2),
        WorkerId = row.GetGuid(3),
        Answer = row.GetString(4),
        Content = row.GetString(5),
        KnownAnswer = row.TextOrNull(6),
        IsGold = row.GetBoolean(7),
        Counted = row.GetBoolean(8),
        Presentation = row.GetFieldValue<int[]>(9),
        OfferedAt = row.Time(10),
        ShownAt = row.TimeOrNull(11),
        SubmittedAt = row.Time(12),
        Handling = row.Micros(13),
        OperationId = row.GetGuid(14),
        Late = row.GetBoolean(15),
        ProjectVersion = row.GetInt32(16),
        FixedAnswer = row.TextOrNull(17),
        Vote = row.TextOrNull(18),
        State = (AssignmentState)row.GetInt16(19),
    };
}
