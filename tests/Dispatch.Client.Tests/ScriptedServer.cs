using System.Collections.Concurrent;
using Dispatch.Contracts;
using Dispatch.Contracts.Supervisor;
using Dispatch.Contracts.Worker;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Dispatch.Client.Tests;

/// <summary>A server that does what the test says: answers, refuses, pushes what it likes, or hangs up.</summary>
public sealed class ScriptedServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ScriptedServer(WebApplication app) => _app = app;

    public static Guid WorkerId { get; } = Guid.NewGuid();

    public Uri Address => new(_app.Urls.First());

    /// <summary>What every request to a hub is answered with; 0 lets it through.</summary>
    public int Status
    {
        set => StatusOf = _ => value;
    }

    /// <summary>The same, by request.</summary>
    public Func<HttpRequest, int> StatusOf { get; set; } = _ => 0;

    public int Requests => _requests;

    public Func<WorkerSnapshot> OnConnect { get; set; } = () => Snapshot(0);

    public Func<SubmitCommand, HubCallerContext, SubmitResult> OnSubmit { get; set; } = (_, _) => new SubmitResult();

    /// <summary>What clients sent, by method.</summary>
    public ConcurrentQueue<(string Method, object? Argument)> Calls { get; } = new();

    public IHubContext<ScriptedWorkerHub, IWorkerHubClient> Workers => _app.Services.GetRequiredService<IHubContext<ScriptedWorkerHub, IWorkerHubClient>>();

    public ConcurrentDictionary<string, HubCallerContext> Connections { get; } = new();

    private int _requests;

    public static Guid Incarnation { get; } = Guid.NewGuid();

    public static StreamPosition At(long n, Guid? incarnation = null) => new() { Incarnation = incarnation ?? Incarnation, N = n };

    public static WorkerSnapshot Snapshot(long n, params AssignmentMessage[] held) => new()
    {
        WorkerId = WorkerId,
        DisplayName = "Ann",
        Activity = Activity.Available,
        Position = At(n),
        Assignments = held,
        Projects = [],
        ServerTime = DateTimeOffset.UnixEpoch,
    };

    public static AssignmentMessage Task() => new()
    {
        AssignmentId = Guid.NewGuid(),
        ProjectId = Guid.NewGuid(),
        ProjectVersion = 1,
        BatchId = Guid.NewGuid(),
        Tier = BatchTier.Standard,
        Content = new JsonText("{}"),
        State = AssignmentState.Accepted,
        LeaseEpoch = 1,
        OfferedAt = DateTimeOffset.UnixEpoch,
        LeaseUntil = DateTimeOffset.UnixEpoch.AddHours(1),
    };

    public static async Task<ScriptedServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSignalR().AddJsonProtocol(options => DispatchJson.Apply(options.PayloadSerializerOptions)).AddMessagePackProtocol();
        ScriptedServer? server = null;
        builder.Services.AddSingleton(_ => server!);
        var app = builder.Build();
        server = new ScriptedServer(app);
        app.Use(server.AnswerAsync);
        app.MapHub<ScriptedWorkerHub>("/hubs/worker");
        app.MapHub<ScriptedSupervisorHub>("/hubs/supervisor");
        await app.StartAsync();
        return server;
    }

    public WorkerConnectionOptions Options(WireProtocol protocol = WireProtocol.Json) => new()
    {
        Server = Address,
        AccessToken = () => System.Threading.Tasks.Task.FromResult<string?>("token"),
        Protocol = protocol,
        RetryFirst = TimeSpan.FromMilliseconds(1),
        RetryMax = TimeSpan.FromMilliseconds(5),
        HeartbeatEvery = TimeSpan.FromHours(1),
    };

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private Task AnswerAsync(HttpContext context, RequestDelegate next)
    {
        Interlocked.Increment(ref _requests);
        if (StatusOf(context.Request) is not (> 0 and var status)) return next(context);
        context.Response.StatusCode = status;
        return System.Threading.Tasks.Task.CompletedTask;
    }
}

public sealed class ScriptedWorkerHub(ScriptedServer server) : Hub<IWorkerHubClient>, IWorkerHub
{
    public override Task OnConnectedAsync()
    {
        server.Connections[Context.ConnectionId] = Context;
        return Task.CompletedTask;
    }

    public override Task OnDisconnectedAsync(Exception? exception)
    {
        server.Connections.TryRemove(Context.ConnectionId, out _);
        return Task.CompletedTask;
    }

    public Task<WorkerSnapshot> Connect(StreamPosition? lastSeen)
    {
        server.Calls.Enqueue((nameof(Connect), lastSeen));
        return Task.FromResult(server.OnConnect());
    }

    public Task<CommandResult> SetActivity(SetActivityCommand command) => Task.FromResult(CommandResult.Done);

    public Task Shown(Guid assignmentId) => Task.CompletedTask;

    public Task<SubmitResult> Submit(SubmitCommand command)
    {
        server.Calls.Enqueue((nameof(Submit), command));
        return Task.FromResult(server.OnSubmit(command, Context));
    }

    public Task<CommandResult> Return(ReturnCommand command) => Task.FromResult(CommandResult.Done);

    public Task<CommandResult> SaveDraft(SaveDraftCommand command) => Task.FromResult(CommandResult.Done);

    public Task<AcceptResult> Accept(AcceptCommand command) => Task.FromResult(new AcceptResult());

    public Task<CommandResult> Decline(DeclineCommand command) => Task.FromResult(CommandResult.Done);

    public Task NotShown(Guid assignmentId) => Task.CompletedTask;

    public Task<IdleExplanation> WhyNothing() => Task.FromResult(new IdleExplanation { Reasons = [], At = DateTimeOffset.UnixEpoch });

    public Task<LedgerView> GetLedger(DateTimeOffset from, DateTimeOffset to) => Task.FromResult(new LedgerView { From = from, To = to });

    public Task<HeartbeatResult> Heartbeat() => Task.FromResult(new HeartbeatResult { Leases = [], ServerTime = DateTimeOffset.UnixEpoch, Position = server.OnConnect().Position });

    public Task<StandingView?> GetStanding(Guid projectId) => Task.FromResult<StandingView?>(null);

    public Task<AnswerPage> ListAnswers(Guid? projectId, string? cursor) => Task.FromResult(new AnswerPage());

    public Task<AnswerResult> GetAnswer(Guid assignmentId) => Task.FromResult(new AnswerResult());

    public Task<EvidencePage> ListEvidence(Guid projectId, string? cursor) => Task.FromResult(new EvidencePage());

    public Task<CommandResult> Dispute(DisputeCommand command) => Task.FromResult(CommandResult.Done);

    public Task<IReadOnlyList<DisputeView>> ListDisputes(Guid projectId) => Task.FromResult<IReadOnlyList<DisputeView>>([]);

    public Task<BoardPages?> GetBoard(Guid projectId) => Task.FromResult<BoardPages?>(null);

    public Task<CommandResult> SetBoardName(BoardNameCommand command) => Task.FromResult(CommandResult.Done);

    public Task<WorkerProject?> GetProject(Guid projectId) => Task.FromResult<WorkerProject?>(null);

}

public sealed class ScriptedSupervisorHub(ScriptedServer server) : Hub<ISupervisorHubClient>, ISupervisorHub
{
    public override Task OnConnectedAsync()
    {
        server.Connections[Context.ConnectionId] = Context;
        return Task.CompletedTask;
    }

    public Task<Refusal?> Watch(Guid projectId)
    {
        server.Calls.Enqueue((nameof(Watch), projectId));
        return Task.FromResult<Refusal?>(null);
    }

    public Task Unwatch(Guid projectId) => Task.CompletedTask;

    public Task<SupervisorResult> Command(SupervisorCommand command) => Task.FromResult(new SupervisorResult());
}
