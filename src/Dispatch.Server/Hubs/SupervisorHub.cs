using Dispatch.Contracts;
using Dispatch.Contracts.Supervisor;
using Dispatch.Server.Auth;
using Dispatch.Server.Bounds;
using Dispatch.Server.Supervision;
using Dispatch.Storage;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.SignalR;

namespace Dispatch.Server.Hubs;

/// <summary>The supervisors' door.</summary>
[Authorize(Roles = $"{Roles.Supervisor},{Roles.Admin}")]
public sealed class SupervisorHub(IProjectStore projects, GaugeWatchers watchers, SupervisorConnections connections, SupervisorDesk desk) : Hub<ISupervisorHubClient>, ISupervisorHub
{
    private const string Counted = "counted";

    private Guid Person => Admissions.SubjectOf(Context.User) ?? Guid.Empty;

    /// <inheritdoc/>
    public override Task OnConnectedAsync()
    {
        if (!connections.TryAdd(Person)) throw new HubException($"{RefusalCodes.Name(RefusalCode.Busy)}: You have {Limits.ConnectionsPerSupervisor} connections open. Close a page, and connect again.");
        Context.Items[Counted] = true;
        return base.OnConnectedAsync();
    }

    /// <inheritdoc/>
    public async Task<Refusal?> Watch(Guid projectId)
    {
        try
        {
            if (await projects.GetProjectAsync(projectId, Context.ConnectionAborted) is null) return UnknownProject;
        }
        catch (Exception failure) when (HubCalls.IsUnknown(failure))
        {
            return SupervisorRefusals.OutcomeUnknown;
        }

        return watchers.TryAdd(projectId, Context.ConnectionId, Person)
            ? null
            : new Refusal
            {
                Code = RefusalCode.Busy,
                Message = "Too many projects are watched, by you or by all supervisors of this server.",
                Remedy = "Close a page that is not needed, and try again.",
                RetryAfterMs = 5_000,
            };
    }

    private static Refusal UnknownProject { get; } = new()
    {
        Code = RefusalCode.UnknownProject,
        Message = "There is no such project.",
        Remedy = "Choose one from GET /api/v1/projects.",
    };

    /// <inheritdoc/>
    public async Task<SupervisorResult> Command(SupervisorCommand command)
    {
        if (CommandChecks.Of(command) is { } refusal) return new SupervisorResult { Refusal = refusal };
        try
        {
            return await desk.ExecuteAsync(Admissions.SubjectOf(Context.User)!.Value, command, payloadHash: null, Context.ConnectionAborted);
        }
        catch (Exception failure) when (HubCalls.IsUnknown(failure))
        {
            return new SupervisorResult { Refusal = SupervisorRefusals.OutcomeUnknown };
        }
    }

    /// <inheritdoc/>
    public Task Unwatch(Guid projectId)
    {
        watchers.Remove(projectId, Context.ConnectionId);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task OnDisconnectedAsync(Exception? exception)
    {
        watchers.RemoveAll(Context.ConnectionId);
        if (Context.Items.ContainsKey(Counted)) connections.Remove(Person);
        return Task.CompletedTask;
    }
}
