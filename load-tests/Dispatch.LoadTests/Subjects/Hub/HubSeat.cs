using Dispatch.Contracts;
using Dispatch.Contracts.Worker;
using Dispatch.LoadTests.People;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;

namespace Dispatch.LoadTests.Subjects.Hub;

/// <summary>
/// A worker on a bare SignalR connection. Dispatch and the echo are driven by this very class, so that what the client costs is the same
/// for both and the difference lies with the server alone.
/// </summary>
internal sealed class HubSeat : ISeat
{
    private readonly HubConnection _hub;
    private readonly Lock _lock = new();
    private AssignmentMessage? _current;
    private AssignmentMessage? _ahead;
    private Guid _shown;
    private bool _answering;
    private volatile bool _leaving;
    private TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private HubSeat(HubConnection hub) => _hub = hub;

    public event Action<long?>? Arrived;

    public event Action<string>? Refused;

    public event Action<string>? Withdrawn;

    public event Action? Lost;

    public bool Taken { get; private set; } = true;

    public bool HasTask => Volatile.Read(ref _current) is not null;

    public string? Content => Volatile.Read(ref _current)?.Content.Json;

    public static async Task<HubSeat> ConnectAsync(Uri hubAddress, string? token, CancellationToken stop)
    {
        var hub = HubConnections.Make(hubAddress, token);
        var seat = new HubSeat(hub);
        hub.On<AssignmentOffered>(nameof(IWorkerHubClient.AssignmentOffered), seat.Pushed);
        hub.On<AssignmentWithdrawn>(nameof(IWorkerHubClient.AssignmentWithdrawn), seat.TakenBack);
        hub.On<AssignmentRecalled>(nameof(IWorkerHubClient.AssignmentRecalled), seat.Recalled);
        hub.On<ActivityChanged>(nameof(IWorkerHubClient.ActivityChanged), seat.ActivityChanged);

        // Nobody here reads these; they are taken off the wire as the SDK takes them, so that the client costs what it costs people.
        hub.On<StandingChanged>(nameof(IWorkerHubClient.StandingChanged), _ => { });
        hub.On<Notice>(nameof(IWorkerHubClient.Notice), _ => { });
        hub.On<ProjectChanged>(nameof(IWorkerHubClient.ProjectChanged), _ => { });
        hub.On(nameof(IWorkerHubClient.Resync), () => (Task)seat.SynchroniseAsync());
        hub.Closed += _ =>
        {
            if (!seat._leaving) seat.EndedByServer();
            return Task.CompletedTask;
        };
        await hub.StartAsync(stop);
        if (await seat.SynchroniseAsync() != Activity.Available) await seat.GoAvailableAsync();
        return seat;
    }

    public async Task ReadyAsync(CancellationToken stop)
    {
        while (true)
        {
            AssignmentMessage? task;
            Task wait;
            lock (_lock) (task, wait) = (_current, _ready.Task);
            if (task is null)
            {
                await wait.WaitAsync(stop);
                continue;
            }

            if (_shown == task.AssignmentId) return;
            _shown = task.AssignmentId;
            await _hub.SendAsync(nameof(IWorkerHub.Shown), task.AssignmentId, CancellationToken.None);
            return;
        }
    }

    public async Task<bool> AnswerAsync(Judgment judgment, CancellationToken stop)
    {
        AssignmentMessage? task, ahead;
        lock (_lock)
        {
            (task, ahead) = (_current, _ahead);
            _answering = true;
        }

        if (task is null) return false;
        var command = new SubmitCommand
        {
            OperationId = Guid.NewGuid(),
            AssignmentId = task.AssignmentId,
            LeaseEpoch = task.LeaseEpoch,
            Answer = new JsonText(judgment.ToJson()),
            Showing = ahead?.AssignmentId,
        };
        var result = await _hub.InvokeAsync<SubmitResult>(nameof(IWorkerHub.Submit), command, CancellationToken.None);
        while (result.Refusal is { Code: RefusalCode.Busy or RefusalCode.OutcomeUnknown } busy)
        {
            Refused?.Invoke(RefusalCodes.Name(busy.Code));
            await Task.Delay(busy.RetryAfterMs ?? 500, stop);
            result = await _hub.InvokeAsync<SubmitResult>(nameof(IWorkerHub.Submit), command, CancellationToken.None);
        }

        Taken = result.Refusal is null;
        if (result.Refusal is { } refused) Refused?.Invoke(RefusalCodes.Name(refused.Code));
        if (result.Refusal is { Code: not (RefusalCode.StaleLease or RefusalCode.UnknownAssignment) } refusal)
        {
            throw new RefusedAnswerException(RefusalCodes.Name(refusal.Code), refusal.Message);
        }

        lock (_lock)
        {
            _answering = false;

            // A push may have brought the next task before the result came.
            if (result.Next is not null || ReferenceEquals(_current, task)) _current = result.Next;
            _ahead = result.Reserved;
            Signal();
        }

        return result.Refusal is null && HasTask;
    }

    public async Task SignOffAsync()
    {
        _leaving = true;
        await _hub.InvokeAsync<CommandResult>(nameof(IWorkerHub.SetActivity), new SetActivityCommand { OperationId = Guid.NewGuid(), Activity = Activity.Offline });
    }

    /// <summary>Ends the transport as a cable does: nothing is said.</summary>
    public ValueTask DisposeAsync()
    {
        _leaving = true;

        // Whoever waits for a task here would wait for ever.
        lock (_lock) _ready.TrySetException(new ObjectDisposedException(nameof(HubSeat)));
        return _hub.DisposeAsync();
    }

    /// <summary>Whoever waits for a task on a connection that is gone would wait for ever.</summary>
    private void EndedByServer()
    {
        lock (_lock)
        {
            _ready.TrySetException(new IOException("The server ended the connection."));
            _ = _ready.Task.Exception;
        }

        Lost?.Invoke();
    }

    private void Pushed(AssignmentOffered push)
    {
        var assignment = push.Assignment;
        if (assignment.State == AssignmentState.Reserved)
        {
            lock (_lock) _ahead = assignment;
            return;
        }

        Arrived?.Invoke(Work.StampOf(assignment.Content.Json));
        lock (_lock)
        {
            _current = assignment;
            Signal();
        }
    }

    private void TakenBack(AssignmentWithdrawn push)
    {
        Withdrawn?.Invoke(push.State.ToString());
        lock (_lock)
        {
            if (_ahead?.AssignmentId == push.AssignmentId) _ahead = null;
            if (_current?.AssignmentId != push.AssignmentId) return;
            _current = null;
            Signal();
        }
    }

    private async Task Recalled(AssignmentRecalled push)
    {
        lock (_lock)
        {
            // It is on its way to the screen already.
            if (_answering || _ahead?.AssignmentId != push.AssignmentId) return;
            _ahead = null;
        }

        await _hub.SendAsync(nameof(IWorkerHub.NotShown), push.AssignmentId);
    }

    private Task ActivityChanged(ActivityChanged push) => push.Activity == Activity.Available || _leaving ? Task.CompletedTask : GoAvailableAsync();

    private Task GoAvailableAsync() => _hub.SendAsync(nameof(IWorkerHub.SetActivity), new SetActivityCommand { OperationId = Guid.NewGuid(), Activity = Activity.Available });

    /// <summary>Asks for the present state, and says what the server takes the worker to be doing.</summary>
    private async Task<Activity> SynchroniseAsync()
    {
        var snapshot = await ConnectAsync();
        lock (_lock)
        {
            _current = snapshot.Assignments.FirstOrDefault(held => held.State == AssignmentState.Accepted);
            _ahead = snapshot.Assignments.FirstOrDefault(held => held.State == AssignmentState.Reserved);
            Signal();
        }

        return snapshot.Activity;
    }

    /// <summary>As the SDK does: a server that is busy for the moment is asked again.</summary>
    private async Task<WorkerSnapshot> ConnectAsync()
    {
        const int TriesMax = 20;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await _hub.InvokeAsync<WorkerSnapshot>(nameof(IWorkerHub.Connect), (StreamPosition?)null);
            }
            catch (HubException busy) when (attempt < TriesMax && busy.Message.Contains("busy:", StringComparison.Ordinal))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(250 * Math.Min(8, attempt)));
            }
        }
    }

    // Under the lock.
    private void Signal()
    {
        if (_current is not null) _ready.TrySetResult();
        else if (_ready.Task.IsCompleted) _ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
