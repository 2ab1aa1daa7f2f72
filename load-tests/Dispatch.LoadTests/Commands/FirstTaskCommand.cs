using System.CommandLine;
using System.Diagnostics;
using Dispatch.Bars;
using Dispatch.Client;
using Dispatch.Contracts.Api;
using Dispatch.LoadTests.Bars;
using Dispatch.LoadTests.Hosting;

namespace Dispatch.LoadTests.Commands;

/// <summary>How long after "ready" the demo pushes a newcomer's first task.</summary>
internal static class FirstTaskCommand
{
    private static readonly TimeSpan Needed = TimeSpan.FromSeconds(10);

    public static Command Make()
    {
        var command = new Command("first-task", "How soon the demo pushes a newcomer's first task.");
        command.SetAction((_, _) => RunAsync());
        return command;
    }

    private static async Task<int> RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("dispatch-first-").FullName;
        var address = new Uri($"http://127.0.0.1:{FreePort.Next()}");
        await using var server = await ChildServer.StartDotnetAsync(Repository.ServerAssembly, new Dictionary<string, string>(), "is ready", "demo", "--data", folder, "--urls", address.ToString());
        var ready = Stopwatch.GetTimestamp();
        using var http = new HttpClient { BaseAddress = address };
        var token = await new DispatchApi(http).GetDevTokenAsync(new DevTokenRequest { Name = "newcomer" });
        await using var connection = new WorkerConnection(new WorkerConnectionOptions { Server = address, AccessToken = () => Task.FromResult<string?>(token.Token) });
        var pushed = new TaskCompletionSource();
        connection.Offered += _ => pushed.TrySetResult();
        await connection.StartAsync();
        await connection.SetActivityAsync(Contracts.Activity.Available);
        var inTime = await Task.WhenAny(pushed.Task, Task.Delay(Needed * 3)) == pushed.Task;
        var measured = Stopwatch.GetElapsedTime(ready);
        await server.DisposeAsync();
        Directory.Delete(folder, recursive: true);
        return Bar.Print("demo: first task after ready", inTime && measured <= Needed, FormattableString.Invariant($"{measured.TotalSeconds:0.00} s"), "<= 10 s");
    }
}
