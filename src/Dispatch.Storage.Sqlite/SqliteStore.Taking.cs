using Dispatch.Contracts;

namespace Dispatch.Storage.Sqlite;

/// <summary>Commits that give a worker something: take, promote, accept.</summary>
public sealed partial class SqliteStore
{
    private static CommitResult Take(SqliteSession db, TakeOperation take, BatchRow batch, DateTimeOffset now)
    {
        if (batch.Status != BatchStatus.Open) return new CommitResult { Status = CommitStatus.BatchNotOpen };
        if (batch.Tier == BatchTier.Golden && take.Gate is null) return new CommitResult { Status = CommitStatus.BatchNotOpen };
        if (IsWorkerFull(db, take) || IsJudgementOld(db, take, batch)) return new CommitResult { Status = CommitStatus.WorkerBusy };

        // An offer binds the worker to the task, but no slot: two workers may be asked for the same one.
        var slotTaken = db.Scalar($"SELECT 1 FROM assignment WHERE task_id = $1 AND slot = $2 AND ({Holding} OR counted = 1)", take.TaskId, take.Slot) is not null;
        var workerBound = db.Scalar($"SELECT 1 FROM assignment WHERE task_id = $1 AND worker_id = $2 AND ({Active} OR counted = 1)", take.TaskId, take.WorkerId) is not null;
        var open = db.Scalar("SELECT 1 FROM task WHERE task_id = $1 AND batch_id = $2 AND state = 1 AND retired = 0 AND $3 < overlap AND (kept_for IS NULL OR kept_for = $4 OR kept_until <= $5)", take.TaskId, take.BatchId, take.Slot, take.WorkerId, now) is not null;

        // Only who had the task before can be barred from it, and whether a cool-down is over is for the store's clock to say.
        var barred = take.Resumes && db.Scalar("SELECT 1 FROM assignment WHERE task_id = $1 AND worker_id = $2 AND (retry_at IS NULL OR retry_at > $3)", take.TaskId, take.WorkerId, now) is not null;
        if (slotTaken || workerBound || barred || !open) return new CommitResult { Status = CommitStatus.SlotTaken };
        var accepted = take.State == AssignmentState.Accepted;
        db.Execute(
            """
            INSERT INTO assignment (assignment_id, task_id, batch_id, worker_id, capacity_slot, slot, lease_epoch, state, presentation, offered_at, lease_until,
                                    cost, accepted_at, max_until, pause_left_us, gate, gate_sequence, gate_epoch, gate_version, gate_enters)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
            """,
            take.AssignmentId, take.TaskId, take.BatchId, take.WorkerId, take.CapacitySlot, take.Slot, take.LeaseEpoch, take.State, SqliteValues.Order(take.Presentation), now, now + take.Lease,
            take.Cost, accepted ? now : null, now + take.LeaseMax, take.BreakMax,
            take.Gate?.Judgement, take.Gate?.EvaluationSequence, take.Gate?.BoardEpoch, take.Gate?.PolicyVersion, take.Gate?.Enters);
        if (take.Gate is { Enters: true } entered) EnterGate(db, take, entered, now);
        if (take.Resumes) TakeOverDraft(db, take);
        return new CommitResult
        {
            Status = CommitStatus.Committed,
            Taken = db.First($"{SelectHeld} WHERE a.assignment_id = $1", ReadHeld, take.AssignmentId),
        };
    }

    private static bool IsWorkerFull(SqliteSession db, TakeOperation take)
    {
        if (db.Scalar($"SELECT 1 FROM assignment WHERE worker_id = $1 AND capacity_slot = $2 AND {Active}", take.WorkerId, take.CapacitySlot) is not null) return true;
        return take.Weighted && take.State != AssignmentState.Reserved && IsBeyondCapacity(db, take.WorkerId, take.Cost);
    }

    private static bool IsBeyondCapacity(SqliteSession db, Guid workerId, long cost) => db.Scalar(
        "SELECT 1 FROM worker w WHERE w.worker_id = $1 AND $2 + (SELECT coalesce(sum(cost), 0) FROM assignment WHERE worker_id = $1 AND state IN (2, 3)) > w.capacity",
        workerId, cost) is not null;

    private static void TakeOverDraft(SqliteSession db, TakeOperation take) => db.Execute(
        """
        UPDATE assignment SET draft = o.draft, draft_version = o.draft_version, presentation = o.presentation
          FROM (SELECT draft, draft_version, presentation FROM assignment
                 WHERE task_id = $2 AND worker_id = $3 AND assignment_id <> $1 AND draft IS NOT NULL ORDER BY offered_at DESC LIMIT 1) o
         WHERE assignment_id = $1
        """,
        take.AssignmentId, take.TaskId, take.WorkerId);

    private static CommitResult Promote(SqliteSession db, PromoteOperation promote, BatchRow batch, DateTimeOffset now)
    {
        var cost = db.Scalar(
            "SELECT cost FROM assignment WHERE assignment_id = $1 AND worker_id = $2 AND lease_epoch = $3 AND batch_id = $4 AND state = 1",
            promote.AssignmentId, promote.WorkerId, promote.LeaseEpoch, promote.BatchId);
        if (cost is null) return new CommitResult { Status = CommitStatus.Stale };
        if (batch.Status != BatchStatus.Open) return new CommitResult { Status = CommitStatus.BatchNotOpen };

        // A second life of the worker's grain may have filled the slot. The unique index would refuse that too, and the whole group with it.
        var filled = db.Scalar(
            $"SELECT 1 FROM assignment WHERE worker_id = $1 AND capacity_slot = $2 AND {Active} AND assignment_id <> $3",
            promote.WorkerId, promote.CapacitySlot, promote.AssignmentId) is not null;
        if (filled || (promote.Weighted && IsBeyondCapacity(db, promote.WorkerId, (long)cost))) return new CommitResult { Status = CommitStatus.WorkerBusy };
        db.Execute(
            "UPDATE assignment SET state = 3, capacity_slot = $2, accepted_at = $3, lease_until = $4, max_until = $3 + (max_until - offered_at), renewed_at = $3 WHERE assignment_id = $1",
            promote.AssignmentId, promote.CapacitySlot, now, now + promote.Lease);
        return new CommitResult { Status = CommitStatus.Committed, LeaseUntil = now + promote.Lease };
    }

    private static CommitResult Accept(SqliteSession db, AcceptOperation accept, BatchRow batch, DateTimeOffset now)
    {
        if (FindOperation(db, accept.Operation.ActorId, accept.Operation.OperationId) is { } stored) return Repeated(stored, accept.Operation);

        var offer = db.First(
            "SELECT task_id, slot, lease_until FROM assignment WHERE assignment_id = $1 AND worker_id = $2 AND lease_epoch = $3 AND batch_id = $4 AND state = 2",
            row => new { TaskId = row.GetInt64(0), Slot = row.GetInt32(1), Until = row.Time(2) },
            accept.AssignmentId, accept.WorkerId, accept.LeaseEpoch, accept.BatchId);
        if (offer is null) return new CommitResult { Status = CommitStatus.Stale };
        if (batch.Status != BatchStatus.Open) return new CommitResult { Status = CommitStatus.BatchNotOpen };
        if (offer.Until <= now) return new CommitResult { Status = CommitStatus.RanOut };
        if (db.Scalar($"SELECT 1 FROM assignment WHERE task_id = $1 AND slot = $2 AND ({Holding} OR counted = 1)", offer.TaskId, offer.Slot) is not null)
        {
            return new CommitResult { Status = CommitStatus.SlotTaken };
        }

        db.Execute(
            "UPDATE assignment SET state = 3, accepted_at = $2, lease_until = $3, max_until = $2 + (max_until - offered_at), renewed_at = $2 WHERE assignment_id = $1",
            accept.AssignmentId, now, now + accept.Lease);
        var rescinded = db.Query(
            "UPDATE assignment SET state = 9, ended_at = $3, retry_at = $3, end_reason = 'Somebody else was faster.' WHERE task_id = $1 AND slot = $2 AND state = 2 RETURNING assignment_id, worker_id",
            row => (row.Id(0), row.Id(1)),
            offer.TaskId, offer.Slot, now);

        // Whoever held an offer of the task could have nothing more of it until now.
        var isOpen = rescinded.Count > 0 && db.Scalar($"SELECT 1 FROM task WHERE task_id = $1 AND state = 1 AND overlap > (SELECT count(*) FROM assignment WHERE task_id = $1 AND ({Holding} OR counted = 1))", offer.TaskId) is not null;
        if (isOpen) BumpWork(db, batch.ProjectId);
        StoreOperation(db, accept.Operation, accept.Operation.Result, now);
        return new CommitResult { Status = CommitStatus.Committed, LeaseUntil = now + accept.Lease, Rescinded = rescinded };
    }
}
