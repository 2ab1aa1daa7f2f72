using System.Text.Json;
using Dispatch.Client;
using Dispatch.Cluster.Tests.History;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Worker;
using Microsoft.AspNetCore.SignalR.Client;

namespace Dispatch.Cluster.Tests.Harness;

/// <summary>One simulated person: takes what comes, thinks a little, answers, and writes down what became of it.</summary>
public sealed class Annotator : IAsyncDisposable
{
    private readonly WorkerConnection _connection;
    private readonly Journal _journal;
    private readonly Random _random;
    private readonly TimeSpan _think;
    private readonly double _accuracy;
    private readonly SemaphoreSlim _arrived = new(0);

    private Annotator(WorkerConnection connection, Guid workerId, Journal journal, int number, int seed, TimeSpan think)
    {
        (_connection, WorkerId, _journal, _random, _think) = (connection, workerId, journal, new Random(seed), think);

        // One in three is good enough for a gate, one in three is not, and one sits on its bar.
        _accuracy = (number % 3) switch { 0 => 0.97, 1 => 0.5, _ => 0.75 };
        _connection.Offered += _ => _arrived.Release();
        _connection.Changed += () => _arrived.Release();
    }

    public Guid WorkerId { get; }

    public bool HasWork => _connection.Held.Count > 0;

    public static async Task<Annotator> ConnectAsync(TestCluster cluster, Journal journal, int number, int seed, TimeSpan think, CancellationToken stop)
    {
        var token = await cluster.Api.GetDevTokenAsync(new DevTokenRequest { Name = $"annotator {number} of {cluster.Project:N}", ProjectIds = [cluster.Project] }, stop);
        var connection = new WorkerConnection(new WorkerConnectionOptions
        {
            Server = cluster.Balancer.Address,
            AccessToken = () => Task.FromResult<string?>(token.Token),
            Protocol = number % 2 == 0 ? WireProtocol.MessagePack : WireProtocol.Json,
        });
        var annotator = new Annotator(connection, token.WorkerId, journal, number, seed, think);
        await connection.StartAsync(stop);
        await connection.SetActivityAsync(Activity.Available, cancellation: stop);
        return annotator;
    }

    /// <summary>Works until told to stop. An answer under way is then left unknown.</summary>
    public async Task WorkAsync(CancellationToken stop)
    {
        try
        {
            while (!stop.IsCancellationRequested)
            {
                if (_connection.Held is not [var task, ..])
                {
                    // Set away, because a task was not looked at in time: a person comes back with one click.
                    if (_connection is { State: HubConnectionState.Connected, Activity: Activity.Offline, ActivityReason: not null }) await _connection.SetActivityAsync(Activity.Available, cancellation: stop);
                    await _arrived.WaitAsync(stop);
                    continue;
                }

                var got = _journal.Got(WorkerId, task.AssignmentId);
                await _connection.ShownAsync(task.AssignmentId);
                await ThinkAsync(stop);
                await SubmitAsync(task, got, stop);
            }
        }
        catch (OperationCanceledException)
        {
            // The shift is over.
        }
    }

    public override string ToString() => $"{WorkerId}: {_connection.State}, {_connection.Activity} ({_connection.ActivityReason}), holds {_connection.Held.Count}, refused {_connection.Refusal?.Code}";

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private async Task SubmitAsync(AssignmentMessage task, double got, CancellationToken stop)
    {
        var entry = _journal.Invoke(Guid.NewGuid(), WorkerId, task.AssignmentId, got);
        var result = await _connection.SubmitAsync(task, Choose(task), operationId: entry.OperationId, cancellation: stop);
        _journal.End(entry, result.Refusal);
    }

    /// <summary>Finds what is marked as right, as often as the person's accuracy says.</summary>
    private JsonText Choose(AssignmentMessage task)
    {
        using var content = JsonDocument.Parse(task.Content.Json);
        var responses = content.RootElement.GetProperty("responses").EnumerateArray().ToArray();
        var wanted = _random.NextDouble() < _accuracy ? "right" : "wrong";
        var chosen = responses.FirstOrDefault(response => response.GetProperty("text").GetString() == wanted, responses[0]);
        return new JsonText($$"""{"choice":"{{chosen.GetProperty("key").GetString()}}"}""");
    }

    private Task ThinkAsync(CancellationToken stop) => Pause.ForAsync(_think * (0.5 + _random.NextDouble()), stop);
}
