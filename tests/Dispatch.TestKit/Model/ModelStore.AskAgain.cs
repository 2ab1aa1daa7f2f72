using Dispatch.Contracts;
using Dispatch.Contracts.Quality;
using Dispatch.Storage;

namespace Dispatch.TestKit.Model;

/// <summary>Asking again what a restricted worker answered.</summary>
public sealed partial class ModelStore
{
    private sealed class ModelAskAgain
    {
        public required RestrictionRow About { get; init; }
        public required Guid ActorId { get; init; }
        public required string Reason { get; init; }
        public required long CutOff { get; init; }
        public long Reached { get; set; }
        public int Tasks { get; set; }
        public int Remaining { get; set; }
        public bool IsDone { get; set; }
    }

    private readonly Dictionary<Guid, ModelAskAgain> _asked = [];

    public Task<ApplyOutcome> BeginAskAgainAsync(Guid askAgainId, Guid restrictionId, Operation operation, CancellationToken cancellation) => Task.FromResult(Apply(operation, () =>
    {
        if (_restrictions.Find(row => row.RestrictionId == restrictionId) is not { } about) return ApplyStatus.NotFound;
        if (!about.MayBeAskedAgain) return ApplyStatus.InvalidState;
        _asked.Add(askAgainId, new ModelAskAgain { About = about, ActorId = operation.ActorId, Reason = operation.Reason ?? "", CutOff = _lastAnswerId });
        return ApplyStatus.Applied;
    }));

    public Task<AskAgainStep?> StepAskAgainAsync(Guid askAgainId, int limit, CancellationToken cancellation)
    {
        if (!_asked.TryGetValue(askAgainId, out var ask)) return Task.FromResult<AskAgainStep?>(null);
        List<Guid> batches = [];
        if (!ask.IsDone)
        {
            ModelAnswer[] found = [.. AnswersOf(ask.About.WorkerId).Where(answer => answer.AnswerId > ask.Reached && answer.AnswerId <= ask.CutOff && IsAbout(answer.Assignment, ask.About)).Take(limit)];
            foreach (var answer in found)
            {
                var task = answer.Assignment.Task;
                var isOver = _batches[task.BatchId].Record.Status is BatchStatus.Closed or BatchStatus.Canceled;
                if (!isOver) TakeOut(answer, ask);
                if (!isOver && !batches.Contains(task.BatchId)) batches.Add(task.BatchId);
                if (task.IsControl) continue;
                if (isOver) ask.Remaining++;
                else ask.Tasks++;
            }

            foreach (var batchId in batches) TakeOver(batchId);
            ask.IsDone = found.Length < limit;
            if (!ask.IsDone) ask.Reached = found[^1].AnswerId;
        }

        return Task.FromResult<AskAgainStep?>(new AskAgainStep(ask.IsDone, ask.Tasks, ask.Remaining, ask.About.ProjectId, batches));
    }

    public Task<IReadOnlyList<Guid>> ListUnfinishedAskAgainAsync(int limit, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<Guid>>([.. _asked.Where(pair => !pair.Value.IsDone).Select(pair => pair.Key).Take(limit)]);

    private bool IsAbout(ModelAssignment held, RestrictionRow about) =>
        held.Counted && (about.BatchId is null || held.Task.BatchId == about.BatchId)
        && _batches[held.Task.BatchId].Record is var batch && batch.ProjectId == about.ProjectId && batch.Purpose == BatchPurpose.Work;

    private void TakeOut(ModelAnswer answer, ModelAskAgain ask)
    {
        var held = answer.Assignment;
        var (task, batch) = (held.Task, _batches[held.Task.BatchId]);
        (held.State, held.Counted, answer.TakenOut) = (AssignmentState.Rejected, false, AskAgainWords.Author(ask.Reason));
        _reviews.RemoveAll(review => review.Asked.AssignmentId == held.AssignmentId && review.Decision is null);
        if (!task.IsControl)
        {
            batch.Answers--;
            if (task.Counted == 0) task.Verdict = null;
            task.Judged = false;
            AskAgain(task, batch);
            task.Events.Add(new TaskEvent(ask.ActorId, null, AskAgainWords.Kind, AskAgainWords.History(ask.Reason), Now));
        }

        Changed?.Invoke(task);
    }
}
