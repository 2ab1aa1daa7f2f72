using System.Collections.Concurrent;
using System.Security.Claims;
using Dispatch.Contracts;
using Dispatch.Contracts.Supervisor;
using Dispatch.Contracts.Worker;
using Dispatch.Grains;
using Dispatch.Server.Auth;
using Dispatch.Storage;
using Microsoft.AspNetCore.SignalR;

namespace Dispatch.Server.Hubs;

/// <summary>
/// The open connections of this process, held against the records of their people once a second. A connection lives as long as its token, and a token outlives a deactivation; whoever was
/// deactivated, or lost the role that the hub asks for, is told why, is refused from then on, and is closed a moment later, whichever process made the change. One
/// statement reads a thousand people, so it costs the same with one connection and with hundreds.
/// </summary>
/// <param name="admissions">The records.</param>
/// <param name="workers">Clients of the workers' hub.</param>
/// <param name="supervisors">Clients of the supervisors' hub.</param>
/// <param name="watchers">Who is sent gauges.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Log.</param>
internal sealed partial class LiveAdmissions(
    Admissions admissions,
    IHubContext<WorkerHub, IWorkerHubClient> workers,
    IHubContext<SupervisorHub, ISupervisorHubClient> supervisors,
    GaugeWatchers watchers,
    TimeProvider time,
    ILogger<LiveAdmissions> logger) : SteadyService(Period, time, logger)
{
    private const int ReadAtOnce = 1_000;
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private static readonly string[] WorkerRoles = [Roles.Worker];
    private static readonly string[] SupervisorRoles = [Roles.Supervisor, Roles.Admin];
    private readonly ConcurrentDictionary<string, Live> _live = new();

    private sealed class Live(HubCallerContext context, Guid personId, bool isWorker)
    {
        public HubCallerContext Context { get; } = context;

        public Guid PersonId { get; } = personId;

        public bool IsWorker { get; } = isWorker;

        public string[] TokenRoles { get; } = [.. context.User!.FindAll("role").Select(role => role.Value)];

        public Refusal? Refusal { get; set; }

        public bool IsTold { get; set; }
    }

    /// <summary>A connection began. A database that is away leaves it to be judged when it is back.</summary>
    /// <param name="context">The connection.</param>
    /// <param name="hub">Its hub.</param>
    public async Task AddAsync(HubCallerContext context, Hub hub)
    {
        if (Admissions.SubjectOf(context.User) is not { } personId) return;
        var live = new Live(context, personId, hub is WorkerHub);
        try
        {
            live.Refusal = WhyNot(live, await admissions.FindAsync(personId, context.ConnectionAborted));
        }
        catch (Exception failure) when (HubCalls.IsUnknown(failure))
        {
            // The worker's own grain refuses whom it does not know, and a supervisor's calls read the record.
        }

        _live[context.ConnectionId] = live;
    }

    /// <summary>A connection ended.</summary>
    /// <param name="connectionId">The connection.</param>
    public void Remove(string connectionId) => _live.TryRemove(connectionId, out _);

    /// <summary>
    /// Why a call is refused; null when it is not. A supervisor's calls are few, and read the record; a worker's are many and go to the worker's own grain, which knows the record.
    /// </summary>
    /// <param name="context">The connection.</param>
    /// <param name="hub">Its hub.</param>
    public async ValueTask<Refusal?> WhyNotAsync(HubCallerContext context, Hub hub)
    {
        if (!_live.TryGetValue(context.ConnectionId, out var live)) return Admissions.SubjectOf(context.User) is null ? Admissions.NoIdentity : null;
        if (hub is not WorkerHub || live.Refusal is not null) live.Refusal = WhyNot(live, await admissions.FindAsync(live.PersonId, context.ConnectionAborted));
        return live.Refusal;
    }

    /// <inheritdoc/>
    protected override async Task RoundAsync(CancellationToken stopping)
    {
        foreach (var some in _live.Values.ToArray().Chunk(ReadAtOnce))
        {
            var people = await admissions.ReadAsync([.. some.Select(live => live.PersonId).Distinct()], stopping);
            foreach (var live in some) Judge(live, people.GetValueOrDefault(live.PersonId));
        }
    }

    private void Judge(Live live, PersonAccess? person)
    {
        live.Refusal = WhyNot(live, person);
        if (live.Refusal is not { } refusal)
        {
            live.IsTold = false;
            return;
        }

        if (live.IsTold)
        {
            // It was told a round ago, which is time enough for the words to arrive.
            live.Context.Abort();
            return;
        }

        live.IsTold = true;
        var connectionId = live.Context.ConnectionId;
        LogPutOut(connectionId, live.PersonId, RefusalCodes.Name(refusal.Code));
        watchers.RemoveAll(connectionId);

        // Nobody waits: a client that reads nothing must not keep the others in.
        _ = live.IsWorker ? workers.Clients.Client(connectionId).AccessEnded(refusal) : supervisors.Clients.Client(connectionId).AccessEnded(refusal);
    }

    private static Refusal? WhyNot(Live live, PersonAccess? person) => Admissions.WhyNot(person, live.TokenRoles, live.IsWorker ? WorkerRoles : SupervisorRoles);

    [LoggerMessage(2459, LogLevel.Information, "Connection {ConnectionId} of {PersonId} is told to go and closed: {Reason}.")]
    private partial void LogPutOut(string connectionId, Guid personId, string reason);
}
