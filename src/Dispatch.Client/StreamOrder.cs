using Dispatch.Contracts.Worker;

namespace Dispatch.Client;

/// <summary>Where a push stands to what is known.</summary>
internal enum PushPlace
{
    /// <summary>The one after the last.</summary>
    Next,

    /// <summary>Known already: a snapshot had it.</summary>
    Known,

    /// <summary>Something before it is missing, or the stream is another one.</summary>
    Apart,
}

/// <summary>
/// Order among pushes, results and snapshots, which overtake one another: a snapshot that was made before a result, and arrives
/// after it, knows nothing of the task that the result brought. Such a snapshot is asked for again instead of believed.
/// </summary>
internal sealed class StreamOrder
{
    private long _applied;
    private int _inFlight;

    /// <summary>The last position known; null before the first snapshot.</summary>
    public StreamPosition? Position { get; private set; }

    /// <summary>A command is under way until the result is disposed.</summary>
    public IDisposable Begin()
    {
        Interlocked.Increment(ref _inFlight);
        return new Ending(this);
    }

    public PushPlace Place(StreamPosition position)
    {
        if (Position is not { } known || position.Incarnation != known.Incarnation) return PushPlace.Apart;
        if (position.N <= known.N) return PushPlace.Known;
        return position.N == known.N + 1 ? PushPlace.Next : PushPlace.Apart;
    }

    public void MoveTo(StreamPosition position) => Position = position;

    /// <summary>A result was applied. False when later pushes came before it: what is held must be asked for.</summary>
    public bool Applied(StreamPosition? position)
    {
        Interlocked.Increment(ref _applied);
        if (position is null) return true;
        if (Position is { } known && known.Incarnation == position.Incarnation && known.N > position.N) return false;
        Position = position;
        return true;
    }

    /// <summary>A mark to be compared when the reply is there.</summary>
    public long Ask() => Interlocked.Read(ref _applied);

    /// <summary>Whether a snapshot is as new as all that was applied since it was asked for.</summary>
    public bool IsCurrent(long asked, StreamPosition position) =>
        asked == Ask() && !(Position is { } known && known.Incarnation == position.Incarnation && known.N > position.N);

    /// <summary>Whether a heartbeat shows that something was missed: another place in the stream, or other work than is held here while nothing is under way.</summary>
    public bool IsBehind(long asked, StreamPosition position, IEnumerable<Guid> holds, IEnumerable<Guid> held)
    {
        if (Position is not { } known || known.Incarnation != position.Incarnation) return true;
        if (known.N != position.N) return known.N < position.N;
        return asked == Ask() && Volatile.Read(ref _inFlight) == 0 && !holds.ToHashSet().SetEquals(held);
    }

    private sealed class Ending(StreamOrder order) : IDisposable
    {
        private bool _done;

        public void Dispose()
        {
            if (_done) return;
            _done = true;
            Interlocked.Decrement(ref order._inFlight);
        }
    }
}
