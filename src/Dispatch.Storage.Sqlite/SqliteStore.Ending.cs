using Dispatch.Contracts;

namespace Dispatch.Storage.Sqlite;

/// <summary>Commits that renew a hold or end it without an answer.</summary>
public sealed partial class SqliteStore
{
    // Where the lease ends, with what a running break still allows.
    private const string Deadline = "(lease_until + CASE WHEN paused_at IS NULL THEN 0 ELSE pause_left_us END)";

    private static CommitResult Return(SqliteSession db, ReturnOperation giveBack, BatchRow batch, DateTimeOffset now)
    {
        if (giveBack.Operation is { } operation && FindOperation(db, operation.ActorId, operation.OperationId) is { } stored) return Repeated(stored, operation);

        var retryAt = now + giveBack.RetryAfter;
        var ended = db.First(
            $"""
            UPDATE assignment SET state = CASE state WHEN 1 THEN 9 WHEN 2 THEN 7 ELSE 10 END, ended_at = $4, end_reason = $5, retry_at = CASE state WHEN 1 THEN $4 ELSE $7 END, paused_at = NULL
             WHERE assignment_id = $1 AND worker_id = $2 AND lease_epoch = $3 AND batch_id = $6 AND {Active} RETURNING task_id, state
            """,
            row => new { TaskId = row.GetInt64(0), State = (AssignmentState)row.GetInt32(1) },
            giveBack.AssignmentId, giveBack.WorkerId, giveBack.LeaseEpoch, now, giveBack.Reason, giveBack.BatchId, retryAt);
        if (ended is null) return new CommitResult { Status = CommitStatus.Stale };
        Requeue(db, ended.TaskId, giveBack.WorkerId, batch, now);
        if (giveBack.Operation is not null) StoreOperation(db, giveBack.Operation, giveBack.Operation.Result, now);
        return new CommitResult
        {
            Status = CommitStatus.Committed,
            EndedAs = ended.State,
            RetryAt = ended.State == AssignmentState.Rescinded ? now : retryAt,
            DeadLettered = ended.State == AssignmentState.Returned && DeadLetterIfPoison(db, ended.TaskId, giveBack.AttemptsMax),
        };
    }

    private static CommitResult Renew(SqliteSession db, RenewOperation renew, DateTimeOffset now)
    {
        var until = db.Scalar(
            """
            UPDATE assignment SET renewed_at = $5, lease_until = max(lease_until, min($3, coalesce(max_until, $3) + paused_us))
             WHERE assignment_id = $1 AND lease_epoch = $2 AND batch_id = $4 AND state IN (1, 3) RETURNING lease_until
            """,
            renew.AssignmentId, renew.LeaseEpoch, now + renew.Lease, renew.BatchId, now);
        return TimeOf(until) is { } leaseUntil
            ? new CommitResult { Status = CommitStatus.Committed, LeaseUntil = leaseUntil }
            : new CommitResult { Status = CommitStatus.Stale };
    }

    private static CommitResult Expire(SqliteSession db, ExpireOperation expire, BatchRow batch, DateTimeOffset now)
    {
        var held = db.First(
            $"SELECT task_id, worker_id, state, {Deadline}, offered_at, shown_at FROM assignment WHERE assignment_id = $1 AND lease_epoch = $2 AND batch_id = $3 AND {Active}",
            row => new { TaskId = row.GetInt64(0), WorkerId = row.Id(1), State = (AssignmentState)row.GetInt32(2), Until = row.Time(3), OfferedAt = row.Time(4), ShownAt = row.TimeOrNull(5) },
            expire.AssignmentId, expire.LeaseEpoch, expire.BatchId);
        if (held is null) return new CommitResult { Status = CommitStatus.Stale };
        var unseen = held.State == AssignmentState.Accepted && held.ShownAt is null && held.OfferedAt + expire.OfferTimeout <= now;
        if (held.Until > now && !unseen) return new CommitResult { Status = CommitStatus.NotExpired, LeaseUntil = held.Until };

        var endedAs = held.State switch
        {
            AssignmentState.Reserved => AssignmentState.Rescinded,
            AssignmentState.Offered => AssignmentState.TimedOut,
            _ => unseen ? AssignmentState.TimedOut : AssignmentState.Abandoned,
        };

        // Kept for its worker once: who lets the same task run out again is cooled down, or the two would keep each other for ever.
        // A control task is there for everybody, and is kept for nobody.
        var keeps = endedAs == AssignmentState.Abandoned && expire.Reoffer > TimeSpan.Zero && !IsControl(db, held.TaskId)
            && db.Scalar("SELECT 1 FROM assignment WHERE task_id = $1 AND worker_id = $2 AND state = 11", held.TaskId, held.WorkerId) is null;
        DateTimeOffset? keptUntil = keeps ? now + expire.Reoffer : null;
        var retryAt = endedAs == AssignmentState.Rescinded || keeps ? now : now + expire.Cooldown;
        db.Execute("UPDATE assignment SET state = $2, ended_at = $3, retry_at = $4, paused_at = NULL WHERE assignment_id = $1", expire.AssignmentId, endedAs, now, retryAt);
        Requeue(db, held.TaskId, held.WorkerId, batch, now);
        if (keptUntil is not null) db.Execute("UPDATE task SET kept_for = $2, kept_until = $3 WHERE task_id = $1", held.TaskId, held.WorkerId, keptUntil);
        return new CommitResult
        {
            Status = CommitStatus.Committed,
            EndedAs = endedAs,
            KeptUntil = keptUntil,
            RetryAt = retryAt,
            DeadLettered = endedAs != AssignmentState.Rescinded && DeadLetterIfPoison(db, held.TaskId, expire.AttemptsMax),
        };
    }

    private static bool IsControl(SqliteSession db, long taskId) => db.Scalar("SELECT 1 FROM task WHERE task_id = $1 AND is_control = 1", taskId) is not null;

    private static void Requeue(SqliteSession db, long taskId, Guid workerId, BatchRow batch, DateTimeOffset now)
    {
        // Who had it kept, and let it go again, does not want it: keeping it on would only make everybody wait.
        db.Execute(
            "UPDATE task SET queued_at = $2, kept_until = CASE WHEN kept_for = $3 THEN NULL ELSE kept_until END, kept_for = nullif(kept_for, $3) WHERE task_id = $1",
            taskId, now, workerId);
        BumpWork(db, batch.ProjectId);
    }

    /// <summary>Attempts are counted by distinct workers: one who comes back twice fails once. Only what nobody holds or has answered becomes a dead letter.</summary>
    private static bool DeadLetterIfPoison(SqliteSession db, long taskId, int attemptsMax)
    {
        var dead = db.Execute(
            $"""
            UPDATE task SET state = 3, kept_for = NULL, kept_until = NULL WHERE task_id = $1 AND state = 1 AND is_control = 0
               AND (SELECT count(DISTINCT a.worker_id) FROM assignment a WHERE a.task_id = $1 AND a.state IN (8, 10, 11) AND a.ended_at > coalesce(task.forgiven_at, 0)) >= $2
               AND NOT EXISTS (SELECT 1 FROM assignment a WHERE a.task_id = $1 AND a.{Active})
            """,
            taskId, attemptsMax) == 1;
        if (dead) db.Execute("UPDATE batch SET dead = dead + 1 WHERE batch_id = (SELECT batch_id FROM task WHERE task_id = $1)", taskId);
        return dead;
    }
}
