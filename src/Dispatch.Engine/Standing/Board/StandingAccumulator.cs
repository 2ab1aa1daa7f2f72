namespace Dispatch.Engine.Standing;

/// <summary>
/// Totals of one process on their way to the boards. Keeps the newest of each worker and project, so a worker who changes a hundred
/// times between two drains is sent once. Bounded. May be used by several threads.
/// </summary>
public sealed class StandingAccumulator
{
    private readonly Lock _lock = new();
    private readonly int _workersMax;
    private Dictionary<(Guid ProjectId, Guid WorkerId), StandingFigures> _waiting = [];

    /// <summary>An empty accumulator.</summary>
    /// <param name="workersMax">Totals that may wait at once, 1 or more.</param>
    public StandingAccumulator(int workersMax = 100_000)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(workersMax, 1);
        _workersMax = workersMax;
    }

    /// <summary>Totals that wait.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _waiting.Count;
        }
    }

    /// <summary>Takes a worker's totals. False when it is full of other workers: drain, and offer them again; or leave it, as the next totals of the worker say all that these do.</summary>
    /// <param name="projectId">The project.</param>
    /// <param name="figures">Absolute totals; older ones than those waiting change nothing.</param>
    public bool Offer(Guid projectId, StandingFigures figures)
    {
        var key = (projectId, figures.WorkerId);
        lock (_lock)
        {
            if (_waiting.TryGetValue(key, out var known))
            {
                if (figures.Stamp > known.Stamp) _waiting[key] = figures;
                return true;
            }

            if (_waiting.Count >= _workersMax) return false;
            _waiting.Add(key, figures);
            return true;
        }
    }

    /// <summary>Takes out everything that waits, by project. What then cannot be delivered is offered again: newer totals that came meanwhile win.</summary>
    public IReadOnlyDictionary<Guid, IReadOnlyList<StandingFigures>> Drain()
    {
        Dictionary<(Guid ProjectId, Guid WorkerId), StandingFigures> drained;
        lock (_lock)
        {
            if (_waiting.Count == 0) return new Dictionary<Guid, IReadOnlyList<StandingFigures>>();
            (drained, _waiting) = (_waiting, []);
        }

        return drained.GroupBy(entry => entry.Key.ProjectId).ToDictionary(group => group.Key, group => (IReadOnlyList<StandingFigures>)[.. group.Select(entry => entry.Value)]);
    }
}
