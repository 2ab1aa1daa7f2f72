using System.Diagnostics;
using Dispatch.LoadTests.Scenarios;
using Dispatch.LoadTests.Subjects;
using Dispatch.LoadTests.Subjects.Dispatching;

namespace Dispatch.LoadTests.Running;

/// <summary>Makes happen what the scenario says, at its time.</summary>
internal sealed class Happenings(Scenario scenario, ISubject subject, IReadOnlyList<Place> places, Marks marks)
{
    private const int ReconnectsAtOnce = 256;

    /// <summary>From the last reconnect until everybody had answered again.</summary>
    public TimeSpan? Recovered { get; private set; }

    public Task RunAsync(CancellationToken stop) => Task.WhenAll(scenario.Happenings.Select(happening => OneAsync(happening, stop)));

    private async Task OneAsync(Happening happening, CancellationToken stop)
    {
        try
        {
            await Task.Delay(TimeSpan.FromSeconds(happening.At), stop);
            var from = Stopwatch.GetTimestamp();
            for (var n = 1; !stop.IsCancellationRequested; n++)
            {
                await HappenAsync(happening, n, stop);
                if (happening.Every <= 0) return;
                var wait = TimeSpan.FromSeconds(happening.Every * n) - Stopwatch.GetElapsedTime(from);
                if (wait > TimeSpan.Zero) await Task.Delay(wait, stop);
            }
        }
        catch (OperationCanceledException)
        {
            // The measurement is over.
        }
    }

    private async Task HappenAsync(Happening happening, int n, CancellationToken stop)
    {
        switch (happening.Kind)
        {
            case "tasks":
                if (n == 1) marks.Add(happening.Every > 0 ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"tasks put in every {happening.Every:0.###} s") : $"{happening.Tasks:N0} tasks put in");
                await subject.AddTasksAsync(happening.Tasks, stop);
                break;
            case "reconnect":
                await ReconnectAsync([.. places.Take((int)Math.Ceiling(places.Count * happening.Share))], stop);
                break;
            case "slow-readers" when subject is DispatchSubject dispatch:
                marks.Add($"{(int)(places.Count * happening.Share)} slow readers come");
                await SlowReaders.RunAsync(dispatch, (int)(places.Count * happening.Share), TimeSpan.FromSeconds(happening.For), stop);
                marks.Add("slow readers gone");
                break;
            case "open-golden" when subject is DispatchSubject dispatch:
                await dispatch.Api.ChangeBatchAsync(dispatch.Batches[^1], "open", stop);
                marks.Add("golden batch opened");
                break;
            case "kill-server" when subject is DispatchSubject dispatch:
                marks.Add("server killed");
                await dispatch.KillServerAsync();
                await Task.Delay(TimeSpan.FromSeconds(happening.For), stop);
                await dispatch.RestartServerAsync();
                marks.Add("server is back");
                break;
        }
    }

    /// <summary>All connections break in one moment, and come back as the SDK does: after a short wait drawn by each.</summary>
    private async Task ReconnectAsync(IReadOnlyList<Place> broken, CancellationToken stop)
    {
        var from = Stopwatch.GetTimestamp();
        marks.Add($"{broken.Count:N0} connections break");
        await Task.WhenAll(broken.Select(place => place.LeaveAsync().AsTask()));
        var answers = broken.ToDictionary(place => place, place => place.Answers);
        using var gate = new SemaphoreSlim(ReconnectsAtOnce);
        await Task.WhenAll(broken.Select(place => ComeBackAsync(place, gate, stop)));
        while (broken.Any(place => place.Answers == answers[place])) await Task.Delay(50, stop);
        Recovered = Stopwatch.GetElapsedTime(from);
        marks.Add("all back");
    }

    private async Task ComeBackAsync(Place place, SemaphoreSlim gate, CancellationToken stop)
    {
        var random = new Random(HashCode.Combine(scenario.Seed, place.Index, 7));
        for (var attempt = 0; ; attempt++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(5_000, 200 * Math.Pow(2, attempt)) * (0.25 + (0.75 * random.NextDouble()))), stop);
            await gate.WaitAsync(stop);
            try
            {
                await place.SeatAsync(stop);
                return;
            }
            catch (Exception failure) when (failure is not OperationCanceledException && attempt < 20)
            {
                // Refused or timed out: the next wait is longer.
            }
            finally
            {
                gate.Release();
            }
        }
    }
}
