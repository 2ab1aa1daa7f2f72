using Dispatch.Contracts;
using Dispatch.Storage;

namespace Dispatch.TestKit.Model;

/// <summary>Supervisors' commands, the ledger, and reading.</summary>
public sealed partial class ModelStore
{
    public Task<SupervisionOutcome> WithdrawAsync(WithdrawalScope scope, Guid? reassignTo, TimeSpan keepFor, Operation operation, CancellationToken cancellation) => Task.FromResult(Supervise(operation, () =>
    {
        ModelAssignment[] withdrawn;
        if (scope.AssignmentId is { } one)
        {
            if (!_assignments.TryGetValue(one, out var held)) return Refused(ApplyStatus.NotFound);
            if (!held.IsActive) return Refused(ApplyStatus.InvalidState);
            withdrawn = [held];
        }
        else
        {
            if (!_workers.TryGetValue(scope.WorkerId!.Value, out var worker)) return Refused(ApplyStatus.NotFound);
            withdrawn = [.. worker.Active.Values];
        }

        foreach (var held in withdrawn)
        {
            End(held, AssignmentState.Canceled, retryAt: null);
            held.EndReason = operation.Reason;
            held.Task.QueuedAt = Now;
            if (held.Task.IsControl) (held.Task.KeptFor, held.Task.KeptUntil) = (null, null);
            else (held.Task.KeptFor, held.Task.KeptUntil) = (reassignTo, reassignTo is null ? null : Now + keepFor);
            if (reassignTo is { } target) Forgive(held.Task, target);
        }

        foreach (var batchId in withdrawn.Select(held => held.Task.BatchId).Distinct()) TakeOver(batchId);
        foreach (var held in withdrawn) Changed?.Invoke(held.Task);
        return new SupervisionOutcome(new ApplyOutcome(ApplyStatus.Applied), [.. withdrawn.Select(Ended)], withdrawn.Length);
    }));

    public Task<SupervisionOutcome> ChangeTasksAsync(Guid batchId, TaskAction action, int value, IReadOnlyList<string> keys, Operation operation, CancellationToken cancellation) => Task.FromResult(Supervise(operation, () =>
    {
        if (!_batches.TryGetValue(batchId, out var batch)) return Refused(ApplyStatus.NotFound);
        var tasks = keys.Distinct().Select(key => batch.ByKey.GetValueOrDefault(key)).ToArray();
        if (tasks.Any(task => task is null)) return Refused(ApplyStatus.NotFound);
        if (tasks.Any(task => task!.IsControl)) return Refused(ApplyStatus.InvalidState);
        if (tasks.Any(task => task!.State != TaskState.DeadLetter && (action == TaskAction.Requeue || task.State != TaskState.Open))) return Refused(ApplyStatus.InvalidState);
        List<EndedAssignment> ended = [];
        foreach (var task in tasks.OfType<ModelTask>())
        {
            Act(action, value, task, batch, operation.Reason, ended);
            task.Events.Add(new TaskEvent(operation.ActorId, null, operation.Kind, TaskActionWords.Of(action, value, operation.Reason), Now));
            Changed?.Invoke(task);
        }

        TakeOver(batchId);
        return new SupervisionOutcome(new ApplyOutcome(ApplyStatus.Applied), ended, tasks.Length);
    }));

    private void Act(TaskAction action, int value, ModelTask task, ModelBatch batch, string? reason, List<EndedAssignment> ended)
    {
        switch (action)
        {
            case TaskAction.SetPriority:
                var open = batch.Open.Remove(task.Place);
                task.Priority = value;
                if (open) batch.Open.Add(task.Place);
                break;
            case TaskAction.Cancel:
                if (task.State == TaskState.DeadLetter) batch.Dead--;
                CancelTask(task, reason, ended);
                batch.Canceled++;
                break;
            default:
                SetState(task, TaskState.Open);
                (task.QueuedAt, task.ForgivenAt) = (Now, Now);
                Forgive(task, workerId: null);
                batch.Dead--;
                break;
        }
    }

    public Task<SupervisionOutcome> CancelBatchAsync(Guid batchId, int? expectedVersion, Operation operation, CancellationToken cancellation) => Task.FromResult(Supervise(operation, () =>
    {
        if (!_batches.TryGetValue(batchId, out var batch)) return Refused(ApplyStatus.NotFound);
        if (expectedVersion is { } expected && expected != batch.Record.Version) return Refused(ApplyStatus.VersionMismatch);
        if (batch.Record.Status is BatchStatus.Closed or BatchStatus.Canceled) return Refused(ApplyStatus.InvalidState);
        List<EndedAssignment> ended = [];
        var tasks = _tasks.Values.Where(task => task.BatchId == batchId && task.State is TaskState.Open or TaskState.DeadLetter && !task.IsControl).ToArray();
        foreach (var held in batch.Active.Values.ToArray())
        {
            End(held, AssignmentState.Canceled, retryAt: null);
            held.EndReason = operation.Reason;
            ended.Add(Ended(held));
        }

        foreach (var task in tasks) CancelTask(task, operation.Reason, ended);
        batch.Record = batch.Record with { Status = BatchStatus.Canceled, Version = batch.Record.Version + 1 };
        (batch.Canceled, batch.Dead) = (batch.Canceled + tasks.Length, 0);
        TakeOver(batchId);
        foreach (var task in tasks) Changed?.Invoke(task);
        return new SupervisionOutcome(new ApplyOutcome(ApplyStatus.Applied), ended, tasks.Length);
    }));

    public Task<Page<DeadLetter>> ListDeadLettersAsync(Guid batchId, PageCursor? from, int limit, CancellationToken cancellation) => Task.FromResult(PageOf(
        _tasks.Values.Where(task => task.BatchId == batchId && task.State == TaskState.DeadLetter).OrderBy(task => task.TaskId)
            .Select(task => new DeadLetter(task.TaskId, task.Key, task.Content, task.CreatedAt, [.. task.Assignments
                .Where(held => held.State is AssignmentState.TimedOut or AssignmentState.Returned or AssignmentState.Abandoned).OrderBy(held => held.EndedAt)
                .Select(held => new FailedAttempt(held.WorkerId, held.State, held.EndReason, held.EndedAt!.Value))])),
        from,
        limit));

    public Task<Page<AuditRow>> ListAuditAsync(Guid subjectId, PageCursor? from, int limit, CancellationToken cancellation) =>
        Task.FromResult(PageOf(_audit.Where(row => row.SubjectId == subjectId).Reverse(), from, limit));

    public Task<Page<JudgmentRow>> ListLateAnswersAsync(Guid batchId, PageCursor? from, int limit, CancellationToken cancellation) =>
        Task.FromResult(PageOf(_batches[batchId].AnswerRows.Where(answer => answer is { Late: true, Counted: false, Assignment.State: AssignmentState.Submitted }).Select(Row), from, limit));

    public Task<LedgerRows> ReadLedgerAsync(Guid workerId, DateTimeOffset from, DateTimeOffset to, LedgerLimits limits, CancellationToken cancellation)
    {
        var worker = _workers[workerId];
        var first = Math.Max(0, worker.Activities.FindLastIndex(change => change.Since <= from));
        return Task.FromResult(new LedgerRows(
            [.. worker.Activities.Skip(first).Where(change => change.Since < to).Take(limits.Activities)],
            [.. worker.All.Where(held => held.OfferedAt < to && (held.EndedAt is null || held.EndedAt > from)).OrderBy(held => held.OfferedAt).ThenBy(held => held.AssignmentId).Take(limits.Assignments)
                .Select(held => new LedgerAssignment(
                    held.AssignmentId, _batches[held.Task.BatchId].Record.ProjectId, held.Task.BatchId, held.State, held.OfferedAt, held.ShownAt, held.RenewedAt ?? held.ShownAt ?? held.OfferedAt, held.EndedAt,
                    _batches[held.Task.BatchId].AnswerRows.FirstOrDefault(answer => answer.Assignment == held)?.Handling ?? TimeSpan.Zero, held.Counted))]));
    }

    public async IAsyncEnumerable<JudgmentRow> ExportJudgmentsAsync(Guid batchId, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        await Task.CompletedTask;
        foreach (var answer in _batches[batchId].AnswerRows) yield return Row(answer);
    }

    public Task<Page<TaskRow>> ListTasksAsync(Guid batchId, PageCursor? from, int limit, CancellationToken cancellation) =>
        Task.FromResult(PageOf(_tasks.Values.Where(task => task.BatchId == batchId).OrderBy(task => task.TaskId).Select(TaskRowOf), from, limit));

    public Task<IReadOnlyList<TaskEvent>> ListTaskEventsAsync(long taskId, int limit, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<TaskEvent>>(_tasks.TryGetValue(taskId, out var task) ? [.. task.Events.AsEnumerable().Reverse().Take(limit)] : []);

    public Task<string?> FindTaskContentAsync(Guid batchId, string key, CancellationToken cancellation) =>
        Task.FromResult(_batches.GetValueOrDefault(batchId)?.ByKey.GetValueOrDefault(key)?.Content);

    public Task<TaskRow?> FindTaskAsync(Guid batchId, string key, CancellationToken cancellation) =>
        Task.FromResult(_batches.GetValueOrDefault(batchId)?.ByKey.GetValueOrDefault(key) is { } task ? TaskRowOf(task) : null);

    public Task<AssignmentRow?> GetAssignmentAsync(Guid assignmentId, CancellationToken cancellation) => Task.FromResult(
        _assignments.GetValueOrDefault(assignmentId) is { } held
            ? RowOf(held)
            : null);

    public Task<ActivityCounts> CountActivitiesAsync(Guid projectId, CancellationToken cancellation)
    {
        var rows = _workers.Values.Where(worker => worker.Projects.Contains(projectId))
            .Select(worker => (Activity: worker.Activities.Count > 0 ? worker.Activities[^1].Activity : Activity.Offline, Holds: worker.Active.Values.Any(held => held.Holds))).ToArray();
        return Task.FromResult(new ActivityCounts(
            rows.Count(row => row.Activity == Activity.Available),
            rows.Count(row => row is { Activity: Activity.Available, Holds: true }),
            rows.Count(row => row.Activity == Activity.Break),
            rows.Count(row => row.Activity == Activity.Draining),
            rows.Count(row => row.Activity == Activity.Offline)));
    }

    public Task<Page<PresenceRow>> ListPresencesAsync(Guid projectId, PageCursor? from, int limit, CancellationToken cancellation) => Task.FromResult(PageOf(
        _workers.Values.Where(worker => worker.Projects.Contains(projectId)).Select(worker => new PresenceRow(
            worker.Record,
            worker.Activities.Count > 0 ? worker.Activities[^1] : new ActivityRecord(Activity.Offline, null, worker.Record.CreatedAt),
            [.. worker.Active.Values.OrderBy(held => held.OfferedAt).ThenBy(held => held.AssignmentId).Select(RowOf)])),
        from,
        limit));

    private AssignmentRow RowOf(ModelAssignment held) =>
        new(held.AssignmentId, _batches[held.Task.BatchId].Record.ProjectId, held.Task.BatchId, held.Task.Key, held.WorkerId, held.State, held.Slot, held.LeaseEpoch, held.Presentation, held.OfferedAt, held.ShownAt, held.LeaseUntil, held.EndedAt);

    public Task<(ApplyOutcome Outcome, ImportRecord? Import)> ImportWholeAsync(ImportRecord import, Operation operation, IReadOnlyList<NewTask> tasks, IReadOnlyList<ImportLineError> errors, CancellationToken cancellation) => throw NoImports();

    public Task<ApplyOutcome> BeginImportAsync(ImportRecord import, Operation operation, CancellationToken cancellation) => throw NoImports();

    public Task<ImportRecord?> GetImportAsync(Guid importId, CancellationToken cancellation) => throw NoImports();

    public Task<ImportRecord> AppendChunkAsync(Guid importId, long expectedLinesDone, long linesDone, IReadOnlyList<NewTask> tasks, IReadOnlyList<ImportLineError> errors, string? reading, CancellationToken cancellation) => throw NoImports();

    public Task<ImportRecord> FinishImportAsync(Guid importId, CancellationToken cancellation) => throw NoImports();

    public Task<IReadOnlyList<ImportLineError>> PatchTasksAsync(Guid batchId, IReadOnlyList<TaskPatch> patches, CancellationToken cancellation) => throw NoImports();

    private static NotSupportedException NoImports() => new("The model has no imports: its world adds tasks itself.");

    private SupervisionOutcome Supervise(Operation operation, Func<SupervisionOutcome> effect)
    {
        if (Find(operation) is { } stored) return new SupervisionOutcome(Replay(stored, operation), []);
        var outcome = effect();
        if (outcome.Outcome.Status == ApplyStatus.Applied) Store(operation, operation.Result);
        return outcome;
    }

    private void CancelTask(ModelTask task, string? reason, List<EndedAssignment> ended)
    {
        SetState(task, TaskState.Canceled);
        (task.KeptFor, task.KeptUntil) = (null, null);
        foreach (var held in task.Assignments.Where(held => held.IsActive).ToArray())
        {
            End(held, AssignmentState.Canceled, retryAt: null);
            held.EndReason = reason;
            ended.Add(Ended(held));
        }
    }

    private void Forgive(ModelTask task, Guid? workerId)
    {
        foreach (var held in task.Assignments)
        {
            if ((workerId is null || held.WorkerId == workerId) && held.State is >= AssignmentState.Declined and <= AssignmentState.Canceled) held.RetryAt = Now;
        }
    }

    private void TakeOver(Guid batchId)
    {
        _batches[batchId].OwnerEpoch++;
        Wake(_batches[batchId].Record.ProjectId);
    }

    private EndedAssignment Ended(ModelAssignment held) => new(held.AssignmentId, held.WorkerId, held.Task.BatchId, _batches[held.Task.BatchId].Record.ProjectId);

    private static SupervisionOutcome Refused(ApplyStatus status) => new(new ApplyOutcome(status), []);

    private static TaskRow TaskRowOf(ModelTask task) =>
        new(task.TaskId, task.Key, task.State, task.Overlap, task.Priority, task.Counted, task.Assignments.Count(held => held.Holds), task.IsGold, task.CreatedAt);

    private static JudgmentRow Row(ModelAnswer answer)
    {
        var (held, task) = (answer.Assignment, answer.Assignment.Task);
        return new JudgmentRow
        {
            AssignmentId = held.AssignmentId,
            TaskKey = task.Key,
            WorkerId = held.WorkerId,
            Answer = answer.Answer,
            Content = task.Content,
            KnownAnswer = task.KnownAnswer,
            IsGold = task.IsGold,
            Counted = answer.Counted,
            Presentation = held.Presentation,
            OfferedAt = held.OfferedAt,
            ShownAt = held.ShownAt,
            SubmittedAt = answer.SubmittedAt,
            Handling = answer.Handling,
            OperationId = answer.OperationId,
            Late = answer.Late,
            ProjectVersion = answer.ProjectVersion,
            FixedAnswer = answer.FixedAnswer,
            Vote = answer.Vote,
            State = held.State,
        };
    }
}
