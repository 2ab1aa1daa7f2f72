using System.Diagnostics;
using Dispatch.Bars;
using Dispatch.Benchmarks.Measuring;

namespace Dispatch.Benchmarks.Commits;

/// <summary>
/// A group commit is why a durable answer is cheap: what one costs among many against alone, in one run; that it does not grow with what was answered
/// before; and what it allocates. Wall time, for most of it is the database's and the disk's.
/// </summary>
internal static class CommitBars
{
    private const int Together = 128;
    private const int Tasks = 60_000;
    private const int Turns = 40;
    private const int LaterGroups = 250;

    public static async Task<IReadOnlyList<Bar>> MeasureAsync(string name, Func<int, Task<CommitWorld>> open, double bytesMost)
    {
        await using var world = await open(Tasks);
        for (var i = 0; i < 30; i++) await world.CycleAsync(Together);
        List<(double Alone, double Many)> first = [];
        for (var turn = 0; turn < Turns; turn++) first.Add((await TimeAsync(world, 1), await TimeAsync(world, Together)));
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        for (var i = 0; i < LaterGroups; i++) await world.CycleAsync(Together);
        var bytes = (double)(GC.GetTotalAllocatedBytes(precise: true) - allocated) / (LaterGroups * Together);
        List<double> later = [];
        for (var turn = 0; turn < Turns; turn++) later.Add(await TimeAsync(world, Together));
        var (alone, many, grown) = (Measured.Median(first.Select(turn => turn.Alone)), Measured.Median(first.Select(turn => turn.Many)), Measured.Median(later));
        return
        [
            Bar.AtMost($"{name}: an answer among {Together} against alone", many / alone, 0.35, "x", Bar.Text($"{many:0} µs against {alone:0} µs")),
            Bar.AtMost($"{name}: the same {LaterGroups * Together:#,0} answers later", grown / many, 1.5, "x", Bar.Text($"{grown:0} µs against {many:0} µs")),
            Bar.AtMost($"{name}: allocated an answer and its next task", bytes, bytesMost, "bytes"),
        ];
    }

    /// <summary>Microseconds an answer.</summary>
    private static async Task<double> TimeAsync(CommitWorld world, int workers)
    {
        var start = Stopwatch.GetTimestamp();
        await world.CycleAsync(workers);
        return Stopwatch.GetElapsedTime(start).TotalMicroseconds / workers;
    }
}
