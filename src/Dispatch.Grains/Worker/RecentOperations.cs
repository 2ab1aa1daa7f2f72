namespace Dispatch.Grains;

/// <summary>The last few results of a worker, so that the usual retry needs no query. The store has them all.</summary>
internal sealed class RecentOperations<T>(int capacity)
{
    private readonly Dictionary<Guid, (byte[] Hash, T Result)> _results = [];
    private readonly Queue<Guid> _order = [];

    public bool TryGet(Guid operationId, out byte[] hash, out T result)
    {
        var found = _results.TryGetValue(operationId, out var entry);
        (hash, result) = entry;
        return found;
    }

    public void Add(Guid operationId, byte[] hash, T result)
    {
        if (!_results.TryAdd(operationId, (hash, result))) return;
        _order.Enqueue(operationId);
        if (_order.Count > capacity) _results.Remove(_order.Dequeue());
    }
}
