using System.Diagnostics;
using Dispatch.LoadTests.Hosting;
using Dispatch.LoadTests.Reports;
using Dispatch.LoadTests.Subjects;

namespace Dispatch.LoadTests.Running;

/// <summary>Takes a sample a second: what was recorded, processor, memory, commits; and open files now and then.</summary>
internal sealed class Sampler(ISubject subject, Recorder latency, Recorder push, Tally tally, Marks marks, int places, Action<Second> told)
{
    // In seconds: looking at the files of 5,000 connections, at both their ends, takes 80 ms of a core from what is measured.
    private const double HandlesEvery = 10;

    // Fewer connections lost in a second than a tenth of them are people's own.
    private const double ManyLost = 0.1;

    private readonly List<Second> _timeline = [];
    private Dictionary<string, double> _cpuBefore = [];
    private Dictionary<string, double> _handles = [];
    private double _nextHandles;
    private long? _commitsBefore;
    private double _lastAt;
    private int _lostBefore;
    private readonly Dictionary<string, (int Id, double Read, double Before)> _usage = [];
    private readonly HashSet<int> _ended = [];

    private WatchedProcess[] Processes => [.. subject.Processes, new WatchedProcess("generator", Environment.ProcessId)];

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
        MarkWhatBroke();
        var memory = Processes.ToDictionary(process => process.Name, process => process.Read().ResidentBytes / 1048576.0);
        if (at >= _nextHandles)
        {
            _nextHandles = at + HandlesEvery;
            _handles = Processes.Where(process => !process.WithChildren).ToDictionary(process => process.Name, process => (double)process.Handles());
        }

        var percentiles = settled is null ? null : Percentiles.Of(settled);
        var second = new Second(at, settled?.TotalCount ?? 0, percentiles?.P50 ?? 0, percentiles?.P99 ?? 0, percentiles?.Max ?? 0, cores, memory, _handles, commits - _commitsBefore) { People = tally.Present };
        (_cpuBefore, _commitsBefore, _lastAt) = (cpu, commits, at);

        // What was recorded in a second is settled one later.
        if (settled is not null) _timeline.Add(second);
        told(second);
    }

    private void MarkWhatBroke()
    {
        var lost = tally.Lost;
        if (lost - _lostBefore >= Math.Max(2, places * ManyLost)) marks.Add($"{lost - _lostBefore:N0} connections lost");
        _lostBefore = lost;
        foreach (var process in subject.Processes.Where(process => process.Read().ResidentBytes == 0 && OperatingSystem.IsLinux() && _ended.Add(process.Id))) marks.Add($"{process.Name} ended");
    }

    /// <summary>Processor seconds by process. One that was started again goes on counting where the former one ended.</summary>
    private Dictionary<string, double> Cpu()
    {
        foreach (var process in Processes)
        {
            var (id, read, before) = _usage.GetValueOrDefault(process.Name, (process.Id, 0, 0));
            var now = process.Read().CpuSeconds;
            if (id != process.Id) before += read;
            else now = Math.Max(read, now);
            _usage[process.Name] = (process.Id, now, before);
        }

        return _usage.ToDictionary(pair => pair.Key, pair => pair.Value.Before + pair.Value.Read);
    }
}
