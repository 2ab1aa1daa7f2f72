using Dispatch.Contracts.Worker;
using Microsoft.AspNetCore.SignalR.Client;

namespace Dispatch.Client;

/// <summary>Moving to another server when this one is about to stop.</summary>
public sealed partial class WorkerConnection
{
    /// <summary>Leaves after a random part of the time given, so that a crowd does not arrive elsewhere in one moment. Calls under way are repeated there under their operation ids.</summary>
    private void Move(ServerDraining push) => _ = MoveAsync(TimeSpan.FromMilliseconds(Math.Max(0, push.MoveWithinMs) * _options.Jitter()));

    private async Task MoveAsync(TimeSpan wait)
    {
        try
        {
            await Task.Delay(wait, _options.Time, _stop.Token);
            if (_hub.State == HubConnectionState.Connected) await _hub.StopAsync(_stop.Token);
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }
}
