using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Quality;
using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>
/// Judges completed tasks, off the way of a submit: verdict, what the answers say about those who gave them, and whether one more answer is wanted.
/// Idempotent: the store leaves alone what was judged already, or was answered since it was read.
/// </summary>
internal sealed partial class BatchActor
{
    private const int JudgedAtOnce = 64;
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(2);

    // After a load as well: a task may have been completed by a life that did not come to judge it.
    private bool _mayBeUnjudged = true;
    private Task _judging = Task.CompletedTask;
    private bool _judgingWaits;
    private long _answeredStamp;

    /// <summary>One at a time; a second caller waits for the same.</summary>
    private Task JudgeAsync() => _judging.IsCompleted && _mayBeUnjudged && !_judgingWaits && !_lost ? _judging = JudgePagesAsync() : _judging;

    private async Task JudgePagesAsync()
    {
        try
        {
            while (_mayBeUnjudged && !_judgingWaits && !_lost)
            {
                _mayBeUnjudged = false;
                var tasks = await store.ListUnjudgedAsync(batchId, JudgedAtOnce, CancellationToken.None);
                if (tasks.Count == 0 || _lost) return;
                var results = await Task.WhenAll(tasks.Select(JudgeAsync));
                Hint(results.SelectMany(workers => workers ?? []));

                // A page that was full says nothing about what comes after it; one that came to nothing would be read again for ever.
                _mayBeUnjudged |= tasks.Count == JudgedAtOnce && results.Any(workers => workers is not null);
                if (MayWait(tasks)) return;
            }
        }
        catch (StoreUnavailableException)
        {
            _mayBeUnjudged = true;
        }
    }

    /// <summary>
    /// Where every task has one answer and gets no more, nobody waits for the verdict: while answers come, a page a tick is enough, so that judging takes next to
    /// nothing from the people at work. The rest is judged when it is quiet.
    /// </summary>
    private bool MayWait(IReadOnlyList<UnjudgedTask> tasks) =>
        _project!.Record.Quality.DynamicOverlap is null && tasks.All(task => task.Votes.Count == 1) && time.GetElapsedTime(_answeredStamp) < Quiet;

    /// <summary>Workers about whom something was learned; null when the task was left alone.</summary>
    private async Task<IReadOnlyCollection<Guid>?> JudgeAsync(UnjudgedTask task)
    {
        var quality = _project!.Record.Quality;
        var judgement = TaskJudge.Judge(task, _project.Form, quality, _batch.ProjectId);
        var result = await CommitAsync(new JudgeOperation
        {
            BatchId = batchId,
            OwnerEpoch = _owned!.OwnerEpoch,
            TaskId = task.TaskId,
            AnswersSeen = task.Votes.Count,
            AskOneMore = judgement.AskOneMore,
            OverlapMax = quality.DynamicOverlap?.Max ?? 0,
            Verdict = judgement.Verdict,
            Evidence = judgement.Evidence,
            Reviews = judgement.Disagrees && quality.Review.OnDisagreement
                ? [.. task.Votes.Select(vote => new NewReview(ids.NewId(), vote.AssignmentId, ReviewCause.Disagreement))]
                : [],
        });
        if (result.Status != CommitStatus.Committed) return null;
        if (judgement.AskOneMore) await ReopenedAsync(task.TaskId);
        else _quality?.Judged(judgement.Verdict!);
        return [.. judgement.Evidence.Select(row => row.WorkerId).Distinct()];
    }

    /// <summary>The task is open again with one more slot: back into the window, where whoever was told "nothing" finds it.</summary>
    private async Task ReopenedAsync(long taskId)
    {
        (_completed, _open) = (_completed - 1, _open + 1);
        _backlog.Merge(Rows(await store.LoadOpenTasksAsync(batchId, [taskId], CancellationToken.None)));
        HintMatchmaker();
    }

    private void Hint(IEnumerable<Guid> workers)
    {
        foreach (var worker in workers.Distinct()) _ = actors.Worker(worker).EvidenceWaiting();
    }
}
