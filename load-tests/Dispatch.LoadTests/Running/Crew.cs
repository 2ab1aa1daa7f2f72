using System.Diagnostics;
using Dispatch.LoadTests.People;
using Dispatch.LoadTests.Reports;
using Dispatch.LoadTests.Scenarios;

namespace Dispatch.LoadTests.Running;

/// <summary>Workers of one generator process on one subject.</summary>
internal sealed class Crew(string label, ISubject subject, Scenario scenario, Recording? recording, IReadOnlyList<int> indices, IProgressLine progress)
{
    private const int ConnectsAtOnce = 32;
    private static readonly TimeSpan AfterFailure = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LatePatience = TimeSpan.FromSeconds(30);
    private readonly Place[] _places = [.. indices.Select(i => new Place(subject, i, new Recorder(), scenario.Seed))];

    public Task SeatAsync(CancellationToken stop) => Parallel.ForEachAsync(
        _places,
        new ParallelOptions { MaxDegreeOfParallelism = ConnectsAtOnce, CancellationToken = stop },
        async (place, token) => await (Loops.HasDay(scenario) ? place.PrepareAsync(token) : place.SeatAsync(token)));

    public Task LeaveAsync() => Task.WhenAll(_places.Select(place => place.LeaveAsync().AsTask()));

    public async Task<CrewResult> MeasureAsync(int round, double seconds, CancellationToken stop)
    {
        Recorder latency = new(), push = new();
        var tally = new Tally();
        foreach (var place in _places) place.Begin(push, tally);

        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var failures = 0;
        var lasting = scenario.Lasting(seconds);
        var started = Stopwatch.GetTimestamp();
        var loops = new Loops(lasting, latency, tally, recording, subject.Answers, started);
        var marks = new Marks(started);
        var happenings = new Happenings(lasting, subject, _places, marks);
        var sampler = new Sampler(subject, latency, push, tally, marks, _places.Length, second => progress.Show(label, round, second));
        var running = _places.Select(GuardAsync).ToArray();
        var happening = round == 0 && scenario.Arrival.Kind != "idle" ? Task.CompletedTask : happenings.RunAsync(over.Token);
        await sampler.RunAsync(TimeSpan.FromSeconds(seconds), stop);
        var measured = Stopwatch.GetElapsedTime(started).TotalSeconds;

        // Nothing counts that ends after the window but what was open in it and is late: an open load waits for those.
        if (scenario.Arrival.Kind is "rate" or "ramp") await Task.WhenAny(Task.WhenAll(running), Task.Delay(LatePatience, stop));
        latency.Turn();
        latency.Turn();
        push.Turn();
        push.Turn();
        await over.CancelAsync();
        await Task.WhenAll(running);
        await happening;
        foreach (var place in _places) place.Visit?.Dispose();
        stop.ThrowIfCancellationRequested();
        return new CrewResult(measured, latency.Total, push.Total, sampler.CpuSeconds, sampler.Commits, sampler.WalBytes, happenings.Recovered, failures, sampler.Timeline, tally.Read(), marks.All);

        async Task GuardAsync(Place place)
        {
            while (!over.IsCancellationRequested)
            {
                try
                {
                    await loops.RunAsync(place, over.Token);
                    return;
                }
                catch (OperationCanceledException) when (over.IsCancellationRequested)
                {
                    return;
                }
                catch (Exception failure)
                {
                    // A connection that a happening broke: the place sits elsewhere in a moment.
                    if (Interlocked.Increment(ref failures) == 1 && scenario.Happenings.Count == 0) progress.Say($"{label}: {failure.GetType().Name}: {failure.Message}");
                    if (failure is not Subjects.RefusedAnswerException) tally.Broke($"{failure.GetType().Name}: {failure.Message}");
                    await Task.WhenAny(Task.Delay(AfterFailure, CancellationToken.None), Task.Delay(Timeout.Infinite, over.Token));
                    if (place.IsLost || Loops.HasDay(scenario)) await ComeBackAsync(place);
                    else await Task.WhenAny(place.Back, Task.Delay(Timeout.Infinite, over.Token));
                }
            }
        }

        // The other side ended the connection, or it never began: it is tried again as long as the measurement lasts.
        async Task ComeBackAsync(Place place)
        {
            if (place.IsSeated || over.IsCancellationRequested) return;
            try
            {
                await place.ReseatAsync(over.Token);
            }
            catch (Exception failure) when (failure is not OperationCanceledException || !over.IsCancellationRequested)
            {
                tally.Broke($"{failure.GetType().Name}: {failure.Message}");
            }
            catch (OperationCanceledException)
            {
                // The measurement is over.
            }
        }
    }
}

/// <summary>What a crew measured.</summary>
internal sealed record CrewResult(
    double Seconds,
    HdrHistogram.HistogramBase Latency,
    HdrHistogram.HistogramBase Push,
    IReadOnlyDictionary<string, double> CpuSeconds,
    long? Commits,
    long? WalBytes,
    TimeSpan? Recovered,
    int Failures,
    IReadOnlyList<Second> Timeline,
    Experience Experience,
    IReadOnlyList<Mark> Marks);
