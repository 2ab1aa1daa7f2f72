using Dispatch.Client;
using Dispatch.Cluster.Tests.History;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Worker;

namespace Dispatch.Cluster.Tests.Harness;

/// <summary>Somebody at work in a <see cref="SideWork"/>; what they do with a task is the fault's.</summary>
public sealed class SidePerson : IAsyncDisposable
{
    private static readonly JsonText Answer = new("""{"choice":"1"}""");
    private readonly WorkerConnection _connection;
    private readonly Journal _journal;
    private readonly SemaphoreSlim _changed = new(0);
    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, AssignmentMessage> _held = [];
    private readonly HashSet<Guid> _gone = [];

    private SidePerson(WorkerConnection connection, Guid workerId, Journal journal)
    {
        (_connection, WorkerId, _journal) = (connection, workerId, journal);
        _connection.Offered += task => Change(() => _held[task.AssignmentId] = task);
        _connection.Withdrawn += (id, _) => Change(() =>
        {
            _held.Remove(id);
            _gone.Add(id);
        });
    }

    public Guid WorkerId { get; }

    /// <summary>The server's time.</summary>
    public DateTimeOffset ServerNow => _connection.ServerNow;

    public static async Task<SidePerson> ConnectAsync(Shift shift, DevTokenDto token)
    {
        var connection = new WorkerConnection(new WorkerConnectionOptions { Server = shift.Cluster.Balancer.Address, AccessToken = () => Task.FromResult<string?>(token.Token) });
        var person = new SidePerson(connection, token.WorkerId, shift.Journal);
        await connection.StartAsync();
        await connection.SetActivityAsync(Activity.Available);
        return person;
    }

    /// <summary>The next task, on the screen.</summary>
    public async Task<AssignmentMessage> NextAsync(CancellationToken stop)
    {
        while (true)
        {
            if (First() is not { } task)
            {
                await _changed.WaitAsync(stop);
                continue;
            }

            await _connection.ShownAsync(task.AssignmentId);
            return task;
        }
    }

    /// <summary>Leaves a task lying until it is taken away.</summary>
    public async Task LetRunOutAsync(AssignmentMessage task, CancellationToken stop)
    {
        while (Holds(task)) await _changed.WaitAsync(stop);
    }

    public async Task ReturnAsync(AssignmentMessage task, string reason, CancellationToken stop)
    {
        await _connection.ReturnAsync(task, reason, stop);
        Change(() => _held.Remove(task.AssignmentId));
    }

    public async Task<SubmitResult> SubmitAsync(AssignmentMessage task, CancellationToken stop)
    {
        var entry = _journal.Invoke(Guid.NewGuid(), WorkerId, task.AssignmentId);
        var result = await _connection.SubmitAsync(task, Answer, operationId: entry.OperationId, cancellation: stop);
        _journal.End(entry, result.Refusal);
        Change(() =>
        {
            _held.Remove(task.AssignmentId);
            if (result.Next is { } next && !_gone.Contains(next.AssignmentId)) _held[next.AssignmentId] = next;
        });
        return result;
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private AssignmentMessage? First()
    {
        lock (_lock) return _held.Values.MinBy(task => task.OfferedAt);
    }

    private bool Holds(AssignmentMessage task)
    {
        lock (_lock) return _held.ContainsKey(task.AssignmentId);
    }

    private void Change(Action change)
    {
        lock (_lock) change();
        _changed.Release();
    }
}
