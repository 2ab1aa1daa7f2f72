using System.Diagnostics;
using Dispatch.LoadTests.People;
using Dispatch.LoadTests.Scenarios;
using Dispatch.LoadTests.Subjects;

namespace Dispatch.LoadTests.Running;

/// <summary>What a seat does during a measurement, by the kind of arrival.</summary>
internal sealed class Loops(Scenario scenario, Recorder latency, Recording? recording, long started)
{
    private readonly Schedule _schedule = new(scenario.Arrival, scenario.Workers, scenario.Seconds);

    public Task RunAsync(Place place, CancellationToken stop) => scenario.Arrival.Kind switch
    {
        "rate" or "ramp" => ScheduledAsync(place, stop),
        "people" => HumanAsync(place, stop),
        "replay" => ReplayAsync(place, stop),
        _ => ClosedAsync(place, stop),
    };

    private async Task ClosedAsync(Place place, CancellationToken stop)
    {
        // Where one task after the other is put in, hardly any answer brings the next one, and each counts all the same.
        var everyAnswer = scenario.Arrival.Kind == "idle";
        while (!stop.IsCancellationRequested)
        {
            var seat = place.Seat;
            await seat.ReadyAsync(stop);
            var from = Stopwatch.GetTimestamp();
            if (await seat.AnswerAsync(Judgment.First, stop) || everyAnswer) latency.Record(Stopwatch.GetElapsedTime(from));
            place.Answered();
        }
    }

    private async Task ScheduledAsync(Place place, CancellationToken stop)
    {
        var phase = new Random(HashCode.Combine(scenario.Seed, place.Index)).NextDouble();
        for (; !stop.IsCancellationRequested; place.NextAnswer++)
        {
            var intended = _schedule.At(phase, place.NextAnswer);
            if (intended > scenario.Seconds) return;
            var wait = TimeSpan.FromSeconds(intended) - Stopwatch.GetElapsedTime(started);
            if (wait > TimeSpan.Zero) await Task.Delay(wait, stop);
            await place.Seat.ReadyAsync(stop);
            await place.Seat.AnswerAsync(Judgment.First, stop);

            // From the time it was meant to happen: a subject that stalls makes those behind wait, and they count.
            latency.Record(Stopwatch.GetElapsedTime(started) - TimeSpan.FromSeconds(intended));
            place.Answered();
        }
    }

    private async Task HumanAsync(Place place, CancellationToken stop)
    {
        var person = new Annotator(scenario.People, scenario.Seed, place.Index);
        await Task.Delay(person.Arrives, stop);
        while (!stop.IsCancellationRequested)
        {
            await place.Seat.ReadyAsync(stop);
            var (judgment, handling) = person.Judge(place.Seat.Content);
            if (person.Drops)
            {
                await Task.Delay(handling / 2, stop);
                await place.ReseatAsync(stop);
                continue;
            }

            await Task.Delay(handling, stop);
            var from = Stopwatch.GetTimestamp();
            if (await place.Seat.AnswerAsync(judgment, stop)) latency.Record(Stopwatch.GetElapsedTime(from));
            place.Answered();
            if (person.Break is { } pause) await Task.Delay(pause, stop);
            if (person.Leaves(Stopwatch.GetElapsedTime(started))) await Task.Delay(Timeout.Infinite, stop);
        }
    }

    private async Task ReplayAsync(Place place, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await place.Seat.ReadyAsync(stop);
            if (place.Seat.Content is not { } content || recording!.Next(content) is not var (judgment, handling)) throw new InvalidOperationException("A task was handed out more often than it was judged.");
            await Task.Delay(handling / scenario.People.Speed, stop);
            var from = Stopwatch.GetTimestamp();
            if (await place.Seat.AnswerAsync(judgment, stop)) latency.Record(Stopwatch.GetElapsedTime(from));
            place.Answered();
        }
    }
}
