using Dispatch.Contracts;

namespace Dispatch.Engine.Backlog;

/// <summary>One task of the window: its slots, and who was ever involved and how it ended.</summary>
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
        public int Offers;
    }

    private struct Involved
    {
        public Guid WorkerId;
        public bool Active;
        public AssignmentState EndedAs;
        public DateTimeOffset? RetryAt;
    }

    private readonly Slot[] _slots;
    private readonly List<Involved> _involved;
    private HashSet<string>? _rulesApplied;

    public TaskEntry(CommittedTask task)
    {
        Key = task.Key;
        CreatedAt = task.CreatedAt;
        QueuedAt = task.QueuedAt;
        (KeptFor, KeptUntil, Relaxed) = (task.KeptFor, task.KeptUntil, task.Relaxed);
        if (task.RulesApplied.Count > 0) _rulesApplied = [.. task.RulesApplied];
        _slots = new Slot[task.Overlap];
        _involved = new List<Involved>(task.Involved.Count + 1);
        foreach (var involvement in task.Involved)
        {
            _involved.Add(new Involved
            {
                WorkerId = involvement.WorkerId,
                Active = involvement.Holds || involvement.Waits || involvement.Counts,
                EndedAs = involvement.State,
                RetryAt = involvement.RetryAt,
            });

            // A slot beyond the overlap is left from before the overlap was lowered.
            if (involvement.Slot >= _slots.Length) continue;
            ref var slot = ref _slots[involvement.Slot];
            slot.Epoch = Math.Max(slot.Epoch, involvement.LeaseEpoch);
            if (involvement.Counts) slot.State = SlotState.Counted;
            else if (involvement.Holds) slot.State = SlotState.Held;
            else if (involvement.Waits) slot.Offers++;
        }
    }

    public TaskKey Key { get; private set; }

    public DateTimeOffset CreatedAt { get; }

    public DateTimeOffset QueuedAt { get; private set; }

    public Guid? KeptFor { get; private set; }

    public DateTimeOffset? KeptUntil { get; private set; }

    public bool Relaxed { get; private set; }

    /// <summary>Nobody holds it, and no offer of it waits.</summary>
    public bool IsIdle
    {
        get
        {
            foreach (var slot in _slots)
            {
                if (slot.State == SlotState.Held || slot.Offers > 0) return false;
            }

            return true;
        }
    }

    public int Answers
    {
        get
        {
            var answers = 0;
            foreach (var slot in _slots)
            {
                if (slot.State == SlotState.Counted) answers++;
            }

            return answers;
        }
    }

    public int Held
    {
        get
        {
            var held = 0;
            foreach (var slot in _slots)
            {
                if (slot.State == SlotState.Held) held++;
            }

            return held;
        }
    }

    /// <summary>Times at which it comes back for somebody.</summary>
    public IEnumerable<DateTimeOffset> Thaws(DateTimeOffset now)
    {
        if (KeptUntil > now) yield return KeptUntil.Value;
        foreach (var involved in _involved)
        {
            if (!involved.Active && involved.RetryAt > now) yield return involved.RetryAt.Value;
        }
    }

    /// <summary>Whether a slot can be handed out: free, and fewer offers of it out than may be at once (0: it is not for offers).</summary>
    public bool HasFreeSlot(int offersMax)
    {
        foreach (var slot in _slots)
        {
            if (IsFree(slot, offersMax)) return true;
        }

        return false;
    }

    /// <summary>Why the worker may not have it. The one function behind matching and explanation.</summary>
    public Bar BarFor(in Taker taker, int offersMax) => HasFreeSlot(offersMax) ? BarIgnoringSlots(taker) : Bar.NoFreeSlot;

    public Bar BarIgnoringSlots(in Taker taker)
    {
        if (KeptFor is { } keptFor && keptFor != taker.WorkerId && KeptUntil > taker.Now) return Bar.KeptForAnother;
        foreach (var involved in _involved)
        {
            if (involved.WorkerId != taker.WorkerId) continue;
            if (involved.Active) return Bar.AlreadyInvolved;
            if (involved.RetryAt is not { } retryAt) return involved.EndedAs is AssignmentState.Submitted or AssignmentState.Approved or AssignmentState.Rejected ? Bar.AlreadyInvolved : Bar.HandedBack;
            if (retryAt > taker.Now) return Bar.CoolingDown;
        }

        if (taker.GateAge > TimeSpan.Zero && CreatedAt + taker.GateAge > taker.Now) return Bar.Gate;
        if (taker.MeetsAll || Relaxed) return Bar.None;
        return taker.MinTaskAge is { } age && CreatedAt + age <= taker.Now ? Bar.None : Bar.Selectors;
    }

    public (int Slot, int Epoch) Hold(Guid workerId, bool offer, int offersMax)
    {
        for (var i = 0; i < _slots.Length; i++)
        {
            ref var slot = ref _slots[i];
            if (!IsFree(slot, offersMax)) continue;
            if (offer) slot.Offers++;
            else slot.State = SlotState.Held;
            slot.Epoch++;
            _involved.Add(new Involved { WorkerId = workerId, Active = true });
            return (i, slot.Epoch);
        }

        throw new InvalidOperationException("A task without a free slot was in the available set.");
    }

    /// <summary>The worker had it before, and it ran out.</summary>
    public bool HadBy(Guid workerId)
    {
        foreach (var involved in _involved)
        {
            if (involved.WorkerId == workerId && !involved.Active) return true;
        }

        return false;
    }

    public bool TryReclaim(int slot)
    {
        if (slot >= _slots.Length || _slots[slot].State != SlotState.Free) return false;
        _slots[slot].State = SlotState.Held;
        return true;
    }

    /// <summary>A late answer that did not count: the slot is free again. Its worker was never bound by it, but may hold another slot by now.</summary>
    public void GiveUpReclaimed(int slot) => Free(slot, offer: false);

    /// <summary>A hold that was never committed. The epoch stays, so the next one is higher even so.</summary>
    public void Cancel(int slot, Guid workerId, bool offer)
    {
        Free(slot, offer);
        var last = _involved.FindLastIndex(involved => involved.WorkerId == workerId && involved.Active);
        if (last >= 0) _involved.RemoveAt(last);
    }

    public void End(int slot, bool offer, in Ending ending)
    {
        Free(slot, offer);
        QueuedAt = ending.At;
        var workerId = ending.WorkerId;

        // Who had it kept, and let it go again, does not want it: keeping it on would only make everybody wait.
        if (KeptFor == workerId) (KeptFor, KeptUntil) = (null, null);
        if (ending.KeptUntil is not null) (KeptFor, KeptUntil) = (workerId, ending.KeptUntil);
        var index = _involved.FindLastIndex(involved => involved.WorkerId == workerId && involved.Active);
        var ended = new Involved { WorkerId = workerId, EndedAs = ending.State, RetryAt = ending.RetryAt };
        if (index >= 0) _involved[index] = ended;
        else _involved.Add(ended);
    }

    public void Accept(int slot)
    {
        _slots[slot].State = SlotState.Held;
        _slots[slot].Offers = 0;
    }

    /// <summary>An offer that ended because another was accepted; the slot is not free.</summary>
    public void Rescind(Guid workerId, DateTimeOffset at)
    {
        var index = _involved.FindLastIndex(involved => involved.WorkerId == workerId && involved.Active);
        if (index >= 0) _involved[index] = new Involved { WorkerId = workerId, EndedAs = AssignmentState.Rescinded, RetryAt = at };
    }

    public void Count(int slot)
    {
        if (slot < _slots.Length) _slots[slot].State = SlotState.Counted;
    }

    public void CountLate(int slot, Guid workerId)
    {
        Count(slot);
        if (KeptFor == workerId) (KeptFor, KeptUntil) = (null, null);
        _involved.Add(new Involved { WorkerId = workerId, Active = true });
    }

    public bool HasApplied(string rule) => _rulesApplied?.Contains(rule) == true;

    public void Applied(string rule) => (_rulesApplied ??= []).Add(rule);

    public void Relax() => Relaxed = true;

    public void SetPriority(int priority) => Key = Key with { Priority = priority };

    private void Free(int slot, bool offer)
    {
        if (slot >= _slots.Length) return;
        if (offer) _slots[slot].Offers = Math.Max(0, _slots[slot].Offers - 1);
        else _slots[slot].State = SlotState.Free;
    }

    private static bool IsFree(in Slot slot, int offersMax) => slot.State == SlotState.Free && (slot.Offers == 0 || slot.Offers < offersMax);
}
