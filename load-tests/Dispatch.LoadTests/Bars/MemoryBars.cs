using Dispatch.Bars;
using Dispatch.LoadTests.Hosting;
using Dispatch.LoadTests.Scenarios;
using Dispatch.LoadTests.Subjects;

namespace Dispatch.LoadTests.Bars;

/// <summary>What a connected worker costs who has nothing to do.</summary>
internal static class MemoryBars
{
    private const int Connections = 10_000;
    private const int First = 200;
    private const int ConnectsAtOnce = 32;
    private const double MoreKiB = 16;

    public static async Task<int> MeasureAsync(BarSettings settings, CancellationToken stop)
    {
        var count = settings.Workers ?? settings.Size(Connections);
        var echo = await PerConnectionAsync("echo", count, stop);
        var dispatch = await PerConnectionAsync("postgresql", count, stop);
        return Bar.Print(
            $"live heap per idle worker, {count} connected",
            dispatch.LiveKiB <= echo.LiveKiB + MoreKiB,
            FormattableString.Invariant($"{dispatch.LiveKiB:0.0} KiB (resident {dispatch.ResidentMiB:0} MiB)"),
            FormattableString.Invariant($"<= {echo.LiveKiB + MoreKiB:0.0} KiB (echo {echo.LiveKiB:0.0} + {MoreKiB:0}; its resident {echo.ResidentMiB:0} MiB)"));
    }

    private static async Task<(double LiveKiB, double ResidentMiB)> PerConnectionAsync(string name, int count, CancellationToken stop)
    {
        await Console.Error.WriteLineAsync($"{name}: connecting {count} idle workers");
        await using var subject = SubjectCatalog.Make(name, new Target());
        await subject.StartAsync(new Scenario { Name = "idle-memory", Arrival = new Arrival { Kind = "idle" }, Work = new WorkSpec { Tasks = 0 } }, recording: null, stop);
        var process = subject.Processes[0];

        // Those of the first connections pay for what is made once.
        var seats = await ConnectAsync(subject, 0, First, stop);
        await Task.Delay(TimeSpan.FromSeconds(2), stop);
        var before = await LiveHeap.BytesAsync(process.Id);
        seats.AddRange(await ConnectAsync(subject, First, count, stop));
        await Task.Delay(TimeSpan.FromSeconds(5), stop);
        var after = await LiveHeap.BytesAsync(process.Id);
        var resident = process.Read().ResidentBytes;
        await Task.WhenAll(seats.Select(seat => seat.DisposeAsync().AsTask()));
        return ((after - before) / 1024.0 / count, resident / 1048576.0);
    }

    private static async Task<List<ISeat>> ConnectAsync(ISubject subject, int from, int count, CancellationToken stop)
    {
        var seats = new ISeat[count];
        await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = ConnectsAtOnce, CancellationToken = stop }, async (i, token) => seats[i] = await subject.SeatAsync(from + i, token));
        return [.. seats];
    }
}
