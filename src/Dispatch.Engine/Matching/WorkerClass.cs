namespace Dispatch.Engine.Matching;

/// <summary>
/// Idle workers who are alike in every label that some open batch asks for: whether one of them may have work of a batch is
/// decided once for all of them, so ten thousand who may not cost as little as one.
/// </summary>
internal sealed class WorkerClass(WorkerLabels labels)
{
    private const int LogMax = 4_096;
    private readonly List<IdleOrder> _arrivals = [];
    private long _firstArrival;

    public WorkerLabels Labels { get; } = labels;

    public SortedSet<IdleOrder> Idle { get; } = [];

    /// <summary>Batches with a budget left whose work this class may have, by their place in the order.</summary>
    public SortedSet<(int Rank, Guid BatchId)> Active { get; } = [];

    public long ArrivalCount => _firstArrival + _arrivals.Count;

    public void Arrive(IdleOrder order)
    {
        Idle.Add(order);
        _arrivals.Add(order);
        if (_arrivals.Count <= LogMax) return;
        _arrivals.RemoveRange(0, LogMax / 2);
        _firstArrival += LogMax / 2;
    }

    /// <summary>Moves a walk back to those who came behind it since it last looked. A walk that slept through more than is remembered starts over: that costs a scan, never a worker.</summary>
    public void CatchUp(Walk walk)
    {
        if (walk.SeenArrivals < _firstArrival)
        {
            walk.Position = IdleOrder.First;
        }
        else
        {
            for (var i = walk.SeenArrivals; i < ArrivalCount; i++)
            {
                var arrival = _arrivals[(int)(i - _firstArrival)];
                if (arrival.CompareTo(walk.Position) < 0) walk.Position = arrival;
            }
        }

        walk.SeenArrivals = ArrivalCount;
    }
}

/// <summary>How far a batch has walked through a class in its present generation.</summary>
internal sealed class Walk
{
    public long Generation;
    public IdleOrder Position = IdleOrder.First;
    public long SeenArrivals;
}
