using System.Text.Json;
using Dispatch.LoadTests.ClosedLoop;

namespace Dispatch.LoadTests;

/// <summary>Lines of bars.sh.</summary>
internal static class Bars
{
    public static int Print(string name, bool met, string measured, string needed)
    {
        Console.WriteLine($"{(met ? "ok" : "SHORT"),-6} {name,-48} {measured,-44} {needed}");
        return met ? 0 : 1;
    }

    public static async Task<int> PrintAsync(string report)
    {
        using var document = JsonDocument.Parse(await File.ReadAllTextAsync(report));
        var medians = document.RootElement.GetProperty("medians").Deserialize<Measurement[]>()!;
        var echo = medians.Single(run => run.Subject == "echo").CyclesPerSecond;
        foreach (var run in medians)
        {
            Print($"closed loop: {run.Subject}", true, FormattableString.Invariant($"{run.CyclesPerSecond:0}/s, {run.CyclesPerSecond / echo:0.00} of echo, p50 {run.P50Ms:0.0} ms, p99 {run.P99Ms:0.0} ms"), "(no bar yet)");
        }

        return 0;
    }
}
