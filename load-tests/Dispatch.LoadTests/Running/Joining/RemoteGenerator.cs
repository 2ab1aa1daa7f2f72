using System.Text.Json;
using Dispatch.LoadTests.Scenarios;
using HdrHistogram;
using Microsoft.AspNetCore.SignalR;

namespace Dispatch.LoadTests.Running.Joining;

/// <summary>A generator process that joined the run, as the run sees it.</summary>
internal sealed class RemoteGenerator(ISingleClientProxy client)
{
    public Task SeatAsync(string label, Scenario scenario, IReadOnlyList<SeatTicket> tickets, CancellationToken stop) =>
        client.InvokeAsync<bool>("Seat", new SeatOrder(label, JsonSerializer.Serialize(scenario), tickets), stop);

    public async Task<CrewResult> MeasureAsync(string label, int round, double seconds, CancellationToken stop)
    {
        var result = await client.InvokeAsync<GeneratorResult>("Measure", label, round, seconds, stop);
        return new CrewResult(
            result.Seconds,
            Histogram(result.LatencyValues, result.LatencyCounts),
            Histogram(result.PushValues, result.PushCounts),
            new Dictionary<string, double> { ["generator"] = result.CpuSeconds },
            Commits: null,
            WalBytes: null,
            result.RecoveredSeconds is { } recovered ? TimeSpan.FromSeconds(recovered) : null,
            result.Failures,
            result.Timeline,
            result.Experience,
            Marks: []);
    }

    public Task LeaveAsync(string label) => client.InvokeAsync<bool>("Leave", label, CancellationToken.None);

    // Not a concurrent one: those take a count of one only.
    private static LongHistogram Histogram(long[] values, long[] counts)
    {
        var histogram = Recorder.MakePlain();
        for (var i = 0; i < values.Length; i++) histogram.RecordValueWithCount(Math.Min(values[i], Recorder.HighestMicros), counts[i]);
        return histogram;
    }
}
