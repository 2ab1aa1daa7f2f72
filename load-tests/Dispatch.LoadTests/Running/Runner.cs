using Dispatch.LoadTests.People;
using Dispatch.LoadTests.Reports;
using Dispatch.LoadTests.Running.Joining;
using Dispatch.LoadTests.Scenarios;

namespace Dispatch.LoadTests.Running;

/// <summary>
/// Runs a scenario: starts every subject and warms it up, then measures them in turns, so that what else the machine does hits all alike. A
/// subject that is not being measured has its workers connected and idle.
/// </summary>
internal sealed class Runner(IReadOnlyList<Entry> entries, int rounds, Target target, IProgressLine progress, IReadOnlyList<RemoteGenerator>? generators = null)
{
    private const int TicketsAtOnce = 64;
    private readonly IReadOnlyList<RemoteGenerator> _generators = generators ?? [];

    public Runner(Scenario scenario, Target target, IProgressLine progress, IReadOnlyList<RemoteGenerator>? generators = null)
        : this(target.Entries(scenario), scenario.Rounds, target, progress, generators)
    {
    }

    private sealed record Ready(Entry Entry, ISubject Subject, Crew Crew, IReadOnlyList<RemoteGenerator> Others);

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
                foreach (var one in ready) measurements.Add(await MeasureAsync(one, round, one.Entry.Scenario.Seconds, stop));
            }
        }
        finally
        {
            foreach (var one in ready)
            {
                await QuietlyAsync(one.Crew.LeaveAsync);
                foreach (var other in one.Others) await QuietlyAsync(() => other.LeaveAsync(one.Entry.Label));
                await CleanAsync(one.Subject);
            }
        }

        return new Report
        {
            Scenario = entries[0].Scenario.Name,
            About = Description.Of(entries[0].Scenario),
            At = DateTimeOffset.UtcNow,
            Machine = $"{Environment.ProcessorCount} cores, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30} GiB, .NET {Environment.Version}",
            Settings = [.. Describe(entries[0].Scenario), $"{rounds} rounds", target.Address is { } there ? $"server {there}" : $"server processes {target.Processes}", $"generators {_generators.Count + 1}"],
            Measurements = measurements,
            Left = left,
        };
    }

    /// <summary>Also after a failure or Ctrl+C: what a run made on somebody's server is not left there.</summary>
    private async Task CleanAsync(ISubject subject)
    {
        await QuietlyAsync(async () =>
        {
            if (await subject.CleanAsync() is { } done) progress.Say(done);
        });
        await subject.DisposeAsync();
    }

    // One that cannot leave must not keep the others from being cleaned up.
    private async Task QuietlyAsync(Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (Exception failure)
        {
            progress.Say($"While leaving: {failure.Message}");
        }
    }

    private async Task<Ready> PrepareAsync(Entry entry, CancellationToken stop)
    {
        var (name, scenario) = (entry.Label, entry.Scenario);
        var subject = SubjectCatalog.Make(entry.Subject, entry.Target ?? target);
        Crew? crew = null;
        try
        {
            progress.Say($"{name}: starting, {scenario.Work.Tasks:N0} tasks");
            var recording = scenario.Arrival.Kind == "replay" ? Recording.Read() : null;
            await subject.StartAsync(scenario, recording, stop);
            progress.Say($"{name}: connecting {scenario.Workers:N0} workers");

            // Only seats on a hub can be given away, and recorded judgments are dealt out in one place.
            var others = recording is null && subject.Answers is null && await subject.TicketAsync(0, stop) is not null ? _generators : [];
            crew = new Crew(name, subject, scenario, recording, [.. Enumerable.Range(0, scenario.Workers).Where(i => i % (others.Count + 1) == 0)], progress);
            await Task.WhenAll([crew.SeatAsync(stop), .. others.Select((other, i) => SeatOthersAsync(entry, subject, other, i + 1, others.Count + 1, stop))]);
            var ready = new Ready(entry, subject, crew, others);
            if (scenario.WarmUp > 0)
            {
                progress.Say($"{name}: warming up");
                await MeasureAsync(ready, round: 0, scenario.WarmUp, stop);
            }

            return ready;
        }
        catch
        {
            if (crew is not null) await QuietlyAsync(crew.LeaveAsync);
            await CleanAsync(subject);
            throw;
        }
    }

    private static async Task SeatOthersAsync(Entry entry, ISubject subject, RemoteGenerator other, int share, int shares, CancellationToken stop)
    {
        var indices = Enumerable.Range(0, entry.Scenario.Workers).Where(i => i % shares == share).ToArray();
        var tickets = new SeatTicket[indices.Length];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, indices.Length),
            new ParallelOptions { MaxDegreeOfParallelism = TicketsAtOnce, CancellationToken = stop },
            async (i, token) => tickets[i] = (await subject.TicketAsync(indices[i], token))!);
        await other.SeatAsync(entry.Label, entry.Scenario, tickets, stop);
    }

    private async Task<Measurement> MeasureAsync(Ready ready, int round, double seconds, CancellationToken stop)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var probe = ready.Entry.Scenario.ProbeCommits && round > 0 && ready.Subject is Subjects.Dispatching.DispatchSubject { Database: { } database } ? new CommitProbe(database) : null;
        var probing = probe?.RunAsync(over.Token);
        var others = ready.Others.Select(other => other.MeasureAsync(ready.Entry.Label, round, seconds, stop)).ToArray();
        var own = await ready.Crew.MeasureAsync(round, seconds, stop);
        List<CrewResult> all = [own, .. await Task.WhenAll(others)];
        await over.CancelAsync();
        if (probing is not null) await probing;
        var result = Result(ready.Entry.Label, round, all, probe, knowsProcesses: ready.Subject.Processes.Count > 0);
        if (round > 0)
        {
            var open = result.Experience!.Answers == 0 ? await ready.Subject.OpenWorkAsync(stop) : null;
            result = result with
            {
                Silent = Silence.Why(result.Experience, ready.Entry.Scenario.Lasting(seconds), open),
                Server = await ready.Subject.ReadPeopleAsync(stop),
            };
        }

        if (round > 0) progress.Measured(result);
        return result;
    }

    private static Measurement Result(string label, int round, IReadOnlyList<CrewResult> crews, CommitProbe? probe, bool knowsProcesses)
    {
        var first = crews[0];
        var (latency, push) = (Recorder.MakePlain(), Recorder.MakePlain());
        foreach (var crew in crews)
        {
            latency.Add(crew.Latency);
            push.Add(crew.Push);
        }

        var cpu = first.CpuSeconds.ToDictionary();
        for (var i = 1; i < crews.Count; i++) cpu[$"generator {i + 1}"] = crews[i].CpuSeconds.GetValueOrDefault("generator");
        var cycles = latency.TotalCount;
        return new Measurement
        {
            Subject = label,
            Round = round,
            Seconds = first.Seconds,
            Cycles = cycles,
            PerSecond = cycles / first.Seconds,
            Latency = Percentiles.Of(latency),
            Push = push.TotalCount > 0 ? Percentiles.Of(push) : null,
            CpuSeconds = cpu,
            CpuMsPerCycle = !knowsProcesses ? null : cpu.Where(read => !read.Key.StartsWith("generator", StringComparison.Ordinal)).Sum(read => read.Value) * 1000 / Math.Max(1, cycles),
            CommitsPerCycle = first.Commits / (double)Math.Max(1, cycles),
            WalBytesPerCycle = first.WalBytes / (double)Math.Max(1, cycles),
            RecoveredSeconds = crews.Max(crew => crew.Recovered)?.TotalSeconds,
            Commit = probe?.Result,
            Failures = crews.Sum(crew => crew.Failures),
            Timeline = Merge(crews),
            Experience = Experience.Sum([.. crews.Select(crew => crew.Experience)]),
            Marks = first.Marks,
        };
    }

    /// <summary>Second by second: answers add up; of percentiles, the worst of the generators stands for all.</summary>
    private static IReadOnlyList<Second> Merge(IReadOnlyList<CrewResult> crews) =>
    [
        .. crews[0].Timeline.Select((second, i) => crews.Skip(1).Where(crew => i < crew.Timeline.Count).Select(crew => crew.Timeline[i]).Aggregate(
            second,
            (sum, other) => sum with { Cycles = sum.Cycles + other.Cycles, P50 = Math.Max(sum.P50, other.P50), P99 = Math.Max(sum.P99, other.P99), Max = Math.Max(sum.Max, other.Max), People = sum.People + other.People })),
    ];

    private static string[] Describe(Scenario scenario) =>
    [
        $"workers {scenario.Workers}{(scenario.IdleWorkers > 0 ? $", {scenario.IdleWorkers} idle besides" : "")}",
        $"arrival {scenario.Arrival.Kind}{(scenario.Arrival.Kind is "rate" or "ramp" ? $" {scenario.Arrival.PerSecond}/s" : "")}{(scenario.Arrival.Kind == "ramp" ? $" to {scenario.Arrival.UntilPerSecond}/s" : "")}",
        $"{scenario.Seconds} s after {scenario.WarmUp} s of warm-up",
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{scenario.Work.Tasks} tasks in {scenario.Work.Batches} batches, overlap {scenario.Work.Overlap}, prefetch {scenario.Work.Prefetch}, gold {scenario.Work.GoldShare:0.##}"),
        $"seed {scenario.Seed}",
    ];
}

/// <summary>One line of a run: a subject under a scenario.</summary>
/// <param name="Label">Name in the report.</param>
/// <param name="Subject">See <see cref="SubjectCatalog"/>.</param>
/// <param name="Scenario">What it goes through.</param>
/// <param name="Target">Another one than the run's; null for that.</param>
internal sealed record Entry(string Label, string Subject, Scenario Scenario, Target? Target = null);

/// <summary>Where a run tells what it is doing.</summary>
internal interface IProgressLine
{
    void Say(string what);

    void Show(string subject, int round, Second second);

    void Measured(Measurement measurement);
}
