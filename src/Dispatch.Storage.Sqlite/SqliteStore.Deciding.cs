using Dispatch.Contracts;
using Dispatch.Contracts.Quality;

namespace Dispatch.Storage.Sqlite;

/// <summary>What a reviewer's verdict does to the answer and its task.</summary>
public sealed partial class SqliteStore
{
    private sealed record ReviewedTask(long TaskId, Guid BatchId, Guid ProjectId, Guid AssignmentId, int Slot, int Overlap, TaskState State, bool IsControl);

    /// <inheritdoc/>
    public Task<ApplyOutcome> DecideReviewAsync(ReviewDecision decision, Operation operation, CancellationToken cancellation) => ApplyAsync(
        operation,
        (db, now) =>
        {
            if (db.First($"{SelectReview} WHERE r.review_id = $1", ReadReview, decision.ReviewId) is not { } review) return ApplyStatus.NotFound;
            var may = db.Scalar($"SELECT 1 FROM review r WHERE r.review_id = $1 AND r.decided_at IS NULL AND {MayDecide}", decision.ReviewId, decision.ReviewerId) is not null;
            if (!may) return ApplyStatus.InvalidState;
            db.Execute(
                "UPDATE review SET reviewer_id = $2, verdict = $3, score = $4, fixed_answer = $5, note = $6, decided_at = $7 WHERE review_id = $1",
                decision.ReviewId, decision.ReviewerId, decision.Verdict, decision.Score, decision.FixedAnswer, decision.Note, now);
            var task = db.First(
                "SELECT a.slot, t.overlap, t.state, t.is_control FROM assignment a JOIN task t ON t.task_id = a.task_id WHERE a.assignment_id = $1",
                row => new ReviewedTask(review.TaskId, review.BatchId, review.ProjectId, review.AssignmentId, row.GetInt32(0), row.GetInt32(1), (TaskState)row.GetInt32(2), row.Flag(3)),
                review.AssignmentId)!;
            Decide(db, decision, task, review.Counted, operation.Reason, now);
            AppendOutbox(db, decision.Evidence, now);
            if (decision.NextPass is { } next) AppendReview(db, next, now);
            return ApplyStatus.Applied;
        },
        cancellation);

    private static void Decide(SqliteSession db, ReviewDecision decision, ReviewedTask task, bool counted, string? reason, DateTimeOffset now)
    {
        var rejects = decision.Verdict is ReviewVerdict.RejectRequeue or ReviewVerdict.RejectRemove;
        db.Execute("UPDATE assignment SET state = $2 WHERE assignment_id = $1", task.AssignmentId, rejects ? AssignmentState.Rejected : AssignmentState.Approved);
        if (decision.Verdict == ReviewVerdict.FixAndApprove) db.Execute("UPDATE answer SET fixed_answer = $2, vote = $3 WHERE assignment_id = $1", task.AssignmentId, decision.FixedAnswer, decision.FixedVote);

        // What does not count changes nothing for its task: the slot was given away, or was freed by an earlier verdict.
        if (!counted || decision.Verdict == ReviewVerdict.Approve) return;
        if (rejects) Uncount(db, task);
        if (!task.IsControl)
        {
            db.Execute("UPDATE task SET judged = 0 WHERE task_id = $1", task.TaskId);
            if (decision.Verdict == ReviewVerdict.RejectRequeue) AskAgain(db, task, now);
            else if (decision.Verdict == ReviewVerdict.RejectRemove) TakeSlotAway(db, task, reason, now);
        }

        TakeOver(db, task.BatchId, task.ProjectId);
    }

    private static void Uncount(SqliteSession db, ReviewedTask task)
    {
        db.Execute("UPDATE assignment SET counted = 0, retry_at = NULL WHERE assignment_id = $1", task.AssignmentId);
        db.Execute("UPDATE answer SET counted = 0 WHERE assignment_id = $1", task.AssignmentId);
        if (task.IsControl) return;
        db.Execute("UPDATE batch SET answers = answers - 1 WHERE batch_id = $1", task.BatchId);
        db.Execute(
            "DELETE FROM task_verdict WHERE batch_id = $1 AND task_id = $2 AND NOT EXISTS (SELECT 1 FROM answer WHERE task_id = $2 AND counted = 1)",
            task.BatchId, task.TaskId);
    }

    private static void AskAgain(SqliteSession db, ReviewedTask task, DateTimeOffset now)
    {
        var reopened = db.Execute($"UPDATE task SET state = 1, queued_at = $2 WHERE task_id = $1 AND state = 2 AND overlap > {CountedAnswers}", task.TaskId, now) == 1;
        if (reopened) db.Execute("UPDATE batch SET completed = completed - 1 WHERE batch_id = $1", task.BatchId);
    }

    private static void TakeSlotAway(SqliteSession db, ReviewedTask task, string? reason, DateTimeOffset now)
    {
        // A slot beyond the overlap is left from before the overlap was lowered: it is gone already.
        if (task.Slot >= task.Overlap) return;
        if (task.Overlap > 1)
        {
            // Slots are counted from 0 without a gap, so whoever has the last one moves to the one that is free now.
            if (task.Slot < task.Overlap - 1)
            {
                db.Execute($"UPDATE assignment SET slot = $3 WHERE task_id = $1 AND slot = $2 AND ({Active} OR counted = 1)", task.TaskId, task.Overlap - 1, task.Slot);
                db.Execute("UPDATE answer SET slot = $3 WHERE task_id = $1 AND slot = $2 AND counted = 1", task.TaskId, task.Overlap - 1, task.Slot);
            }

            db.Execute("UPDATE task SET overlap = overlap - 1 WHERE task_id = $1", task.TaskId);
            return;
        }

        var canceled = db.Execute($"UPDATE task SET state = 4, kept_for = NULL, kept_until = NULL WHERE task_id = $1 AND state <> 4 AND {CountedAnswers} = 0", task.TaskId) == 1;
        if (!canceled) return;
        CancelTask(db, task.TaskId, reason, now);
        db.Execute(
            "UPDATE batch SET canceled = canceled + 1, completed = completed - $2, dead = dead - $3 WHERE batch_id = $1",
            task.BatchId, task.State == TaskState.Completed, task.State == TaskState.DeadLetter);
    }
}
