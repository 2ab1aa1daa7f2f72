using System.Text.Json;
using Dispatch.Contracts;
using Microsoft.Data.Sqlite;

namespace Dispatch.Storage.Sqlite;

/// <summary>Verdicts over completed tasks.</summary>
public sealed partial class SqliteStore
{
    private const string VerdictColumns = "v.task_id, v.ordinal, v.label, v.confidence, v.vote_values, v.answers, v.judged_at";

    private const string CountedAnswers = "(SELECT count(*) FROM answer n WHERE n.task_id = task.task_id AND n.counted = 1)";

    /// <inheritdoc/>
    public Task<IReadOnlyList<UnjudgedTask>> ListUnjudgedAsync(Guid batchId, int limit, CancellationToken cancellation) => ReadAsync<IReadOnlyList<UnjudgedTask>>(
        db =>
        {
            var tasks = db.Query(
                """
                SELECT task_id, task_key, content, overlap, is_gold FROM task
                 WHERE batch_id = $1 AND state = 2 AND judged = 0 AND is_control = 0 ORDER BY task_id LIMIT $2
                """,
                row => new UnjudgedTask(row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetInt32(3), row.Flag(4), []),
                batchId, limit);
            var votes = db.Query(
                """
                SELECT task_id, assignment_id, worker_id, coalesce(fixed_answer, answer), vote, accuracy, handling_us FROM answer
                 WHERE task_id IN (SELECT value FROM json_each($1)) AND counted = 1 ORDER BY answer_id
                """,
                row => (TaskId: row.GetInt64(0), Vote: new TaskVote(row.Id(1), row.Id(2), row.GetString(3), row.TextOrNull(4), row.NumberOrNull(5), row.Span(6))),
                JsonSerializer.Serialize(tasks.Select(task => task.TaskId))).ToLookup(row => row.TaskId, row => row.Vote);
            return [.. tasks.Select(task => task with { Votes = [.. votes[task.TaskId]] })];
        },
        cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<TaskVerdict>> LoadVerdictsAsync(Guid batchId, long afterOrdinal, int limit, CancellationToken cancellation) => ReadAsync<IReadOnlyList<TaskVerdict>>(
        db => db.Query($"SELECT {VerdictColumns} FROM task_verdict v WHERE v.batch_id = $1 AND v.ordinal > $2 ORDER BY v.ordinal LIMIT $3", ReadVerdict, batchId, afterOrdinal, limit),
        cancellation);

    /// <inheritdoc/>
    public IAsyncEnumerable<(string TaskKey, string Content, TaskVerdict Verdict)> ExportVerdictsAsync(Guid batchId, CancellationToken cancellation) => StreamAsync(
        0L,
        (db, after) => db.Query(
            $"""
            SELECT {VerdictColumns}, t.task_key, t.content FROM task_verdict v JOIN task t ON t.task_id = v.task_id
             WHERE v.batch_id = $1 AND v.task_id > $2 ORDER BY v.task_id LIMIT $3
            """,
            row => (row.GetInt64(0), (row.GetString(7), row.GetString(8), ReadVerdict(row))),
            batchId, after, ExportPage),
        cancellation);

    private static CommitResult Judge(SqliteSession db, JudgeOperation judge, BatchRow batch, DateTimeOffset now)
    {
        var overlap = db.Scalar(
            $"SELECT overlap FROM task WHERE task_id = $1 AND batch_id = $2 AND state = 2 AND judged = 0 AND is_control = 0 AND {CountedAnswers} = $3",
            judge.TaskId, judge.BatchId, judge.AnswersSeen);
        if (overlap is not long asked) return new CommitResult { Status = CommitStatus.Stale };
        if (judge.AskOneMore)
        {
            if (asked >= judge.OverlapMax) return new CommitResult { Status = CommitStatus.Stale };
            db.Execute("UPDATE task SET state = 1, overlap = overlap + 1, queued_at = $2 WHERE task_id = $1", judge.TaskId, now);
            db.Execute("UPDATE batch SET completed = completed - 1 WHERE batch_id = $1", judge.BatchId);
            BumpWork(db, batch.ProjectId);
            return new CommitResult { Status = CommitStatus.Committed };
        }

        var verdict = judge.Verdict ?? throw new ArgumentException("A judgement that asks for no more answers has a verdict.", nameof(judge));
        db.Execute("UPDATE task SET judged = 1 WHERE task_id = $1", judge.TaskId);

        // Not an update: the ordinal of a verdict that is replaced must be a later one, or folds that have passed it would never see it.
        db.Execute("DELETE FROM task_verdict WHERE batch_id = $1 AND task_id = $2", judge.BatchId, judge.TaskId);
        db.Execute(
            "INSERT INTO task_verdict (batch_id, task_id, label, confidence, vote_values, answers, judged_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            judge.BatchId, judge.TaskId, verdict.Label, verdict.Confidence, verdict.Values, verdict.Answers, now);
        AppendOutbox(db, judge.Evidence, now);
        foreach (var review in judge.Reviews) AppendReview(db, review, now);
        return new CommitResult { Status = CommitStatus.Committed };
    }

    private static TaskVerdict ReadVerdict(SqliteDataReader row) => new()
    {
        TaskId = row.GetInt64(0),
        Ordinal = row.GetInt64(1),
        Label = row.TextOrNull(2),
        Confidence = row.NumberOrNull(3),
        Values = row.GetString(4),
        Answers = row.GetInt32(5),
        JudgedAt = row.Time(6),
    };
}
