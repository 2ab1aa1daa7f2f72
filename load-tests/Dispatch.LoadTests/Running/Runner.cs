using System.Diagnostics;
using Dispatch.LoadTests.People;
using Dispatch.LoadTests.Reports;
using Dispatch.LoadTests.Scenarios;
using Dispatch.LoadTests.Subjects;

namespace Dispatch.LoadTests.Running;

/// <summary>
/// Runs a scenario: starts every subject and warms it up, then measures them in turns, so that what else the machine does hits all alike. A
/// subject that is not being measured has its workers connected and idle.
/// </summary>
internal sealed class Runner(IReadOnlyList<Entry> entries, int rounds, Target target, IProgressLine progress)
{
    private const int ConnectsAtOnce = 64;

    public Runner(Scenario scenario, Target target, IProgressLine progress)
        : this([.. scenario.Subjects.Select(name => new Entry(name, name, scenario))], scenario.Rounds, target, progress)
    {
    }

    private Recording? _recording;

    private sealed record Ready(string Label, Scenario Scenario, ISubject Subject, IReadOnlyList<Place> Places);

    public async Task<Report> RunAsync(CancellationToken stop)
    {
        List<Ready> ready = [];
        List<string> left = [];
        List<Measurement> measurements = [];
        try
        {
            foreach (var entry in entries)
            {
                if (SubjectCatalog.Absent(entry.Subject) is { } why)
                {
                    left.Add($"{entry.Label}: {why}");
                    progress.Say($"{entry.Label} is left out: {why}");
                    continue;
                }

                ready.Add(await PrepareAsync(entry, stop));
            }

            for (var round = 1; round <= rounds; round++)
            {
                foreach (var one in ready) measurements.Add(await MeasureAsync(one, round, one.Scenario.Seconds, stop));
            }
        }
        finally
        {
            foreach (var one in ready)
            {
                await Task.WhenAll(one.Places.Select(place => place.LeaveAsync().AsTask()));
                await one.Subject.DisposeAsync();
            }
        }

        return new Report
        {
            Scenario = entries[0].Scenario.Name,
            About = entries[0].Scenario.About,
            At = DateTimeOffset.UtcNow,
            Machine = $"{Environment.ProcessorCount} cores, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30} GiB, .NET {Environment.Version}",
            Settings = [.. Describe(entries[0].Scenario), $"{rounds} rounds", $"server processes {target.Processes}"],
            Measurements = measurements,
            Left = left,
        };
    }

    private async Task<Ready> PrepareAsync(Entry entry, CancellationToken stop)
    {
        var (name, scenario) = (entry.Label, entry.Scenario);
        var subject = SubjectCatalog.Make(entry.Subject, target);
        try
        {
            progress.Say($"{name}: starting, {scenario.Work.Tasks:N0} tasks");
            if (scenario.Arrival.Kind == "replay") _recording = Recording.Read();
            await subject.StartAsync(scenario, _recording, stop);
            progress.Say($"{name}: connecting {scenario.Workers:N0} workers");
            var places = Enumerable.Range(0, scenario.Workers).Select(i => new Place(subject, i, new Recorder())).ToArray();
            await Parallel.ForEachAsync(places, new ParallelOptions { MaxDegreeOfParallelism = ConnectsAtOnce, CancellationToken = stop }, async (place, token) => await place.SeatAsync(token));
            var ready = new Ready(entry.Label, scenario, subject, places);
            if (scenario.WarmUp > 0)
            {
                progress.Say($"{name}: warming up");
                await MeasureAsync(ready, round: 0, scenario.WarmUp, stop);
            }

            return ready;
        }
        catch
        {
            await subject.DisposeAsync();
            throw;
        }
    }

    private async Task<Measurement> MeasureAsync(Ready ready, int round, double seconds, CancellationToken stop)
    {
        var scenario = ready.Scenario;
        Recorder latency = new(), push = new();
        foreach (var place in ready.Places) place.RecordInto(push);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var failures = 0;
        var started = Stopwatch.GetTimestamp();
        var loops = new Loops(scenario with { Seconds = seconds }, latency, _recording, started);
        var happenings = new Happenings(scenario, ready.Subject, ready.Places);
        var sampler = new Sampler(ready.Subject, latency, push, second => progress.Show(ready.Label, round, second));
        var running = ready.Places.Select(place => GuardAsync(place)).ToArray();
        var happening = round == 0 && scenario.Arrival.Kind != "idle" ? Task.CompletedTask : happenings.RunAsync(over.Token);
        var probe = scenario.ProbeCommits && round > 0 && ready.Subject is Subjects.Dispatching.DispatchSubject { Database: { } database } ? new CommitProbe(database) : null;
        var probing = probe?.RunAsync(over.Token);
        await sampler.RunAsync(TimeSpan.FromSeconds(seconds), stop);
        var measured = Stopwatch.GetElapsedTime(started).TotalSeconds;

        // Nothing counts that ends after the window but what was open in it and is late: an open load waits for those.
        if (scenario.Arrival.Kind is "rate" or "ramp") await Task.WhenAny(Task.WhenAll(running), Task.Delay(TimeSpan.FromSeconds(30), stop));
        latency.Turn();
        latency.Turn();
        push.Turn();
        push.Turn();
        await over.CancelAsync();
        await Task.WhenAll(running);
        await happening;
        stop.ThrowIfCancellationRequested();
        if (probing is not null) await probing;
        var result = Result(ready.Label, round, measured, latency, push, sampler, happenings, failures, probe);
        if (round > 0) progress.Measured(result);
        return result;

        async Task GuardAsync(Place place)
        {
            while (!over.IsCancellationRequested)
            {
                try
                {
                    await loops.RunAsync(place, over.Token);
                    return;
                }
                catch (OperationCanceledException)
                {
                    return;
                }
                catch (Exception failure)
                {
                    // A connection that a happening broke: the place sits elsewhere in a moment.
                    if (Interlocked.Increment(ref failures) == 1 && scenario.Happenings.Count == 0) progress.Say($"{ready.Label}: {failure.GetType().Name}: {failure.Message}");
                    if (!over.IsCancellationRequested) await Task.WhenAny(Task.Delay(100, over.Token));
                }
            }
        }
    }

    private static Measurement Result(string label, int round, double seconds, Recorder latency, Recorder push, Sampler sampler, Happenings happenings, int failures, CommitProbe? probe)
    {
        var cycles = latency.Total.TotalCount;
        var own = sampler.CpuSeconds.Where(read => read.Key != "generator").Sum(read => read.Value);
        return new Measurement
        {
            Subject = label,
            Round = round,
            Seconds = seconds,
            Cycles = cycles,
            PerSecond = cycles / seconds,
            Latency = Percentiles.Of(latency.Total),
            Push = push.Total.TotalCount > 0 ? Percentiles.Of(push.Total) : null,
            CpuSeconds = sampler.CpuSeconds,
            CpuMsPerCycle = own * 1000 / Math.Max(1, cycles),
            CommitsPerCycle = sampler.Commits / (double)Math.Max(1, cycles),
            RecoveredSeconds = happenings.Recovered?.TotalSeconds,
            Commit = probe?.Result,
            Failures = failures,
            Timeline = sampler.Timeline,
        };
    }

    private static string[] Describe(Scenario scenario) =>
    [
        $"workers {scenario.Workers}{(scenario.IdleWorkers > 0 ? $", {scenario.IdleWorkers} idle besides" : "")}",
        $"arrival {scenario.Arrival.Kind}{(scenario.Arrival.Kind is "rate" or "ramp" ? $" {scenario.Arrival.PerSecond}/s" : "")}{(scenario.Arrival.Kind == "ramp" ? $" to {scenario.Arrival.UntilPerSecond}/s" : "")}",
        $"{scenario.Seconds} s after {scenario.WarmUp} s of warm-up",
        $"{scenario.Work.Tasks} tasks in {scenario.Work.Batches} batches, overlap {scenario.Work.Overlap}, prefetch {scenario.Work.Prefetch}, gold {scenario.Work.GoldShare:0.##}",
        $"seed {scenario.Seed}",
    ];
}

/// <summary>One line of a run: a subject under a scenario.</summary>
/// <param name="Label">Name in the report.</param>
/// <param name="Subject">See <see cref="SubjectCatalog"/>.</param>
/// <param name="Scenario">What it goes through.</param>
internal sealed record Entry(string Label, string Subject, Scenario Scenario);

/// <summary>Where a run tells what it is doing.</summary>
internal interface IProgressLine
{
    void Say(string what);

    void Show(string subject, int round, Second second);

    void Measured(Measurement measurement);
}
