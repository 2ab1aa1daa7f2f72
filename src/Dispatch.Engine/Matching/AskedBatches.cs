namespace Dispatch.Engine.Matching;

/// <summary>
/// Under which generation of which batch a worker was asked last. Nearly always it is one batch, which costs no memory of its own: ten thousand idle
/// workers with a table each were felt in every dispatch.
/// </summary>
internal struct AskedBatches
{
    private Guid _first;
    private long _firstGeneration;
    private Dictionary<Guid, long>? _others;

    public readonly bool Contains(Guid batchId, long generation)
    {
        if (_first == batchId) return _firstGeneration == generation;
        return _others is not null && _others.TryGetValue(batchId, out var asked) && asked == generation;
    }

    public void Add(Guid batchId, long generation)
    {
        if (_firstGeneration == 0) _first = batchId;
        if (_first == batchId) _firstGeneration = generation;
        else (_others ??= [])[batchId] = generation;
    }
}
