using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Dispatch.LoadTests.Hosting;

/// <summary>A process that the tool started, ended by its own id.</summary>
internal sealed class ChildServer : IAsyncDisposable
{
    private readonly Process _process;
    private bool _disposed;

    private ChildServer(Process process) => _process = process;

    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public static async Task<ChildServer> StartAsync(string assembly, IReadOnlyDictionary<string, string> environment, string ready, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        start.ArgumentList.Add(assembly);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment) start.Environment[name] = value;
        var process = Process.Start(start)!;
        var isReady = new TaskCompletionSource();
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data?.Contains(ready, StringComparison.Ordinal) == true) isReady.TrySetResult();
        };
        process.BeginOutputReadLine();
        await isReady.Task.WaitAsync(TimeSpan.FromSeconds(60));
        return new ChildServer(process);
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public async ValueTask DisposeAsync()
    {
        // Ended early, so that its folder can be deleted, and again at the end of the scope.
        if (_disposed) return;
        _disposed = true;
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }
}
