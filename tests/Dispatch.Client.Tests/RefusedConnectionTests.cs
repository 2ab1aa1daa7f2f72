using Dispatch.Contracts;
using Dispatch.Contracts.Worker;
using Dispatch.TestKit;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;

namespace Dispatch.Client.Tests;

/// <summary>What will not pass by waiting ends a connection with its code; what may pass is tried again.</summary>
public sealed class RefusedConnectionTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData("unknown_worker", RefusalCode.UnknownWorker)]
    [InlineData("worker_deactivated", RefusalCode.WorkerDeactivated)]
    [InlineData("unauthenticated", RefusalCode.Unauthenticated)]
    public async Task DefiniteRefusal_EndsTheStart(string code, RefusalCode expected)
    {
        await using var server = await ScriptedServer.StartAsync();
        server.OnConnect = () => throw new HubException($"{code}: Nobody like you. Ask somebody.");
        await using var connection = new WorkerConnection(server.Options());

        var refused = await Should.ThrowAsync<DispatchRefusedException>(() => connection.StartAsync().WaitAsync(Patience));

        (refused.Code, refused.Refusal.Message).ShouldBe((expected, "Nobody like you. Ask somebody."));
        connection.State.ShouldBe(HubConnectionState.Disconnected);
        connection.Refusal.ShouldBe(refused.Refusal);
        server.Calls.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(401, RefusalCode.Unauthenticated)]
    [InlineData(403, RefusalCode.Forbidden)]
    public async Task TokenNotTaken_EndsTheStart(int status, RefusalCode expected)
    {
        await using var server = await ScriptedServer.StartAsync();
        server.Status = status;
        await using var worker = new WorkerConnection(server.Options());
        await using var supervisor = new SupervisorConnection(server.Options());

        (await Should.ThrowAsync<DispatchRefusedException>(() => worker.StartAsync().WaitAsync(Patience))).Code.ShouldBe(expected);
        (await Should.ThrowAsync<DispatchRefusedException>(() => supervisor.StartAsync().WaitAsync(Patience))).Code.ShouldBe(expected);
        server.Requests.ShouldBe(2);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(429)]
    public async Task PassingTrouble_IsWaitedOut(int status)
    {
        await using var server = await ScriptedServer.StartAsync();
        server.Status = status;
        await using var worker = new WorkerConnection(server.Options());
        await using var supervisor = new SupervisorConnection(server.Options());
        var (working, watching) = (worker.StartAsync(), supervisor.StartAsync());
        await Eventually.TrueAsync(() => Task.FromResult(server.Requests > 6), Patience, "several tries");
        working.IsCompleted.ShouldBeFalse();
        watching.IsCompleted.ShouldBeFalse();

        server.Status = 0;

        await working.WaitAsync(Patience);
        await watching.WaitAsync(Patience);
    }

    /// <summary>Behind a balancer: the negotiation is answered by one server, and what follows it meets another, which stops, or knows nothing of it.</summary>
    [Theory]
    [InlineData(404)]
    [InlineData(503)]
    public async Task NoTransportAfterTheNegotiation_IsWaitedOut(int status)
    {
        await using var server = await ScriptedServer.StartAsync();
        await using var moving = new WorkerConnection(server.Options());
        await moving.StartAsync().WaitAsync(Patience);
        await using var worker = new WorkerConnection(server.Options());
        await using var supervisor = new SupervisorConnection(server.Options());
        var requests = server.Requests;

        server.StatusOf = request => request.Path.Value!.EndsWith("/negotiate", StringComparison.Ordinal) ? 0 : status;
        await server.Workers.Clients.All.ServerDraining(new ServerDraining { MoveWithinMs = 0 });
        var (working, watching) = (worker.StartAsync(), supervisor.StartAsync());
        await Eventually.TrueAsync(() => Task.FromResult(server.Requests > requests + 30), Patience, "several tries");
        server.StatusOf = _ => 0;

        await working.WaitAsync(Patience);
        await watching.WaitAsync(Patience);
        await Eventually.TrueAsync(() => Task.FromResult(moving.State == HubConnectionState.Connected), Patience, "who moved is connected again");
    }

    /// <summary>At the first start an address that knows no hub is told to whoever gave it; once there was a connection it is waited for.</summary>
    [Fact]
    public async Task AddressThatWasRightBefore_IsWaitedFor()
    {
        await using var server = await ScriptedServer.StartAsync();
        await using var moving = new WorkerConnection(server.Options());
        await moving.StartAsync().WaitAsync(Patience);
        var requests = server.Requests;
        server.Status = 404;
        await using var first = new WorkerConnection(server.Options());
        await Should.ThrowAsync<HttpRequestException>(() => first.StartAsync().WaitAsync(Patience));

        await server.Workers.Clients.All.ServerDraining(new ServerDraining { MoveWithinMs = 0 });
        await Eventually.TrueAsync(() => Task.FromResult(server.Requests > requests + 5), Patience, "several tries");
        server.Status = 0;

        await Eventually.TrueAsync(() => Task.FromResult(moving.State == HubConnectionState.Connected), Patience, "who moved is connected again");
    }

    [Fact]
    public async Task BusyServer_IsAskedAgain()
    {
        await using var server = await ScriptedServer.StartAsync();
        var tries = 0;
        server.OnConnect = () => ++tries < 4 ? throw new HubException("busy: Not now.") : ScriptedServer.Snapshot(1);
        await using var connection = new WorkerConnection(server.Options());
        (await connection.StartAsync().WaitAsync(Patience)).DisplayName.ShouldBe("Ann");
        tries.ShouldBe(4);
    }

    [Fact]
    public async Task ServerThatIsNotThere_IsAskedUntilGivenUp()
    {
        var options = new WorkerConnectionOptions { Server = new Uri($"http://127.0.0.1:{FreePort.Next()}"), AccessToken = () => Task.FromResult<string?>(null), RetryFirst = TimeSpan.FromMilliseconds(1), RetryMax = TimeSpan.FromMilliseconds(2) };
        await using var supervisor = new SupervisorConnection(options);
        using var enough = new CancellationTokenSource();
        var start = supervisor.StartAsync(enough.Token);
        await enough.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => start.WaitAsync(Patience));
    }

    [Fact]
    public async Task DeactivatedWhileAway_EndsTheResumeAndWhatWaitsForIt()
    {
        await using var server = await ScriptedServer.StartAsync();
        await using var connection = new WorkerConnection(server.Options());
        var told = new TaskCompletionSource<Refusal>(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.Refused += refusal => told.TrySetResult(refusal);
        await connection.StartAsync();
        server.OnConnect = () => throw new HubException("worker_deactivated: You were deactivated.");
        server.OnSubmit = (_, context) =>
        {
            context.Abort();
            return new();
        };

        var submit = connection.SubmitAsync(ScriptedServer.Task(), new JsonText("{}"));

        (await told.Task.WaitAsync(Patience)).Code.ShouldBe(RefusalCode.WorkerDeactivated);
        (await Should.ThrowAsync<DispatchRefusedException>(() => submit.WaitAsync(Patience))).Code.ShouldBe(RefusalCode.WorkerDeactivated);
    }

    [Fact]
    public async Task TokenRunOutWhileAway_EndsTheResume()
    {
        await using var server = await ScriptedServer.StartAsync();
        await using var connection = new WorkerConnection(server.Options());
        var told = new TaskCompletionSource<Refusal>(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.Refused += refusal => told.TrySetResult(refusal);
        await connection.StartAsync();

        server.Status = 401;
        foreach (var context in server.Connections.Values) context.Abort();

        (await told.Task.WaitAsync(Patience)).Code.ShouldBe(RefusalCode.Unauthenticated);
        connection.Refusal.ShouldNotBeNull();
    }

    [Fact]
    public async Task Supervisor_WhoWasHungUpOn_WatchesAgain()
    {
        await using var server = await ScriptedServer.StartAsync();
        await using var connection = new SupervisorConnection(server.Options());
        await connection.StartAsync();
        var project = Guid.NewGuid();
        (await connection.WatchAsync(project)).ShouldBeNull();

        foreach (var context in server.Connections.Values) context.Abort();

        await Eventually.TrueAsync(() => Task.FromResult(server.Calls.Count(call => call.Method == "Watch" && project.Equals(call.Argument)) == 2), Patience, "watched again");
    }

    [Fact]
    public async Task AfterARefusal_StartingAgainIsANewTry()
    {
        await using var server = await ScriptedServer.StartAsync();
        server.Status = 401;
        await using var connection = new WorkerConnection(server.Options());
        await Should.ThrowAsync<DispatchRefusedException>(() => connection.StartAsync().WaitAsync(Patience));
        server.Status = 0;
        await connection.StartAsync().WaitAsync(Patience);
        connection.Refusal.ShouldBeNull();
    }
}
