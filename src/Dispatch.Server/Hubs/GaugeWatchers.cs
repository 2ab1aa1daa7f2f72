using System.Collections.Concurrent;
using Dispatch.Contracts;

namespace Dispatch.Server.Hubs;

/// <summary>Which supervisor connections of this process watch which project.</summary>
public sealed class GaugeWatchers
{
    private const int WatchersMax = 1_000;
    private readonly ConcurrentDictionary<(Guid ProjectId, string ConnectionId), Guid> _watchers = new();
    private readonly Lock _adding = new();

    /// <summary>The watched projects with their connections.</summary>
    public IEnumerable<IGrouping<Guid, string>> ByProject => _watchers.Keys.GroupBy(key => key.ProjectId, key => key.ConnectionId);

    /// <summary>Starts watching; false when all, or this person, watch as much as they may.</summary>
    /// <param name="projectId">The project.</param>
    /// <param name="connectionId">The connection.</param>
    /// <param name="person">Who watches.</param>
    public bool TryAdd(Guid projectId, string connectionId, Guid person)
    {
        // Counted and added in one step, or a burst of calls would pass the count together. Nobody watches often enough for the lock to matter.
        lock (_adding)
        {
            if (_watchers.ContainsKey((projectId, connectionId))) return true;
            if (_watchers.Count >= WatchersMax || _watchers.Values.Count(each => each == person) >= Limits.WatchesPerSupervisor) return false;
            _watchers[(projectId, connectionId)] = person;
            return true;
        }
    }

    /// <summary>Ends it.</summary>
    /// <param name="projectId">The project.</param>
    /// <param name="connectionId">The connection.</param>
    public void Remove(Guid projectId, string connectionId) => _watchers.TryRemove((projectId, connectionId), out _);

    /// <summary>The connection is gone.</summary>
    /// <param name="connectionId">The connection.</param>
    public void RemoveAll(string connectionId)
    {
        foreach (var key in _watchers.Keys.Where(key => key.ConnectionId == connectionId)) _watchers.TryRemove(key, out _);
    }
}
