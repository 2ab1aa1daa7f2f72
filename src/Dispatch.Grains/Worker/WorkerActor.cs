using System.Collections.ObjectModel;
using Dispatch.Contracts;
using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Worker;
using Dispatch.Engine.Matching;
using Dispatch.Storage;
using Microsoft.Extensions.Logging;

namespace Dispatch.Grains;

/// <summary>
/// One worker at work. Its calls come one at a time: what one person does has an order. It awaits batches; batches and the
/// matchmaker only hint to it, so there is no call cycle.
/// </summary>
internal sealed partial class WorkerActor(
    Guid workerId,
    IActorHost host,
    IDispatchStore store,
    ProjectCatalog catalog,
    IIdleness idleness,
    IShownStamps shownStamps,
    IStandingSnapshots snapshots,
    IBoards boards,
    IAtWork atWork,
    IOutboxDrains drains,
    GoldKey goldKey,
    GateInstruments gates,
    IActors actors,
    IIdSource ids,
    TimeProvider time,
    ILogger logger)
{
    private const int RecentMax = 16;
    private static readonly TimeSpan ConnectedKeepAlive = TimeSpan.FromDays(1);

    /// <summary>
    /// Whoever connects is told what the store says, so that reloading the page always helps. Not so soon after a load: the first call of a life is most often just
    /// this one, and when a server ends, hundreds of lives begin at once.
    /// </summary>
    private static readonly TimeSpan LoadedFor = TimeSpan.FromSeconds(5);

    private readonly Dictionary<Guid, HeldItem> _held = [];
    private readonly RecentOperations<SubmitResult> _recent = new(RecentMax);
    private readonly Dictionary<Guid, long> _nothingAt = [];
    private WorkerSessions _sessions = null!;
    private WorkerRecord? _worker;
    private WorkerLabels _labels = WorkerLabels.None;
    private IReadOnlyList<Guid> _projects = [];
    private Activity _activity = Activity.Offline;
    private string? _activityReason;
    private DateTimeOffset _idleSince;
    private DateTimeOffset _lastTurnAt;
    private int _answeredToday;
    private DateOnly _today;
    private bool _mustReload;
    private long _loadedStamp;
    private IDisposable? _graceTimer;

    // Stamps, not times: a clock that is set back must not keep a lease from being renewed.
    private sealed class HeldItem(HeldWork work, long renewedStamp, int projectVersion)
    {
        public HeldWork Work { get; set; } = work;

        /// <summary>As it was handed out under.</summary>
        public int ProjectVersion { get; } = projectVersion;

        public long RenewedStamp { get; set; } = renewedStamp;
        public long? ShownStamp { get; set; }
    }

    public async Task ActivateAsync(WorkerLuggage? luggage, CancellationToken cancellation)
    {
        _sessions = luggage is null ? new WorkerSessions(workerId, ids.NewId()) : WorkerSessions.Continue(workerId, luggage);
        _standings = new WorkerStandings(workerId, store, catalog, snapshots, luggage?.Standings);
        if (luggage is not null) Unpack(luggage);
        await LoadAsync(cancellation);
        if (luggage is not null) GoOn();
    }

    public Task DeactivateAsync(CancellationToken cancellation)
    {
        idleness.SetBusy(workerId, _projects);
        StopWatching();
        return SaveStandingsAsync(cancellation);
    }

    public async Task<ConnectReply> Connect(IPushGateway gateway, string connectionId)
    {
        if (_mustReload || time.GetElapsedTime(_loadedStamp) > LoadedFor) await LoadAsync(CancellationToken.None);
        if (_worker is null) return new ConnectReply { Refusal = WorkerRefusals.UnknownWorker };
        if (!_worker.IsActive) return new ConnectReply { Refusal = WorkerRefusals.Deactivated };
        _sessions.Join(connectionId, gateway);
        atWork.Here(workerId, _projects);

        // An idle worker with an open page makes no calls; collected, it would never be told of work.
        host.StayAlive(ConnectedKeepAlive);
        _graceTimer?.Dispose();
        _graceTimer = null;
        await FillAsync(exceptConnectionId: connectionId);
        return new ConnectReply { Snapshot = await SnapshotAsync() };
    }

    public Task Disconnect(string connectionId)
    {
        _sessions.Leave(connectionId);
        if (_sessions.Any) return Task.CompletedTask;
        host.StayAlive(TimeSpan.Zero);
        idleness.SetBusy(workerId, _projects);
        StopWatching();
        _graceTimer ??= host.After(DisconnectGrace, OnGraceOverAsync);
        return Task.CompletedTask;
    }

    public bool Knows(string connectionId) => _sessions.Has(connectionId);

    public async Task<CommandResult> SetActivity(SetActivityCommand command)
    {
        if (await ReadyAsync() is { } refusal) return new CommandResult { Refusal = refusal };
        if (command.OperationId == Guid.Empty) return new CommandResult { Refusal = WorkerRefusals.OperationIdMissing };
        if (command.Activity is Activity.Unspecified or > Activity.Draining)
        {
            return new CommandResult { Refusal = WorkerRefusals.OutOfRange("$.activity", "There is no such activity.", "Send available, break, draining or offline.") };
        }

        if (WorkerRefusals.ReasonTooLong(command.Reason) is { } tooLong) return new CommandResult { Refusal = tooLong };
        if (TooManyActivityChanges() is { } tooMany) return new CommandResult { Refusal = tooMany };
        var operation = new Operation
        {
            ActorId = workerId,
            OperationId = command.OperationId,
            PayloadHash = CommandHash.Of(OperationKinds.SetActivity, Guid.Empty, (int)command.Activity, command.Reason),
            Kind = OperationKinds.SetActivity,
        };
        ApplyOutcome outcome;
        try
        {
            (outcome, _) = await store.ChangeActivityAsync(workerId, command.Activity, command.Reason, operation, CancellationToken.None);
        }
        catch (StoreUnavailableException)
        {
            _mustReload = true;
            return new CommandResult { Refusal = WorkerRefusals.OutcomeUnknown };
        }

        switch (outcome.Status)
        {
            case ApplyStatus.Applied:
                await ActivityChangedAsync(command.Activity, command.Reason);
                return CommandResult.Done;
            case ApplyStatus.Replayed:
                return new CommandResult { Replayed = true };
            case ApplyStatus.PayloadConflict:
                return new CommandResult { Refusal = WorkerRefusals.OperationConflict };
            default:
                return new CommandResult { Refusal = WorkerRefusals.UnknownWorker };
        }
    }

    public async Task<WorkerProject?> GetProject(Guid projectId)
    {
        if (await ReadyAsync() is not null || !_projects.Contains(projectId)) return null;
        return await catalog.GetProjectAsync(projectId) is { } view ? ForWorker(view) : null;
    }

    private void StopWatching()
    {
        atWork.Gone(workerId);
        foreach (var project in _projects)
        {
            boards.Watch(workerId, project, waits: false);
            boards.Works(workerId, project, key: null);
        }
    }

    /// <summary>Gates or instructions of a project changed: told at once, to who is at work on it. What is held stays as it is.</summary>
    public async Task ProjectMoved(Guid projectId, string? gates, string? instructions)
    {
        if (await ReadyAsync() is not null || !_projects.Contains(projectId)) return;
        if (instructions is not null && await catalog.GetProjectAsync(projectId) is { } view)
        {
            var project = ForWorker(view);
            _sessions.Push(position => new ProjectChanged { Position = position, Project = project, Text = instructions });
        }

        if (gates is null) return;
        await JudgeGatesAsync(projectId, new StandingCause { Kind = StandingCauseKind.Policy, Text = gates, At = _storeClock.Now });
        await FillAsync(exceptConnectionId: null);
    }

    public async Task RecordChanged()
    {
        var (before, labelsBefore) = (_activity, _worker?.Labels);
        await LoadAsync(CancellationToken.None);
        if (_activity != before) PushActivity();
        await LetGoOfForeignAsync();
        var labels = new StandingCause { Kind = StandingCauseKind.Labels, Text = "Your record was changed.", At = _storeClock.Now };
        foreach (var project in _projects) await JudgeGatesAsync(project, _worker?.Labels == labelsBefore ? null : labels);
        await FillAsync(exceptConnectionId: null);
    }

    /// <summary>Who was removed from a project may have been proposed its work before the word of it came. What was not begun goes back; what was accepted may be finished.</summary>
    private async Task LetGoOfForeignAsync()
    {
        foreach (var item in _held.Values.Where(item => item.Work.State is AssignmentState.Offered or AssignmentState.Reserved && !_projects.Contains(item.Work.ProjectId)).ToArray())
        {
            var reply = await ReturnToBatchAsync(item.Work, operationId: null, hash: null, kind: null, WorkerRecord.Removed, TimeSpan.Zero);
            if (reply == BatchReply.Done) Drop(item.Work.AssignmentId, AssignmentState.Rescinded, "You were taken off the project, so it was taken back before you began. It is not held against you.", exceptConnectionId: null);
            else _mustReload = true;
        }
    }

    private async Task ActivityChangedAsync(Activity activity, string? reason)
    {
        // Coming from a break keeps the place in the queue: a pause never costs seniority. Coming to work begins a new wait.
        if (activity == Activity.Available && _activity == Activity.Offline) _idleSince = time.GetUtcNow();
        var paused = _activity == Activity.Break || activity == Activity.Break;
        (_activity, _activityReason) = (activity, reason);

        // A break stands the leases still, and its end lets them run on: the truth has the new times.
        if (paused && _held.Count > 0) await LoadAsync(CancellationToken.None);
        PushActivity();
        if (activity == Activity.Available) await FillAsync(exceptConnectionId: null);
        else idleness.SetBusy(workerId, _projects);
    }

    private void PushActivity()
    {
        var (activity, reason) = (_activity, _activityReason);
        _sessions.Push(position => new ActivityChanged { Position = position, Activity = activity, Reason = reason });
    }

    private async Task OnGraceOverAsync()
    {
        _graceTimer?.Dispose();
        _graceTimer = null;
        if (!_sessions.Any) await SetAwayAsync("No connection for a while.");
    }

    /// <summary>The server sets the worker offline, and says why. One command brings them back.</summary>
    private async Task SetAwayAsync(string reason)
    {
        if (_activity == Activity.Offline) return;
        try
        {
            await store.ChangeActivityAsync(workerId, Activity.Offline, reason, operation: null, CancellationToken.None);
            await ActivityChangedAsync(Activity.Offline, reason);
        }
        catch (StoreUnavailableException failure)
        {
            LogActivityNotStored(failure, workerId);
        }
    }

    /// <summary>After the last connection ends, a worker who had said "available" is set offline after this long: nobody should wait for a closed laptop.</summary>
    private TimeSpan DisconnectGrace => TimeSpan.FromSeconds(_projects
        .Select(project => catalog.KnownProject(project)?.Record.Policy.DisconnectGraceSeconds)
        .Max() ?? new DispatchPolicy().DisconnectGraceSeconds);

    /// <summary>Why nothing can be done now; null when ready. Memory that may be wrong is loaded again first.</summary>
    private async Task<Refusal?> ReadyAsync()
    {
        if (_mustReload) await LoadAsync(CancellationToken.None);
        if (_worker is null) return WorkerRefusals.UnknownWorker;
        return _worker.IsActive ? null : WorkerRefusals.Deactivated;
    }

    private async Task LoadAsync(CancellationToken cancellation)
    {
        // Until all of it is here, what is in memory is not to be trusted: a load that fails half-way is done again.
        _mustReload = true;
        var state = await store.LoadWorkerAsync(workerId, cancellation);
        if (state is null)
        {
            (_worker, _mustReload) = (null, false);
            return;
        }

        foreach (var project in state.Projects.Concat(state.Held.Select(row => row.ProjectId)).Distinct().ToArray()) await catalog.GetProjectAsync(project);
        await catalog.RefreshAsync(state.WorkVersions);
        var drained = state.EvidenceWaits ? await drains.DrainAsync(workerId, state.EvaluationSequences) : DrainedOutbox.Nothing;
        await LoadStandingsAsync(state, drained.LastSequences(state.EvaluationSequences), cancellation);
        await LoadExamsAsync(state.Projects, cancellation);
        Merge(state);
        if (!state.Worker.IsActive && _held.Count > 0) await PutOutAsync();
        _loadedStamp = time.GetTimestamp();

        // Where another activation went ahead in between, what was read is already old.
        _mustReload = drained.IsBehind;
    }

    private void Merge(WorkerState state)
    {
        if (_projects.Count > 0) idleness.SetBusy(workerId, _projects);
        if (_sessions.Any) atWork.Here(workerId, state.Projects);
        (_worker, _projects, _labels) = (state.Worker, state.Projects, WorkerLabels.Parse(state.Worker.Labels));
        if (state.Activity.Activity == Activity.Available && (_activity != Activity.Available || _idleSince == default)) _idleSince = state.Activity.Since;
        (_activity, _activityReason) = (state.Activity.Activity, state.Activity.Reason);
        (_answeredToday, _today) = (state.AnsweredToday, Today);
        _nothingAt.Clear();
        Replace(state.Held);
    }

    /// <summary>What changed behind this memory's back is told like any other change: a client whose place in the stream fits would never ask.</summary>
    private void Replace(IReadOnlyList<HeldAssignment> rows)
    {
        var before = _held.Values.ToDictionary(item => item.Work.AssignmentId);
        var told = before.Values.Select(item => KeyValuePair.Create(item.Work.AssignmentId, item.Work.State)).Concat(_toldBefore).ToDictionary();
        _held.Clear();
        _toldBefore = ReadOnlyDictionary<Guid, AssignmentState>.Empty;
        foreach (var row in rows)
        {
            var work = HeldWork.From(row);
            var known = before.GetValueOrDefault(row.AssignmentId);
            _held.Add(row.AssignmentId, new HeldItem(work, known?.RenewedStamp ?? time.GetTimestamp(), known?.ProjectVersion ?? VersionOf(work)) { ShownStamp = known?.ShownStamp });
            if (!told.Remove(row.AssignmentId, out var state) || state != work.State) _sessions.Push(position => new AssignmentOffered { Position = position, Assignment = Message(work) });
        }

        foreach (var gone in told.Keys)
        {
            _sessions.Push(position => new AssignmentWithdrawn { Position = position, AssignmentId = gone, State = AssignmentState.Canceled, Reason = "It is no longer yours: its time ran out, it was answered elsewhere, or it was taken back." });
        }
    }

    private int VersionOf(HeldWork work) => _held.GetValueOrDefault(work.AssignmentId)?.ProjectVersion ?? catalog.KnownProject(work.ProjectId)?.Record.Version ?? 0;

    private DateOnly Today => DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);

    private async Task<WorkerSnapshot> SnapshotAsync()
    {
        List<WorkerProject> projects = [];
        foreach (var project in _projects)
        {
            if (await catalog.GetProjectAsync(project) is { } view) projects.Add(ForWorker(view));
        }

        return new WorkerSnapshot
        {
            WorkerId = workerId,
            DisplayName = _worker!.DisplayName,
            Activity = _activity,
            ActivityReason = _activityReason,
            Position = _sessions.Position,
            Assignments = [.. _held.Values.OrderBy(item => item.Work.State == AssignmentState.Reserved).ThenBy(item => item.Work.OfferedAt).Select(item => Message(item.Work))],
            Projects = projects,
            ServerTime = time.GetUtcNow(),
            AnsweredToday = _today == Today ? _answeredToday : 0,
        };
    }

    private static WorkerProject ForWorker(ProjectView view) => new()
    {
        ProjectId = view.Record.ProjectId,
        Version = view.Record.Version,
        Name = view.Record.Name,
        FormType = view.Record.FormType,
        FormSettings = new JsonText(view.Record.FormSettings),
        Instructions = view.Record.Instructions,
    };

    private AssignmentMessage Message(HeldWork work)
    {
        var view = catalog.KnownProject(work.ProjectId)!;
        return new AssignmentMessage
        {
            AssignmentId = work.AssignmentId,
            ProjectId = work.ProjectId,
            ProjectVersion = VersionOf(work),
            BatchId = work.BatchId,
            Tier = work.Tier,
            // Work is seen by who accepts it: an offer shown to two would be read twice.
            Content = new JsonText(work.State == AssignmentState.Offered ? "null" : view.Form.Present(work.Content, work.Presentation)),
            State = work.State,
            LeaseEpoch = work.LeaseEpoch,
            OfferedAt = work.OfferedAt,
            LeaseUntil = work.LeaseUntil,
            Draft = work.Draft is null ? null : new JsonText(work.Draft),
            DraftVersion = work.DraftVersion,
            PausedAt = work.PausedAt,
        };
    }

    [LoggerMessage(1501, LogLevel.Warning, "Worker {WorkerId} could not be set offline.")]
    private partial void LogActivityNotStored(Exception failure, Guid workerId);
}
