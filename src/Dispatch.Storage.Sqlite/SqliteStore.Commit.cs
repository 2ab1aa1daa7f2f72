using Dispatch.Contracts;

namespace Dispatch.Storage.Sqlite;

/// <summary>The group commit: one transaction, each operation checked and then written.</summary>
public sealed partial class SqliteStore
{
    private const string Holding = "state IN (1, 3)";

    private sealed record BatchRow(long OwnerEpoch, BatchStatus Status, Guid ProjectId);

    /// <inheritdoc/>
    public Task<IReadOnlyList<CommitResult>> CommitAsync(IReadOnlyList<CommitOperation> group, CancellationToken cancellation) => WriteAsync<IReadOnlyList<CommitResult>>(
        (db, now) =>
        {
            var results = new CommitResult[group.Count];
            Dictionary<Guid, BatchRow?> batches = [];
            for (var i = 0; i < group.Count; i++)
            {
                var operation = group[i];
                if (!batches.TryGetValue(operation.BatchId, out var batch)) batches.Add(operation.BatchId, batch = ReadBatchRow(db, operation.BatchId));
                results[i] = batch is null || batch.OwnerEpoch != operation.OwnerEpoch
                    ? new CommitResult { Status = CommitStatus.OwnerFenced }
                    : operation switch
                    {
                        TakeOperation take => Take(db, take, batch, now),
                        SubmitOperation submit => Submit(db, submit, batch, now),
                        ReturnOperation giveBack => Return(db, giveBack, batch, now),
                        RenewOperation renew => Renew(db, renew, now),
                        ExpireOperation expire => Expire(db, expire, batch, now),
                        _ => throw new ArgumentException($"{operation.GetType()} is not a commit operation.", nameof(group)),
                    };
            }

            return results;
        },
        cancellation);

    private static BatchRow? ReadBatchRow(SqliteSession db, Guid batchId) => db.First(
        "SELECT owner_epoch, status, project_id FROM batch WHERE batch_id = $1",
        row => new BatchRow(row.GetInt64(0), (BatchStatus)row.GetInt32(1), row.Id(2)),
        batchId);

    private static CommitResult Take(SqliteSession db, TakeOperation take, BatchRow batch, DateTimeOffset now)
    {
        if (batch.Status != BatchStatus.Open) return new CommitResult { Status = CommitStatus.BatchNotOpen };
        if (db.Scalar($"SELECT 1 FROM assignment WHERE worker_id = $1 AND capacity_slot = $2 AND {Holding}", take.WorkerId, take.CapacitySlot) is not null)
        {
            return new CommitResult { Status = CommitStatus.WorkerBusy };
        }

        var taken = db.Scalar(
            $"SELECT 1 FROM assignment WHERE task_id = $1 AND (slot = $2 OR worker_id = $3) AND ({Holding} OR counted = 1)",
            take.TaskId, take.Slot, take.WorkerId) is not null;
        var open = db.Scalar("SELECT 1 FROM task WHERE task_id = $1 AND batch_id = $2 AND state = 1 AND $3 < overlap", take.TaskId, take.BatchId, take.Slot) is not null;
        if (taken || !open) return new CommitResult { Status = CommitStatus.SlotTaken };
        db.Execute(
            """
            INSERT INTO assignment (assignment_id, task_id, batch_id, worker_id, capacity_slot, slot, lease_epoch, state, presentation, offered_at, lease_until)
            VALUES ($1, $2, $3, $4, $5, $6, $7, 3, $8, $9, $10)
            """,
            take.AssignmentId, take.TaskId, take.BatchId, take.WorkerId, take.CapacitySlot, take.Slot, take.LeaseEpoch, SqliteValues.Order(take.Presentation), now, now + take.Lease);
        return new CommitResult
        {
            Status = CommitStatus.Committed,
            Taken = db.First($"{SelectHeld} WHERE a.assignment_id = $1", ReadHeld, take.AssignmentId),
        };
    }

    private static CommitResult Submit(SqliteSession db, SubmitOperation submit, BatchRow batch, DateTimeOffset now)
    {
        var skipped = submit.Next is null ? null : new CommitResult { Status = CommitStatus.Skipped };
        if (FindOperation(db, submit.Operation.ActorId, submit.Operation.OperationId) is { } stored)
        {
            var replayed = Replayed(stored, submit.Operation).Status == ApplyStatus.Replayed;
            return new CommitResult { Status = replayed ? CommitStatus.Replayed : CommitStatus.PayloadConflict, StoredResult = stored.Result, Next = skipped };
        }

        var held = db.First(
            "SELECT task_id, slot, offered_at, shown_at FROM assignment WHERE assignment_id = $1 AND worker_id = $2 AND lease_epoch = $3 AND batch_id = $4 AND state = 3",
            row => new { TaskId = row.GetInt64(0), Slot = row.GetInt32(1), OfferedAt = row.Time(2), ShownAt = row.TimeOrNull(3) },
            submit.AssignmentId, submit.WorkerId, submit.LeaseEpoch, submit.BatchId);
        if (held is null) return new CommitResult { Status = CommitStatus.Stale, Next = skipped };

        var shownAt = held.ShownAt ?? submit.ShownAt ?? held.OfferedAt;
        var wall = now > shownAt ? now - shownAt : TimeSpan.Zero;
        var handling = submit.Active is { } active ? TimeSpan.FromTicks(Math.Clamp(active.Ticks, 0, wall.Ticks)) : wall;
        db.Execute(
            "UPDATE assignment SET state = 4, counted = 1, ended_at = $2, shown_at = $3 WHERE assignment_id = $1",
            submit.AssignmentId, now, shownAt);
        db.Execute(
            """
            INSERT INTO answer (assignment_id, batch_id, task_id, worker_id, slot, operation_id, answer, counted, submitted_at, handling_us)
            VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $9)
            """,
            submit.AssignmentId, submit.BatchId, held.TaskId, submit.WorkerId, held.Slot, submit.Operation.OperationId, submit.Answer, now, handling);
        if (submit.Evaluation is { } evaluation)
        {
            db.Execute(
                "INSERT INTO evaluation (worker_id, project_id, sequence, kind, source, score, weight, assignment_id, created_at) VALUES ($1, $2, $3, 'gold', $4, $5, 1, $6, $7)",
                submit.WorkerId, evaluation.ProjectId, evaluation.Sequence, $"gold:{submit.AssignmentId:D}", evaluation.Score, submit.AssignmentId, now);
        }

        var completed = db.Execute(
            "UPDATE task SET state = 2 WHERE task_id = $1 AND state = 1 AND overlap <= (SELECT count(*) FROM answer WHERE task_id = $1 AND counted = 1)",
            held.TaskId) == 1;
        db.Execute("UPDATE batch SET answers = answers + 1, completed = completed + $2 WHERE batch_id = $1", submit.BatchId, completed);

        var next = submit.Next is null ? null : Take(db, submit.Next, batch, now);
        var result = next is null or { Status: CommitStatus.Committed } ? submit.Operation.Result : "{}";
        StoreOperation(db, submit.Operation, result, now);
        return new CommitResult
        {
            Status = CommitStatus.Committed,
            Next = next,
            SubmittedAt = now,
            Handling = handling,
            TaskCompleted = completed,
        };
    }

    private static CommitResult Return(SqliteSession db, ReturnOperation giveBack, BatchRow batch, DateTimeOffset now)
    {
        if (giveBack.Operation is { } operation && FindOperation(db, operation.ActorId, operation.OperationId) is { } stored)
        {
            var replayed = Replayed(stored, operation).Status == ApplyStatus.Replayed;
            return new CommitResult { Status = replayed ? CommitStatus.Replayed : CommitStatus.PayloadConflict, StoredResult = stored.Result };
        }

        var taskId = db.Scalar(
            "UPDATE assignment SET state = 10, ended_at = $4, end_reason = $5 WHERE assignment_id = $1 AND worker_id = $2 AND lease_epoch = $3 AND batch_id = $6 AND state = 3 RETURNING task_id",
            giveBack.AssignmentId, giveBack.WorkerId, giveBack.LeaseEpoch, now, giveBack.Reason, giveBack.BatchId);
        if (taskId is null) return new CommitResult { Status = CommitStatus.Stale };
        Requeue(db, (long)taskId, batch, now);
        if (giveBack.Operation is not null) StoreOperation(db, giveBack.Operation, giveBack.Operation.Result, now);
        return new CommitResult { Status = CommitStatus.Committed };
    }

    private static CommitResult Renew(SqliteSession db, RenewOperation renew, DateTimeOffset now)
    {
        var until = db.Scalar(
            "UPDATE assignment SET lease_until = max(lease_until, $3) WHERE assignment_id = $1 AND lease_epoch = $2 AND batch_id = $4 AND state = 3 RETURNING lease_until",
            renew.AssignmentId, renew.LeaseEpoch, now + renew.Lease, renew.BatchId);
        return until is long micros
            ? new CommitResult { Status = CommitStatus.Committed, LeaseUntil = DateTimeOffset.UnixEpoch.AddTicks(micros * TimeSpan.TicksPerMicrosecond) }
            : new CommitResult { Status = CommitStatus.Stale };
    }

    private static CommitResult Expire(SqliteSession db, ExpireOperation expire, BatchRow batch, DateTimeOffset now)
    {
        var until = db.Scalar(
            "SELECT lease_until FROM assignment WHERE assignment_id = $1 AND lease_epoch = $2 AND batch_id = $3 AND state = 3",
            expire.AssignmentId, expire.LeaseEpoch, expire.BatchId);
        if (until is not long micros) return new CommitResult { Status = CommitStatus.Stale };
        if (micros > SqliteValues.Micros(now))
        {
            return new CommitResult { Status = CommitStatus.NotExpired, LeaseUntil = DateTimeOffset.UnixEpoch.AddTicks(micros * TimeSpan.TicksPerMicrosecond) };
        }

        var taskId = db.Scalar("UPDATE assignment SET state = 11, ended_at = $2 WHERE assignment_id = $1 RETURNING task_id", expire.AssignmentId, now);
        Requeue(db, (long)taskId!, batch, now);
        return new CommitResult { Status = CommitStatus.Committed };
    }

    private static void Requeue(SqliteSession db, long taskId, BatchRow batch, DateTimeOffset now)
    {
        db.Execute("UPDATE task SET queued_at = $2 WHERE task_id = $1", taskId, now);
        BumpWork(db, batch.ProjectId);
    }
}
