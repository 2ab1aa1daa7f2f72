using Dispatch.Engine.Quality;

namespace Dispatch.Engine.Standing;

/// <summary>
/// Counts of the workers' median handling times, and the median of them, in the buckets that the medians themselves come from: nothing
/// is lost by it, an update touches a few numbers whatever the size of the board, and equal times cost no comparison.
/// </summary>
internal sealed class PoolTimes
{
    private const int Buckets = 2_048;
    private readonly int[] _fenwick = new int[Buckets + 1];
    private int _count;

    /// <summary>Median in seconds, within <see cref="LogBuckets.RelativeErrorMax"/> of itself; the mean of the two in the middle; null while there is none.</summary>
    public double? Median => _count == 0 ? null : (At((_count - 1) / 2) + At(_count / 2)) / 2;

    public void Add(double seconds) => Shift(seconds, 1);

    public void Remove(double seconds) => Shift(seconds, -1);

    private static ushort Key(double seconds) => LogBuckets.KeyOf((long)Math.Clamp(Math.Round(seconds * 1_000_000), 0, HandlingFold.MicrosecondsMax));

    private void Shift(double seconds, int by)
    {
        _count += by;
        for (var i = Key(seconds) + 1; i <= Buckets; i += i & -i) _fenwick[i] += by;
    }

    private double At(int index)
    {
        var (bucket, before) = (0, 0);
        for (var step = Buckets; step > 0; step >>= 1)
        {
            var next = bucket + step;
            if (next <= Buckets && before + _fenwick[next] <= index) (bucket, before) = (next, before + _fenwick[next]);
        }

        return LogBuckets.MiddleOf((ushort)bucket) / 1_000_000.0;
    }
}
