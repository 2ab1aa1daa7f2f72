using Orleans.Runtime;

namespace Dispatch.Server.Hubs;

/// <summary>Lets the keeper hear of deaths where silos are known; a process without one hears of lost gateways.</summary>
internal sealed class SessionKeeperWiring(ISiloStatusOracle silos, SessionKeeper keeper) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        silos.SubscribeToSiloStatusEvents(keeper);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        silos.UnSubscribeFromSiloStatusEvents(keeper);
        return Task.CompletedTask;
    }
}
