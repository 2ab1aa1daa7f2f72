using Dispatch.Contracts;
using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>One assignment the batch has out.</summary>
internal sealed class BatchLease
{
    public required Guid AssignmentId { get; init; }
    public required Guid WorkerId { get; init; }
    public required int CapacitySlot { get; set; }
    public required long TaskId { get; init; }
    public required string TaskKey { get; init; }

    /// <summary>Its task is a control, which is in no backlog.</summary>
    public bool IsControl { get; init; }

    public required int Slot { get; init; }
    public required int LeaseEpoch { get; init; }
    public required DateTimeOffset OfferedAt { get; init; }
    public required DateTimeOffset LeaseUntil { get; set; }
    public required AssignmentState State { get; set; }

    /// <summary>An operation on it is being committed: a second one would share its row in one statement.</summary>
    public bool InFlight { get; set; }

    /// <summary>Whether anybody has seen it is still to be asked of the store, when its offer timeout is over.</summary>
    public bool UnseenPending { get; set; }

    /// <summary>It was asked back from its worker.</summary>
    public bool Recalled { get; set; }

    public static BatchLease From(HeldAssignment row) => new()
    {
        AssignmentId = row.AssignmentId,
        WorkerId = row.WorkerId,
        CapacitySlot = row.CapacitySlot,
        TaskId = row.TaskId,
        TaskKey = row.TaskKey,
        IsControl = row.IsControl,
        Slot = row.Slot,
        LeaseEpoch = row.LeaseEpoch,
        OfferedAt = row.OfferedAt,
        LeaseUntil = row.LeaseUntil,
        State = row.State,
    };
}

/// <summary>What a batch has out, with one heap of deadlines for all of it: one timer a batch, never one a lease.</summary>
internal sealed class BatchLeases
{
    private readonly Dictionary<Guid, BatchLease> _leases = [];
    private readonly PriorityQueue<Guid, DateTimeOffset> _deadlines = new();

    public int Count => _leases.Count;

    public IEnumerable<BatchLease> All => _leases.Values;

    /// <summary>Adds one, to be looked at when its lease ends, or earlier: an assignment nobody has seen runs out sooner.</summary>
    public void Add(BatchLease lease, TimeSpan? offerTimeout = null)
    {
        _leases[lease.AssignmentId] = lease;
        var at = lease.LeaseUntil;
        if (offerTimeout is { } timeout && lease.State == AssignmentState.Accepted && lease.OfferedAt + timeout < at) (at, lease.UnseenPending) = (lease.OfferedAt + timeout, true);
        _deadlines.Enqueue(lease.AssignmentId, at);
    }

    public BatchLease? Find(Guid assignmentId) => _leases.GetValueOrDefault(assignmentId);

    public void Remove(Guid assignmentId) => _leases.Remove(assignmentId);

    public static void Renew(BatchLease lease, DateTimeOffset until)
    {
        // The old deadline stays in the heap and is corrected when it comes up: renewing is O(1).
        if (until > lease.LeaseUntil) lease.LeaseUntil = until;
    }

    /// <summary>Leases whose deadline has come, by memory; the store decides.</summary>
    public IReadOnlyList<BatchLease> Due(DateTimeOffset now, int max)
    {
        List<BatchLease> due = [];
        while (due.Count < max && _deadlines.TryPeek(out var id, out var at) && at <= now)
        {
            _deadlines.Dequeue();
            if (!_leases.TryGetValue(id, out var lease)) continue;
            if (lease.InFlight) _deadlines.Enqueue(id, now.AddSeconds(1));
            else if (lease.LeaseUntil > now && !lease.UnseenPending) _deadlines.Enqueue(id, lease.LeaseUntil);
            else due.Add(lease);
        }

        return due;
    }

    /// <summary>Looks at it again at its lease's end.</summary>
    public void Watch(BatchLease lease) => _deadlines.Enqueue(lease.AssignmentId, lease.LeaseUntil);

    /// <summary>Looks at it again later.</summary>
    public void Watch(BatchLease lease, DateTimeOffset at) => _deadlines.Enqueue(lease.AssignmentId, at);
}
