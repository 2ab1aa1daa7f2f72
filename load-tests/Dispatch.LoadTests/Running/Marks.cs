using System.Collections.Concurrent;
using System.Diagnostics;
using Dispatch.LoadTests.Reports;

namespace Dispatch.LoadTests.Running;

/// <summary>What happened during a measurement, and when.</summary>
/// <param name="started">Its begin.</param>
internal sealed class Marks(long started)
{
    // More lines than this in a plot hide what they mark.
    private const int Most = 40;
    private readonly ConcurrentQueue<Mark> _marks = new();

    public IReadOnlyList<Mark> All => [.. _marks.OrderBy(mark => mark.At).Take(Most)];

    public void Add(string what) => _marks.Enqueue(new Mark(Stopwatch.GetElapsedTime(started).TotalSeconds, what));
}
