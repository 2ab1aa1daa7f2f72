namespace Dispatch.Contracts.Supervisor;

/// <summary>What a supervisor's client may call on <c>/hubs/supervisor</c>.</summary>
public interface ISupervisorHub
{
    /// <summary>Starts the stream of gauges of a project to this connection, at least one a second.</summary>
    /// <param name="projectId">The project.</param>
    /// <returns>Null, or why not.</returns>
    Task<Refusal?> Watch(Guid projectId);

    /// <summary>Steers live work. Audited with actor, time and reason.</summary>
    /// <param name="command">The command.</param>
    Task<SupervisorResult> Command(SupervisorCommand command);

    /// <summary>Ends it.</summary>
    /// <param name="projectId">The project.</param>
    Task Unwatch(Guid projectId);
}

/// <summary>What the server may call on a supervisor's client.</summary>
public interface ISupervisorHubClient
{
    /// <summary>Live figures of a watched project.</summary>
    /// <param name="gauges">The figures.</param>
    Task Gauges(ProjectGauges gauges);

    /// <summary>The person was deactivated, or lost the role for this hub: calls are refused from now on, and the server closes the connection a second later. Do not connect again.</summary>
    /// <param name="refusal">Why, and what to do.</param>
    Task AccessEnded(Refusal refusal) => Task.CompletedTask;
}
