using Dispatch.Grains;
using Dispatch.Push;

namespace Dispatch.Server.Hubs;

/// <summary>
/// The observers through which pushes reach this process. A few, with workers hashed over them, not one a connection: calls to
/// one observer are sequential, and a reference costs the cluster memory.
/// </summary>
public sealed class PushGateways(IGrainFactory grains, ConnectionRegistry registry, IFaultPoint faults) : IHostedService
{
    private const int Count = 8;
    private readonly Gateway[] _gateways = new Gateway[Count];
    private readonly IPushGateway[] _references = new IPushGateway[Count];

    private sealed class Gateway(ConnectionRegistry registry, IFaultPoint faults) : IPushGateway
    {
        public Task Deliver(Guid workerId, string? exceptConnectionId, object push)
        {
            registry.Deliver(workerId, exceptConnectionId, push);
            faults.Reach(FaultPlace.AfterPush);
            return Task.CompletedTask;
        }
    }

    /// <summary>The gateway of a worker in this process.</summary>
    /// <param name="workerId">The worker.</param>
    public IPushGateway For(Guid workerId) => _references[(uint)workerId.GetHashCode() % Count];

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        for (var i = 0; i < Count; i++)
        {
            // The array keeps the objects alive: Orleans holds observers by weak reference.
            _gateways[i] = new Gateway(registry, faults);
            _references[i] = grains.CreateObjectReference<IPushGateway>(_gateways[i]);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        foreach (var reference in _references) grains.DeleteObjectReference<IPushGateway>(reference);
        return Task.CompletedTask;
    }
}
