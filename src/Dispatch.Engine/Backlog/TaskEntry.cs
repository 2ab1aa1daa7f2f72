namespace Dispatch.Engine.Backlog;

/// <summary>One task of the window: its slots and who was ever involved.</summary>
internal sealed class TaskEntry
{
    private enum SlotState : byte
    {
        Free,
        Held,
        Counted,
    }

    private struct Slot
    {
        public SlotState State;
        public int Epoch;
    }

    private readonly Slot[] _slots;

    // A worker stays involved whatever became of the assignment: declined and returned work never comes back to the same worker.
    private readonly List<Guid> _involved;

    public TaskEntry(CommittedTask task)
    {
        Key = task.Key;
        CreatedAt = task.CreatedAt;
        QueuedAt = task.QueuedAt;
        _slots = new Slot[task.Overlap];
        _involved = new List<Guid>(task.Involved.Count + 1);
        foreach (var involvement in task.Involved)
        {
            if (!_involved.Contains(involvement.WorkerId)) _involved.Add(involvement.WorkerId);

            // A slot beyond the overlap is left from before the overlap was lowered.
            if (involvement.Slot >= _slots.Length) continue;
            ref var slot = ref _slots[involvement.Slot];
            slot.Epoch = Math.Max(slot.Epoch, involvement.LeaseEpoch);
            if (involvement.Counts) slot.State = SlotState.Counted;
            else if (involvement.Holds) slot.State = SlotState.Held;
        }
    }

    public TaskKey Key { get; }

    public DateTimeOffset CreatedAt { get; }

    public DateTimeOffset QueuedAt { get; private set; }

    public bool HasFreeSlot
    {
        get
        {
            foreach (var slot in _slots)
            {
                if (slot.State == SlotState.Free) return true;
            }

            return false;
        }
    }

    public bool HasHeldSlot
    {
        get
        {
            foreach (var slot in _slots)
            {
                if (slot.State == SlotState.Held) return true;
            }

            return false;
        }
    }

    public bool IsInvolved(Guid workerId) => _involved.Contains(workerId);

    public (int Slot, int Epoch) Hold(Guid workerId)
    {
        for (var i = 0; i < _slots.Length; i++)
        {
            if (_slots[i].State != SlotState.Free) continue;
            _slots[i].State = SlotState.Held;
            _slots[i].Epoch++;
            _involved.Add(workerId);
            return (i, _slots[i].Epoch);
        }

        throw new InvalidOperationException("A task without a free slot was in the available set.");
    }

    /// <summary>Frees a slot; the epoch stays, so the next hold gets a higher one even when this hold was never committed.</summary>
    public void Free(int slot) => _slots[slot].State = SlotState.Free;

    public void Forget(Guid workerId) => _involved.Remove(workerId);

    public void Requeue(DateTimeOffset at) => QueuedAt = at;

    public void Count(int slot) => _slots[slot].State = SlotState.Counted;
}
