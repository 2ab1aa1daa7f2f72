using Dispatch.Contracts.Policies;

namespace Dispatch.Engine.Backlog;

/// <summary>What exception rules see and do.</summary>
public sealed partial class BatchBacklog
{
    /// <summary>
    /// Tasks of the window on which a rule on waiting acts now: nobody holds them, they have waited long enough, and the rule has
    /// not acted on them. Oldest first.
    /// </summary>
    /// <param name="rule">A rule with <see cref="ExceptionRule.WaitSeconds"/>.</param>
    /// <param name="now">Store time.</param>
    /// <param name="limit">Tasks returned.</param>
    public IReadOnlyList<long> DueFor(ExceptionRule rule, DateTimeOffset now, int limit)
    {
        if (rule.WaitSeconds is not { } seconds) return [];
        if (_ages is null)
        {
            _ages = [];
            foreach (var key in _available) _ages.Add((_tasks[key.TaskId].CreatedAt, key.TaskId));
        }

        List<long> due = [];
        var before = now - TimeSpan.FromSeconds(seconds);
        foreach (var (createdAt, taskId) in _ages)
        {
            if (createdAt > before || due.Count == limit) break;
            var entry = _tasks[taskId];
            if (entry.IsIdle && !entry.HasApplied(rule.Name)) due.Add(taskId);
        }

        return due;
    }

    /// <summary>A rule acted, committed.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="taskId">The task.</param>
    /// <param name="priorityMax">Priorities do not rise above it.</param>
    public void RuleActed(ExceptionRule rule, long taskId, int priorityMax)
    {
        if (!_tasks.TryGetValue(taskId, out var entry)) return;
        entry.Applied(rule.Name);
        switch (rule.Action)
        {
            case RuleAction.RaisePriority:
                Unavailable(entry);
                entry.SetPriority(Math.Min(priorityMax, entry.Key.Priority + (rule.By ?? 0)));
                Restore(entry);
                break;
            case RuleAction.Relax:
                Unavailable(entry);
                entry.Relax();
                Restore(entry);
                break;
            default:
                Remove(entry);
                break;
        }
    }
}
