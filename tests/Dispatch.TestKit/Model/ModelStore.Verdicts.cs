using Dispatch.Contracts;
using Dispatch.Storage;

namespace Dispatch.TestKit.Model;

/// <summary>Verdicts over tasks, and gold.</summary>
public sealed partial class ModelStore
{
    private long _lastOrdinal;

    public Task<IReadOnlyList<UnjudgedTask>> ListUnjudgedAsync(Guid batchId, int limit, CancellationToken cancellation) => Task.FromResult<IReadOnlyList<UnjudgedTask>>(
        [.. TasksOf(batchId).Where(task => task is { State: TaskState.Completed, Judged: false, IsControl: false }).Take(limit)
            .Select(task => new UnjudgedTask(task.TaskId, task.Key, task.Content, task.Overlap, task.IsGold, [.. AnswersOf(task).Where(answer => answer.Counted)
                .Select(answer => new TaskVote(answer.Assignment.AssignmentId, answer.Assignment.WorkerId, answer.FixedAnswer ?? answer.Answer, answer.Vote, answer.Accuracy, answer.Handling))]))]);

    public Task<IReadOnlyList<TaskVerdict>> LoadVerdictsAsync(Guid batchId, long afterOrdinal, int limit, CancellationToken cancellation) => Task.FromResult<IReadOnlyList<TaskVerdict>>(
        [.. TasksOf(batchId).Select(task => task.Verdict).OfType<TaskVerdict>().Where(verdict => verdict.Ordinal > afterOrdinal).OrderBy(verdict => verdict.Ordinal).Take(limit)]);

    public async IAsyncEnumerable<(string TaskKey, string Content, TaskVerdict Verdict)> ExportVerdictsAsync(Guid batchId, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        await Task.CompletedTask;
        foreach (var task in TasksOf(batchId))
        {
            if (task.Verdict is { } verdict) yield return (task.Key, task.Content, verdict);
        }
    }

    public Task<IReadOnlyList<ControlTask>> LoadControlsAsync(Guid batchId, CancellationToken cancellation) => Task.FromResult<IReadOnlyList<ControlTask>>(
        [.. TasksOf(batchId).Where(task => task.IsControl).Select(task => new ControlTask(
            task.TaskId, task.Assignments.Select(held => held.Slot + 1).DefaultIfEmpty(0).Max(), task.Assignments.Select(held => held.WorkerId).Distinct().Count(), task.Retired))]);

    public Task<IReadOnlyList<long>> LoadControlsSeenAsync(Guid batchId, Guid workerId, CancellationToken cancellation) => Task.FromResult<IReadOnlyList<long>>(
        [.. TasksOf(batchId).Where(task => task.IsControl && task.Assignments.Exists(held => held.WorkerId == workerId)).Select(task => task.TaskId)]);

    public Task<Page<GoldRecord>> ListGoldAsync(Guid projectId, Guid? batchId, PageCursor? from, int limit, CancellationToken cancellation) => Task.FromResult(PageOf(
        _tasks.Values.Where(task => task.IsGold && _batches[task.BatchId].Record.ProjectId == projectId && (batchId is null || task.BatchId == batchId)).OrderBy(task => task.TaskId)
            .Select(task => new GoldRecord(task.BatchId, task.TaskId, task.Key, task.KnownAnswer ?? "null", task.Retired,
                [.. StandingGold(task).Where(row => row.Answer.Accuracy is not null).Select(row => (row.Evaluation.Score, row.Answer.Accuracy!.Value))])),
        from,
        limit));

    public Task<ApplyOutcome> RetireGoldAsync(Guid batchId, string taskKey, bool retired, Operation operation, CancellationToken cancellation) => Task.FromResult(ChangeGold(batchId, taskKey, operation, task =>
    {
        task.Retired = retired;
        SetState(task, task.State);
    }));

    public Task<ApplyOutcome> CorrectGoldAsync(Guid batchId, string taskKey, string knownAnswer, Operation operation, CancellationToken cancellation) =>
        Task.FromResult(ChangeGold(batchId, taskKey, operation, task => (task.KnownAnswer, task.KnownVersion) = (knownAnswer, task.KnownVersion + 1)));

    public Task<IReadOnlyList<GoldAnswerRow>> ListGoldAnswersAsync(Guid batchId, string taskKey, CancellationToken cancellation) => Task.FromResult<IReadOnlyList<GoldAnswerRow>>(
        _batches.GetValueOrDefault(batchId)?.ByKey.GetValueOrDefault(taskKey) is not { } task
            ? []
            : [.. StandingGold(task).Select(row => new GoldAnswerRow(row.Answer.Assignment.WorkerId, row.Answer.Assignment.AssignmentId, row.Evaluation.Source, row.Answer.Answer, row.Evaluation.Score))]);

    private CommitResult Judge(JudgeOperation judge, ModelBatch batch)
    {
        if (!_tasks.TryGetValue(judge.TaskId, out var task) || task.BatchId != judge.BatchId || task is not { State: TaskState.Completed, Judged: false, IsControl: false }) return Status(CommitStatus.Stale);
        if (task.Counted != judge.AnswersSeen || (judge.AskOneMore && task.Overlap >= judge.OverlapMax)) return Status(CommitStatus.Stale);
        if (judge.AskOneMore)
        {
            (task.Overlap, task.QueuedAt) = (task.Overlap + 1, Now);
            SetState(task, TaskState.Open);
            batch.Completed--;
            Wake(batch.Record.ProjectId);
        }
        else
        {
            var verdict = judge.Verdict ?? throw new ArgumentException("A judgement that asks for no more answers has a verdict.", nameof(judge));
            (task.Judged, task.Verdict) = (true, verdict with { TaskId = task.TaskId, Ordinal = ++_lastOrdinal, JudgedAt = Now });
            AppendOutbox(judge.Evidence);
            foreach (var review in judge.Reviews) Append(review);
        }

        Changed?.Invoke(task);
        return Status(CommitStatus.Committed);
    }

    private ApplyOutcome ChangeGold(Guid batchId, string taskKey, Operation operation, Action<ModelTask> change) => Apply(operation, () =>
    {
        if (_batches.GetValueOrDefault(batchId)?.ByKey.GetValueOrDefault(taskKey) is not { } task) return ApplyStatus.NotFound;
        if (!task.IsGold) return ApplyStatus.InvalidState;
        change(task);
        TakeOver(batchId);
        Changed?.Invoke(task);
        return ApplyStatus.Applied;
    });

    private IEnumerable<ModelTask> TasksOf(Guid batchId) => _tasks.Values.Where(task => task.BatchId == batchId).OrderBy(task => task.TaskId);

    private IEnumerable<ModelAnswer> AnswersOf(ModelTask task) => _batches[task.BatchId].AnswerRows.Where(answer => answer.Assignment.Task == task);

    private IEnumerable<(ModelAnswer Answer, ModelEvaluation Evaluation)> StandingGold(ModelTask task) =>
        from answer in AnswersOf(task)
        let evaluations = _workers[answer.Assignment.WorkerId].Evaluations
        from row in evaluations
        where row.AssignmentId == answer.Assignment.AssignmentId && row.Kind == EvidenceKinds.Gold
            && !evaluations.Exists(mask => mask.ProjectId == row.ProjectId && mask.Masks == row.Sequence)
        orderby answer.AnswerId, row.Sequence
        select (answer, row);
}
