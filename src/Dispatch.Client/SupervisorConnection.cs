using Dispatch.Contracts;
using Dispatch.Contracts.Supervisor;
using Microsoft.AspNetCore.SignalR.Client;

namespace Dispatch.Client;

/// <summary>A supervisor's connection: live figures of watched projects, watched again after every reconnect.</summary>
public sealed partial class SupervisorConnection : IAsyncDisposable
{
    private readonly WorkerConnectionOptions _options;
    private readonly HubConnection _hub;
    private readonly Backoff _backoff;
    private readonly HashSet<Guid> _watched = [];
    private readonly CancellationTokenSource _stop = new();
    private bool _isStarted;

    /// <summary>A connection that is not started yet.</summary>
    /// <param name="options">Settings, as for a worker.</param>
    public SupervisorConnection(WorkerConnectionOptions options)
    {
        _options = options;
        _backoff = new Backoff(options.RetryFirst, options.RetryMax, options.Jitter);
        _hub = HubConnections.Build(options.Server, "/hubs/supervisor", options.AccessToken, options.Protocol, _backoff);
        _hub.On<ProjectGauges>(nameof(ISupervisorHubClient.Gauges), gauges => Gauges?.Invoke(gauges));
        _hub.On<Refusal>(nameof(ISupervisorHubClient.AccessEnded), refusal => _ = GiveUpAsync(refusal));
        _hub.Reconnected += _ => WatchAgainAsync();
        _hub.Closed += OnClosedAsync;
    }

    /// <summary>Figures came.</summary>
    public event Action<ProjectGauges>? Gauges;

    /// <summary>The server refused the connection for good when it was resumed. Nothing is tried again.</summary>
    public event Action<Refusal>? Refused;

    /// <summary>Connects; keeps trying until it succeeds, is refused for good, or is canceled.</summary>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="DispatchRefusedException">The token is not taken, or its roles do not allow it.</exception>
    public async Task StartAsync(CancellationToken cancellation = default)
    {
        for (var attempt = 0L; ; attempt++)
        {
            try
            {
                if (_hub.State == HubConnectionState.Disconnected) await _hub.StartAsync(cancellation);
                _isStarted = true;
                return;
            }
            catch (Exception failure) when (HubFailures.Final(failure) is { } refusal)
            {
                throw new DispatchRefusedException(refusal, failure);
            }
            catch (Exception failure) when (HubFailures.IsTransient(failure))
            {
                await Task.Delay(_backoff.After(attempt), _options.Time, cancellation);
            }
        }
    }

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
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _hub.DisposeAsync();
        _stop.Dispose();
    }

    private async Task GiveUpAsync(Refusal refusal)
    {
        _isStarted = false;
        Refused?.Invoke(refusal);
        await _hub.StopAsync();
    }

    private async Task WatchAgainAsync()
    {
        foreach (var project in _watched.ToArray()) await _hub.InvokeAsync<Refusal?>(nameof(ISupervisorHub.Watch), project, _stop.Token);
    }

    private async Task OnClosedAsync(Exception? failure)
    {
        // SignalR reconnects what broke. What the server closed itself (a token that ran out) it leaves to us.
        if (!_isStarted || _stop.IsCancellationRequested) return;
        try
        {
            if ((_backoff.Refusal ?? HubFailures.Final(failure)) is { } refusal) throw new DispatchRefusedException(refusal, failure);
            await StartAsync(_stop.Token);
            await WatchAgainAsync();
        }
        catch (DispatchRefusedException refused)
        {
            Refused?.Invoke(refused.Refusal);
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }
}
