using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>One assignment the batch has out.</summary>
internal sealed class BatchLease
{
    public required Guid AssignmentId { get; init; }
    public required Guid WorkerId { get; init; }
    public required int CapacitySlot { get; init; }
    public required long TaskId { get; init; }
    public required string TaskKey { get; init; }
    public required int Slot { get; init; }
    public required int LeaseEpoch { get; init; }
    public required DateTimeOffset LeaseUntil { get; set; }

    /// <summary>An operation on it is being committed: a second one would share its row in one statement.</summary>
    public bool InFlight { get; set; }

    public static BatchLease From(HeldAssignment row) => new()
    {
        AssignmentId = row.AssignmentId,
        WorkerId = row.WorkerId,
        CapacitySlot = row.CapacitySlot,
        TaskId = row.TaskId,
        TaskKey = row.TaskKey,
        Slot = row.Slot,
        LeaseEpoch = row.LeaseEpoch,
        LeaseUntil = row.LeaseUntil,
    };
}

/// <summary>What a batch has out, with one heap of deadlines for all of it: one timer a batch, never one a lease.</summary>
internal sealed class BatchLeases
{
    private readonly Dictionary<Guid, BatchLease> _leases = [];
    private readonly PriorityQueue<Guid, DateTimeOffset> _deadlines = new();

    public int Count => _leases.Count;

    public void Add(BatchLease lease)
    {
        _leases[lease.AssignmentId] = lease;
        _deadlines.Enqueue(lease.AssignmentId, lease.LeaseUntil);
    }

    public BatchLease? Find(Guid assignmentId) => _leases.GetValueOrDefault(assignmentId);

    public void Remove(Guid assignmentId) => _leases.Remove(assignmentId);

    public static void Renew(BatchLease lease, DateTimeOffset until)
    {
        // The old deadline stays in the heap and is corrected when it comes up: renewing is O(1).
        if (until > lease.LeaseUntil) lease.LeaseUntil = until;
    }

    /// <summary>Leases that seem to have run out by the given time; the store decides.</summary>
    public IReadOnlyList<BatchLease> Due(DateTimeOffset now, int max)
    {
        List<BatchLease> due = [];
        while (due.Count < max && _deadlines.TryPeek(out var id, out var at) && at <= now)
        {
            _deadlines.Dequeue();
            if (!_leases.TryGetValue(id, out var lease)) continue;
            if (lease.LeaseUntil > now || lease.InFlight) _deadlines.Enqueue(id, lease.LeaseUntil > now ? lease.LeaseUntil : now.AddSeconds(1));
            else due.Add(lease);
        }

        return due;
    }

    public void Watch(BatchLease lease) => _deadlines.Enqueue(lease.AssignmentId, lease.LeaseUntil);
}
