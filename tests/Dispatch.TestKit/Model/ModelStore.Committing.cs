using Dispatch.Contracts;
using Dispatch.Contracts.Policies;
using Dispatch.Storage;

namespace Dispatch.TestKit.Model;

/// <summary>The rules of the group commit.</summary>
public sealed partial class ModelStore
{
    public Task<IReadOnlyList<CommitResult>> CommitAsync(IReadOnlyList<CommitOperation> group, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<CommitResult>>([.. group.Select(Commit)]);

    /// <summary>One operation.</summary>
    public CommitResult Commit(CommitOperation operation)
    {
        if (!_batches.TryGetValue(operation.BatchId, out var batch) || (batch.OwnerEpoch != operation.OwnerEpoch && !Mutation.DropOwnerFence)) return Status(CommitStatus.OwnerFenced);
        return operation switch
        {
            TakeOperation take => Take(take, batch),
            SubmitOperation submit => Submit(submit, batch),
            PromoteOperation promote => Promote(promote, batch),
            AcceptOperation accept => Accept(accept, batch),
            ReturnOperation giveBack => Return(giveBack, batch),
            RenewOperation renew => Renew(renew),
            ExpireOperation expire => Expire(expire, batch),
            RuleOperation rule => Rule(rule, batch),
            JudgeOperation judge => Judge(judge, batch),
            _ => throw new ArgumentException($"{operation.GetType()} is not a commit operation."),
        };
    }

    /// <summary>Rules left out on purpose, to see that their absence is caught.</summary>
    public StoreMutation Mutation { get; set; } = new();

    private CommitResult Take(TakeOperation take, ModelBatch batch)
    {
        if (batch.Record.Status != BatchStatus.Open) return Status(CommitStatus.BatchNotOpen);
        if (batch.Record.Tier == BatchTier.Golden && take.Gate is null) return Status(CommitStatus.BatchNotOpen);
        var worker = _workers[take.WorkerId];
        if (!Mutation.DropWorkerFence && worker.Active.Values.Any(held => held.CapacitySlot == take.CapacitySlot)) return Status(CommitStatus.WorkerBusy);
        if (take.Weighted && take.State != AssignmentState.Reserved && Weight(worker) + take.Cost > worker.Record.Capacity) return Status(CommitStatus.WorkerBusy);

        if (!Mutation.DropGateFence && IsJudgementOld(take, batch, worker)) return Status(CommitStatus.WorkerBusy);
        if (!_tasks.TryGetValue(take.TaskId, out var task) || task.BatchId != take.BatchId || task.State != TaskState.Open || task.Retired || take.Slot >= task.Overlap) return Status(CommitStatus.SlotTaken);
        if (task.KeptFor is { } keptFor && keptFor != take.WorkerId && task.KeptUntil > Now) return Status(CommitStatus.SlotTaken);
        if (take.Resumes && task.Assignments.Exists(held => held.WorkerId == take.WorkerId && (held.RetryAt is null || held.RetryAt > Now))) return Status(CommitStatus.SlotTaken);
        if (!Mutation.DropSlotFence && (task.SlotIsTaken(take.Slot) || task.Binds(take.WorkerId))) return Status(CommitStatus.SlotTaken);
        var before = take.Resumes ? task.Assignments.Where(held => held.WorkerId == take.WorkerId && held.Draft is not null).MaxBy(held => held.OfferedAt) : null;
        var assignment = new ModelAssignment
        {
            AssignmentId = take.AssignmentId,
            Task = task,
            WorkerId = take.WorkerId,
            CapacitySlot = take.CapacitySlot,
            Slot = take.Slot,
            LeaseEpoch = take.LeaseEpoch,
            State = take.State,
            Presentation = before?.Presentation ?? take.Presentation,
            OfferedAt = Now,
            LeaseUntil = Now + take.Lease,
            Cost = take.Cost,
            AcceptedAt = take.State == AssignmentState.Accepted ? Now : null,
            MaxUntil = Now + take.LeaseMax,
            PauseLeft = take.BreakMax,
            Draft = before?.Draft,
            DraftVersion = before?.DraftVersion ?? 0,
            Gate = take.Gate,
        };
        _assignments.Add(assignment.AssignmentId, assignment);
        task.Assignments.Add(assignment);
        worker.All.Add(assignment);
        Activate(assignment);
        if (take.Gate is { Enters: true } gate) EnterGate(take, gate);
        Changed?.Invoke(task);
        return new CommitResult { Status = CommitStatus.Committed, Taken = Held(assignment) };
    }

    private CommitResult Promote(PromoteOperation promote, ModelBatch batch)
    {
        if (HeldBy(promote.AssignmentId, promote.WorkerId, promote.LeaseEpoch, promote.BatchId) is not { State: AssignmentState.Reserved } held) return Status(CommitStatus.Stale);
        if (batch.Record.Status != BatchStatus.Open) return Status(CommitStatus.BatchNotOpen);
        var worker = _workers[promote.WorkerId];
        if (!Mutation.DropWorkerFence && worker.Active.Values.Any(other => other != held && other.CapacitySlot == promote.CapacitySlot)) return Status(CommitStatus.WorkerBusy);
        if (promote.Weighted && Weight(worker) + held.Cost > worker.Record.Capacity) return Status(CommitStatus.WorkerBusy);
        Accepted(held, promote.Lease);
        held.CapacitySlot = promote.CapacitySlot;
        Changed?.Invoke(held.Task);
        return new CommitResult { Status = CommitStatus.Committed, LeaseUntil = held.LeaseUntil };
    }

    private CommitResult Accept(AcceptOperation accept, ModelBatch batch)
    {
        if (Find(accept.Operation) is { } stored) return Replayed(stored, accept.Operation);
        if (HeldBy(accept.AssignmentId, accept.WorkerId, accept.LeaseEpoch, accept.BatchId) is not { State: AssignmentState.Offered } offer) return Status(CommitStatus.Stale);
        if (batch.Record.Status != BatchStatus.Open) return Status(CommitStatus.BatchNotOpen);
        if (offer.LeaseUntil <= Now) return Status(CommitStatus.RanOut);
        if (offer.Task.SlotIsTaken(offer.Slot)) return Status(CommitStatus.SlotTaken);
        Accepted(offer, accept.Lease);
        List<(Guid, Guid)> rescinded = [];
        foreach (var other in offer.Task.Assignments.Where(other => other.Slot == offer.Slot && other.State == AssignmentState.Offered).ToArray())
        {
            End(other, AssignmentState.Rescinded, Now);
            rescinded.Add((other.AssignmentId, other.WorkerId));
        }

        var task = offer.Task;
        if (rescinded.Count > 0 && task.State == TaskState.Open && task.Assignments.Count(held => held.Holds || held.Counted) < task.Overlap && !Mutation.ForgetWakeUps) Wake(batch.Record.ProjectId);
        Store(accept.Operation, accept.Operation.Result);
        Changed?.Invoke(offer.Task);
        return new CommitResult { Status = CommitStatus.Committed, LeaseUntil = offer.LeaseUntil, Rescinded = rescinded };
    }

    private CommitResult Submit(SubmitOperation submit, ModelBatch batch)
    {
        var skipped = new CommitResult { Status = CommitStatus.Skipped };
        var (next, promoted) = (submit.Next is null ? null : skipped, submit.Promote is null ? null : skipped);
        if (Find(submit.Operation) is { } stored) return Replayed(stored, submit.Operation) with { Next = next, Promoted = promoted };
        var held = _assignments.GetValueOrDefault(submit.AssignmentId);
        var fits = held is not null && held.WorkerId == submit.WorkerId && held.Task.BatchId == submit.BatchId &&
            (held.LeaseEpoch == submit.LeaseEpoch || Mutation.DropLeaseEpoch) && held.State is AssignmentState.Accepted or AssignmentState.Abandoned;
        if (held is null || !fits) return Status(CommitStatus.Stale) with { Next = next, Promoted = promoted };

        if (submit.Evaluation is { } used &&
            (used.KnownVersion != held.Task.KnownVersion || _workers[submit.WorkerId].Evaluations.Exists(row => row.ProjectId == used.ProjectId && row.Sequence == used.Sequence)))
        {
            return Status(CommitStatus.WorkerBusy) with { Next = next, Promoted = promoted };
        }

        var late = held.State == AssignmentState.Abandoned;
        var task = held.Task;
        var second = late ? task.Assignments.Find(other => other.WorkerId == held.WorkerId && other.IsActive) : null;
        var place = late ? LateSlot(task, held, second) : held.Slot;
        var (counts, slot) = (place is not null, place ?? held.Slot);
        if (Mutation.CountEveryLateAnswer) counts = true;
        var rescinded = late && counts && !Mutation.CountEveryLateAnswer ? EndWithLateAnswer(task, slot, held.WorkerId) : [];
        if (counts) held.Slot = slot;
        var shownAt = held.ShownAt ?? submit.ShownAt ?? held.OfferedAt;
        var wall = Now - shownAt - held.PausedWhileShown(submit.ShownAt, Now);
        if (wall < TimeSpan.Zero) wall = TimeSpan.Zero;
        var handling = submit.Active is { } active ? TimeSpan.FromTicks(Math.Clamp(active.Ticks, 0, wall.Ticks)) : wall;
        Deactivate(held);
        (held.State, held.Counted, held.EndedAt, held.ShownAt, held.RetryAt, held.PausedAt, held.Late) = (AssignmentState.Submitted, counts, Now, shownAt, null, null, late);
        batch.AnswerRows.Add(new ModelAnswer(++_lastAnswerId, held, submit.Answer, late, Now, handling, submit.Operation.OperationId, _projects[batch.Record.ProjectId].Version) { Vote = submit.Vote, Accuracy = submit.Accuracy });
        _workers[held.WorkerId].Answered++;
        if (submit.Evaluation is { } evaluation)
        {
            _workers[held.WorkerId].Evaluations.Add(new ModelEvaluation(
                evaluation.ProjectId, evaluation.Sequence, evaluation.Kind, $"{evaluation.Kind}:{held.AssignmentId:D}", evaluation.Score, evaluation.Weight, held.AssignmentId, Now));
        }

        if (submit.ReviewId is { } reviewId) Append(new NewReview(reviewId, held.AssignmentId, submit.ReviewCause));

        var completed = counts && !task.IsControl && task.State == TaskState.Open && task.Counted >= task.Overlap;
        if (completed)
        {
            SetState(task, TaskState.Completed);
            (task.KeptFor, task.KeptUntil) = (null, null);
            batch.Completed++;
        }

        var unkept = late && counts && task.KeptFor == held.WorkerId;
        if (unkept) (task.KeptFor, task.KeptUntil) = (null, null);
        if ((unkept || rescinded.Count > 0) && !Mutation.ForgetWakeUps) Wake(batch.Record.ProjectId);
        if (counts && !task.IsControl) batch.Answers++;
        if (submit.Promote is not null) promoted = Promote(submit.Promote, batch);
        if (submit.Next is not null) next = Take(submit.Next, batch);
        Store(submit.Operation, !counts ? Operation.KeptAside : second is not null ? Operation.Folded(second.AssignmentId) : next is null or { Status: CommitStatus.Committed } ? submit.Operation.Result : "{}");
        Changed?.Invoke(task);
        return new CommitResult
        {
            Status = counts ? CommitStatus.Committed : CommitStatus.KeptAside,
            Next = next,
            Promoted = promoted,
            SubmittedAt = Now,
            Handling = handling,
            TaskCompleted = completed,
            Rescinded = rescinded,
        };
    }

    private CommitResult Return(ReturnOperation giveBack, ModelBatch batch)
    {
        if (giveBack.Operation is { } operation && Find(operation) is { } stored) return Replayed(stored, operation);
        if (HeldBy(giveBack.AssignmentId, giveBack.WorkerId, giveBack.LeaseEpoch, giveBack.BatchId) is not { } held) return Status(CommitStatus.Stale);
        var endedAs = held.State switch
        {
            AssignmentState.Reserved => AssignmentState.Rescinded,
            AssignmentState.Offered => AssignmentState.Declined,
            _ => AssignmentState.Returned,
        };
        var retryAt = endedAs == AssignmentState.Rescinded ? Now : Now + giveBack.RetryAfter;
        if (Mutation.CountDeclinedAsDone && endedAs == AssignmentState.Declined) held.Counted = true;
        End(held, endedAs, retryAt);
        held.EndReason = giveBack.Reason;
        Requeue(held.Task, held.WorkerId, batch);
        var dead = endedAs == AssignmentState.Returned && Bury(held.Task, giveBack.AttemptsMax, batch);
        if (giveBack.Operation is not null) Store(giveBack.Operation, giveBack.Operation.Result);
        Changed?.Invoke(held.Task);
        return new CommitResult { Status = CommitStatus.Committed, EndedAs = endedAs, RetryAt = retryAt, DeadLettered = dead };
    }

    private CommitResult Renew(RenewOperation renew)
    {
        if (_assignments.GetValueOrDefault(renew.AssignmentId) is not { Holds: true } held || held.LeaseEpoch != renew.LeaseEpoch || held.Task.BatchId != renew.BatchId) return Status(CommitStatus.Stale);
        var until = Now + renew.Lease;
        if (until > held.MaxUntil + held.Paused) until = held.MaxUntil + held.Paused;
        if (until > held.LeaseUntil) held.LeaseUntil = until;
        held.RenewedAt = Now;
        return new CommitResult { Status = CommitStatus.Committed, LeaseUntil = held.LeaseUntil };
    }

    private CommitResult Expire(ExpireOperation expire, ModelBatch batch)
    {
        if (_assignments.GetValueOrDefault(expire.AssignmentId) is not { IsActive: true } held || held.LeaseEpoch != expire.LeaseEpoch || held.Task.BatchId != expire.BatchId) return Status(CommitStatus.Stale);
        var unseen = held.State == AssignmentState.Accepted && held.ShownAt is null && held.OfferedAt + expire.OfferTimeout <= Now;
        if (held.Deadline > Now && !unseen) return new CommitResult { Status = CommitStatus.NotExpired, LeaseUntil = held.Deadline };
        var endedAs = held.State switch
        {
            AssignmentState.Reserved => AssignmentState.Rescinded,
            AssignmentState.Offered => AssignmentState.TimedOut,
            _ => unseen ? AssignmentState.TimedOut : AssignmentState.Abandoned,
        };
        var keeps = endedAs == AssignmentState.Abandoned && !held.Task.IsControl && expire.Reoffer > TimeSpan.Zero &&
            !held.Task.Assignments.Exists(other => other.WorkerId == held.WorkerId && other.State == AssignmentState.Abandoned);
        DateTimeOffset? keptUntil = keeps ? Now + expire.Reoffer : null;
        var retryAt = endedAs == AssignmentState.Rescinded || keeps ? Now : Now + expire.Cooldown;
        End(held, endedAs, retryAt);
        Requeue(held.Task, held.WorkerId, batch);
        if (keeps) (held.Task.KeptFor, held.Task.KeptUntil) = (held.WorkerId, keptUntil);
        var dead = endedAs != AssignmentState.Rescinded && Bury(held.Task, expire.AttemptsMax, batch);
        Changed?.Invoke(held.Task);
        return new CommitResult { Status = CommitStatus.Committed, EndedAs = endedAs, KeptUntil = keptUntil, RetryAt = retryAt, DeadLettered = dead };
    }

    private CommitResult Rule(RuleOperation operation, ModelBatch batch)
    {
        var rule = operation.Rule;
        List<long> acted = [];
        foreach (var taskId in operation.TaskIds)
        {
            if (!_tasks.TryGetValue(taskId, out var task) || task.BatchId != operation.BatchId || !task.InBacklog || task.RulesApplied.Contains(rule.Name) || !task.IsIdle) continue;
            if (!Act(rule, task, batch)) continue;
            task.RulesApplied.Add(rule.Name);
            acted.Add(taskId);
            Changed?.Invoke(task);
        }

        if (acted.Count > 0)
        {
            Wake(batch.Record.ProjectId);
            Tell(operation, [.. acted.Order().Select(taskId => _tasks[taskId])]);
        }

        return new CommitResult { Status = CommitStatus.Committed, ActedOn = acted };
    }

    private bool Act(ExceptionRule rule, ModelTask task, ModelBatch batch)
    {
        switch (rule.Action)
        {
            case RuleAction.RaisePriority:
                batch.Open.Remove(task.Place);
                task.Priority = Math.Min(Limits.PriorityMax, task.Priority + (rule.By ?? 0));
                batch.Open.Add(task.Place);
                return true;
            case RuleAction.Relax:
                task.Relaxed = true;
                return true;
            case RuleAction.Cancel:
                if (task.Counted > 0) return false;
                SetState(task, TaskState.Canceled);
                batch.Canceled++;
                return true;
            case RuleAction.Move:
                if (rule.ToBatchId is not { } id || !_batches.TryGetValue(id, out var target) || target.Record.ProjectId != batch.Record.ProjectId) return false;
                if (target.Record.Status is not (BatchStatus.Draft or BatchStatus.Open or BatchStatus.Paused) || task.Assignments.Count > 0 || target.ByKey.ContainsKey(task.Key)) return false;
                batch.Open.Remove(task.Place);
                batch.ByKey.Remove(task.Key);
                task.BatchId = id;
                target.Open.Add(task.Place);
                target.ByKey.Add(task.Key, task);
                (batch.Tasks, target.Tasks) = (batch.Tasks - 1, target.Tasks + 1);
                return true;
            default:
                return false;
        }
    }

    private void Requeue(ModelTask task, Guid workerId, ModelBatch batch)
    {
        if (task.KeptFor == workerId) (task.KeptFor, task.KeptUntil) = (null, null);
        task.QueuedAt = Now;
        if (!Mutation.ForgetWakeUps) Wake(batch.Record.ProjectId);
    }

    private bool Bury(ModelTask task, int attemptsMax, ModelBatch batch)
    {
        if (task.State != TaskState.Open || task.IsControl || !task.IsIdle) return false;
        var failed = task.Assignments.Where(held => held.State is AssignmentState.TimedOut or AssignmentState.Returned or AssignmentState.Abandoned && held.EndedAt > task.ForgivenAt);
        if (failed.Select(held => held.WorkerId).Distinct().Count() < attemptsMax) return false;
        SetState(task, TaskState.DeadLetter);
        (task.KeptFor, task.KeptUntil) = (null, null);
        batch.Dead++;
        return true;
    }

    private static int Weight(ModelWorker worker) => worker.Active.Values.Where(held => held.State != AssignmentState.Reserved).Sum(held => held.Cost);

    private void Accepted(ModelAssignment held, TimeSpan lease)
    {
        held.MaxUntil = Now + (held.MaxUntil - held.OfferedAt);
        (held.State, held.AcceptedAt, held.RenewedAt, held.LeaseUntil) = (AssignmentState.Accepted, Now, Now, Now + lease);
    }

    private void End(ModelAssignment held, AssignmentState state, DateTimeOffset? retryAt)
    {
        Deactivate(held);
        (held.State, held.EndedAt, held.RetryAt, held.PausedAt) = (state, Now, retryAt, null);
    }

    private void Activate(ModelAssignment held)
    {
        _workers[held.WorkerId].Active.Add(held.AssignmentId, held);
        _batches[held.Task.BatchId].Active.Add(held.AssignmentId, held);
    }

    private void Deactivate(ModelAssignment held)
    {
        _workers[held.WorkerId].Active.Remove(held.AssignmentId);
        _batches[held.Task.BatchId].Active.Remove(held.AssignmentId);
    }

    private ModelAssignment? HeldBy(Guid assignmentId, Guid workerId, int epoch, Guid batchId) =>
        _assignments.GetValueOrDefault(assignmentId) is { IsActive: true } held && held.WorkerId == workerId && held.LeaseEpoch == epoch && held.Task.BatchId == batchId ? held : null;

    private static CommitResult Status(CommitStatus status) => new() { Status = status };

    private static CommitResult Replayed(StoredOperation stored, Operation operation) => new()
    {
        Status = stored.PayloadHash.AsSpan().SequenceEqual(operation.PayloadHash) ? CommitStatus.Replayed : CommitStatus.PayloadConflict,
        StoredResult = stored.Result,
    };

    private HeldAssignment Held(ModelAssignment held)
    {
        var batch = _batches[held.Task.BatchId].Record;
        return new HeldAssignment
        {
            AssignmentId = held.AssignmentId,
            WorkerId = held.WorkerId,
            CapacitySlot = held.CapacitySlot,
            BatchId = batch.BatchId,
            ProjectId = batch.ProjectId,
            Tier = batch.Tier,
            TaskId = held.Task.TaskId,
            TaskKey = held.Task.Key,
            Slot = held.Slot,
            LeaseEpoch = held.LeaseEpoch,
            State = held.State,
            Content = held.Task.Content,
            GoldAnswer = held.Task.IsGold ? held.Task.KnownAnswer : null,
            Presentation = held.Presentation,
            OfferedAt = held.OfferedAt,
            ShownAt = held.ShownAt,
            LeaseUntil = held.LeaseUntil,
            Draft = held.Draft,
            DraftVersion = held.DraftVersion,
            PausedAt = held.PausedAt,
            PauseLeft = held.PauseLeft,
            Cost = held.Cost,
            KnownVersion = held.Task.KnownVersion,
            IsControl = held.Task.IsControl,
            Purpose = batch.Purpose,
        };
    }
}
