using System.CommandLine;
using Dispatch.Bars;
using Dispatch.LoadTests.Bars;
using Dispatch.LoadTests.Reports;
using Dispatch.LoadTests.Running;
using Dispatch.LoadTests.Scenarios;

namespace Dispatch.LoadTests.Commands;

/// <summary>A long run at a modest rate, judged by what grows.</summary>
internal static class SoakCommand
{
    private const double Most = 1.10;

    /// <summary>Megabytes and handles that may come and go without meaning anything.</summary>
    private const double Noise = 20;

    public static Command Make()
    {
        var seconds = new Option<double?>("--seconds") { Description = "Instead of an hour." };
        var report = new Option<string?>("--report") { Description = "Write NAME.json and NAME.html." };
        var command = new Command("soak", "An hour at 200 answers a second: no trend in memory, handles, latency.") { seconds, report };
        command.SetAction(async (parsed, stop) =>
        {
            var scenario = ScenarioFile.Read("soak");
            if (parsed.GetValue(seconds) is { } length) scenario = scenario.Lasting(length);
            var measured = await new Runner(scenario, new Target(), new ConsoleProgress()).RunAsync(stop);
            if (parsed.GetValue(report) is { } path) await ReportFiles.WriteAsync(measured, path);
            return Outcome.Judge(measured, [], Console.Error.WriteLine) | Judge(measured.Measurements[0]);
        });
        return command;
    }

    private static int Judge(Measurement soak)
    {
        var isShort = Trend(soak, "latency p99, ms", second => second.P99, allowed: 5);
        foreach (var process in soak.Timeline.SelectMany(second => second.Handles.Keys).Distinct().Where(name => name != "generator"))
        {
            isShort |= Trend(soak, $"{process}: resident MiB", second => second.ResidentMiB.GetValueOrDefault(process), Noise);
            isShort |= Trend(soak, $"{process}: handles", second => second.Handles.GetValueOrDefault(process), Noise);
        }

        return isShort;
    }

    /// <summary>The median of the last quarter against that of the second: the first is for filling what stays filled.</summary>
    private static int Trend(Measurement soak, string what, Func<Second, double> value, double allowed)
    {
        var values = soak.Timeline.Select(value).ToArray();
        var quarter = Math.Max(1, values.Length / 4);
        double Median(IEnumerable<double> some) => some.Order().ElementAt(quarter / 2);
        var (early, late) = (Median(values.Skip(quarter).Take(quarter)), Median(values.TakeLast(quarter)));
        return Bar.Print($"soak: {what}", late <= (early * Most) + allowed, FormattableString.Invariant($"{late:0.0} in the end, {early:0.0} in the second quarter"), FormattableString.Invariant($"<= {Most} x + {allowed:0}"));
    }
}
