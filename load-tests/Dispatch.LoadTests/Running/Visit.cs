using System.Diagnostics;

namespace Dispatch.LoadTests.Running;

/// <summary>The time of one person in a measurement, from coming to going, and what of it went by without a task.</summary>
internal sealed class Visit : IDisposable
{
    private readonly Tally _tally;
    private readonly long _came;
    private bool _isFirst = true;
    private bool _over;

    /// <param name="tally">Where it counts.</param>
    /// <param name="came">When the person came.</param>
    public Visit(Tally tally, long came)
    {
        (_tally, _came) = (tally, came);
        tally.Came();
    }

    /// <summary>Waits for a task in hand, and counts the wait. The first one counts from coming, with connecting in it.</summary>
    public async Task ReadyAsync(Place place, CancellationToken stop)
    {
        var from = _isFirst ? _came : Stopwatch.GetTimestamp();
        var came = false;
        try
        {
            await place.Seat.ReadyAsync(stop);
            came = true;
        }
        finally
        {
            _tally.Waited(Stopwatch.GetElapsedTime(from), _isFirst, came);
            _isFirst &= !came;
        }
    }

    public void Dispose()
    {
        if (_over) return;
        _over = true;
        _tally.Went(Stopwatch.GetElapsedTime(_came));
    }
}
