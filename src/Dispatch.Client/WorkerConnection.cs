using System.Collections.Concurrent;
using Dispatch.Contracts;
using Dispatch.Contracts.Worker;
using Microsoft.AspNetCore.SignalR.Client;

namespace Dispatch.Client;

/// <summary>
/// One worker's connection: connects, resumes, keeps leases alive, and submits so that an answer counts once however often it
/// was sent. State and events belong to whoever awaits; nothing here blocks, so it runs in a browser too.
/// </summary>
public sealed partial class WorkerConnection : IAsyncDisposable
{
    private readonly WorkerConnectionOptions _options;
    private readonly HubConnection _hub;
    private readonly Backoff _backoff;

    // Read by whoever shows it while pushes and results change it: SignalR's handlers run where they like.
    private readonly ConcurrentDictionary<Guid, AssignmentMessage> _held = [];
    private readonly ConcurrentDictionary<Guid, WorkerProject> _projects = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _resyncing = new(1, 1);
    private readonly StreamOrder _order = new();
    private Task _heartbeat = Task.CompletedTask;
    private TimeSpan _ahead;
    private bool _isStarted;
    private int _restarting;

    /// <summary>A connection that is not started yet.</summary>
    /// <param name="options">Settings.</param>
    public WorkerConnection(WorkerConnectionOptions options)
    {
        _options = options;
        _backoff = new Backoff(options.RetryFirst, options.RetryMax, options.Jitter);
        _hub = HubConnections.Build(options.Server, "/hubs/worker", options.AccessToken, options.Protocol, _backoff);
        _hub.On<AssignmentOffered>(nameof(IWorkerHubClient.AssignmentOffered), push => ReceiveAsync(push.Position, () => Hold(push.Assignment)));
        _hub.On<AssignmentRecalled>(nameof(IWorkerHubClient.AssignmentRecalled), push => ReceiveAsync(push.Position, () => Recalled(push.AssignmentId)));
        _hub.On<AssignmentWithdrawn>(nameof(IWorkerHubClient.AssignmentWithdrawn), push => ReceiveAsync(push.Position, () => Drop(push)));
        _hub.On<ActivityChanged>(nameof(IWorkerHubClient.ActivityChanged), async push =>
        {
            var stands = Stands(push.Activity);
            await ReceiveAsync(push.Position, () => SetActivity(push.Activity, push.Reason));
            if (stands) await ResumeAsync();
        });
        _hub.On<StandingChanged>(nameof(IWorkerHubClient.StandingChanged), push => TellAsync(push.Position, () => StandingChanged?.Invoke(push)));
        _hub.On<Notice>(nameof(IWorkerHubClient.Notice), push => TellAsync(push.Position, () => Noticed?.Invoke(push)));
        _hub.On<ProjectChanged>(nameof(IWorkerHubClient.ProjectChanged), push => TellAsync(push.Position, () =>
        {
            _projects[push.Project.ProjectId] = push.Project;
            ProjectChanged?.Invoke(push);
        }));
        _hub.On(nameof(IWorkerHubClient.Resync), ResyncAsync);
        _hub.On<Refusal>(nameof(IWorkerHubClient.AccessEnded), refusal => _ = GiveUpAsync(refusal));
        _hub.On<ServerDraining>(nameof(IWorkerHubClient.ServerDraining), Move);
        _hub.Reconnecting += _ => Report(HubConnectionState.Reconnecting);
        _hub.Reconnected += async _ =>
        {
            await ResumeAsync();
            await Report(HubConnectionState.Connected);
        };
        _hub.Closed += OnClosedAsync;
    }

    /// <summary>A task came by push, or was found in a snapshot.</summary>
    public event Action<AssignmentMessage>? Offered;

    /// <summary>A task is gone; null when a snapshot simply no longer had it.</summary>
    public event Action<Guid, AssignmentWithdrawn?>? Withdrawn;

    /// <summary>Activity, connection state or snapshot changed.</summary>
    public event Action? Changed;

    /// <summary>A message to the worker; where it names an assignment, <see cref="GetAnswerAsync"/> reads the answer it is about.</summary>
    public event Action<Notice>? Noticed;

    /// <summary>A project changed: its instructions, name or form. <see cref="GetProjectAsync"/> gives the new one from now on.</summary>
    public event Action<ProjectChanged>? ProjectChanged;

    /// <summary>The server refused the connection for good, now or when it was resumed. Nothing is tried again; every call fails with the same refusal.</summary>
    public event Action<Refusal>? Refused;

    /// <summary>Why the server refused this connection for good; null while it did not.</summary>
    public Refusal? Refusal { get; private set; }

    /// <summary>The last snapshot.</summary>
    public WorkerSnapshot? Snapshot { get; private set; }

    /// <summary>What the worker is doing.</summary>
    public Activity Activity { get; private set; } = Activity.Offline;

    /// <summary>Why, if a reason was given.</summary>
    public string? ActivityReason { get; private set; }

    /// <summary>The server's time, as far as its last message tells: by it offers and leases run out, whatever the clock here says.</summary>
    public DateTimeOffset ServerNow => _options.Time.GetUtcNow() + _ahead;

    /// <summary>State of the transport.</summary>
    public HubConnectionState State => _hub.State;

    /// <summary>What is held and on the screen, oldest first. Offers and what was sent ahead are apart.</summary>
    public IReadOnlyList<AssignmentMessage> Held => In(AssignmentState.Accepted);

    /// <summary>Declares what the worker is doing.</summary>
    /// <param name="activity">The activity.</param>
    /// <param name="reason">Why, for a break.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<CommandResult> SetActivityAsync(Activity activity, string? reason = null, CancellationToken cancellation = default)
    {
        var command = new SetActivityCommand { OperationId = ClientIds.New(), Activity = activity, Reason = reason };
        var result = await RepeatAsync<CommandResult>(nameof(IWorkerHub.SetActivity), command, r => r.Refusal, cancellation);
        if (result.Refusal is not null) return result;
        var stands = Stands(activity);
        SetActivity(activity, reason);
        if (stands) await ResumeAsync();
        return result;
    }

    /// <summary>Says that an assignment is on the screen.</summary>
    /// <param name="assignmentId">The assignment.</param>
    public async Task ShownAsync(Guid assignmentId)
    {
        try
        {
            await _hub.SendAsync(nameof(IWorkerHub.Shown), assignmentId, _stop.Token);
        }
        catch (Exception failure) when (HubFailures.IsTransient(failure))
        {
            // Handling time then starts at the offer; nothing else hangs on it.
        }
    }

    /// <summary>Submits one answer, repeated under one operation id until the outcome is definite. The next task, if there is one, is held when this returns.</summary>
    /// <param name="assignment">What is answered.</param>
    /// <param name="answer">The answer, in the form's shape.</param>
    /// <param name="active">Time the task was in focus, if measured.</param>
    /// <param name="operationId">Of an earlier try that was never answered; a fresh one when null.</param>
    /// <param name="cancellation">Gives up; the outcome is then unknown.</param>
    public async Task<SubmitResult> SubmitAsync(AssignmentMessage assignment, JsonText answer, TimeSpan? active = null, Guid? operationId = null, CancellationToken cancellation = default)
    {
        var ahead = Advance(assignment);
        var command = new SubmitCommand
        {
            OperationId = operationId ?? ClientIds.New(),
            AssignmentId = assignment.AssignmentId,
            LeaseEpoch = assignment.LeaseEpoch,
            Answer = answer,
            ActiveMs = active is { } span ? (long)span.TotalMilliseconds : null,
            Showing = ahead?.AssignmentId,
        };
        var result = await RepeatAsync<SubmitResult>(nameof(IWorkerHub.Submit), command, r => r.Refusal, cancellation);
        if (result.Refusal is null || result.Refusal.Code is RefusalCode.StaleLease or RefusalCode.UnknownAssignment) _held.TryRemove(assignment.AssignmentId, out _);
        Advanced(ahead, result);
        await AppliedAsync(result.Position);
        return result;
    }

    /// <summary>Gives an assignment back.</summary>
    /// <param name="assignment">What is given back.</param>
    /// <param name="reason">Why.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<CommandResult> ReturnAsync(AssignmentMessage assignment, string? reason, CancellationToken cancellation = default)
    {
        var command = new ReturnCommand { OperationId = ClientIds.New(), AssignmentId = assignment.AssignmentId, LeaseEpoch = assignment.LeaseEpoch, Reason = reason };
        var result = await RepeatAsync<CommandResult>(nameof(IWorkerHub.Return), command, r => r.Refusal, cancellation);
        if (result.Refusal is null) _held.TryRemove(assignment.AssignmentId, out _);
        await AppliedAsync(position: null);
        return result;
    }

    /// <summary>Keeps a draft on the server.</summary>
    /// <param name="assignment">What it is a draft for.</param>
    /// <param name="draft">The draft.</param>
    /// <param name="version">One more than the last.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<CommandResult> SaveDraftAsync(AssignmentMessage assignment, JsonText draft, long version, CancellationToken cancellation = default) => RepeatAsync<CommandResult>(
        nameof(IWorkerHub.SaveDraft),
        new SaveDraftCommand { AssignmentId = assignment.AssignmentId, LeaseEpoch = assignment.LeaseEpoch, Draft = draft, Version = version },
        result => result.Refusal,
        cancellation);

    /// <summary>Form and instructions of a project; kept after the first time.</summary>
    /// <param name="projectId">The project.</param>
    public async Task<WorkerProject?> GetProjectAsync(Guid projectId)
    {
        if (_projects.TryGetValue(projectId, out var known)) return known;
        var project = await _hub.InvokeAsync<WorkerProject?>(nameof(IWorkerHub.GetProject), projectId, _stop.Token);
        if (project is not null) _projects[projectId] = project;
        return project;
    }

    private async Task<T> RepeatAsync<T>(string method, object command, Func<T, Refusal?> refusalOf, CancellationToken cancellation)
    {
        using var inFlight = _order.Begin();
        for (var attempt = 0L; ; attempt++)
        {
            var wait = _backoff.After(attempt);
            using var deadline = new CancellationTokenSource(_options.CallDeadline, _options.Time);
            using var linked = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation, _stop.Token);
            try
            {
                var result = await _hub.InvokeAsync<T>(method, command, linked.Token);
                if (refusalOf(result) is not { Code: RefusalCode.Busy or RefusalCode.OutcomeUnknown } refusal) return result;
                wait = TimeSpan.FromMilliseconds(Math.Max(wait.TotalMilliseconds, refusal.RetryAfterMs ?? 0));
            }
            catch (Exception failure) when ((Refusal ?? HubFailures.Final(failure)) is { } refusal)
            {
                throw new DispatchRefusedException(refusal, failure);
            }
            catch (Exception failure) when (HubFailures.IsTransient(failure) && !cancellation.IsCancellationRequested && !_stop.IsCancellationRequested)
            {
                // Lost on the way there or on the way back: the same operation id makes asking again safe.
            }

            await Task.Delay(wait, _options.Time, cancellation);
        }
    }

    private async Task ReceiveAsync(StreamPosition position, Action apply)
    {
        var place = _order.Place(position);
        if (place == PushPlace.Known) return;
        apply();
        if (place == PushPlace.Next) _order.MoveTo(position);
        else await ResumeAsync();
        Changed?.Invoke();
    }

    /// <summary>What says nothing about the work held is told whenever it comes: a submit's result may have moved the position past the push that the submit brought about.</summary>
    private Task TellAsync(StreamPosition position, Action tell)
    {
        tell();
        return ReceiveAsync(position, () => { });
    }

    /// <summary>A result has changed what is held. One that a later push has overtaken may have brought back what that push took.</summary>
    private async Task AppliedAsync(StreamPosition? position)
    {
        if (!_order.Applied(position)) await ResumeAsync();
        Changed?.Invoke();
    }

    private void Apply(WorkerSnapshot snapshot)
    {
        Snapshot = snapshot;
        _order.MoveTo(snapshot.Position);
        _ahead = snapshot.ServerTime - _options.Time.GetUtcNow();
        foreach (var project in snapshot.Projects) _projects[project.ProjectId] = project;
        SetActivity(snapshot.Activity, snapshot.ActivityReason);
        var present = snapshot.Assignments.ToDictionary(assignment => assignment.AssignmentId);
        foreach (var gone in _held.Keys.Where(id => !present.ContainsKey(id)).ToArray())
        {
            _held.TryRemove(gone, out _);
            Withdrawn?.Invoke(gone, null);
        }

        foreach (var assignment in snapshot.Assignments)
        {
            if (!_held.TryGetValue(assignment.AssignmentId, out var known)) Hold(assignment);
            else _held[assignment.AssignmentId] = known with { LeaseUntil = assignment.LeaseUntil, PausedAt = assignment.PausedAt };
        }

        Changed?.Invoke();
    }

    private void Hold(AssignmentMessage assignment)
    {
        _held[assignment.AssignmentId] = assignment;
        if (assignment.State == AssignmentState.Accepted) Offered?.Invoke(assignment);
        else if (assignment.State == AssignmentState.Offered) Asked?.Invoke(assignment);
    }

    private void Drop(AssignmentWithdrawn push)
    {
        if (_held.TryRemove(push.AssignmentId, out _)) Withdrawn?.Invoke(push.AssignmentId, push);
    }

    /// <summary>A break that begins or ends makes the leases of what is held stand still or run on: only the server knows their new times.</summary>
    private bool Stands(Activity next) => (Activity == Activity.Break) != (next == Activity.Break) && !_held.IsEmpty;

    private void SetActivity(Activity activity, string? reason)
    {
        (Activity, ActivityReason) = (activity, reason);
        Changed?.Invoke();
    }
}
