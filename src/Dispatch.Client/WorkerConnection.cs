using Dispatch.Contracts;
using Dispatch.Contracts.Worker;
using Microsoft.AspNetCore.SignalR;
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
    private readonly Dictionary<Guid, AssignmentMessage> _held = [];
    private readonly Dictionary<Guid, WorkerProject> _projects = [];
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
        _hub.On<ActivityChanged>(nameof(IWorkerHubClient.ActivityChanged), push => ReceiveAsync(push.Position, () => SetActivity(push.Activity, push.Reason)));
        _hub.On<Notice>(nameof(IWorkerHubClient.Notice), push => ReceiveAsync(push.Position, () => Noticed?.Invoke(push.Text)));
        _hub.On(nameof(IWorkerHubClient.Resync), ResyncAsync);
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

    /// <summary>A message to the worker.</summary>
    public event Action<string>? Noticed;

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

    /// <summary>Connects and reads the present state; keeps trying until it succeeds, is refused for good, or is canceled.</summary>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="DispatchRefusedException">The token is not taken, or its worker is unknown or deactivated.</exception>
    public async Task<WorkerSnapshot> StartAsync(CancellationToken cancellation = default)
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
            catch (Exception failure) when (HubFailures.IsTransient(failure))
            {
                await Task.Delay(_backoff.After(attempt), _options.Time, cancellation);
            }
        }
    }

    /// <summary>Declares what the worker is doing.</summary>
    /// <param name="activity">The activity.</param>
    /// <param name="reason">Why, for a break.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<CommandResult> SetActivityAsync(Activity activity, string? reason = null, CancellationToken cancellation = default)
    {
        var command = new SetActivityCommand { OperationId = ClientIds.New(), Activity = activity, Reason = reason };
        var result = await RepeatAsync<CommandResult>(nameof(IWorkerHub.SetActivity), command, r => r.Refusal, cancellation);
        if (result.Refusal is null) SetActivity(activity, reason);
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
        if (result.Refusal is null || result.Refusal.Code is RefusalCode.StaleLease or RefusalCode.UnknownAssignment) _held.Remove(assignment.AssignmentId);
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
        if (result.Refusal is null) _held.Remove(assignment.AssignmentId);
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

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _heartbeat;
        await _hub.DisposeAsync();
        _resyncing.Dispose();
        _stop.Dispose();
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
        else await ResyncAsync();
        Changed?.Invoke();
    }

    /// <summary>A result has changed what is held. One that a later push has overtaken may have brought back what that push took.</summary>
    private async Task AppliedAsync(StreamPosition? position)
    {
        if (!_order.Applied(position)) await ResyncAsync();
        Changed?.Invoke();
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

    /// <summary>After a reconnect: what passes is tried again, what does not ends the connection.</summary>
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
            await StartAsync(_stop.Token);
        }
        catch (Exception failure) when (failure is DispatchRefusedException or OperationCanceledException)
        {
            // Told by its event, or disposed.
        }
        finally
        {
            Volatile.Write(ref _restarting, 0);
        }
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
            _held.Remove(gone);
            Withdrawn?.Invoke(gone, null);
        }

        foreach (var assignment in snapshot.Assignments)
        {
            if (!_held.ContainsKey(assignment.AssignmentId)) Hold(assignment);
        }

        Changed?.Invoke();
    }

    private void Hold(AssignmentMessage assignment)
    {
        _held[assignment.AssignmentId] = assignment;
        if (assignment.State == AssignmentState.Accepted) Offered?.Invoke(assignment);
        else if (assignment.State == AssignmentState.Offered) Asked?.Invoke(assignment);
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

    private void Drop(AssignmentWithdrawn push)
    {
        if (_held.Remove(push.AssignmentId)) Withdrawn?.Invoke(push.AssignmentId, push);
    }

    private void SetActivity(Activity activity, string? reason)
    {
        (Activity, ActivityReason) = (activity, reason);
        Changed?.Invoke();
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
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }
}
