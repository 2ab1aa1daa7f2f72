namespace Dispatch.Grains;

/// <summary>
/// Answers an hour of late, per worker, from totals as they come; not a number until a worker was watched for a minute. Only for expectations: a worker who went away keeps the last
/// rate until the next look.
/// </summary>
internal sealed class Rates(TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Least = TimeSpan.FromMinutes(1);
    private readonly Dictionary<Guid, Entry> _workers = [];

    private sealed class Entry
    {
        public long Answers;
        public long Stamp;
        public double PerHour = double.NaN;
    }

    public double Seen(Guid workerId, long answers)
    {
        var now = time.GetTimestamp();
        if (!_workers.TryGetValue(workerId, out var entry))
        {
            _workers.Add(workerId, new Entry { Answers = answers, Stamp = now });
            return double.NaN;
        }

        var span = time.GetElapsedTime(entry.Stamp, now);
        if (span >= Least) entry.PerHour = (answers - entry.Answers) / span.TotalHours;
        if (span >= Window) (entry.Answers, entry.Stamp) = (answers, now);
        return entry.PerHour;
    }
}
