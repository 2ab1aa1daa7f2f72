using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Dispatch.TestKit;

/// <summary>A process this test started: its output can be waited for, and it can be ended politely or not.</summary>
public class ChildProcess : IAsyncDisposable
{
    private const int KeptLines = 2_000;
    private const int ShownLines = 60;
    private const int SigTerm = 15;

    private readonly Process _process;
    private readonly Lock _lock = new();
    private readonly Queue<string> _lines = new();
    private readonly List<Waiter> _waiters = [];
    private readonly string _name;
    private int _openStreams = 2;

    protected ChildProcess(
        string program,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string?>? environment = null,
        string? workingFolder = null)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
            WorkingDirectory = workingFolder ?? "",
        };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        foreach (var (key, value) in environment ?? new Dictionary<string, string?>())
            start.Environment[key] = value;

        _name = $"{Path.GetFileName(program)} {string.Join(' ', start.ArgumentList)}";
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) => Take(line.Data);
        _process.Start();
        Id = _process.Id;
        _process.StandardInput.Close();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id { get; }

    public bool HasExited => _process.HasExited;

    /// <summary>The last lines of standard output and standard error, in the order they came.</summary>
    public IReadOnlyList<string> LastLines
    {
        get
        {
            lock (_lock)
                return [.. _lines];
        }
    }

    /// <summary>The same lines as one text.</summary>
    public string Output => string.Join('\n', LastLines);

    public static ChildProcess Start(
        string program,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string?>? environment = null,
        string? workingFolder = null) => new(program, arguments, environment, workingFolder);

    /// <summary>The first line, already written or still to come, that contains the text.</summary>
    public Task<string> WaitForLineAsync(string part, TimeSpan timeout) =>
        WaitForLineAsync(line => line.Contains(part, StringComparison.Ordinal), timeout);

    /// <summary>The first line, already written or still to come, that fits. Fails with the last lines when time is up or the process ends without it.</summary>
    public async Task<string> WaitForLineAsync(Func<string, bool> fits, TimeSpan timeout)
    {
        var waiter = new Waiter(fits);
        lock (_lock)
        {
            if (_lines.FirstOrDefault(fits) is { } line)
                return line;
            if (_openStreams == 0)
                throw new InvalidOperationException(Describe("ended without the line waited for"));
            _waiters.Add(waiter);
        }

        try
        {
            return await waiter.Found.Task.WaitAsync(timeout)
                ?? throw new InvalidOperationException(Describe("ended without the line waited for"));
        }
        catch (TimeoutException)
        {
            throw new TimeoutException(Describe($"did not write the line waited for within {timeout.TotalSeconds:0.#} s"));
        }
        finally
        {
            lock (_lock)
                _waiters.Remove(waiter);
        }
    }

    /// <summary>Waits until it ends by itself; its exit code.</summary>
    public async Task<int> WaitForExitAsync(TimeSpan timeout)
    {
        try
        {
            await _process.WaitForExitAsync().WaitAsync(timeout);
            return _process.ExitCode;
        }
        catch (TimeoutException)
        {
            throw new TimeoutException(Describe($"did not end within {timeout.TotalSeconds:0.#} s"));
        }
    }

    /// <summary>SIGKILL: no handler runs, nothing is flushed. Returns when it is gone.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM, and waits for it to end; its exit code.</summary>
    public async Task<int> TerminateAsync(TimeSpan? timeout = null)
    {
        if (!_process.HasExited)
            _ = NativeKill(Id, SigTerm);
        return await WaitForExitAsync(timeout ?? TimeSpan.FromSeconds(60));
    }

    /// <summary>Sends a signal, such as SIGSTOP (19) or SIGCONT (18).</summary>
    public void Signal(int signal)
    {
        if (!_process.HasExited)
            _ = NativeKill(Id, signal);
    }

    public virtual async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
        GC.SuppressFinalize(this);
    }

    private void Take(string? line)
    {
        List<Waiter> told;
        lock (_lock)
        {
            if (line is null)
            {
                if (--_openStreams > 0)
                    return;
                told = [.. _waiters];
            }
            else
            {
                _lines.Enqueue(line);
                while (_lines.Count > KeptLines)
                    _lines.Dequeue();
                told = [.. _waiters.Where(waiter => waiter.Fits(line))];
            }
        }

        foreach (var waiter in told)
            waiter.Found.TrySetResult(line);
    }

    private string Describe(string what)
    {
        var lines = LastLines;
        var state = _process.HasExited ? $"exit code {_process.ExitCode}" : "still running";
        return $"{_name} (process {Id}, {state}) {what}. Last lines:\n{string.Join('\n', lines.TakeLast(ShownLines))}";
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int NativeKill(int process, int signal);

    private sealed record Waiter(Func<string, bool> Fits)
    {
        public TaskCompletionSource<string?> Found { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
