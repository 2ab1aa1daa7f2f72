using System.Diagnostics;
using System.Security.Cryptography;
using Dispatch.Client;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.LoadTests.Hosting;

namespace Dispatch.LoadTests.ClosedLoop;

/// <summary>Dispatch under the same load: a real server process on a real store.</summary>
internal static class DispatchRun
{
    private const int TasksPerWorkerSecond = 60;
    private const int TasksMax = 200_000;

    public static async Task<Measurement> MeasureAsync(Options options, string store)
    {
        var folder = Directory.CreateTempSubdirectory("dispatch-load-").FullName;
        await using var postgres = store == "postgresql" ? await PrivatePostgreSql.StartAsync() : null;
        Dictionary<string, string> environment = new()
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["Dispatch__Store"] = store,
            ["Dispatch__SqlitePath"] = Path.Combine(folder, "load.db"),
            ["Dispatch__PostgreSql"] = postgres?.ConnectionString ?? "",
            ["Dispatch__Auth__SigningKey"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(48)),
        };
        var address = new Uri($"http://127.0.0.1:{ChildServer.FreePort()}");
        await using var server = await ChildServer.StartAsync(ServerBuild.Assembly, environment, "Application started", "--urls", address.ToString());
        var connections = await ConnectAsync(options, address);
        var result = await Window.MeasureAsync(store, options.Seconds, () => server.ProcessorTime, [.. connections.Select(connection => (Func<Func<Meter?>, CancellationToken, Task>)((meter, stop) => WorkAsync(connection, meter, stop)))]);
        foreach (var connection in connections) await connection.DisposeAsync();
        await server.DisposeAsync();
        Directory.Delete(folder, recursive: true);
        return result;
    }

    private static async Task<List<WorkerConnection>> ConnectAsync(Options options, Uri address)
    {
        using var http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromMinutes(5) };
        var api = new DispatchApi(http);
        api.Token = (await api.GetDevTokenAsync(new DevTokenRequest { Name = "load", Roles = [Roles.Admin] })).Token;
        var project = await api.CreateProjectAsync(new CreateProjectRequest
        {
            Name = "load",
            Form = new FormSpec { Type = "preference", Binding = new JsonText("""{"id":"id","prompt":"prompt","responses":["a","b"]}""") },
        });
        var batch = await api.CreateBatchAsync(project, new CreateBatchRequest { Name = "load", Overlap = 5 });
        var tasks = Math.Clamp(options.Workers * (options.Seconds + 5) * TasksPerWorkerSecond / 5, options.Workers * 5, TasksMax / 5);
        await api.ImportAsync(batch, Work.Lines(tasks));
        await api.ChangeBatchAsync(batch, "open");
        List<WorkerConnection> connections = [];
        for (var i = 0; i < options.Workers; i++)
        {
            var token = await api.GetDevTokenAsync(new DevTokenRequest { Name = $"worker {i}", ProjectIds = [project] });
            var connection = new WorkerConnection(new WorkerConnectionOptions { Server = address, AccessToken = () => Task.FromResult<string?>(token.Token), Protocol = WireProtocol.MessagePack });
            await connection.StartAsync();
            connections.Add(connection);
        }

        return connections;
    }

    private static async Task WorkAsync(WorkerConnection connection, Func<Meter?> meter, CancellationToken stop)
    {
        try
        {
            using var arrived = new SemaphoreSlim(0);
            connection.Offered += _ => arrived.Release();
            await connection.SetActivityAsync(Contracts.Activity.Available, cancellation: stop);
            var answer = new JsonText(Work.Answer);
            while (!stop.IsCancellationRequested)
            {
                if (connection.Held is not [var task, ..])
                {
                    await arrived.WaitAsync(stop);
                    continue;
                }

                var started = Stopwatch.GetTimestamp();
                await connection.ShownAsync(task.AssignmentId);
                var result = await connection.SubmitAsync(task, answer, cancellation: stop);
                if (result.Refusal is not null) throw new InvalidOperationException($"{result.Refusal.Code}: {result.Refusal.Message}");
                if (result.Next is not null) meter()?.Cycle(Stopwatch.GetElapsedTime(started));
            }
        }
        catch (OperationCanceledException)
        {
            // The window is over.
        }
    }
}
