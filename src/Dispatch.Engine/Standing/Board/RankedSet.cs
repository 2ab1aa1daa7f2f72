using System.Runtime.InteropServices;

namespace Dispatch.Engine.Standing;

/// <summary>How items are ordered: by a number, and where that is equal by whatever tells them apart.</summary>
/// <typeparam name="T">The items.</typeparam>
public interface IRanking<T>
{
    /// <summary>The number that leads; the smaller comes first. Finite.</summary>
    /// <param name="item">The item.</param>
    static abstract double Lead(T item);

    /// <summary>The whole order, which agrees with the number. Total: only what is one item is equal.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    static abstract int Compare(T left, T right);
}

/// <summary>
/// A sorted set that knows places: add, remove, rank and k-th in O(log n). A B+ tree of two levels: sorted runs of a bounded length, the
/// bounds between them, and a Fenwick tree over their lengths. On a large board an operation costs what it waits for memory, so
/// the numbers that a search compares lie by themselves and side by side, and nothing is allocated for an item. A treap with
/// counts was measured beside it (the report of the board repeats that): several times the time, as each of its steps is a wait.
/// </summary>
/// <typeparam name="T">The items. Immutable as far as their order goes.</typeparam>
/// <typeparam name="TRanking">Their order.</typeparam>
public sealed class RankedSet<T, TRanking>
    where TRanking : struct, IRanking<T>
{
    private const int Capacity = 64;

    // The run i lies in slot _slots[i]. It holds what is above the bound i − 1 and not above the bound i; the last has no upper bound.
    private readonly List<int> _slots = [0];
    private readonly List<double> _boundLeads = [];
    private readonly List<T> _bounds = [];
    private readonly Stack<int> _free = [];
    private double[] _leads = new double[Capacity];
    private T[] _items = new T[Capacity];
    private int[] _lengths = [0];
    private int[] _fenwick = [0, 0];
    private int _step = 1;

    /// <summary>Items.</summary>
    public int Count { get; private set; }

    /// <summary>The items in order.</summary>
    public IEnumerable<T> Items => From(0, Count);

    /// <summary>Adds an item; false when it is there already.</summary>
    /// <param name="item">The item.</param>
    public bool Add(T item)
    {
        var lead = TRanking.Lead(item);
        var run = RunFor(item, lead);
        var slot = _slots[run];
        var place = Find(slot, item, lead);
        if (place >= 0) return false;
        place = ~place;
        var (start, length) = (slot * Capacity, _lengths[slot]);
        Array.Copy(_leads, start + place, _leads, start + place + 1, length - place);
        Array.Copy(_items, start + place, _items, start + place + 1, length - place);
        (_leads[start + place], _items[start + place], _lengths[slot]) = (lead, item, length + 1);
        Count++;
        if (length + 1 < Capacity) Shift(run, 1);
        else Split(run);
        return true;
    }

    /// <summary>Removes an item; false when it is not there.</summary>
    /// <param name="item">The item, or one equal to it.</param>
    public bool Remove(T item)
    {
        var lead = TRanking.Lead(item);
        var run = RunFor(item, lead);
        var slot = _slots[run];
        var place = Find(slot, item, lead);
        if (place < 0) return false;
        var (start, length) = (slot * Capacity, _lengths[slot] - 1);
        Array.Copy(_leads, start + place + 1, _leads, start + place, length - place);
        Array.Copy(_items, start + place + 1, _items, start + place, length - place);
        _items[start + length] = default!;
        _lengths[slot] = length;
        Count--;
        if (length >= Capacity / 4 || !Merge(run)) Shift(run, -1);
        return true;
    }

    /// <summary>Items before an item, whether it is in the set or not.</summary>
    /// <param name="item">The item.</param>
    public int CountBefore(T item)
    {
        var lead = TRanking.Lead(item);
        var run = RunFor(item, lead);
        var place = Find(_slots[run], item, lead);
        var before = place < 0 ? ~place : place;
        for (var i = run; i > 0; i -= i & -i) before += _fenwick[i];
        return before;
    }

    /// <summary>The item at a place.</summary>
    /// <param name="index">From 0 to <see cref="Count"/>, exclusive.</param>
    public T At(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        var (run, before) = Descend(index);
        return _items[(_slots[run] * Capacity) + index - before];
    }

    /// <summary>So many items from a place on; fewer at the end.</summary>
    /// <param name="index">From 0.</param>
    /// <param name="count">How many.</param>
    public IEnumerable<T> From(int index, int count)
    {
        if (index >= Count || count <= 0) yield break;
        var (run, before) = Descend(index);
        for (var i = index - before; count > 0; i++, count--)
        {
            while (run < _slots.Count && i >= _lengths[_slots[run]]) (run, i) = (run + 1, 0);
            if (run == _slots.Count) yield break;
            yield return _items[(_slots[run] * Capacity) + i];
        }
    }

    private int RunFor(T item, double lead)
    {
        var leads = CollectionsMarshal.AsSpan(_boundLeads);
        var (low, high) = (0, leads.Length);
        while (low < high)
        {
            var middle = (low + high) >> 1;
            if (leads[middle] < lead || (leads[middle] == lead && TRanking.Compare(_bounds[middle], item) < 0)) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    /// <summary>Where in a run the item is, or the complement of where it belongs.</summary>
    private int Find(int slot, T item, double lead)
    {
        var leads = _leads.AsSpan(slot * Capacity, _lengths[slot]);
        var (low, high) = (0, leads.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) >> 1;
            var order = leads[middle] < lead ? -1 : leads[middle] > lead ? 1 : TRanking.Compare(_items[(slot * Capacity) + middle], item);
            if (order == 0) return middle;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }

        return ~low;
    }

    private void Split(int run)
    {
        const int Half = Capacity / 2;
        var (left, right) = (_slots[run], NewSlot());
        Array.Copy(_leads, (left * Capacity) + Half, _leads, right * Capacity, Half);
        Array.Copy(_items, (left * Capacity) + Half, _items, right * Capacity, Half);
        Array.Clear(_items, (left * Capacity) + Half, Half);
        (_lengths[left], _lengths[right]) = (Half, Half);
        _boundLeads.Insert(run, _leads[(left * Capacity) + Half - 1]);
        _bounds.Insert(run, _items[(left * Capacity) + Half - 1]);
        _slots.Insert(run + 1, right);
        Reindex();
    }

    private bool Merge(int run)
    {
        if (_slots.Count == 1) return false;
        var first = run + 1 < _slots.Count ? run : run - 1;
        var (left, right) = (_slots[first], _slots[first + 1]);
        if (_lengths[left] + _lengths[right] > Capacity / 2) return false;
        Array.Copy(_leads, right * Capacity, _leads, (left * Capacity) + _lengths[left], _lengths[right]);
        Array.Copy(_items, right * Capacity, _items, (left * Capacity) + _lengths[left], _lengths[right]);
        Array.Clear(_items, right * Capacity, Capacity);
        _lengths[left] += _lengths[right];
        _lengths[right] = 0;
        _free.Push(right);
        _slots.RemoveAt(first + 1);
        _boundLeads.RemoveAt(first);
        _bounds.RemoveAt(first);
        Reindex();
        return true;
    }

    private int NewSlot()
    {
        if (_free.TryPop(out var slot)) return slot;
        slot = _slots.Count;
        if (slot < _lengths.Length) return slot;
        Array.Resize(ref _lengths, _lengths.Length * 2);
        Array.Resize(ref _leads, _lengths.Length * Capacity);
        Array.Resize(ref _items, _lengths.Length * Capacity);
        return slot;
    }

    private (int Run, int Before) Descend(int index)
    {
        var (run, before) = (0, 0);
        for (var step = _step; step > 0; step >>= 1)
        {
            var next = run + step;
            if (next < _fenwick.Length && before + _fenwick[next] <= index) (run, before) = (next, before + _fenwick[next]);
        }

        return (run, before);
    }

    private void Shift(int run, int by)
    {
        for (var i = run + 1; i < _fenwick.Length; i += i & -i) _fenwick[i] += by;
    }

    /// <summary>Runs once in many operations, when a run is split or merged.</summary>
    private void Reindex()
    {
        if (_fenwick.Length != _slots.Count + 1) _fenwick = new int[_slots.Count + 1];
        _step = 1;
        while (_step * 2 < _fenwick.Length) _step *= 2;
        for (var i = 1; i < _fenwick.Length; i++) _fenwick[i] = _lengths[_slots[i - 1]];
        for (var i = 1; i < _fenwick.Length; i++)
        {
            var parent = i + (i & -i);
            if (parent < _fenwick.Length) _fenwick[parent] += _fenwick[i];
        }
    }
}
