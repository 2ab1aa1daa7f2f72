using System.Collections.Concurrent;
using Dispatch.Contracts;
using Dispatch.Contracts.Worker;

namespace Dispatch.Push;

/// <summary>The worker connections of this process, by worker: a push finds its connections without a scan.</summary>
public sealed class ConnectionRegistry(PushOptions options, PushInstruments instruments)
{
    private readonly ConcurrentDictionary<Guid, ConcurrentDictionary<string, WorkerConnection>> _workers = new();

    /// <summary>Connections in this process.</summary>
    public int Count => _workers.Values.Sum(connections => connections.Count);

    /// <summary>Every connection with its worker, as they are while this is read.</summary>
    public IEnumerable<(Guid WorkerId, WorkerConnection Connection)> All => _workers.SelectMany(worker => worker.Value.Values.Select(connection => (worker.Key, connection)));

    /// <summary>Puts a push into the channel of every connection.</summary>
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
        while (true)
        {
            var connections = _workers.GetOrAdd(workerId, _ => new ConcurrentDictionary<string, WorkerConnection>());
            lock (connections)
            {
                // The last connection may just have left and taken the table with it: one added to that would never be pushed to.
                if (!_workers.TryGetValue(workerId, out var present) || !ReferenceEquals(present, connections)) continue;
                if (connections.Count >= Limits.ConnectionsPerWorker) return false;
                connections[connectionId] = new WorkerConnection(connectionId, client, abort, options, instruments);
                instruments.ConnectionOpened();
                return true;
            }
        }
    }

    /// <summary>Removes a connection.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="connectionId">The connection.</param>
    public async ValueTask RemoveAsync(Guid workerId, string connectionId)
    {
        if (!_workers.TryGetValue(workerId, out var connections)) return;
        WorkerConnection? connection;
        lock (connections)
        {
            if (!connections.TryRemove(connectionId, out connection)) return;
            if (connections.IsEmpty) _workers.TryRemove(new(workerId, connections));
        }

        instruments.ConnectionClosed();
        await connection.DisposeAsync();
    }

    /// <summary>Puts a push into the channels of a worker's connections, and returns at once.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="exceptConnectionId">The connection left out.</param>
    /// <param name="push">The push.</param>
    public void Deliver(Guid workerId, string? exceptConnectionId, object push)
    {
        if (!_workers.TryGetValue(workerId, out var connections)) return;
        foreach (var (connectionId, connection) in connections)
        {
            if (connectionId != exceptConnectionId) connection.Enqueue(push);
        }
    }
}
