using Dispatch.Contracts;
using Dispatch.Contracts.Quality;

namespace Dispatch.Storage.PostgreSql;

/// <summary>What a reviewer's verdict does to the answer and its task. The batch row is locked first, as for every command of a supervisor.</summary>
public sealed partial class PostgreSqlStore
{
    private const string CountedAnswers = "(SELECT count(*) FROM answer n WHERE n.task_id = task.task_id AND n.counted)";

    private sealed record ReviewedTask(long TaskId, Guid BatchId, Guid AssignmentId, int Slot, int Overlap, TaskState State, bool IsControl, bool Counted);

    /// <inheritdoc/>
    public Task<ApplyOutcome> DecideReviewAsync(ReviewDecision decision, Operation operation, CancellationToken cancellation) => ApplyAsync(
        operation,
        async db =>
        {
            var batch = await db.ScalarAsync("SELECT batch_id FROM batch WHERE batch_id = (SELECT batch_id FROM review WHERE review_id = $1) FOR UPDATE", decision.ReviewId);
            if (batch is null) return ApplyStatus.NotFound;
            var decided = await db.ExecuteAsync(
                $"""
                UPDATE review r SET reviewer_id = $2, verdict = $3, score = $4, fixed_answer = $5, note = $6, decided_at = now()
                 WHERE r.review_id = $1 AND r.decided_at IS NULL AND {MayDecide}
                """,
                decision.ReviewId, decision.ReviewerId, decision.Verdict, decision.Score, Text(decision.FixedAnswer), Text(decision.Note));
            if (decided == 0) return ApplyStatus.InvalidState;
            var task = await db.FirstAsync(
                """
                SELECT t.task_id, t.batch_id, a.assignment_id, a.slot, t.overlap, t.state, t.is_control, a.counted
                  FROM review r JOIN assignment a ON a.assignment_id = r.assignment_id JOIN task t ON t.task_id = a.task_id WHERE r.review_id = $1
                """,
                row => new ReviewedTask(row.GetInt64(0), row.GetGuid(1), row.GetGuid(2), row.GetInt32(3), row.GetInt32(4), (TaskState)row.GetInt16(5), row.GetBoolean(6), row.GetBoolean(7)),
                decision.ReviewId);
            await DecideAsync(db, decision, task!, operation.Reason);
            await LearnAsync(db, decision.Evidence);
            if (decision.NextPass is { } next) await AppendReviewsAsync(db, [next]);
            return ApplyStatus.Applied;
        },
        cancellation);

    private static async Task DecideAsync(PostgreSqlSession db, ReviewDecision decision, ReviewedTask task, string? reason)
    {
        var rejects = decision.Verdict is ReviewVerdict.RejectRequeue or ReviewVerdict.RejectRemove;
        await db.ExecuteAsync("UPDATE assignment SET state = $2 WHERE assignment_id = $1", task.AssignmentId, rejects ? AssignmentState.Rejected : AssignmentState.Approved);
        if (decision.Verdict == ReviewVerdict.FixAndApprove)
        {
            await db.ExecuteAsync("UPDATE answer SET fixed_answer = $2, vote = $3 WHERE assignment_id = $1", task.AssignmentId, Text(decision.FixedAnswer), Text(decision.FixedVote));
        }

        // What does not count changes nothing for its task: the slot was given away, or was freed by an earlier verdict.
        if (!task.Counted || decision.Verdict == ReviewVerdict.Approve) return;
        if (rejects) await UncountAsync(db, task);
        if (!task.IsControl)
        {
            await db.ExecuteAsync("UPDATE task SET judged = false WHERE task_id = $1", task.TaskId);
            if (decision.Verdict == ReviewVerdict.RejectRequeue) await AskAgainAsync(db, task);
            else if (decision.Verdict == ReviewVerdict.RejectRemove) await TakeSlotAwayAsync(db, task, reason);
        }

        await TakeOverAsync(db, [task.BatchId]);
    }

    private static async Task UncountAsync(PostgreSqlSession db, ReviewedTask task)
    {
        await db.ExecuteAsync("UPDATE assignment SET counted = false, retry_at = NULL WHERE assignment_id = $1", task.AssignmentId);
        await db.ExecuteAsync("UPDATE answer SET counted = false WHERE assignment_id = $1", task.AssignmentId);
        if (task.IsControl) return;
        await db.ExecuteAsync("UPDATE batch_counter SET answers = answers - 1 WHERE batch_id = $1", task.BatchId);
        await db.ExecuteAsync(
            "DELETE FROM task_verdict WHERE batch_id = $1 AND task_id = $2 AND NOT EXISTS (SELECT 1 FROM answer WHERE task_id = $2 AND counted)",
            task.BatchId, task.TaskId);
    }

    private static async Task AskAgainAsync(PostgreSqlSession db, ReviewedTask task)
    {
        var reopened = await db.ExecuteAsync($"UPDATE task SET state = 1, queued_at = now() WHERE task_id = $1 AND state = 2 AND overlap > {CountedAnswers}", task.TaskId) == 1;
        if (reopened) await db.ExecuteAsync("UPDATE batch_counter SET completed = completed - 1 WHERE batch_id = $1", task.BatchId);
    }

    private static async Task TakeSlotAwayAsync(PostgreSqlSession db, ReviewedTask task, string? reason)
    {
        // A slot beyond the overlap is left from before the overlap was lowered: it is gone already.
        if (task.Slot >= task.Overlap) return;
        if (task.Overlap > 1)
        {
            // Slots are counted from 0 without a gap, so whoever has the last one moves to the one that is free now.
            if (task.Slot < task.Overlap - 1)
            {
                await db.ExecuteAsync("UPDATE assignment SET slot = $3 WHERE task_id = $1 AND slot = $2 AND (state IN (1, 2, 3) OR counted)", task.TaskId, task.Overlap - 1, task.Slot);
                await db.ExecuteAsync("UPDATE answer SET slot = $3 WHERE task_id = $1 AND slot = $2 AND counted", task.TaskId, task.Overlap - 1, task.Slot);
            }

            await db.ExecuteAsync("UPDATE task SET overlap = overlap - 1 WHERE task_id = $1", task.TaskId);
            return;
        }

        var canceled = await db.ExecuteAsync($"UPDATE task SET state = 4, kept_for = NULL, kept_until = NULL WHERE task_id = $1 AND state <> 4 AND {CountedAnswers} = 0", task.TaskId) == 1;
        if (!canceled) return;
        await db.ExecuteAsync("UPDATE assignment SET state = 12, ended_at = now(), end_reason = $2, paused_at = NULL WHERE task_id = $1 AND state IN (1, 2, 3)", task.TaskId, Text(reason));
        await db.ExecuteAsync(
            "UPDATE batch_counter SET canceled = canceled + 1, completed = completed - $2, dead = dead - $3 WHERE batch_id = $1",
            task.BatchId, task.State == TaskState.Completed ? 1 : 0, task.State == TaskState.DeadLetter ? 1 : 0);
    }
}
