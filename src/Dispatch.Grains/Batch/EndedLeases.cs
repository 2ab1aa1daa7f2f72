namespace Dispatch.Grains;

/// <summary>Slots of assignments that ran out lately, so that an answer that comes late finds its task in memory. Bounded: without an entry the batch loads itself again, which is right and slower.</summary>
internal sealed class EndedLeases
{
    private const int EntriesMax = 4_096;
    private readonly Dictionary<Guid, (long TaskId, string TaskKey, int Slot, bool IsControl)> _entries = [];
    private readonly Queue<Guid> _order = new();

    public void Add(BatchLease lease)
    {
        if (!_entries.TryAdd(lease.AssignmentId, (lease.TaskId, lease.TaskKey, lease.Slot, lease.IsControl))) return;
        _order.Enqueue(lease.AssignmentId);
        if (_order.Count > EntriesMax) _entries.Remove(_order.Dequeue());
    }

    public (long TaskId, string TaskKey, int Slot, bool IsControl)? Find(Guid assignmentId) => _entries.TryGetValue(assignmentId, out var entry) ? entry : null;

    public void Remove(Guid assignmentId) => _entries.Remove(assignmentId);
}
