using Dispatch.Contracts;
using Dispatch.Contracts.Supervisor;

namespace Dispatch.Grains;

/// <summary>What happened lately in a batch: latest answers, answers a minute, median handling time. All bounded.</summary>
internal sealed class BatchActivity(TimeProvider time)
{
    private const int LatestMax = 20;
    private const int HandlingMax = 100;
    private readonly LinkedList<LatestAnswer> _latest = [];
    private readonly Queue<long> _handlingMs = [];

    // Answers per second for the last minute, as a ring: throughput without a list of every answer.
    private readonly int[] _perSecond = new int[60];
    private long _lastSecond;

    public IReadOnlyList<LatestAnswer> Latest => [.. _latest];

    public void Answered(LatestAnswer answer)
    {
        _latest.AddFirst(answer);
        if (_latest.Count > LatestMax) _latest.RemoveLast();
        _handlingMs.Enqueue(answer.HandlingMs);
        if (_handlingMs.Count > HandlingMax) _handlingMs.Dequeue();
        Advance();
        _perSecond[_lastSecond % 60]++;
    }

    public int AnswersLastMinute()
    {
        Advance();
        return _perSecond.Sum();
    }

    public double? MedianHandlingMs()
    {
        if (_handlingMs.Count == 0) return null;
        var sorted = _handlingMs.Order().ToArray();
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2.0;
    }

    private void Advance()
    {
        var second = time.GetUtcNow().ToUnixTimeSeconds();
        if (_lastSecond == 0) _lastSecond = second;
        for (var behind = Math.Min(60, second - _lastSecond); behind > 0; behind--) _perSecond[(second - behind + 1) % 60] = 0;
        _lastSecond = Math.Max(_lastSecond, second);
    }
}
