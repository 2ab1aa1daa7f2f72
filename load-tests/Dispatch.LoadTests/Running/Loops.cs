using System.Diagnostics;
using Dispatch.LoadTests.People;
using Dispatch.LoadTests.Scenarios;

namespace Dispatch.LoadTests.Running;

/// <summary>What a seat does during a measurement, by the kind of arrival.</summary>
internal sealed class Loops(Scenario scenario, Recorder latency, Tally tally, Recording? recording, FormAnswers? answers, long started)
{
    private readonly Schedule _schedule = new(scenario.Arrival, scenario.Workers, scenario.Seconds);

    /// <summary>Whether people connect when they come and go when their shift is over; otherwise all are there all the time.</summary>
    public static bool HasDay(Scenario scenario) => scenario.Arrival.Kind == "people" && scenario.People.DaySeconds > 0;

    public async Task RunAsync(Place place, CancellationToken stop)
    {
        if (scenario.Arrival.Kind == "people")
        {
            await HumanAsync(place, stop);
            return;
        }

        place.Visit ??= new Visit(tally, Stopwatch.GetTimestamp());
        await (scenario.Arrival.Kind switch
        {
            "rate" or "ramp" => ScheduledAsync(place, stop),
            "replay" => ReplayAsync(place, stop),
            _ => ClosedAsync(place, stop),
        });
    }

    private async Task ClosedAsync(Place place, CancellationToken stop)
    {
        // Where one task after the other is put in, hardly any answer brings the next one, and each counts all the same.
        var everyAnswer = scenario.Arrival.Kind == "idle";
        while (!stop.IsCancellationRequested)
        {
            await place.Visit!.ReadyAsync(place, stop);
            var judgment = Careless(place);
            var from = Stopwatch.GetTimestamp();
            if (await AnswerAsync(place, judgment, stop) || everyAnswer) latency.Record(Stopwatch.GetElapsedTime(from));
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
            await place.Visit!.ReadyAsync(place, stop);
            await AnswerAsync(place, Careless(place), stop);

            // From the time it was meant to happen: a subject that stalls makes those behind wait, and they count.
            latency.Record(Stopwatch.GetElapsedTime(started) - TimeSpan.FromSeconds(intended));
        }
    }

    private async Task HumanAsync(Place place, CancellationToken stop)
    {
        var person = place.Person ??= new Annotator(scenario.People, scenario.Seed, place.Index);
        var wait = person.Arrives - Stopwatch.GetElapsedTime(started);
        if (wait > TimeSpan.Zero) await Task.Delay(wait, stop);
        place.Visit ??= new Visit(tally, Stopwatch.GetTimestamp());
        if (HasDay(scenario) && !place.IsSeated) await place.SeatAsync(stop);
        while (!stop.IsCancellationRequested)
        {
            await place.Visit.ReadyAsync(place, stop);
            var (judgment, handling) = person.Judge(place.Seat.Content, answers);
            if (person.Drops)
            {
                await Task.Delay(handling / 2, stop);
                await place.ReseatAsync(stop);
                continue;
            }

            await Task.Delay(handling, stop);
            var from = Stopwatch.GetTimestamp();
            if (await AnswerAsync(place, judgment, stop)) latency.Record(Stopwatch.GetElapsedTime(from));
            if (person.Break is { } pause) await Task.Delay(pause, stop);
            if (person.Leaves(Stopwatch.GetElapsedTime(started))) break;
        }

        place.Visit.Dispose();
        await place.Seat.SignOffAsync();
        await place.LeaveAsync();
        await Task.Delay(Timeout.Infinite, stop);
    }

    private async Task ReplayAsync(Place place, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await place.Visit!.ReadyAsync(place, stop);
            if (place.Seat.Content is not { } content || recording!.Next(content) is not var (judgment, handling)) throw new InvalidOperationException("A task was handed out more often than it was judged.");
            await Task.Delay(handling / scenario.People.Speed, stop);
            var from = Stopwatch.GetTimestamp();
            if (await AnswerAsync(place, judgment, stop)) latency.Record(Stopwatch.GetElapsedTime(from));
        }
    }

    private async Task<bool> AnswerAsync(Place place, Judgment judgment, CancellationToken stop)
    {
        var hasNext = await place.Seat.AnswerAsync(judgment, stop);
        place.Answered();
        if (place.Seat.Taken) tally.Answered();
        return hasNext;
    }

    private Judgment Careless(Place place) => answers is null ? Judgment.First : new Judgment("1", answers.Answer(place.Seat.Content!, place.Random));
}
