using System.Collections.Concurrent;
using Dispatch.Contracts;
using Dispatch.Contracts.Worker;

namespace Dispatch.Push;

/// <summary>The worker connections of this process, by worker: a push finds its connections without a scan.</summary>
public sealed class ConnectionRegistry(PushOptions options, PushInstruments instruments)
{
    // Arrays are replaced, never changed: nearly everybody has one connection, and a table for it would be the larger part of what it costs.
    private readonly ConcurrentDictionary<Guid, WorkerConnection[]> _workers = new();

    /// <summary>Connections in this process.</summary>
    public int Count => _workers.Values.Sum(connections => connections.Length);

    /// <summary>Every connection with its worker, as they are while this is read.</summary>
    public IEnumerable<(Guid WorkerId, WorkerConnection Connection)> All => _workers.SelectMany(worker => worker.Value.Select(connection => (worker.Key, connection)));

    /// <summary>Puts a push into the queue of every connection.</summary>
    /// <param name="push">The push.</param>
    public void Broadcast(object push)
    {
        foreach (var (_, connection) in All) connection.Enqueue(push);
    }

    /// <summary>Adds a connection; false when the worker has <see cref="Limits.ConnectionsPerWorker"/> already.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="connectionId">The connection.</param>
    /// <param name="client">Its client.</param>
    /// <param name="abort">Closes it.</param>
    public bool TryAdd(Guid workerId, string connectionId, IWorkerHubClient client, Action abort)
    {
        var connection = new WorkerConnection(connectionId, client, abort, options, instruments);
        while (true)
        {
            var present = _workers.GetOrAdd(workerId, []);
            if (present.Length >= Limits.ConnectionsPerWorker) return false;
            if (!_workers.TryUpdate(workerId, [.. present, connection], present)) continue;
            instruments.ConnectionOpened();
            return true;
        }
    }

    /// <summary>Removes a connection.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="connectionId">The connection.</param>
    public async ValueTask RemoveAsync(Guid workerId, string connectionId)
    {
        while (_workers.TryGetValue(workerId, out var present))
        {
            if (Array.Find(present, each => each.ConnectionId == connectionId) is not { } connection) return;
            WorkerConnection[] others = [.. present.Where(each => each != connection)];
            if (!(others.Length == 0 ? _workers.TryRemove(new(workerId, present)) : _workers.TryUpdate(workerId, others, present))) continue;
            instruments.ConnectionClosed();
            await connection.DisposeAsync();
            return;
        }
    }

    /// <summary>Puts a push into the queues of a worker's connections, and returns at once.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="exceptConnectionId">The connection left out.</param>
    /// <param name="push">The push.</param>
    public void Deliver(Guid workerId, string? exceptConnectionId, object push)
    {
        if (!_workers.TryGetValue(workerId, out var connections)) return;
        foreach (var connection in connections)
        {
            if (connection.ConnectionId != exceptConnectionId) connection.Enqueue(push);
        }
    }
}
