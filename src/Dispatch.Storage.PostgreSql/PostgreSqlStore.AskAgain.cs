using Dispatch.Contracts;
using Npgsql;
using NpgsqlTypes;

namespace Dispatch.Storage.PostgreSql;

/// <summary>Asking again what a restricted worker answered.</summary>
public sealed partial class PostgreSqlStore
{
    private sealed record AskAgainRow(Guid Id, Guid WorkerId, Guid ProjectId, Guid? BatchId, Guid ActorId, string Reason, long CutOff, long Reached, int Tasks, int Remaining, bool IsDone);

    private sealed record FoundAnswer(long AnswerId, Guid AssignmentId, long TaskId, Guid BatchId, bool IsControl);

    /// <inheritdoc/>
    public Task<ApplyOutcome> BeginAskAgainAsync(Guid askAgainId, Guid restrictionId, Operation operation, CancellationToken cancellation) => ApplyAsync(
        operation,
        async db =>
        {
            if (await db.FirstAsync($"SELECT {RestrictionColumns} FROM restriction WHERE restriction_id = $1", ReadRestriction, restrictionId) is not { } row) return ApplyStatus.NotFound;
            if (!row.MayBeAskedAgain) return ApplyStatus.InvalidState;

            // Ids are given before a commit: whoever holds a batch shared may have one that is not seen yet. Behind these locks the greatest id is the last answer.
            await db.QueryAsync("SELECT batch_id FROM batch WHERE project_id = $1 ORDER BY batch_id FOR UPDATE", found => found.GetGuid(0), row.ProjectId);
            await db.ExecuteAsync(
                """
                INSERT INTO ask_again (ask_again_id, worker_id, project_id, batch_id, actor_id, reason, cut_off, reached, tasks, remaining)
                SELECT $1, $2, $3, $4, $5, $6, coalesce(max(answer_id), 0), 0, 0, 0 FROM answer WHERE worker_id = $2
                """,
                askAgainId, row.WorkerId, row.ProjectId, Id(row.BatchId), operation.ActorId, operation.Reason ?? "");
            return ApplyStatus.Applied;
        },
        cancellation);

    /// <inheritdoc/>
    public Task<AskAgainStep?> StepAskAgainAsync(Guid askAgainId, int limit, CancellationToken cancellation) => WriteAsync(
        async db =>
        {
            // One step at a time, whoever takes it.
            var ask = await db.FirstAsync(
                """
                SELECT ask_again_id, worker_id, project_id, batch_id, actor_id, reason, cut_off, reached, tasks, remaining, done_at IS NOT NULL FROM ask_again
                 WHERE ask_again_id = $1 FOR UPDATE
                """,
                row => new AskAgainRow(
                    row.GetGuid(0), row.GetGuid(1), row.GetGuid(2), row.IdOrNull(3), row.GetGuid(4), row.GetString(5), row.GetInt64(6), row.GetInt64(7), row.GetInt32(8), row.GetInt32(9),
                    row.GetBoolean(10)),
                askAgainId);
            if (ask is null) return null;
            return ask.IsDone ? new AskAgainStep(true, ask.Tasks, ask.Remaining, ask.ProjectId, []) : await StepAsync(db, ask, limit);
        },
        cancellation);

    private static async Task<AskAgainStep> StepAsync(PostgreSqlSession db, AskAgainRow ask, int limit)
    {
        var found = await db.QueryAsync(
            """
            SELECT n.answer_id, n.assignment_id, t.task_id, t.batch_id, t.is_control
              FROM answer n JOIN task t ON t.task_id = n.task_id JOIN batch b ON b.batch_id = t.batch_id
             WHERE n.worker_id = $1 AND n.answer_id > $2 AND n.answer_id <= $3 AND n.counted AND b.project_id = $4 AND b.purpose = 1 AND ($5 IS NULL OR b.batch_id = $5)
             ORDER BY n.answer_id LIMIT $6
            """,
            row => new FoundAnswer(row.GetInt64(0), row.GetGuid(1), row.GetInt64(2), row.GetGuid(3), row.GetBoolean(4)),
            ask.WorkerId, ask.Reached, ask.CutOff, ask.ProjectId, Id(ask.BatchId), limit);

        // Locked as for every command of a supervisor, and what is found behind the locks is what counts: a review may have come first.
        var open = await db.QueryAsync(
            "SELECT batch_id, status IN (4, 6) FROM batch WHERE batch_id = ANY($1) ORDER BY batch_id FOR UPDATE",
            row => (BatchId: row.GetGuid(0), IsOver: row.GetBoolean(1)),
            ArrayOf(found.Select(row => row.BatchId).Distinct(), NpgsqlDbType.Uuid));
        var over = open.Where(row => row.IsOver).Select(row => row.BatchId).ToHashSet();
        var counted = (await db.QueryAsync(
            "UPDATE answer SET counted = false, taken_out = $2 WHERE assignment_id = ANY($1) AND counted RETURNING assignment_id",
            row => row.GetGuid(0),
            ArrayOf(found.Where(row => !over.Contains(row.BatchId)).Select(row => row.AssignmentId), NpgsqlDbType.Uuid), AskAgainWords.Author(ask.Reason))).ToHashSet();
        FoundAnswer[] taken = [.. found.Where(row => counted.Contains(row.AssignmentId))];
        if (taken.Length > 0) await TakeOutAsync(db, ask, taken);
        var (tasks, remaining) = (ask.Tasks + taken.Count(row => !row.IsControl), ask.Remaining + found.Count(row => over.Contains(row.BatchId) && !row.IsControl));
        var done = found.Count < limit;
        await db.ExecuteAsync(
            "UPDATE ask_again SET reached = $2, tasks = $3, remaining = $4, done_at = CASE WHEN $5 THEN now() END WHERE ask_again_id = $1",
            ask.Id, done ? ask.CutOff : found[^1].AnswerId, tasks, remaining, done);
        return new AskAgainStep(done, tasks, remaining, ask.ProjectId, [.. taken.Select(row => row.BatchId).Distinct()]);
    }

    private static async Task TakeOutAsync(PostgreSqlSession db, AskAgainRow ask, FoundAnswer[] taken)
    {
        // A parameter belongs to one command.
        NpgsqlParameter Assignments() => ArrayOf(taken.Select(row => row.AssignmentId), NpgsqlDbType.Uuid);
        long[] tasks = [.. taken.Where(row => !row.IsControl).Select(row => row.TaskId)];
        await db.ExecuteAsync("UPDATE assignment SET state = 6, counted = false, retry_at = NULL WHERE assignment_id = ANY($1)", Assignments());
        await db.ExecuteAsync("DELETE FROM review WHERE assignment_id = ANY($1) AND decided_at IS NULL", Assignments());
        foreach (var batch in taken.Where(row => !row.IsControl).GroupBy(row => row.BatchId))
        {
            await db.ExecuteAsync("UPDATE batch_counter SET answers = answers - $2 WHERE batch_id = $1", batch.Key, batch.Count());
        }

        await db.ExecuteAsync("UPDATE task SET judged = false WHERE task_id = ANY($1)", ArrayOf(tasks, NpgsqlDbType.Bigint));
        await db.ExecuteAsync(
            "DELETE FROM task_verdict v WHERE v.task_id = ANY($1) AND NOT EXISTS (SELECT 1 FROM answer n WHERE n.task_id = v.task_id AND n.counted)",
            ArrayOf(tasks, NpgsqlDbType.Bigint));
        var reopened = await db.QueryAsync(
            $"UPDATE task SET state = 1, queued_at = now() WHERE task_id = ANY($1) AND state = 2 AND overlap > {CountedAnswers} RETURNING batch_id",
            row => row.GetGuid(0),
            ArrayOf(tasks, NpgsqlDbType.Bigint));
        foreach (var batch in reopened.GroupBy(id => id))
        {
            await db.ExecuteAsync("UPDATE batch_counter SET completed = completed - $2 WHERE batch_id = $1", batch.Key, batch.Count());
        }

        await AppendTaskEventsAsync(db, tasks, ask.ActorId, AskAgainWords.Kind, AskAgainWords.History(ask.Reason));
        await TakeOverAsync(db, [.. taken.Select(row => row.BatchId).Distinct().Order()]);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Guid>> ListUnfinishedAskAgainAsync(int limit, CancellationToken cancellation) => ReadAsync<IReadOnlyList<Guid>>(
        async db => await db.QueryAsync("SELECT ask_again_id FROM ask_again WHERE done_at IS NULL ORDER BY created_at LIMIT $1", row => row.GetGuid(0), limit),
        cancellation);
}
