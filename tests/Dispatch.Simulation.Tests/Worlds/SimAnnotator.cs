using Dispatch.Client;
using Dispatch.Contracts;
using Dispatch.Contracts.Worker;
using Dispatch.Grains;
using Dispatch.Simulation.Tests.Machinery;

namespace Dispatch.Simulation.Tests.Worlds;

/// <summary>Habits of a simulated person.</summary>
internal sealed record Habits
{
    public TimeSpan ThinkMin { get; init; } = TimeSpan.FromSeconds(1);
    public TimeSpan ThinkMax { get; init; } = TimeSpan.FromSeconds(12);
    public double Returns { get; init; } = 0.04;
    public double Declines { get; init; } = 0.15;
    public double IgnoresOffers { get; init; } = 0.05;
    public double FallsSilent { get; init; } = 0.04;
    public double TakesABreak { get; init; } = 0.05;
    public double Drafts { get; init; } = 0.3;
    public double LosesConnection { get; init; } = 0.04;
    public double OpensATab { get; init; } = 0.05;
    public double SubmitsTwice { get; init; } = 0.1;
    public double AnswersLate { get; init; } = 0.7;
    public double Disputes { get; init; } = 0.3;
    public double LooksAtStanding { get; init; } = 0.1;
}

/// <summary>A person at a browser: works, pauses, loses the connection, comes back late, and keeps a journal of what was acknowledged.</summary>
internal sealed partial class SimAnnotator : IPushGateway
{
    private readonly World _world;
    private readonly Habits _habits;
    private readonly double _skill;
    private readonly Dictionary<Guid, AssignmentMessage> _held = [];
    private readonly HashSet<Guid> _busyWith = [];
    private SimProcess _process;
    private string _connection = "";
    private readonly StreamOrder _order = new();
    private bool _resyncing;

    public SimAnnotator(World world, Guid workerId, Habits habits, double skill)
    {
        (_world, WorkerId, _habits, _skill) = (world, workerId, habits, skill);
        _process = world.Chance.Of(world.Cluster.Processes);
    }

    public Guid WorkerId { get; }

    public bool IsConnected { get; private set; }

    public Activity Activity { get; private set; } = Activity.Offline;

    public IReadOnlyDictionary<Guid, AssignmentMessage> Held => _held;

    /// <summary>Answers for which the server said "in the database".</summary>
    public List<(Guid OperationId, Guid AssignmentId, string Answer, bool KeptAside)> Acknowledged { get; } = [];

    /// <summary>Does nothing on purpose any more: finishes no task and starts no break.</summary>
    public bool IsCalm { get; set; }

    private SimChance Chance => _world.Chance;

    private IWorkerGrain Grain => _process.Actors.Worker(WorkerId);

    public async void Start()
    {
        await ConnectAsync();
        await SetActivityAsync(Activity.Available);
        Beat();
    }

    public Task Deliver(Guid workerId, string? exceptConnectionId, object push)
    {
        if (!IsConnected || exceptConnectionId == _connection) return Task.CompletedTask;
        var connection = _connection;
        _world.Cluster.Network.Hint(() =>
        {
            if (IsConnected && connection == _connection) Receive(push);
            return Task.CompletedTask;
        });
        return Task.CompletedTask;
    }

    /// <summary>The process at the other end is gone, or the network.</summary>
    public async void LoseConnection(bool told)
    {
        if (!IsConnected) return;
        IsConnected = false;
        var (old, process) = (_connection, _process);
        if (told) _world.Cluster.Network.Hint(() => process.Actors.Worker(WorkerId).Disconnect(old));
        await _world.Loop.Delay(Chance.Seconds(0.1, IsCalm ? 1 : 20));
        await ConnectAsync();
        if (Activity != Activity.Available && Chance.Once(0.7)) await SetActivityAsync(Activity.Available);
    }

    public async Task ComeBackAsync()
    {
        if (!IsConnected) await ConnectAsync();
        if (Activity != Activity.Available) await SetActivityAsync(Activity.Available);
        else await ResyncAsync();
    }

    private async Task ConnectAsync()
    {
        if (IsConnected) return;
        _process = Chance.Of(_world.Cluster.Processes);
        _connection = Chance.NewId().ToString();
        IsConnected = true;
        await ResyncAsync();
    }

    private async Task ResyncAsync()
    {
        if (_resyncing) return;
        _resyncing = true;
        try
        {
            while (IsConnected)
            {
                var (asked, connection) = (_order.Ask(), _connection);
                if (await TryAsync(() => Grain.Connect(this, connection)) is { Snapshot: { } snapshot })
                {
                    if (connection != _connection || !_order.IsCurrent(asked, snapshot.Position)) continue;
                    Apply(snapshot);
                    return;
                }

                await _world.Loop.Delay(Chance.Seconds(0.2, 1));
                if (!_process.IsAlive) _process = Chance.Of(_world.Cluster.Processes);
            }
        }
        finally
        {
            _resyncing = false;
        }
    }

    private void Apply(WorkerSnapshot snapshot)
    {
        _order.MoveTo(snapshot.Position);
        Activity = snapshot.Activity;
        var present = snapshot.Assignments.Select(assignment => assignment.AssignmentId).ToHashSet();
        foreach (var gone in _held.Keys.Where(id => !present.Contains(id)).ToArray()) _held.Remove(gone);
        foreach (var assignment in snapshot.Assignments) Hold(assignment);
    }

    private void Receive(object push)
    {
        var position = push switch
        {
            AssignmentOffered offered => offered.Position,
            AssignmentWithdrawn withdrawn => withdrawn.Position,
            AssignmentRecalled recalled => recalled.Position,
            ActivityChanged activity => activity.Position,
            StandingChanged standing => standing.Position,
            Notice notice => notice.Position,
            ProjectChanged project => project.Position,
            _ => throw new ArgumentException($"{push.GetType()} is not a push."),
        };
        var place = _order.Place(position);
        if (place == PushPlace.Known) return;
        if (place == PushPlace.Apart)
        {
            _ = ResyncAsync();
            return;
        }

        _order.MoveTo(position);
        switch (push)
        {
            case AssignmentOffered offered:
                Hold(offered.Assignment);
                break;
            case AssignmentWithdrawn withdrawn:
                _held.Remove(withdrawn.AssignmentId);
                break;
            case AssignmentRecalled recalled when _held.GetValueOrDefault(recalled.AssignmentId) is { State: AssignmentState.Reserved }:
                _held.Remove(recalled.AssignmentId);
                _ = TryAsync(() => Call(() => Grain.NotShown(recalled.AssignmentId)));
                break;
            case ActivityChanged activity:
                Activity = activity.Activity;
                if (Activity != Activity.Available) ReturnFromPause();
                break;
        }
    }

    private void Applied(StreamPosition? position)
    {
        if (!_order.Applied(position)) _ = ResyncAsync();
    }

    private void Hold(AssignmentMessage assignment)
    {
        if (assignment.State == AssignmentState.Offered && assignment.Content.Json != "null") _world.Fail("an offer shows the work before it is accepted");
        _held[assignment.AssignmentId] = assignment;
        if (_busyWith.Contains(assignment.AssignmentId) && assignment.State != AssignmentState.Accepted) return;
        if (assignment.State == AssignmentState.Accepted && _busyWith.Add(assignment.AssignmentId)) Work(assignment);
        else if (assignment.State == AssignmentState.Offered) Decide(assignment);
    }

    private async void ReturnFromPause()
    {
        await _world.Loop.Delay(Chance.Seconds(1, 20));
        if (IsConnected && Activity != Activity.Available) await SetActivityAsync(Activity.Available);
    }

    private async void Beat()
    {
        while (true)
        {
            await _world.Loop.Delay(TimeSpan.FromSeconds(3));
            if (!IsConnected) continue;
            if (!_process.IsAlive)
            {
                LoseConnection(told: false);
                continue;
            }

            if (_held.Values.Any(assignment => _silent.Contains(assignment.AssignmentId))) continue;
            var asked = _order.Ask();
            var result = await TryAsync(async () => await Grain.Heartbeat());
            if (result is null || (IsConnected && _order.IsBehind(asked, result.Position, result.Leases.Select(lease => lease.AssignmentId), _held.Keys))) await ResyncAsync();
        }
    }

    private static async Task<T?> TryAsync<T>(Func<Task<T>> call)
        where T : class?
    {
        try
        {
            return await call();
        }
        catch (Exception failure) when (failure is TimeoutException or Storage.StoreUnavailableException)
        {
            return null;
        }
    }

    private static async Task<object> Call(Func<Task> call)
    {
        await call();
        return new object();
    }
}
