namespace Dispatch.Engine.Backlog;

/// <summary>Which task of the window a worker may have.</summary>
public sealed partial class BatchBacklog
{
    private const int ScanMax = 512;

    // The whole of what is open, and little enough to look through: who finds nothing in it need not ask the store. At the end of a batch, with thousands
    // idle, each of them would ask it again for every slot that comes back.
    private bool KnowsAll => !MayHaveMore && _available.Count <= ScanMax;

    private TaskEntry? Find(in Taker taker, ref TaskKey from)
    {
        if (_available.Count == 0) return null;
        if (from.CompareTo(_available.Min) <= 0)
        {
            // The common case: the first task fits, and no view of the set is needed.
            var first = _tasks[_available.Min.TaskId];
            if (first.BarFor(taker, _offersMax) == Bar.None)
            {
                from = first.Key;
                return first;
            }
        }

        if (from.CompareTo(_available.Max) > 0) return null;
        foreach (var key in _available.GetViewBetween(from, TaskKey.Last))
        {
            var entry = _tasks[key.TaskId];
            from = key;
            if (entry.BarFor(taker, _offersMax) == Bar.None) return entry;
        }

        from = from.Next();
        return null;
    }

    private TaskEntry? FindAnywhere(in Taker taker)
    {
        foreach (var key in _available)
        {
            if (_tasks[key.TaskId].BarFor(taker, _offersMax) == Bar.None) return _tasks[key.TaskId];
        }

        return null;
    }
}
