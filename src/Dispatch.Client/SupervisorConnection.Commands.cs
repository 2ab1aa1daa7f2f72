using Dispatch.Contracts.Supervisor;
using Microsoft.AspNetCore.SignalR.Client;

namespace Dispatch.Client;

/// <summary>Steering.</summary>
public sealed partial class SupervisorConnection
{
    /// <summary>Steers live work. Repeating it with the same operation id is safe.</summary>
    /// <param name="command">The command.</param>
    /// <param name="cancellation">Gives up; the outcome is then unknown.</param>
    public Task<SupervisorResult> CommandAsync(SupervisorCommand command, CancellationToken cancellation = default) =>
        _hub.InvokeAsync<SupervisorResult>(nameof(ISupervisorHub.Command), command, cancellation);
}
