namespace Dispatch.Engine.Backlog;

/// <summary>
/// Lets a worker's cursor skip what it has passed, and still see a task that came back behind it. Every return of a task
/// is an event (version, key); a cursor of version v must go back to the smallest key of the events after v. Kept as a
/// stack in which versions and keys both grow, so that the answer is one binary search however many workers there are.
/// </summary>
internal sealed class RewindLog
{
    private const int EventsMax = 16_384;
    private readonly List<(long Version, TaskKey Key)> _events = [];
    private long _forgottenUpTo;

    public void Add(long version, TaskKey key)
    {
        // An earlier event with a later key is covered by this one for every cursor that needs it.
        while (_events.Count > 0 && _events[^1].Key.CompareTo(key) >= 0) _events.RemoveAt(_events.Count - 1);
        _events.Add((version, key));
        if (_events.Count <= EventsMax) return;
        _forgottenUpTo = _events[EventsMax / 2].Version;
        _events.RemoveRange(0, (EventsMax / 2) + 1);
    }

    /// <summary>Where a cursor of the given version must restart.</summary>
    public TaskKey Rewind(TaskKey cursor, long version)
    {
        if (version < _forgottenUpTo) return TaskKey.First;
        int low = 0, high = _events.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_events[middle].Version <= version) low = middle + 1;
            else high = middle;
        }

        return low < _events.Count && _events[low].Key.CompareTo(cursor) < 0 ? _events[low].Key : cursor;
    }
}
