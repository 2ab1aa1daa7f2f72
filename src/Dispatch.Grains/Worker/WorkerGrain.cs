using Dispatch.Contracts;
using Dispatch.Contracts.Worker;
using Dispatch.Storage;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Dispatch.Grains;

/// <inheritdoc cref="IWorkerGrain"/>
/// <remarks>
/// Not reentrant: what one person does has an order, and one call in flight keeps it. It awaits batches; batches and the
/// matchmaker only hint to it, so there is no call cycle. Sits with its connection.
/// </remarks>
[GrainType("worker"), Orleans.Placement.PreferLocalPlacement]
internal sealed partial class WorkerGrain(
    IDispatchStore store,
    ProjectCatalog catalog,
    IdleReporter idleReporter,
    ShownBuffer shownBuffer,
    IIdSource ids,
    TimeProvider time,
    ILogger<WorkerGrain> logger) : Grain, IWorkerGrain
{
    private const int RecentMax = 16;

    /// <summary>After the last connection ends, a worker who had said "available" is set offline after this long: nobody should wait for a closed laptop.</summary>
    private static readonly TimeSpan DisconnectGrace = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan ConnectedKeepAlive = TimeSpan.FromDays(1);

    private readonly Dictionary<Guid, HeldItem> _held = [];
    private readonly Dictionary<Guid, long> _evaluationSequences = [];
    private readonly RecentOperations<SubmitResult> _recent = new(RecentMax);
    private readonly Dictionary<Guid, long> _nothingAt = [];
    private WorkerSessions _sessions = null!;
    private WorkerRecord? _worker;
    private IReadOnlyList<Guid> _projects = [];
    private Activity _activity = Activity.Offline;
    private string? _activityReason;
    private int _answeredToday;
    private DateOnly _today;
    private bool _mustReload;
    private IGrainTimer? _graceTimer;

    private sealed class HeldItem(HeldWork work, DateTimeOffset renewedAt)
    {
        public HeldWork Work { get; set; } = work;
        public DateTimeOffset RenewedAt { get; set; } = renewedAt;
    }

    private Guid WorkerId => this.GetPrimaryKey();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _sessions = new WorkerSessions(WorkerId, ids.NewId());
        await LoadAsync(cancellationToken);
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        idleReporter.SetBusy(WorkerId, _projects);
        return Task.CompletedTask;
    }

    public async Task<ConnectReply> Connect(IPushGateway gateway, string connectionId)
    {
        await LoadAsync(CancellationToken.None);
        if (_worker is null) return new ConnectReply { Refusal = WorkerRefusals.UnknownWorker };
        if (!_worker.IsActive) return new ConnectReply { Refusal = WorkerRefusals.Deactivated };
        _sessions.Join(connectionId, gateway);

        // An idle worker with an open page makes no calls; collected, it would never be told of work.
        DelayDeactivation(ConnectedKeepAlive);
        _graceTimer?.Dispose();
        _graceTimer = null;
        await FillAsync(exceptConnectionId: connectionId);
        return new ConnectReply { Snapshot = await SnapshotAsync() };
    }

    public Task Disconnect(string connectionId)
    {
        _sessions.Leave(connectionId);
        if (_sessions.Any) return Task.CompletedTask;
        DelayDeactivation(TimeSpan.Zero);
        idleReporter.SetBusy(WorkerId, _projects);
        _graceTimer ??= this.RegisterGrainTimer(OnGraceOverAsync, new GrainTimerCreationOptions(DisconnectGrace, Timeout.InfiniteTimeSpan) { KeepAlive = true });
        return Task.CompletedTask;
    }

    public async Task<CommandResult> SetActivity(SetActivityCommand command)
    {
        if (await ReadyAsync() is { } refusal) return new CommandResult { Refusal = refusal };
        if (command.OperationId == Guid.Empty) return new CommandResult { Refusal = WorkerRefusals.OperationIdMissing };
        if (command.Activity is Activity.Unspecified or > Activity.Draining)
        {
            return new CommandResult { Refusal = WorkerRefusals.OutOfRange("$.activity", "There is no such activity.", "Send available, break, draining or offline.") };
        }

        if (command.Reason is { Length: > Limits.ReasonCharacters })
        {
            return new CommandResult { Refusal = WorkerRefusals.OutOfRange("$.reason", "The reason is too long.", $"Keep it to {Limits.ReasonCharacters} characters.") };
        }

        var operation = new Operation
        {
            ActorId = WorkerId,
            OperationId = command.OperationId,
            PayloadHash = CommandHash.Of(OperationKinds.SetActivity, Guid.Empty, (int)command.Activity, command.Reason),
            Kind = OperationKinds.SetActivity,
        };
        ApplyOutcome outcome;
        try
        {
            (outcome, _) = await store.ChangeActivityAsync(WorkerId, command.Activity, command.Reason, operation, CancellationToken.None);
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

    public async Task RecordChanged()
    {
        await LoadAsync(CancellationToken.None);
        await FillAsync(exceptConnectionId: null);
    }

    private async Task ActivityChangedAsync(Activity activity, string? reason)
    {
        (_activity, _activityReason) = (activity, reason);
        _sessions.Push(position => new ActivityChanged { Position = position, Activity = activity, Reason = reason });
        if (activity == Activity.Available) await FillAsync(exceptConnectionId: null);
        else idleReporter.SetBusy(WorkerId, _projects);
    }

    private async Task OnGraceOverAsync()
    {
        _graceTimer?.Dispose();
        _graceTimer = null;
        if (_sessions.Any || _activity == Activity.Offline) return;
        try
        {
            const string Reason = "No connection for a while.";
            await store.ChangeActivityAsync(WorkerId, Activity.Offline, Reason, operation: null, CancellationToken.None);
            await ActivityChangedAsync(Activity.Offline, Reason);
        }
        catch (StoreUnavailableException failure)
        {
            LogActivityNotStored(failure, WorkerId);
        }
    }

    /// <summary>Why nothing can be done now; null when ready. Memory that may be wrong is loaded again first.</summary>
    private async Task<Refusal?> ReadyAsync()
    {
        if (_mustReload) await LoadAsync(CancellationToken.None);
        if (_worker is null) return WorkerRefusals.UnknownWorker;
        return _worker.IsActive ? null : WorkerRefusals.Deactivated;
    }

    private async Task LoadAsync(CancellationToken cancellation)
    {
        var state = await store.LoadWorkerAsync(WorkerId, cancellation);
        _mustReload = false;
        _worker = state?.Worker;
        if (state is null) return;
        if (_projects.Count > 0) idleReporter.SetBusy(WorkerId, _projects);
        _projects = state.Projects;
        (_activity, _activityReason) = (state.Activity.Activity, state.Activity.Reason);
        (_answeredToday, _today) = (state.AnsweredToday, Today);
        _held.Clear();
        foreach (var row in state.Held) _held.Add(row.AssignmentId, new HeldItem(HeldWork.From(row), time.GetUtcNow()));
        foreach (var (project, sequence) in state.EvaluationSequences) _evaluationSequences[project] = sequence;
        foreach (var project in _projects) await catalog.GetProjectAsync(project);
        foreach (var project in _held.Values.Select(item => item.Work.ProjectId)) await catalog.GetProjectAsync(project);
        await catalog.RefreshAsync(_projects);
        foreach (var (project, sequence) in await store.DrainOutboxAsync(WorkerId, _evaluationSequences, cancellation)) _evaluationSequences[project] = sequence;
    }

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
            WorkerId = WorkerId,
            DisplayName = _worker!.DisplayName,
            Activity = _activity,
            ActivityReason = _activityReason,
            Position = _sessions.Position,
            Assignments = [.. _held.Values.OrderBy(item => item.Work.OfferedAt).Select(item => Message(item.Work))],
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
            ProjectVersion = view.Record.Version,
            BatchId = work.BatchId,
            Tier = work.Tier,
            Content = new JsonText(view.Form.Present(work.Content, work.Presentation)),
            State = work.State,
            LeaseEpoch = work.LeaseEpoch,
            OfferedAt = work.OfferedAt,
            LeaseUntil = work.LeaseUntil,
            Draft = work.Draft is null ? null : new JsonText(work.Draft),
            DraftVersion = work.DraftVersion,
        };
    }

    [LoggerMessage(1501, LogLevel.Warning, "Worker {WorkerId} could not be set offline after a disconnect.")]
    private partial void LogActivityNotStored(Exception failure, Guid workerId);
}
