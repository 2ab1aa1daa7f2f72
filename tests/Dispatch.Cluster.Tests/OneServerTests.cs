using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Dispatch.Client;
using Dispatch.Cluster.Tests.Harness;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Worker;
using Dispatch.TestKit;

namespace Dispatch.Cluster.Tests;

/// <summary>One server process and its store, under load: killed (kill -9) and started again on the same data, or left without room on its disk.</summary>
public sealed class OneServerTests
{
    private const int Workers = 12;
    private const int AnswersBefore = 300;
    private const int AnswersAfter = 300;
    private const long SmallDiskBytes = 128 << 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public Task Kill_OnSqlite_LosesNoAcknowledgedAnswer() => OnSqliteAsync((_, environment) => RunAsync(environment, KillAsync));

    [PostgreSqlFact]
    public async Task Kill_OnPostgreSql_LosesNoAcknowledgedAnswer()
    {
        await using var database = await PostgreSqlDatabase.CreateAsync();
        await RunAsync(new() { ["Dispatch__Store"] = "postgresql", ["Dispatch__PostgreSql"] = database.ConnectionString }, KillAsync);
    }

    /// <summary>What was acknowledged before, during and after is there; nobody restarts anything, and a balancer is told.</summary>
    [SmallDiskFact]
    public Task DiskFull_OnSqlite_LosesNoAcknowledgedAnswer() => OnSqliteAsync(async (folder, environment) =>
    {
        var disk = SmallDisk.Mount(folder, SmallDiskBytes, Environment.UserName);
        try
        {
            await RunAsync(environment, async (server, restart) =>
            {
                disk.Fill();
                await Eventually.TrueAsync(async () => !await TestCluster.IsReadyAsync(server.Address), Patience, "the server says that it cannot commit");
                await Pause.ForAsync(TimeSpan.FromSeconds(3));
                (await TestCluster.IsReadyAsync(server.Address)).ShouldBeFalse("it lasts");
                disk.Free();
                await Eventually.TrueAsync(() => TestCluster.IsReadyAsync(server.Address), Patience, "the server says that it can commit");
                server.Process.HasExited.ShouldBeFalse("it need not be started again");
                return server;
            });
        }
        finally
        {
            disk.Unmount();
        }
    });

    private static async Task<Running> KillAsync(Running server, Func<Task<Running>> restart)
    {
        await server.Process.KillAsync();
        await server.Process.DisposeAsync();
        return await restart();
    }

    private static async Task OnSqliteAsync(Func<string, Dictionary<string, string?>, Task> test)
    {
        var folder = Directory.CreateTempSubdirectory("dispatch-one-").FullName;
        try
        {
            await test(folder, new() { ["Dispatch__Store"] = "sqlite", ["Dispatch__SqlitePath"] = Path.Combine(folder, "one.db") });
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private sealed record Running(ServerProcess Process, Uri Address);

    private static async Task RunAsync(Dictionary<string, string?> environment, Func<Running, Func<Task<Running>>, Task<Running>> trouble)
    {
        environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        environment["Dispatch__Auth__SigningKey"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(48));
        var address = new Uri($"http://127.0.0.1:{FreePort.Next()}");
        using var http = new HttpClient { BaseAddress = address };
        var api = new DispatchApi(http);

        var server = await StartAsync(environment, address);
        try
        {
            api.Token = (await api.GetDevTokenAsync(new DevTokenRequest { Name = "boss", Roles = [Roles.Admin] })).Token;
            var (project, batch) = await SeedAsync(api);
            await using var holder = await ConnectAsync(api, address, project, "holder");
            await holder.SetActivityAsync(Activity.Available);
            var held = await FirstAsync(holder);

            ConcurrentBag<Guid> acknowledged = [];
            using var stop = new CancellationTokenSource();
            var crowd = Enumerable.Range(0, Workers).Select(i => WorkAsync(api, address, project, $"worker {i}", acknowledged, stop.Token)).ToArray();
            await UntilAsync(() => acknowledged.Count >= AnswersBefore);
            server = await trouble(server, () => StartAsync(environment, address));
            var after = acknowledged.Count;
            await UntilAsync(() => acknowledged.Count >= after + AnswersAfter);
            await stop.CancelAsync();
            await Task.WhenAll(crowd);

            using var reader = new StreamReader(await api.ExportAsync(batch));
            List<Guid> stored = [];
            while (await reader.ReadLineAsync() is { } line) stored.Add(JsonDocument.Parse(line).RootElement.GetProperty("operation_id").GetGuid());
            stored.Distinct().Count().ShouldBe(stored.Count, "an answer is stored twice");
            acknowledged.Distinct().Except(stored).ShouldBeEmpty("an acknowledged answer is missing");
            await UntilAsync(() => holder.State == Microsoft.AspNetCore.SignalR.Client.HubConnectionState.Connected);
            holder.Held.ShouldHaveSingleItem().AssignmentId.ShouldBe(held.AssignmentId);
        }
        finally
        {
            await server.Process.DisposeAsync();
        }
    }

    private static async Task<Running> StartAsync(Dictionary<string, string?> environment, Uri address)
    {
        var server = ServerProcess.Start(environment, "--urls", address.ToString());
        await server.WaitForLineAsync("Application started", Patience);
        return new Running(server, address);
    }

    private static async Task<(Guid Project, Guid Batch)> SeedAsync(DispatchApi api)
    {
        var project = await api.CreateProjectAsync(new CreateProjectRequest
        {
            Name = "kill",
            Form = new FormSpec { Type = "preference", Binding = new JsonText("""{"id":"id","prompt":"p","responses":["a","b"]}""") },
        });
        var batch = await api.CreateBatchAsync(project, new CreateBatchRequest { Name = "batch", Overlap = 2 });
        var lines = string.Concat(Enumerable.Range(1, 20_000).Select(i => $$"""{"id":"{{i}}","p":"p","a":"x","b":"y"}""" + "\n"));
        await api.ImportAsync(batch, new MemoryStream(Encoding.UTF8.GetBytes(lines)));
        await api.ChangeBatchAsync(batch, "open");
        return (project, batch);
    }

    private static async Task<WorkerConnection> ConnectAsync(DispatchApi api, Uri address, Guid project, string name)
    {
        var token = await api.GetDevTokenAsync(new DevTokenRequest { Name = name, ProjectIds = [project] });
        var connection = new WorkerConnection(new WorkerConnectionOptions { Server = address, AccessToken = () => Task.FromResult<string?>(token.Token) });
        await connection.StartAsync();
        return connection;
    }

    private static async Task WorkAsync(DispatchApi api, Uri address, Guid project, string name, ConcurrentBag<Guid> acknowledged, CancellationToken stop)
    {
        try
        {
            await using var connection = await ConnectAsync(api, address, project, name);
            var arrived = new SemaphoreSlim(0);
            connection.Offered += _ => arrived.Release();
            await connection.SetActivityAsync(Activity.Available, cancellation: stop);
            while (!stop.IsCancellationRequested)
            {
                if (connection.Held is not [var task, ..])
                {
                    await arrived.WaitAsync(stop);
                    continue;
                }

                var operation = Guid.NewGuid();
                var result = await connection.SubmitAsync(task, new JsonText("""{"choice":"1"}"""), operationId: operation, cancellation: stop);
                if (result.Refusal is null) acknowledged.Add(operation);
            }
        }
        catch (OperationCanceledException)
        {
            // The test has seen enough.
        }
    }

    private static async Task<AssignmentMessage> FirstAsync(WorkerConnection connection)
    {
        await UntilAsync(() => connection.Held.Count > 0);
        return connection.Held[0];
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var deadline = new CancellationTokenSource(Patience);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!condition()) await timer.WaitForNextTickAsync(deadline.Token);
    }
}
