using System.Collections.Concurrent;

namespace Dispatch.Server.Hubs;

/// <summary>Which supervisor connections of this process watch which project.</summary>
public sealed class GaugeWatchers
{
    private const int WatchersMax = 1_000;
    private readonly ConcurrentDictionary<(Guid ProjectId, string ConnectionId), byte> _watchers = new();

    /// <summary>The watched projects with their connections.</summary>
    public IEnumerable<IGrouping<Guid, string>> ByProject => _watchers.Keys.GroupBy(key => key.ProjectId, key => key.ConnectionId);

    /// <summary>Starts watching; false when there are too many watchers.</summary>
    /// <param name="projectId">The project.</param>
    /// <param name="connectionId">The connection.</param>
    public bool TryAdd(Guid projectId, string connectionId)
    {
        if (_watchers.Count >= WatchersMax) return false;
        _watchers[(projectId, connectionId)] = 0;
        return true;
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
