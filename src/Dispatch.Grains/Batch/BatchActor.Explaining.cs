using Dispatch.Engine.Backlog;
using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>Why something is not handed out: asked of the rules that hand out.</summary>
internal sealed partial class BatchActor
{
    private const int TasksExplained = 10_000;

    public async Task<TaskExplanation?> ExplainTask(long taskId, IReadOnlyList<IdleWorkerInfo> idle)
    {
        if (_owned is null || _lost) return null;
        if (_backlog.Find(taskId) is null)
        {
            var rows = await store.LoadOpenTasksAsync(batchId, [taskId], CancellationToken.None);

            // Unknown here though nothing more is in the store: the hint of its import is still on its way, and others came with it.
            if (rows.Count > 0 && !_backlog.MayHaveMore) await RefreshAsync();
            _backlog.Merge(Rows(rows));
        }

        var standing = _backlog.Find(taskId);
        var position = standing?.Position;
        if (position is not null && !_backlog.HasPaged(standing!.Key)) position = await store.CountFreeBeforeAsync(batchId, new BacklogKey(standing.Key.Priority, taskId), CancellationToken.None);
        Dictionary<string, int> barred = [];
        foreach (var worker in idle)
        {
            var bar = _backlog.BarFor(taskId, TakerOf(worker.WorkerId, worker.Labels, pass: null))?.ToString() ?? "NotInWindow";
            barred[bar] = barred.GetValueOrDefault(bar) + 1;
        }

        return new TaskExplanation
        {
            InWindow = standing is not null,
            Position = position,
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
