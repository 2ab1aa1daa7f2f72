using System.Diagnostics;
using Dispatch.Contracts;
using Dispatch.Contracts.Worker;
using Dispatch.LoadTests.Hosting;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;

namespace Dispatch.LoadTests.ClosedLoop;

/// <summary>The floor under the same load.</summary>
internal static class EchoRun
{
    public static async Task<Measurement> MeasureAsync(Options options)
    {
        var address = $"http://127.0.0.1:{ChildServer.FreePort()}";
        await using var server = await ChildServer.StartAsync(typeof(EchoRun).Assembly.Location, new Dictionary<string, string>(), "echo is ready", "echo-host", address);
        var connections = new HubConnection[options.Workers];
        for (var i = 0; i < connections.Length; i++)
        {
            connections[i] = new HubConnectionBuilder().WithUrl($"{address}/hubs/echo").AddMessagePackProtocol().Build();
            await connections[i].StartAsync();
        }

        var result = await Window.MeasureAsync("echo", options.Seconds, () => server.ProcessorTime, [.. connections.Select(connection => (Func<Func<Meter?>, CancellationToken, Task>)((meter, stop) => WorkAsync(connection, meter, stop)))]);
        foreach (var connection in connections) await connection.DisposeAsync();
        return result;
    }

    private static async Task WorkAsync(HubConnection connection, Func<Meter?> meter, CancellationToken stop)
    {
        var answer = new JsonText(Work.Answer);
        while (!stop.IsCancellationRequested)
        {
            var started = Stopwatch.GetTimestamp();
            await connection.SendAsync("Shown", Guid.Empty, CancellationToken.None);
            await connection.InvokeAsync<SubmitResult>("Submit", new SubmitCommand { OperationId = Guid.NewGuid(), AssignmentId = Guid.Empty, LeaseEpoch = 1, Answer = answer }, CancellationToken.None);
            meter()?.Cycle(Stopwatch.GetElapsedTime(started));
        }
    }
}
