using Dispatch.Contracts;
using Dispatch.Contracts.Supervisor;
using Microsoft.AspNetCore.SignalR.Client;

namespace Dispatch.Client;

/// <summary>A supervisor's connection: live figures of watched projects, watched again after every reconnect.</summary>
public sealed class SupervisorConnection : IAsyncDisposable
{
    private readonly HubConnection _hub;
    private readonly HashSet<Guid> _watched = [];

    /// <summary>A connection that is not started yet.</summary>
    /// <param name="options">Settings, as for a worker.</param>
    public SupervisorConnection(WorkerConnectionOptions options)
    {
        _hub = HubConnections.Build(options.Server, "/hubs/supervisor", options.AccessToken, options.Protocol, new Backoff(options.RetryFirst, options.RetryMax, options.Jitter));
        _hub.On<ProjectGauges>(nameof(ISupervisorHubClient.Gauges), gauges => Gauges?.Invoke(gauges));
        _hub.Reconnected += async _ =>
        {
            foreach (var project in _watched) await _hub.InvokeAsync<Refusal?>(nameof(ISupervisorHub.Watch), project);
        };
    }

    /// <summary>Figures came.</summary>
    public event Action<ProjectGauges>? Gauges;

    /// <summary>Connects.</summary>
    /// <param name="cancellation">Gives up.</param>
    public Task StartAsync(CancellationToken cancellation = default) => _hub.StartAsync(cancellation);

    /// <summary>Watches a project.</summary>
    /// <param name="projectId">The project.</param>
    public async Task<Refusal?> WatchAsync(Guid projectId)
    {
        var refusal = await _hub.InvokeAsync<Refusal?>(nameof(ISupervisorHub.Watch), projectId);
        if (refusal is null) _watched.Add(projectId);
        return refusal;
    }

    /// <summary>Stops watching a project.</summary>
    /// <param name="projectId">The project.</param>
    public async Task UnwatchAsync(Guid projectId)
    {
        _watched.Remove(projectId);
        await _hub.InvokeAsync(nameof(ISupervisorHub.Unwatch), projectId);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _hub.DisposeAsync();
}
