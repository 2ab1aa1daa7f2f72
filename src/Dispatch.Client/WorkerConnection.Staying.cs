using Dispatch.Contracts;
using Dispatch.Contracts.Worker;
using Microsoft.AspNetCore.SignalR.Client;

namespace Dispatch.Client;

/// <summary>Connecting and staying so: starts, comes back after a loss, beats, and ends for good.</summary>
public sealed partial class WorkerConnection
{
    /// <summary>Connects and reads the present state; keeps trying until it succeeds, is refused for good, or is canceled.</summary>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="DispatchRefusedException">The token is not taken, or its worker is unknown or deactivated.</exception>
    public Task<WorkerSnapshot> StartAsync(CancellationToken cancellation = default) => StartAsync(HubFailures.IsTransient, cancellation);

    private async Task<WorkerSnapshot> StartAsync(Func<Exception, bool> mayPass, CancellationToken cancellation)
    {
        Refusal = null;
        for (var attempt = 0L; ; attempt++)
        {
            try
            {
                if (_hub.State == HubConnectionState.Disconnected) await _hub.StartAsync(cancellation);
                await ResyncAsync();
                if (_heartbeat.IsCompleted) _heartbeat = HeartbeatAsync();
                _isStarted = true;
                return Snapshot!;
            }
            catch (Exception failure) when ((Refusal ?? HubFailures.Final(failure)) is { } refusal)
            {
                await GiveUpAsync(refusal);
                throw new DispatchRefusedException(refusal, failure);
            }
            catch (Exception failure) when (mayPass(failure))
            {
                await Task.Delay(_backoff.After(attempt), _options.Time, cancellation);
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _heartbeat;
        await _hub.DisposeAsync();
        _resyncing.Dispose();
        _stop.Dispose();
    }

    private async Task ResyncAsync()
    {
        await _resyncing.WaitAsync(_stop.Token);
        try
        {
            while (true)
            {
                using var deadline = new CancellationTokenSource(_options.CallDeadline, _options.Time);
                var asked = _order.Ask();
                var snapshot = await _hub.InvokeAsync<WorkerSnapshot>(nameof(IWorkerHub.Connect), _order.Position, deadline.Token);
                if (!_order.IsCurrent(asked, snapshot.Position)) continue;
                Apply(snapshot);
                return;
            }
        }
        finally
        {
            _resyncing.Release();
        }
    }

    /// <summary>After a reconnect or a gap: what passes is tried again, what does not ends the connection. It fails nobody's command: that has its own result.</summary>
    private async Task ResumeAsync()
    {
        for (var attempt = 0L; _hub.State == HubConnectionState.Connected; attempt++)
        {
            try
            {
                await ResyncAsync();
                return;
            }
            catch (Exception failure) when (HubFailures.Final(failure) is { } refusal)
            {
                await GiveUpAsync(refusal);
                return;
            }
            catch (Exception failure) when (HubFailures.IsTransient(failure) && !_stop.IsCancellationRequested)
            {
                await Task.Delay(_backoff.After(attempt), _options.Time, _stop.Token);
            }
        }
    }

    private async Task GiveUpAsync(Refusal refusal)
    {
        if (Refusal is not null) return;
        Refusal = refusal;
        Refused?.Invoke(refusal);
        await _hub.StopAsync();
    }

    private async Task OnClosedAsync(Exception? failure)
    {
        if (Refusal is null && (_backoff.Refusal ?? HubFailures.Final(failure)) is { } refusal)
        {
            Refusal = refusal;
            Refused?.Invoke(refusal);
        }

        await Report(HubConnectionState.Disconnected);

        // SignalR reconnects what broke. What the server closed itself (busy, token run out) it leaves to us.
        if (Refusal is null && _isStarted && !_stop.IsCancellationRequested) _ = RestartAsync();
    }

    private async Task RestartAsync()
    {
        if (Interlocked.Exchange(ref _restarting, 1) == 1) return;
        try
        {
            // There was a connection before, so whatever it is may pass. Nobody waits for this task: what it let out would leave the person without work until the page is loaded anew.
            await StartAsync(_ => true, _stop.Token);
        }
        catch (Exception failure) when (failure is DispatchRefusedException or OperationCanceledException)
        {
            // Told by its event, or disposed.
        }
        finally
        {
            Volatile.Write(ref _restarting, 0);
        }

        // Closed once more before that was written: this restart was taken for the one that it needs.
        if (_hub.State == HubConnectionState.Disconnected && Refusal is null && !_stop.IsCancellationRequested) _ = RestartAsync();
    }

    private Task Report(HubConnectionState state)
    {
        _ = state;
        Changed?.Invoke();
        return Task.CompletedTask;
    }

    private async Task HeartbeatAsync()
    {
        using var timer = new PeriodicTimer(_options.HeartbeatEvery, _options.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                if (_hub.State != HubConnectionState.Connected) continue;
                try
                {
                    var asked = _order.Ask();
                    var result = await _hub.InvokeAsync<HeartbeatResult>(nameof(IWorkerHub.Heartbeat), _stop.Token);
                    if (_order.IsBehind(asked, result.Position, result.Leases.Select(lease => lease.AssignmentId), _held.Keys)) await ResyncAsync();
                    else Renewed(result);
                }
                catch (Exception failure) when (HubFailures.IsTransient(failure) && !_stop.IsCancellationRequested)
                {
                    // The next beat, or the reconnect, tries again; the lease outlives several beats.
                }
                catch (Exception failure) when (HubFailures.Final(failure) is { } refusal)
                {
                    // Whoever was put out is told by whatever call comes first. Not awaited: the end of the connection waits for this loop.
                    _ = GiveUpAsync(refusal);
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }

    private void Renewed(HeartbeatResult beat)
    {
        _ahead = beat.ServerTime - _options.Time.GetUtcNow();
        foreach (var lease in beat.Leases)
        {
            if (_held.TryGetValue(lease.AssignmentId, out var assignment)) _held[lease.AssignmentId] = assignment with { LeaseUntil = lease.LeaseUntil };
        }

        Changed?.Invoke();
    }
}
