using System.Diagnostics;
using Dispatch.LoadTests.Hosting;
using Dispatch.LoadTests.Reports;
using Dispatch.LoadTests.Subjects;

namespace Dispatch.LoadTests.Running;

/// <summary>Takes a sample a second: what was recorded, processor, memory, commits; and open files now and then.</summary>
internal sealed class Sampler(ISubject subject, Recorder latency, Recorder push, Action<Second> told)
{
    // In seconds: looking at the files of 5,000 connections, at both their ends, takes 80 ms of a core from what is measured.
    private const double HandlesEvery = 10;

    private readonly WatchedProcess[] _processes = [.. subject.Processes, new WatchedProcess("generator", Environment.ProcessId)];
    private readonly List<Second> _timeline = [];
    private Dictionary<string, double> _cpuBefore = [];
    private Dictionary<string, double> _handles = [];
    private double _nextHandles;
    private long? _commitsBefore;
    private double _lastAt;

    public IReadOnlyList<Second> Timeline => _timeline;

    /// <summary>Of the whole measurement, by process.</summary>
    public IReadOnlyDictionary<string, double> CpuSeconds { get; private set; } = new Dictionary<string, double>();

    public long? Commits { get; private set; }

    public long? WalBytes { get; private set; }

    public async Task RunAsync(TimeSpan length, CancellationToken stop)
    {
        var started = Stopwatch.GetTimestamp();
        var cpuAtStart = Cpu();
        var commitsAtStart = await subject.CommitsAsync();
        var walAtStart = await subject.WalBytesAsync();
        (_cpuBefore, _commitsBefore) = (cpuAtStart, commitsAtStart);
        while (!stop.IsCancellationRequested)
        {
            var left = length - Stopwatch.GetElapsedTime(started);
            if (left <= TimeSpan.Zero) break;
            try
            {
                await Task.Delay(left < TimeSpan.FromSeconds(1) ? left : TimeSpan.FromSeconds(1), stop);
            }
            catch (OperationCanceledException)
            {
                break;
            }

            await SampleAsync(Stopwatch.GetElapsedTime(started).TotalSeconds);
        }

        CpuSeconds = Cpu().ToDictionary(read => read.Key, read => read.Value - cpuAtStart.GetValueOrDefault(read.Key));
        Commits = await subject.CommitsAsync() - commitsAtStart;
        WalBytes = await subject.WalBytesAsync() - walAtStart;
    }

    private async Task SampleAsync(double at)
    {
        var settled = latency.Turn();
        push.Turn();
        var cpu = Cpu();
        var commits = await subject.CommitsAsync();
        var span = Math.Max(0.001, at - _lastAt);
        var cores = cpu.ToDictionary(read => read.Key, read => (read.Value - _cpuBefore.GetValueOrDefault(read.Key)) / span);
        var memory = _processes.ToDictionary(process => process.Name, process => process.Read().ResidentBytes / 1048576.0);
        if (at >= _nextHandles)
        {
            _nextHandles = at + HandlesEvery;
            _handles = _processes.Where(process => !process.WithChildren).ToDictionary(process => process.Name, process => (double)process.Handles());
        }

        var percentiles = settled is null ? null : Percentiles.Of(settled);
        var second = new Second(at, settled?.TotalCount ?? 0, percentiles?.P50 ?? 0, percentiles?.P99 ?? 0, percentiles?.Max ?? 0, cores, memory, _handles, commits - _commitsBefore);
        (_cpuBefore, _commitsBefore, _lastAt) = (cpu, commits, at);

        // What was recorded in a second is settled one later.
        if (settled is not null) _timeline.Add(second);
        told(second);
    }

    private Dictionary<string, double> Cpu() => _processes.ToDictionary(process => process.Name, process => process.Read().CpuSeconds);
}
