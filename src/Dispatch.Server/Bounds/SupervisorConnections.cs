using System.Collections.Concurrent;
using Dispatch.Contracts;

namespace Dispatch.Server.Bounds;

/// <summary>How many connections each supervisor has to this process.</summary>
public sealed class SupervisorConnections
{
    private readonly ConcurrentDictionary<Guid, int> _open = new();

    /// <summary>Counts a connection; false when the person has <see cref="Limits.ConnectionsPerSupervisor"/> already.</summary>
    /// <param name="person">Whose.</param>
    public bool TryAdd(Guid person)
    {
        if (_open.AddOrUpdate(person, 1, static (_, count) => count + 1) <= Limits.ConnectionsPerSupervisor) return true;
        Remove(person);
        return false;
    }

    /// <summary>A connection that was counted is gone.</summary>
    /// <param name="person">Whose.</param>
    public void Remove(Guid person)
    {
        if (_open.AddOrUpdate(person, 0, static (_, count) => count - 1) == 0) _open.TryRemove(new KeyValuePair<Guid, int>(person, 0));
    }
}
