using Dispatch.Contracts.Worker;

namespace Dispatch.Grains;

/// <summary>The connections of a worker, and the numbered stream of pushes to them.</summary>
internal sealed class WorkerSessions(Guid workerId, Guid incarnation)
{
    private readonly Dictionary<string, IPushGateway> _connections = [];
    private long _n;

    /// <summary>The sessions of a life that moved here.</summary>
    public static WorkerSessions Continue(Guid workerId, WorkerLuggage luggage)
    {
        var sessions = new WorkerSessions(workerId, luggage.Incarnation) { _n = luggage.Pushed };
        foreach (var (connectionId, gateway) in luggage.Connections) sessions.Join(connectionId, gateway);
        return sessions;
    }

    public IReadOnlyDictionary<string, IPushGateway> Connections => new Dictionary<string, IPushGateway>(_connections);

    public bool Any => _connections.Count > 0;

    public StreamPosition Position => new() { Incarnation = incarnation, N = _n };

    public void Join(string connectionId, IPushGateway gateway) => _connections[connectionId] = gateway;

    public void Leave(string connectionId) => _connections.Remove(connectionId);

    public bool Has(string connectionId) => _connections.ContainsKey(connectionId);

    /// <summary>Pushes to every connection save one. A connection that is left out learns the new position from its own result or its next heartbeat.</summary>
    public void Push(Func<StreamPosition, object> make, string? exceptConnectionId = null)
    {
        if (_connections.Count == 0 || (_connections.Count == 1 && exceptConnectionId is not null && Has(exceptConnectionId))) return;
        _n++;
        var push = make(Position);
        foreach (var gateway in _connections.Values.Distinct())
        {
            _ = gateway.Deliver(workerId, exceptConnectionId, push);
        }
    }
}
