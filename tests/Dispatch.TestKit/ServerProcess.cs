using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Dispatch.TestKit;

/// <summary>The real server in a process of its own, ended by its own id.</summary>
public sealed class ServerProcess : IAsyncDisposable
{
    private const int LinesMax = 2_000;
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly SemaphoreSlim _line = new(0);

    private ServerProcess(Process process) => _process = process;

    public static ServerProcess Start(IReadOnlyDictionary<string, string?> environment, params string[] arguments)
    {
        var assembly = Path.Combine(Repository.Root, "src", "Dispatch.Server", "bin", Repository.Configuration, "net10.0", "Dispatch.Server.dll");
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(assembly);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment) start.Environment[name] = value;
        var server = new ServerProcess(new Process { StartInfo = start });
        server._process.OutputDataReceived += (_, line) => server.Add(line.Data);
        server._process.ErrorDataReceived += (_, line) => server.Add(line.Data);
        server._process.Start();
        server._process.BeginOutputReadLine();
        server._process.BeginErrorReadLine();
        return server;
    }

    public string Output => string.Join('\n', _lines);

    public async Task WaitForLineAsync(string part, TimeSpan patience)
    {
        using var deadline = new CancellationTokenSource(patience);
        try
        {
            while (!_lines.Any(line => line.Contains(part, StringComparison.Ordinal)))
            {
                if (_process.HasExited) throw new InvalidOperationException($"The server ended with {_process.ExitCode} before it wrote '{part}':\n{Output}");
                await _line.WaitAsync(TimeSpan.FromMilliseconds(500), deadline.Token);
            }
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"The server did not write '{part}' within {patience}:\n{Output}");
        }
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        _process.Kill(entireProcessTree: false);
        await _process.WaitForExitAsync();
    }

    public async Task<int> WaitForExitAsync(TimeSpan patience)
    {
        using var deadline = new CancellationTokenSource(patience);
        await _process.WaitForExitAsync(deadline.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) await KillAsync();
        _process.Dispose();
        _line.Dispose();
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private void Add(string? line)
    {
        if (line is null) return;
        _lines.Enqueue(line);
        if (_lines.Count > LinesMax) _lines.TryDequeue(out _);
        try
        {
            _line.Release();
        }
        catch (ObjectDisposedException)
        {
            // The last lines of a process that was killed.
        }
    }
}
