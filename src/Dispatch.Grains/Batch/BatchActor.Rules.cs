using Dispatch.Contracts;
using Dispatch.Contracts.Policies;
using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>Exception rules: what happens to tasks that wait too long, or when too many wait.</summary>
internal sealed partial class BatchActor
{
    private const int TasksPerRule = 256;

    private async Task ApplyRulesAsync()
    {
        if (_batch.Status != BatchStatus.Open) return;
        foreach (var rule in _batch.Rules)
        {
            var due = rule.QueueLength is { } length
                ? await BeyondAsync(rule, length)
                : _backlog.DueFor(rule, StoreNow, TasksPerRule);
            if (due.Count == 0 || _lost) continue;
            var result = await CommitAsync(new RuleOperation { BatchId = batchId, OwnerEpoch = _owned!.OwnerEpoch, Rule = rule, TaskIds = due });
            if (result.Status != CommitStatus.Committed || result.ActedOn.Count == 0) continue;
            foreach (var taskId in result.ActedOn) _backlog.RuleActed(rule, taskId, Limits.PriorityMax);
            if (rule.Action is RuleAction.Cancel or RuleAction.Move) _open -= result.ActedOn.Count;
            if (rule is { Action: RuleAction.Move, ToBatchId: { } target }) _ = actors.Batch(target).StoreChanged();
            HintMatchmaker();
        }
    }

    /// <summary>The last tasks in the order, as many as there are too many.</summary>
    private async Task<IReadOnlyList<long>> BeyondAsync(ExceptionRule rule, int length)
    {
        if (_open <= length) return [];
        var last = await store.PageLastOpenTasksAsync(batchId, rule.Name, (int)Math.Min(_open - length, TasksPerRule), CancellationToken.None);
        return last;
    }
}
