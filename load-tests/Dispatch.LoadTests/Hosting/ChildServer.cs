using System.Collections.Concurrent;
using System.Diagnostics;

namespace Dispatch.LoadTests.Hosting;

/// <summary>A process that the tool started, ended by its own id.</summary>
internal sealed class ChildServer : IAsyncDisposable
{
    private static readonly TimeSpan StartMax = TimeSpan.FromSeconds(60);
    private readonly Process _process;
    private bool _disposed;

    private ChildServer(Process process) => (_process, Id) = (process, process.Id);

    /// <summary>Its process id, also after it ended.</summary>
    public int Id { get; }

    public static async Task<ChildServer> StartAsync(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment, string ready)
    {
        const int LinesKept = 40;
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        var process = Process.Start(start)!;
        var isReady = new TaskCompletionSource();
        var said = new ConcurrentQueue<string>();
        process.EnableRaisingEvents = true;
        process.Exited += (_, _) => isReady.TrySetException(new InvalidOperationException($"{Path.GetFileName(program)} ended with {process.ExitCode}:\n{string.Join('\n', said)}"));
        process.OutputDataReceived += (_, line) => Hear(line.Data);
        process.ErrorDataReceived += (_, line) => Hear(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var server = new ChildServer(process);
        try
        {
            await isReady.Task.WaitAsync(StartMax);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }

        void Hear(string? line)
        {
            if (line is null) return;
            said.Enqueue(line);
            if (said.Count > LinesKept) said.TryDequeue(out _);
            if (line.Contains(ready, StringComparison.Ordinal)) isReady.TrySetResult();
        }
    }

    public static Task<ChildServer> StartDotnetAsync(string assembly, IReadOnlyDictionary<string, string> environment, string ready, params string[] arguments) =>
        StartAsync("dotnet", [assembly, .. arguments], environment, ready);

    /// <summary>This tool again, in the part of a server.</summary>
    public static Task<ChildServer> StartSelfAsync(string ready, params string[] arguments) =>
        StartDotnetAsync(typeof(ChildServer).Assembly.Location, new Dictionary<string, string>(), ready, arguments);

    public async ValueTask DisposeAsync()
    {
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
