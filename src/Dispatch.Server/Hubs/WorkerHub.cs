using System.Security.Claims;
using Dispatch.Contracts;
using Dispatch.Contracts.Worker;
using Dispatch.Grains;
using Dispatch.Push;
using Dispatch.Server.Auth;
using Dispatch.Server.Bounds;
using Dispatch.Server.Quality;
using Dispatch.Server.Supervision;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.SignalR;

namespace Dispatch.Server.Hubs;

/// <summary>The workers' door. Who the worker is comes from the token and from nowhere else.</summary>
[Authorize(Roles = Roles.Worker)]
public sealed partial class WorkerHub(IGrainFactory grains, ConnectionRegistry registry, PushGateways gateways, HubCalls calls, Ledgers ledgers, StandingDesk standings, AnswerDesk answers, Admissions admissions, CallRates rates, ILogger<WorkerHub> logger)
    : Hub<IWorkerHubClient>, IWorkerHub
{
    private Guid WorkerId => Guid.Parse(Context.User!.FindFirstValue("sub")!);

    private IWorkerGrain Worker => grains.Worker(WorkerId);

    /// <inheritdoc/>
    public override async Task OnConnectedAsync()
    {
        if (Admissions.SubjectOf(Context.User) is not { } workerId) throw HubRefusals.Exception(Admissions.NoIdentity);

        var context = Context;
        if (!registry.TryAdd(workerId, context.ConnectionId, Clients.Client(context.ConnectionId), context.Abort))
        {
            LogTooMany(Context.ConnectionId, workerId);
            throw Refused(RefusalCode.Busy, $"You have {Limits.ConnectionsPerWorker} connections open. Close a tab or a device, and connect again.");
        }

        await base.OnConnectedAsync();
    }

    /// <inheritdoc/>
    public override async Task OnDisconnectedAsync(Exception? exception)
    {
        if (Admissions.SubjectOf(Context.User) is not { } workerId) return;
        await registry.RemoveAsync(workerId, Context.ConnectionId);
        try
        {
            await grains.GetGrain<IWorkerGrain>(workerId).Disconnect(Context.ConnectionId);
        }
        catch (Exception failure) when (HubCalls.IsUnknown(failure))
        {
            LogDisconnectNotTold(failure, workerId);
        }
    }

    /// <inheritdoc/>
    public async Task<WorkerSnapshot> Connect(StreamPosition? lastSeen)
    {
        var reply = await Ask(nameof(Connect), () => Worker.Connect(gateways.For(WorkerId), Context.ConnectionId));
        return reply.Snapshot ?? throw HubRefusals.Exception(reply.Refusal!);
    }

    /// <inheritdoc/>
    public Task<CommandResult> SetActivity(SetActivityCommand command) =>
        Guard(nameof(SetActivity), CommandChecks.Of(command), () => Worker.SetActivity(command), result => result.Refusal, refusal => new CommandResult { Refusal = refusal });

    /// <inheritdoc/>
    public Task Shown(Guid assignmentId) => Tell(nameof(Shown), () => Worker.Shown(assignmentId));

    /// <inheritdoc/>
    public Task<SubmitResult> Submit(SubmitCommand command) =>
        Guard(nameof(Submit), CommandChecks.Of(command), () => Worker.Submit(command, Context.ConnectionId), result => result.Refusal, refusal => new SubmitResult { Refusal = refusal });

    /// <inheritdoc/>
    public Task<AcceptResult> Accept(AcceptCommand command) =>
        Guard(nameof(Accept), CommandChecks.Of(command), () => Worker.Accept(command, Context.ConnectionId), result => result.Refusal, refusal => new AcceptResult { Refusal = refusal });

    /// <inheritdoc/>
    public Task<CommandResult> Decline(DeclineCommand command) =>
        Guard(nameof(Decline), CommandChecks.Of(command), () => Worker.Decline(command), result => result.Refusal, refusal => new CommandResult { Refusal = refusal });

    /// <inheritdoc/>
    public Task NotShown(Guid assignmentId) => Tell(nameof(NotShown), () => Worker.NotShown(assignmentId));

    /// <inheritdoc/>
    public Task<IdleExplanation> WhyNothing() => Ask(nameof(WhyNothing), Worker.WhyNothing);

    /// <inheritdoc/>
    public Task<LedgerView> GetLedger(DateTimeOffset from, DateTimeOffset to) =>
        Guard(nameof(GetLedger), unfit: null, () => Admitted(() => ledgers.ReadAsync(WorkerId, WorkerId, from, to, Context.ConnectionAborted)), result => result.Refusal, refusal => new LedgerView { Refusal = refusal });

    /// <inheritdoc/>
    public Task<CommandResult> Return(ReturnCommand command) =>
        Guard(nameof(Return), CommandChecks.Of(command), () => Worker.Return(command), result => result.Refusal, refusal => new CommandResult { Refusal = refusal });

    /// <inheritdoc/>
    public Task<CommandResult> SaveDraft(SaveDraftCommand command) =>
        Guard(nameof(SaveDraft), CommandChecks.Of(command), () => Worker.SaveDraft(command), result => result.Refusal, refusal => new CommandResult { Refusal = refusal });

    /// <inheritdoc/>
    public async Task<HeartbeatResult> Heartbeat() => await Ask(nameof(Heartbeat), async () =>
    {
        // The grain has nothing to say to whom it does not know, or who was put out: then the record says why.
        return await Worker.Heartbeat() ?? await Admitted<HeartbeatResult>(
            () => throw Refused(RefusalCode.Busy, "The heartbeat could not be taken. Call Connect, or try again shortly."));
    });

    /// <inheritdoc/>
    public Task<WorkerProject?> GetProject(Guid projectId) => Ask(nameof(GetProject), () => Worker.GetProject(projectId));

    /// <summary>A call whose result has room for a refusal.</summary>
    private Task<T> Guard<T>(string method, Refusal? unfit, Func<Task<T>> call, Func<T, Refusal?> refusalOf, Func<Refusal, T> refuse) =>
        unfit is not null ? Task.FromResult(refuse(unfit)) : calls.RunAsync(method, call, refusalOf, refuse);

    /// <summary>A call whose result has none.</summary>
    private Task<T> Ask<T>(string method, Func<Task<T>> call) => calls.RunAsync(method, call, _ => null, refusal => throw (refusal.Code switch
    {
        RefusalCode.Busy => Refused(RefusalCode.Busy, $"{refusal.Message} Call again shortly."),
        RefusalCode.OutcomeUnknown => Refused(RefusalCode.Busy, "The server cannot answer for the moment. Call again shortly."),
        _ => HubRefusals.Exception(refusal),
    }));

    /// <summary>For what is answered past the worker's grain, which would know of a deactivation at once: the record is asked.</summary>
    private async Task<T> Admitted<T>(Func<Task<T>> call)
    {
        var person = await admissions.FindAsync(WorkerId, Context.ConnectionAborted);
        return Admissions.WhyNot(person, [Roles.Worker], [Roles.Worker]) is { } refusal ? throw HubRefusals.Exception(refusal) : await call();
    }

    /// <summary>Word that is missed without harm.</summary>
    private Task Tell(string method, Func<Task> call) => calls.RunAsync(
        method,
        async () =>
        {
            await call();
            return true;
        },
        _ => null,
        _ => false);

    private static HubException Refused(RefusalCode code, string text) => HubRefusals.Exception(code, text);

    [LoggerMessage(2002, LogLevel.Information, "Connection {ConnectionId} was refused: worker {WorkerId} has too many.")]
    private partial void LogTooMany(string connectionId, Guid workerId);

    [LoggerMessage(2003, LogLevel.Information, "The end of a connection of worker {WorkerId} could not be told to its grain.")]
    private partial void LogDisconnectNotTold(Exception failure, Guid workerId);
}
