namespace Dispatch.Engine.Quality.Gold;

/// <summary>A control that may be handed out now.</summary>
/// <param name="TaskId">The task.</param>
/// <param name="Slot">The slot that the worker would have of it.</param>
public readonly record struct ControlChoice(long TaskId, int Slot);

/// <summary>
/// The control tasks of one batch: gold that is mixed in by rate. Each goes at most once to a worker, whatever became of it there, and to no more
/// workers than the policy allows. Whom a worker has had is read once and kept for a bounded number of workers. Pure: chance comes in.
/// </summary>
public sealed class ControlPool
{
    /// <summary>Workers whose controls are remembered; beyond it they are read anew.</summary>
    public const int WorkersMax = 10_000;

    private readonly Dictionary<long, Control> _controls = [];
    private readonly List<Control> _order = [];
    private readonly Dictionary<Guid, HashSet<long>> _seen = [];
    private readonly Queue<Guid> _remembered = new();
    private long _exposures;

    private sealed class Control
    {
        public required long TaskId { get; init; }
        public int NextSlot { get; set; }
        public long Exposures { get; set; }
        public bool Retired { get; set; }
    }

    /// <summary>Controls that are not retired.</summary>
    public int Count { get; private set; }

    /// <summary>Merges controls as they are stored. Memory wins over an older count of slots.</summary>
    /// <param name="controls">Task, next slot, exposures, retired.</param>
    public void Merge(IEnumerable<(long TaskId, int NextSlot, int Exposures, bool Retired)> controls)
    {
        foreach (var (taskId, nextSlot, exposures, retired) in controls)
        {
            if (!_controls.TryGetValue(taskId, out var control))
            {
                _controls.Add(taskId, control = new Control { TaskId = taskId });
                _order.Add(control);
            }

            (control.NextSlot, control.Exposures, control.Retired) = (Math.Max(nextSlot, control.NextSlot), Math.Max(exposures, control.Exposures), retired);
        }

        _order.Sort((left, right) => left.TaskId.CompareTo(right.TaskId));
        Count = _order.Count(control => !control.Retired);
        _exposures = _order.Where(control => !control.Retired).Sum(control => control.Exposures);
    }

    /// <summary>Whether it is known what the worker has had; else call <see cref="Remember"/> first.</summary>
    /// <param name="workerId">The worker.</param>
    public bool Knows(Guid workerId) => _seen.ContainsKey(workerId);

    /// <summary>What the worker has had, in any state.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="taskIds">The controls.</param>
    public void Remember(Guid workerId, IEnumerable<long> taskIds)
    {
        if (_seen.TryGetValue(workerId, out var seen))
        {
            seen.UnionWith(taskIds);
            return;
        }

        _seen.Add(workerId, [.. taskIds]);
        _remembered.Enqueue(workerId);
        while (_seen.Count > WorkersMax) _seen.Remove(_remembered.Dequeue());
    }

    /// <summary>Sets a control aside for a worker; null when there is none the worker may have. Commit it, then <see cref="Cancel"/> it if that failed.</summary>
    /// <param name="workerId">A worker whose controls are known.</param>
    /// <param name="exposuresMax">The policy's most.</param>
    /// <param name="pick">Which of so many: 0 to one less.</param>
    public ControlChoice? Take(Guid workerId, int exposuresMax, Func<int, int> pick)
    {
        if (!_seen.TryGetValue(workerId, out var seen)) return null;
        var fit = _order.Where(control => !control.Retired && !seen.Contains(control.TaskId))
            .Select(control => (Control: control, Resting: GoldExposure.Judge(control.Exposures, _exposures, Count, exposuresMax)))
            .Where(entry => entry.Resting != GoldRest.WornOut).ToArray();

        // Those that are shown less than others come first; a pool of nothing else is still better than no control.
        var due = fit.Where(entry => entry.Resting == GoldRest.None).ToArray();
        if (due.Length == 0) due = fit;
        if (due.Length == 0) return null;
        var control = due[pick(due.Length)].Control;
        seen.Add(control.TaskId);
        control.Exposures++;
        _exposures++;
        return new ControlChoice(control.TaskId, control.NextSlot++);
    }

    /// <summary>A take that was not committed: the worker never had it. Its slot is not used again.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="taskId">The control.</param>
    /// <param name="retire">It is not to be handed out any more.</param>
    public void Cancel(Guid workerId, long taskId, bool retire)
    {
        if (_seen.TryGetValue(workerId, out var seen)) seen.Remove(taskId);
        if (!_controls.TryGetValue(taskId, out var control)) return;
        control.Exposures--;
        if (!control.Retired) _exposures--;
        if (retire && !control.Retired) (control.Retired, Count, _exposures) = (true, Count - 1, _exposures - control.Exposures);
    }
}
