using Dispatch.Contracts;

namespace Dispatch.Storage.Sqlite;

/// <summary>Asking again what a restricted worker answered.</summary>
public sealed partial class SqliteStore
{
    private sealed record AskAgainRow(Guid Id, Guid WorkerId, Guid ProjectId, Guid? BatchId, Guid ActorId, string Reason, long CutOff, long Reached, int Tasks, int Remaining, bool IsDone);

    /// <inheritdoc/>
    public Task<ApplyOutcome> BeginAskAgainAsync(Guid askAgainId, Guid restrictionId, Operation operation, CancellationToken cancellation) => ApplyAsync(
        operation,
        (db, now) =>
        {
            if (db.First($"{SelectRestriction} WHERE restriction_id = $1", ReadRestriction, restrictionId) is not { } row) return ApplyStatus.NotFound;
            if (!row.MayBeAskedAgain) return ApplyStatus.InvalidState;
            db.Execute(
                """
                INSERT INTO ask_again (ask_again_id, worker_id, project_id, batch_id, actor_id, reason, cut_off, reached, tasks, remaining, created_at)
                SELECT $1, $2, $3, $4, $5, $6, coalesce(max(answer_id), 0), 0, 0, 0, $7 FROM answer WHERE worker_id = $2
                """,
                askAgainId, row.WorkerId, row.ProjectId, row.BatchId, operation.ActorId, operation.Reason ?? "", now);
            return ApplyStatus.Applied;
        },
        cancellation);

    /// <inheritdoc/>
    public Task<AskAgainStep?> StepAskAgainAsync(Guid askAgainId, int limit, CancellationToken cancellation) => WriteAsync(
        (db, now) =>
        {
            var ask = db.First(
                "SELECT ask_again_id, worker_id, project_id, batch_id, actor_id, reason, cut_off, reached, tasks, remaining, done_at IS NOT NULL FROM ask_again WHERE ask_again_id = $1",
                row => new AskAgainRow(
                    row.Id(0), row.Id(1), row.Id(2), row.IdOrNull(3), row.Id(4), row.GetString(5), row.GetInt64(6), row.GetInt64(7), row.GetInt32(8), row.GetInt32(9), row.Flag(10)),
                askAgainId);
            if (ask is null) return null;
            return ask.IsDone ? new AskAgainStep(true, ask.Tasks, ask.Remaining, ask.ProjectId, []) : Step(db, ask, limit, now);
        },
        cancellation);

    private static AskAgainStep Step(SqliteSession db, AskAgainRow ask, int limit, DateTimeOffset now)
    {
        var found = db.Query(
            """
            SELECT n.answer_id, t.task_id, t.batch_id, n.assignment_id, a.slot, t.overlap, t.state, t.is_control, b.status IN (4, 6)
              FROM answer n JOIN assignment a ON a.assignment_id = n.assignment_id JOIN task t ON t.task_id = n.task_id JOIN batch b ON b.batch_id = t.batch_id
             WHERE n.worker_id = $1 AND n.answer_id > $2 AND n.answer_id <= $3 AND n.counted = 1 AND b.project_id = $4 AND b.purpose = 1 AND ($5 IS NULL OR b.batch_id = $5)
             ORDER BY n.answer_id LIMIT $6
            """,
            row => (
                AnswerId: row.GetInt64(0),
                Task: new ReviewedTask(row.GetInt64(1), row.Id(2), ask.ProjectId, row.Id(3), row.GetInt32(4), row.GetInt32(5), (TaskState)row.GetInt32(6), row.Flag(7)),
                IsOver: row.Flag(8)),
            ask.WorkerId, ask.Reached, ask.CutOff, ask.ProjectId, ask.BatchId, limit);
        var taken = found.Where(row => !row.IsOver).Select(row => row.Task).ToArray();
        foreach (var task in taken) TakeOut(db, task, ask, now);
        Guid[] batches = [.. taken.Select(task => task.BatchId).Distinct()];
        foreach (var batchId in batches) TakeOver(db, batchId, ask.ProjectId);
        var (tasks, remaining) = (ask.Tasks + taken.Count(task => !task.IsControl), ask.Remaining + found.Count(row => row.IsOver && !row.Task.IsControl));
        var done = found.Count < limit;
        db.Execute(
            "UPDATE ask_again SET reached = $2, tasks = $3, remaining = $4, done_at = $5 WHERE ask_again_id = $1",
            ask.Id, done ? ask.CutOff : found[^1].AnswerId, tasks, remaining, done ? now : null);
        return new AskAgainStep(done, tasks, remaining, ask.ProjectId, batches);
    }

    private static void TakeOut(SqliteSession db, ReviewedTask task, AskAgainRow ask, DateTimeOffset now)
    {
        Uncount(db, task);
        db.Execute("UPDATE assignment SET state = 6 WHERE assignment_id = $1", task.AssignmentId);
        db.Execute("UPDATE answer SET taken_out = $2 WHERE assignment_id = $1", task.AssignmentId, AskAgainWords.Author(ask.Reason));
        db.Execute("DELETE FROM review WHERE assignment_id = $1 AND decided_at IS NULL", task.AssignmentId);
        if (task.IsControl) return;
        db.Execute("UPDATE task SET judged = 0 WHERE task_id = $1", task.TaskId);
        AskAgain(db, task, now);
        AppendTaskEvent(db, task.TaskId, new TaskEvent(ask.ActorId, null, AskAgainWords.Kind, AskAgainWords.History(ask.Reason), now));
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Guid>> ListUnfinishedAskAgainAsync(int limit, CancellationToken cancellation) => ReadAsync<IReadOnlyList<Guid>>(
        db => db.Query("SELECT ask_again_id FROM ask_again WHERE done_at IS NULL ORDER BY created_at LIMIT $1", row => row.Id(0), limit),
        cancellation);
}
