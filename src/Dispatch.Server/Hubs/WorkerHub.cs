using System.Security.Claims;
using Dispatch.Contracts;
using Dispatch.Contracts.Worker;
using Dispatch.Grains;
using Dispatch.Push;
using Dispatch.Server.Supervision;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.SignalR;

namespace Dispatch.Server.Hubs;

/// <summary>The workers' door. Who the worker is comes from the token and from nowhere else.</summary>
[Authorize(Roles = Roles.Worker)]
public sealed partial class WorkerHub(IGrainFactory grains, ConnectionRegistry registry, PushGateways gateways, Ledgers ledgers, ILogger<WorkerHub> logger)
    : Hub<IWorkerHubClient>, IWorkerHub
{
    private Guid WorkerId => Guid.Parse(Context.User!.FindFirstValue("sub")!);

    private IWorkerGrain Worker => grains.Worker(WorkerId);

    /// <inheritdoc/>
    public override async Task OnConnectedAsync()
    {
        if (!Guid.TryParse(Context.User?.FindFirstValue("sub"), out var workerId))
        {
            throw Refused(RefusalCode.Unauthenticated, "The token names nobody. Use a token whose 'sub' is a worker id of this server.");
        }

        if (!registry.TryAdd(workerId, Context.ConnectionId, Clients.Client(Context.ConnectionId)))
        {
            LogTooMany(Context.ConnectionId, workerId);
            throw Refused(RefusalCode.Busy, $"You have {Limits.ConnectionsPerWorker} connections open. Close a tab or a device, and connect again.");
        }

        await base.OnConnectedAsync();
    }

    /// <inheritdoc/>
    public override async Task OnDisconnectedAsync(Exception? exception)
    {
        if (!Guid.TryParse(Context.User?.FindFirstValue("sub"), out var workerId)) return;
        await registry.RemoveAsync(workerId, Context.ConnectionId);
        try
        {
            await grains.GetGrain<IWorkerGrain>(workerId).Disconnect(Context.ConnectionId);
        }
        catch (Exception failure) when (IsUnknown(failure))
        {
            LogDisconnectNotTold(failure, workerId);
        }
    }

    /// <inheritdoc/>
    public async Task<WorkerSnapshot> Connect(StreamPosition? lastSeen)
    {
        ConnectReply reply;
        try
        {
            reply = await Worker.Connect(gateways.For(WorkerId), Context.ConnectionId);
        }
        catch (Exception failure) when (IsUnknown(failure))
        {
            LogCallFailed(failure, nameof(Connect));
            throw Refused(RefusalCode.Busy, "The server cannot answer for the moment. Call Connect again shortly.");
        }

        return reply.Snapshot ?? throw Refused(reply.Refusal!.Code, $"{reply.Refusal.Message} {reply.Refusal.Remedy}");
    }

    /// <inheritdoc/>
    public Task<CommandResult> SetActivity(SetActivityCommand command) =>
        Guard(nameof(SetActivity), CommandChecks.Of(command), () => Worker.SetActivity(command), refusal => new CommandResult { Refusal = refusal });

    /// <inheritdoc/>
    public async Task Shown(Guid assignmentId)
    {
        try
        {
            await Worker.Shown(assignmentId);
        }
        catch (Exception failure) when (IsUnknown(failure))
        {
            LogCallFailed(failure, nameof(Shown));
        }
    }

    /// <inheritdoc/>
    public Task<SubmitResult> Submit(SubmitCommand command) =>
        Guard(nameof(Submit), CommandChecks.Of(command), () => Worker.Submit(command, Context.ConnectionId), refusal => new SubmitResult { Refusal = refusal });

    /// <inheritdoc/>
    public Task<AcceptResult> Accept(AcceptCommand command) =>
        Guard(nameof(Accept), CommandChecks.Of(command), () => Worker.Accept(command, Context.ConnectionId), refusal => new AcceptResult { Refusal = refusal });

    /// <inheritdoc/>
    public Task<CommandResult> Decline(DeclineCommand command) =>
        Guard(nameof(Decline), CommandChecks.Of(command), () => Worker.Decline(command), refusal => new CommandResult { Refusal = refusal });

    /// <inheritdoc/>
    public async Task NotShown(Guid assignmentId)
    {
        try
        {
            await Worker.NotShown(assignmentId);
        }
        catch (Exception failure) when (IsUnknown(failure))
        {
            LogCallFailed(failure, nameof(NotShown));
        }
    }

    /// <inheritdoc/>
    public async Task<IdleExplanation> WhyNothing()
    {
        try
        {
            return await Worker.WhyNothing();
        }
        catch (Exception failure) when (IsUnknown(failure))
        {
            LogCallFailed(failure, nameof(WhyNothing));
            throw new HubException("busy: The server cannot answer for the moment. Ask again shortly.");
        }
    }

    /// <inheritdoc/>
    public Task<LedgerView> GetLedger(DateTimeOffset from, DateTimeOffset to) =>
        Guard(nameof(GetLedger), unfit: null, () => ledgers.ReadAsync(WorkerId, from, to, Context.ConnectionAborted), refusal => new LedgerView { Refusal = refusal });

    /// <inheritdoc/>
    public Task<CommandResult> Return(ReturnCommand command) =>
        Guard(nameof(Return), CommandChecks.Of(command), () => Worker.Return(command), refusal => new CommandResult { Refusal = refusal });

    /// <inheritdoc/>
    public Task<CommandResult> SaveDraft(SaveDraftCommand command) =>
        Guard(nameof(SaveDraft), CommandChecks.Of(command), () => Worker.SaveDraft(command), refusal => new CommandResult { Refusal = refusal });

    /// <inheritdoc/>
    public async Task<HeartbeatResult> Heartbeat()
    {
        try
        {
            if (await Worker.Heartbeat() is { } result) return result;
        }
        catch (Exception failure) when (IsUnknown(failure))
        {
            LogCallFailed(failure, nameof(Heartbeat));
        }

        throw Refused(RefusalCode.Busy, "The heartbeat could not be taken. Call Connect, or try again shortly.");
    }

    /// <inheritdoc/>
    public async Task<WorkerProject?> GetProject(Guid projectId)
    {
        try
        {
            return await Worker.GetProject(projectId);
        }
        catch (Exception failure) when (IsUnknown(failure))
        {
            LogCallFailed(failure, nameof(GetProject));
            throw Refused(RefusalCode.Busy, "The project cannot be read for the moment. Try again shortly.");
        }
    }

    private async Task<T> Guard<T>(string method, Refusal? unfit, Func<Task<T>> call, Func<Refusal, T> refuse)
    {
        if (unfit is not null) return refuse(unfit);
        try
        {
            return await call();
        }
        catch (Exception failure) when (IsUnknown(failure))
        {
            LogCallFailed(failure, method);
            return refuse(new Refusal
            {
                Code = RefusalCode.OutcomeUnknown,
                Message = "It is not known whether the command took effect.",
                Remedy = "Send the same command again under the same operation id: it takes effect once.",
                RetryAfterMs = 500,
            });
        }
    }

    /// <summary>A refusal where the protocol has no room for one: clients read the code before the colon.</summary>
    private static HubException Refused(RefusalCode code, string text) => new($"{RefusalCodes.Name(code)}: {text}");

    private static bool IsUnknown(Exception failure) =>
        failure is TimeoutException or Orleans.Runtime.OrleansException or Storage.StoreUnavailableException;

    [LoggerMessage(2001, LogLevel.Warning, "Hub call {Method} failed; the client was told to try again.")]
    private partial void LogCallFailed(Exception failure, string method);

    [LoggerMessage(2002, LogLevel.Information, "Connection {ConnectionId} was refused: worker {WorkerId} has too many.")]
    private partial void LogTooMany(string connectionId, Guid workerId);

    [LoggerMessage(2003, LogLevel.Information, "The end of a connection of worker {WorkerId} could not be told to its grain.")]
    private partial void LogDisconnectNotTold(Exception failure, Guid workerId);
}
