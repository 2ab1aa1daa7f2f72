using System.Text.Json;
using Dispatch.LoadTests.Scenarios;
using Dispatch.LoadTests.Subjects.Hub;
using HdrHistogram;
using Microsoft.AspNetCore.SignalR.Client;

namespace Dispatch.LoadTests.Running.Joining;

/// <summary>This process as a generator of a run that another process conducts.</summary>
internal sealed class JoinedGenerator(IProgressLine progress)
{
    private readonly Dictionary<string, Crew> _crews = [];

    public async Task RunAsync(Uri run, CancellationToken stop)
    {
        var ended = new TaskCompletionSource();
        await using var hub = new HubConnectionBuilder().WithUrl(new Uri(run, "/join")).Build();
        hub.ServerTimeout = TimeSpan.FromMinutes(10);
        hub.On<SeatOrder, bool>("Seat", order => SeatAsync(order, stop));
        hub.On<string, int, double, GeneratorResult>("Measure", (label, round, seconds) => MeasureAsync(label, round, seconds, stop));
        hub.On<string, bool>("Leave", LeaveAsync);
        hub.Closed += _ =>
        {
            ended.TrySetResult();
            return Task.CompletedTask;
        };
        await hub.StartAsync(stop);
        progress.Say($"Joined the run at {run}.");
        await ended.Task.WaitAsync(stop);
    }

    private async Task<bool> SeatAsync(SeatOrder order, CancellationToken stop)
    {
        var scenario = JsonSerializer.Deserialize<Scenario>(order.Scenario)!;
        var crew = new Crew(order.Label, new TicketedSubject(order), scenario, recording: null, [.. order.Tickets.Select(ticket => ticket.Index)], progress);
        await crew.SeatAsync(stop);
        _crews[order.Label] = crew;
        return true;
    }

    private async Task<GeneratorResult> MeasureAsync(string label, int round, double seconds, CancellationToken stop)
    {
        var result = await _crews[label].MeasureAsync(round, seconds, stop);
        var (latency, push) = (Pairs(result.Latency), Pairs(result.Push));
        return new GeneratorResult(
            result.Seconds, latency.Values, latency.Counts, push.Values, push.Counts, result.CpuSeconds.GetValueOrDefault("generator"), result.Recovered?.TotalSeconds, result.Failures, result.Timeline, result.Experience);
    }

    private async Task<bool> LeaveAsync(string label)
    {
        if (_crews.Remove(label, out var crew)) await crew.LeaveAsync();
        return true;
    }

    private static (long[] Values, long[] Counts) Pairs(HistogramBase histogram)
    {
        var recorded = histogram.RecordedValues().ToArray();
        return ([.. recorded.Select(value => value.ValueIteratedTo)], [.. recorded.Select(value => value.CountAtValueIteratedTo)]);
    }

    /// <summary>A subject of which this process knows only its seats: starting it, and putting work in, is the conductor's.</summary>
    private sealed class TicketedSubject(SeatOrder order) : ISubject
    {
        private readonly Dictionary<int, SeatTicket> _tickets = order.Tickets.ToDictionary(ticket => ticket.Index);

        public string Name => order.Label;

        public IReadOnlyList<WatchedProcess> Processes => [];

        public Task StartAsync(Scenario scenario, People.Recording? recording, CancellationToken stop) => Task.CompletedTask;

        public async Task<ISeat> SeatAsync(int index, CancellationToken stop) => await HubSeat.ConnectAsync(_tickets[index].Hub, _tickets[index].Token, stop);

        public Task<SeatTicket?> TicketAsync(int index, CancellationToken stop) => Task.FromResult<SeatTicket?>(_tickets[index]);

        public Task AddTasksAsync(int count, CancellationToken stop) => Task.CompletedTask;

        public Task<long?> CommitsAsync() => Task.FromResult<long?>(null);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
