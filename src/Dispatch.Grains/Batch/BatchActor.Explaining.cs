using Dispatch.Engine.Backlog;

namespace Dispatch.Grains;

/// <summary>Why something is not handed out: asked of the rules that hand out.</summary>
internal sealed partial class BatchActor
{
    private const int TasksExplained = 10_000;

    public async Task<TaskExplanation?> ExplainTask(long taskId, IReadOnlyList<IdleWorkerInfo> idle)
    {
        if (_owned is null || _lost) return null;
        if (_backlog.Find(taskId) is null) _backlog.Merge(Rows(await store.LoadOpenTasksAsync(batchId, [taskId], CancellationToken.None)));
        var standing = _backlog.Find(taskId);
        Dictionary<string, int> barred = [];
        foreach (var worker in idle)
        {
            var bar = _backlog.BarFor(taskId, TakerOf(worker.WorkerId, worker.Labels, pass: null))?.ToString() ?? "NotInWindow";
            barred[bar] = barred.GetValueOrDefault(bar) + 1;
        }

        return new TaskExplanation
        {
            InWindow = standing is not null,
            Position = standing?.Position,
            Held = standing?.Held ?? 0,
            KeptFor = standing?.KeptUntil > StoreNow ? standing.KeptFor : null,
            KeptUntil = standing?.KeptUntil > StoreNow ? standing.KeptUntil : null,
            IdleBarred = barred,
            AnswersLastMinute = _activity.AnswersLastMinute(),
            Available = _backlog.AvailableCount,
        };
    }

    public Task<IReadOnlyDictionary<string, int>> ExplainFor(Guid workerId, string labels)
    {
        IReadOnlyDictionary<string, int> bars = _owned is null
            ? new Dictionary<string, int>()
            : _backlog.BarsFor(TakerOf(workerId, labels, pass: null), TasksExplained).ToDictionary(pair => pair.Key.ToString(), pair => pair.Value);
        return Task.FromResult(bars);
    }
}
