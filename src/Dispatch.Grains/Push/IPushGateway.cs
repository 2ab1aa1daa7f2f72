using Orleans.Concurrency;

namespace Dispatch.Grains;

/// <summary>
/// Where pushes leave the cluster: a few per process. Calls to one observer are sequential, so an implementation only puts
/// the message into the bounded queue of the connection and returns: a slow browser must never hold up a grain.
/// </summary>
public interface IPushGateway : IGrainObserver
{
    /// <summary>Delivers to every connection of the worker in that process, save one.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="exceptConnectionId">The connection left out; null for none.</param>
    /// <param name="push">One of the pushes of <see cref="Contracts.Worker.IWorkerHubClient"/>.</param>
    [OneWay]
    Task Deliver(Guid workerId, string? exceptConnectionId, object push);
}
