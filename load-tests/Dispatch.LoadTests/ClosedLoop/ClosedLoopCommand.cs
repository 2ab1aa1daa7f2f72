using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace Dispatch.LoadTests.ClosedLoop;

/// <summary>N workers without think time: submit, get the next, submit. Beside it, in turns in the same run, the echo.</summary>
internal static class ClosedLoopCommand
{
    public static async Task<int> RunAsync(string[] args)
    {
        var options = Options.Parse(args);
        List<Measurement> all = [];
        for (var round = 1; round <= options.Rounds; round++)
        {
            // Interleaved: what else the machine does hits both alike.
            foreach (var subject in (string[])["echo", .. options.Stores])
            {
                var measured = subject == "echo" ? await EchoRun.MeasureAsync(options) : await DispatchRun.MeasureAsync(options, subject);
                all.Add(measured);
                Console.WriteLine(FormattableString.Invariant($"round {round}  {measured.Subject,-11} {measured.CyclesPerSecond,8:0} cycles/s  p50 {measured.P50Ms,6:0.0} ms  p99 {measured.P99Ms,6:0.0} ms"));
            }
        }

        var medians = all.GroupBy(run => run.Subject).Select(runs => Median([.. runs])).ToArray();
        var echo = medians.Single(run => run.Subject == "echo").CyclesPerSecond;
        var table = new Table().AddColumns("subject", "cycles/s", "of echo", "p50 ms", "p99 ms", "server CPU ms/cycle");
        foreach (var run in medians)
        {
            table.AddRow(run.Subject, $"{run.CyclesPerSecond:0}", $"{run.CyclesPerSecond / echo:0.00}", $"{run.P50Ms:0.0}", $"{run.P99Ms:0.0}", $"{run.ServerCpuMsPerCycle:0.000}");
        }

        AnsiConsole.Write(table);
        if (options.Json is not null) await File.WriteAllTextAsync(options.Json, JsonSerializer.Serialize(new { options.Workers, options.Seconds, options.Rounds, all, medians }));
        return 0;
    }

    private static Measurement Median(Measurement[] runs) => runs.OrderBy(run => run.CyclesPerSecond).ElementAt(runs.Length / 2);
}

/// <summary>What the command line said.</summary>
internal sealed record Options(IReadOnlyList<string> Stores, int Workers, int Seconds, int Rounds, string? Json)
{
    private const int WorkersMax = 5_000;
    private const int SecondsMax = 300;

    public static Options Parse(string[] args)
    {
        var stores = Value(args, "--store") ?? "both";
        return new Options(
            stores == "both" ? ["sqlite", "postgresql"] : [stores],
            Math.Clamp(Number(args, "--workers", 200), 1, WorkersMax),
            Math.Clamp(Number(args, "--seconds", 10), 1, SecondsMax),
            Math.Clamp(Number(args, "--rounds", 3), 1, 9),
            Value(args, "--json"));
    }

    private static string? Value(string[] args, string name) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : null;

    private static int Number(string[] args, string name, int otherwise) => int.TryParse(Value(args, name), CultureInfo.InvariantCulture, out var number) ? number : otherwise;
}

/// <summary>A window of measuring after a warm-up, with workers that stop at its end.</summary>
internal static class Window
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(3);

    public static async Task<Measurement> MeasureAsync(string subject, int seconds, Func<TimeSpan> processor, IReadOnlyList<Func<Func<Meter?>, CancellationToken, Task>> workers)
    {
        Meter? meter = null;
        using var stop = new CancellationTokenSource();
        var running = workers.Select(worker => worker(() => Volatile.Read(ref meter), stop.Token)).ToArray();
        await Task.Delay(WarmUp);
        var (before, started) = (processor(), Stopwatch.GetTimestamp());
        var measured = new Meter();
        Volatile.Write(ref meter, measured);
        await Task.Delay(TimeSpan.FromSeconds(seconds));
        Volatile.Write(ref meter, null);
        var result = measured.Result(subject, Stopwatch.GetElapsedTime(started), processor() - before);
        await stop.CancelAsync();
        await Task.WhenAll(running);
        return result;
    }
}
