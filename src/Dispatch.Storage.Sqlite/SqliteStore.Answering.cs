using Dispatch.Contracts;

namespace Dispatch.Storage.Sqlite;

/// <summary>The commit of an answer.</summary>
public sealed partial class SqliteStore
{
    private sealed class Answered
    {
        public required long TaskId { get; init; }
        public required int Slot { get; init; }
        public required int CapacitySlot { get; init; }
        public required DateTimeOffset OfferedAt { get; init; }
        public required DateTimeOffset? ShownAt { get; init; }
        public required DateTimeOffset? EndedAt { get; init; }
        public required AssignmentState State { get; init; }
        public required TimeSpan Paused { get; init; }
        public required bool IsControl { get; init; }
        public required int KnownVersion { get; init; }
    }

    private static CommitResult Submit(SqliteSession db, SubmitOperation submit, BatchRow batch, DateTimeOffset now)
    {
        var skipped = submit.Next is null ? null : new CommitResult { Status = CommitStatus.Skipped };
        var notPromoted = submit.Promote is null ? null : new CommitResult { Status = CommitStatus.Skipped };
        if (FindOperation(db, submit.Operation.ActorId, submit.Operation.OperationId) is { } stored) return Repeated(stored, submit.Operation) with { Next = skipped, Promoted = notPromoted };

        // A running break counts up to what is left of its allowance, as it will when it ends. Break time before the task was shown is no part of its handling; where the
        // stamp comes with the answer, what was over by then can have lain before it as far as there was time for it.
        var held = db.First(
            """
            SELECT a.task_id, a.slot, a.capacity_slot, a.offered_at, a.shown_at, a.ended_at, a.state,
                   CASE WHEN a.shown_at IS NULL AND $6 IS NOT NULL
                        THEN a.paused_us - min(a.paused_us, max(0, $6 - a.offered_at)) + CASE WHEN a.paused_at IS NULL THEN 0 ELSE max(0, min($5 - max(a.paused_at, $6), a.pause_left_us)) END
                        ELSE a.paused_us - a.unshown_us + CASE WHEN a.paused_at IS NULL THEN 0 ELSE min($5 - a.paused_at, a.pause_left_us) END END, t.is_control, t.known_version
              FROM assignment a JOIN task t ON t.task_id = a.task_id
             WHERE a.assignment_id = $1 AND a.worker_id = $2 AND a.lease_epoch = $3 AND a.batch_id = $4 AND a.state IN (3, 11)
            """,
            row => new Answered
            {
                TaskId = row.GetInt64(0),
                Slot = row.GetInt32(1),
                CapacitySlot = row.GetInt32(2),
                OfferedAt = row.Time(3),
                ShownAt = row.TimeOrNull(4),
                EndedAt = row.TimeOrNull(5),
                State = (AssignmentState)row.GetInt32(6),
                Paused = row.Span(7),
                IsControl = row.Flag(8),
                KnownVersion = row.GetInt32(9),
            },
            submit.AssignmentId, submit.WorkerId, submit.LeaseEpoch, submit.BatchId, now, submit.ShownAt);
        if (held is null) return new CommitResult { Status = CommitStatus.Stale, Next = skipped, Promoted = notPromoted };

        if (submit.Evaluation is { } used && (used.KnownVersion != held.KnownVersion || IsSequenceUsed(db, submit.WorkerId, used)))
        {
            return new CommitResult { Status = CommitStatus.WorkerBusy, Next = skipped, Promoted = notPromoted };
        }

        var late = held.State == AssignmentState.Abandoned;
        var second = late ? SecondHold(db, held, submit.WorkerId) : null;
        var place = late ? LateSlot(db, held, second?.Slot, submit.WorkerId) : held.Slot;
        var (counts, slot) = (place is not null, place ?? held.Slot);
        var rescinded = late && counts ? EndWithLateAnswer(db, held.TaskId, slot, submit.WorkerId, now) : [];
        var shownAt = held.ShownAt ?? submit.ShownAt ?? held.OfferedAt;
        var wall = now - shownAt - held.Paused;
        if (wall < TimeSpan.Zero) wall = TimeSpan.Zero;
        var handling = submit.Active is { } active ? TimeSpan.FromTicks(Math.Clamp(active.Ticks, 0, wall.Ticks)) : wall;
        db.Execute(
            "UPDATE assignment SET state = 4, counted = $4, slot = $5, ended_at = $2, shown_at = $3, retry_at = NULL, paused_at = NULL WHERE assignment_id = $1",
            submit.AssignmentId, now, shownAt, counts, slot);
        db.Execute(
            """
            INSERT INTO answer (assignment_id, batch_id, task_id, worker_id, slot, operation_id, answer, counted, submitted_at, handling_us, late, project_version, vote, accuracy)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, (SELECT version FROM project WHERE project_id = $12), $13, $14)
            """,
            submit.AssignmentId, submit.BatchId, held.TaskId, submit.WorkerId, slot, submit.Operation.OperationId, submit.Answer, counts, now, handling, late, batch.ProjectId,
            submit.Vote, submit.Accuracy);
        if (submit.Evaluation is { } evaluation)
        {
            db.Execute(
                "INSERT INTO evaluation (worker_id, project_id, sequence, kind, source, score, weight, assignment_id, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                submit.WorkerId, evaluation.ProjectId, evaluation.Sequence, evaluation.Kind, $"{evaluation.Kind}:{submit.AssignmentId:D}", evaluation.Score, evaluation.Weight, submit.AssignmentId, now);
        }

        if (submit.ReviewId is { } reviewId) AppendReview(db, new NewReview(reviewId, submit.AssignmentId, submit.ReviewCause), now);

        var completed = counts && !held.IsControl && db.Execute(
            "UPDATE task SET state = 2, kept_for = NULL, kept_until = NULL WHERE task_id = $1 AND state = 1 AND overlap <= (SELECT count(*) FROM answer WHERE task_id = $1 AND counted = 1)",
            held.TaskId) == 1;
        var unkept = late && counts && db.Execute("UPDATE task SET kept_for = NULL, kept_until = NULL WHERE task_id = $1 AND kept_for = $2", held.TaskId, submit.WorkerId) == 1;
        if (unkept || rescinded.Count > 0) BumpWork(db, batch.ProjectId);
        if (counts && !held.IsControl) db.Execute("UPDATE batch SET answers = answers + 1, completed = completed + $2 WHERE batch_id = $1", submit.BatchId, completed);

        var promoted = submit.Promote is null ? null : Promote(db, submit.Promote, batch, now);
        var next = submit.Next is null ? null : Take(db, submit.Next, batch, now);
        var result = !counts ? Operation.KeptAside : second is { } folded ? Operation.Folded(folded.AssignmentId) : next is null or { Status: CommitStatus.Committed } ? submit.Operation.Result : "{}";
        StoreOperation(db, submit.Operation, result, now);
        return new CommitResult
        {
            Status = counts ? CommitStatus.Committed : CommitStatus.KeptAside,
            Next = next,
            Promoted = promoted,
            SubmittedAt = now,
            Handling = handling,
            TaskCompleted = completed,
            Rescinded = rescinded,
        };
    }

    private static bool IsSequenceUsed(SqliteSession db, Guid workerId, GoldEvaluation evaluation) => db.Scalar(
        "SELECT 1 FROM evaluation WHERE worker_id = $1 AND project_id = $2 AND sequence = $3",
        workerId, evaluation.ProjectId, evaluation.Sequence) is not null;

    private static (Guid AssignmentId, int Slot)? SecondHold(SqliteSession db, Answered held, Guid workerId) => db.Query(
        $"SELECT assignment_id, slot FROM assignment WHERE task_id = $1 AND worker_id = $2 AND {Active}",
        row => ((Guid, int)?)(row.Id(0), row.GetInt32(1)),
        held.TaskId, workerId).FirstOrDefault();

    private static int? LateSlot(SqliteSession db, Answered held, int? second, Guid workerId)
    {
        var task = db.Query("SELECT state, overlap FROM task WHERE task_id = $1", row => (State: (TaskState)row.GetInt32(0), Overlap: row.GetInt32(1)), held.TaskId).Single();
        var hasCounted = db.Scalar("SELECT 1 FROM assignment WHERE task_id = $1 AND worker_id = $2 AND counted = 1", held.TaskId, workerId) is not null;
        return LateAnswer.SlotFor(task.State, task.Overlap, held.Slot, second, hasCounted, slot =>
            db.Scalar($"SELECT 1 FROM assignment WHERE task_id = $1 AND slot = $2 AND worker_id <> $3 AND ({Holding} OR counted = 1)", held.TaskId, slot, workerId) is not null);
    }

    private static List<(Guid AssignmentId, Guid WorkerId)> EndWithLateAnswer(SqliteSession db, long taskId, int slot, Guid workerId, DateTimeOffset now) =>
    [
        .. db.Query(
            $"""
            UPDATE assignment SET state = 9, ended_at = $4, retry_at = iif(worker_id = $3, NULL, $4), paused_at = NULL, end_reason = iif(worker_id = $3, $5, $6)
             WHERE task_id = $1 AND ((worker_id = $3 AND {Active}) OR (worker_id <> $3 AND slot = $2 AND state = 2)) RETURNING assignment_id, worker_id
            """,
            row => (row.Id(0), row.Id(1)),
            taskId, slot, workerId, now, LateAnswer.FoldedReason, LateAnswer.OvertakenReason).OrderBy(ended => ended.Item1),
    ];
}
