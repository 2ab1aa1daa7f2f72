using System.Numerics;

namespace Dispatch.Engine.Quality;

/// <summary>
/// A histogram of durations with buckets that grow with the value: 32 to a doubling, so a quantile is off by at most 1/64 of
/// itself. Whole numbers only: the same values give the same bits in any order, and two histograms add up. Holds the buckets that
/// are not empty, nothing before the first value.
/// </summary>
public sealed class LogBuckets
{
    /// <summary>Greatest relative error of a quantile.</summary>
    public const double RelativeErrorMax = 1.0 / (2 << SubBits);

    private const int SubBits = 5;
    private ushort[] _keys = [];
    private long[] _counts = [];
    private int _used;

    /// <summary>Values counted.</summary>
    public long Count { get; private set; }

    /// <summary>Buckets that hold a value, ascending: key and count. What is saved.</summary>
    public IReadOnlyList<(ushort Key, long Count)> Buckets => [.. Enumerable.Range(0, _used).Select(i => (_keys[i], _counts[i]))];

    /// <summary>Reads saved buckets.</summary>
    /// <param name="buckets">What <see cref="Buckets"/> gave.</param>
    public static LogBuckets Restore(IEnumerable<(ushort Key, long Count)> buckets)
    {
        var restored = new LogBuckets();
        foreach (var (key, count) in buckets) restored.AddToBucket(key, count);
        return restored;
    }

    /// <summary>Counts a value.</summary>
    /// <param name="microseconds">At least 0.</param>
    public void Add(long microseconds) => AddToBucket(KeyOf(microseconds), 1);

    /// <summary>Adds another histogram to this one.</summary>
    /// <param name="other">The other.</param>
    public void Merge(LogBuckets other)
    {
        for (var i = 0; i < other._used; i++) AddToBucket(other._keys[i], other._counts[i]);
    }

    /// <summary>The value at a quantile (nearest rank), in microseconds; null while there is none.</summary>
    /// <param name="q">From 0 to 1: 0.5 is the median.</param>
    public long? Quantile(double q)
    {
        if (Count == 0) return null;
        var rank = Math.Clamp((long)Math.Ceiling(q * Count), 1, Count);
        for (var i = 0; i < _used; i++)
        {
            rank -= _counts[i];
            if (rank <= 0) return MiddleOf(_keys[i]);
        }

        throw new InvalidOperationException("The buckets do not add up.");
    }

    internal static ushort KeyOf(long microseconds)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(microseconds);
        if (microseconds < 1 << SubBits) return (ushort)microseconds;
        var shift = BitOperations.Log2((ulong)microseconds) - SubBits;
        return (ushort)((shift << SubBits) + (microseconds >> shift));
    }

    internal static long MiddleOf(ushort key)
    {
        if (key < 1 << SubBits) return key;
        var shift = (key >> SubBits) - 1;
        var low = (long)(key - (shift << SubBits)) << shift;
        return low + ((1L << shift) >> 1);
    }

    private void AddToBucket(ushort key, long count)
    {
        Count += count;
        var at = Array.BinarySearch(_keys, 0, _used, key);
        if (at >= 0)
        {
            _counts[at] += count;
            return;
        }

        at = ~at;
        if (_used == _keys.Length)
        {
            var size = Math.Max(4, _used * 2);
            Array.Resize(ref _keys, size);
            Array.Resize(ref _counts, size);
        }

        Array.Copy(_keys, at, _keys, at + 1, _used - at);
        Array.Copy(_counts, at, _counts, at + 1, _used - at);
        (_keys[at], _counts[at]) = (key, count);
        _used++;
    }
}
