using Dispatch.Contracts.Policies;
using Dispatch.QualityReport.Bars;
using Dispatch.QualityReport.Html;
using Dispatch.QualityReport.Replay;

namespace Dispatch.QualityReport;

/// <summary>Everything that was measured.</summary>
internal sealed record Measured(
    Judgments Judgments, Shift LastShift, IReadOnlyList<TopFifth> Tops, IReadOnlyList<OverlapPoint> Overlaps, IReadOnlyList<Calibration> Calibrations, IReadOnlyList<AlarmRow> Alarms, int Seeds, int CalibrationSeeds);

/// <summary>Measures, prints the bars and writes the report.</summary>
internal static class ReportCommand
{
    private const string DataVariable = "DISPATCH_SHARED_DATA";
    private const int SimulatedWorkers = 20_000;

    public static async Task<int> RunAsync(string[] args)
    {
        var (seeds, calibrationSeeds, output) = (50, 200, "quality-report.html");
        for (var i = 0; i + 1 < args.Length; i += 2)
        {
            if (args[i] == "--seeds" && int.TryParse(args[i + 1], out var n) && n is > 1 and <= 10_000) seeds = n;
            else if (args[i] == "--calibration-seeds" && int.TryParse(args[i + 1], out var m) && m is > 1 and <= 10_000) calibrationSeeds = m;
            else if (args[i] == "--out") output = args[i + 1];
            else return await UsageAsync();
        }

        if (args.Length % 2 != 0) return await UsageAsync();
        var file = Path.Combine(Environment.GetEnvironmentVariable(DataVariable) ?? Path.Combine("..", "shared", "data"), "amt_sentiment_timed.csv");
        if (!File.Exists(file))
        {
            await Console.Error.WriteLineAsync($"There is no {file}: name the folder of real data in {DataVariable}.");
            return 2;
        }

        var measured = Measure(Judgments.Read(file), seeds, calibrationSeeds);
        await File.WriteAllTextAsync(output, HtmlReport.Of(measured));
        var bars = QualityBars.Of(measured);
        foreach (var bar in bars) Console.WriteLine(bar.Line);
        await Console.Error.WriteLineAsync($"report: {Path.GetFullPath(output)}");
        return bars.All(bar => bar.Met) ? 0 : 1;
    }

    private static Measured Measure(Judgments judgments, int seeds, int calibrationSeeds)
    {
        var policy = new QualityPolicy { DynamicOverlap = new() };
        var truth = new int[judgments.Tasks];
        foreach (var judgment in judgments.All) truth[judgment.Task] = judgment.Truth;
        var shifts = Enumerable.Range(1, seeds).Select(seed => Shift.Of(judgments, policy, seed)).ToArray();
        var overlaps = shifts.SelectMany(shift => Overlaps.Measure(judgments, shift, truth, policy.DynamicOverlap.Max)).GroupBy(point => point.Name)
            .Select(group => new OverlapPoint(group.Key, group.Average(point => point.AnswersPerTask), group.Average(point => point.Accuracy))).ToArray();
        Calibration[] calibrations = [new(1), new(1, Calibration.EvidenceMin), new(policy.Discount), new(0.95)];
        foreach (var calibration in calibrations)
        {
            for (var seed = 1; seed <= calibrationSeeds; seed++) calibration.Replay(judgments, policy.PriorStrength, seed);
        }

        return new(judgments, shifts[^1], [.. shifts.Select(shift => TopWorkers.Measure(judgments, shift))], overlaps, calibrations, FalseAlarms.Measure(SimulatedWorkers), seeds, calibrationSeeds);
    }

    private static async Task<int> UsageAsync()
    {
        await Console.Error.WriteLineAsync("usage: [--seeds N] [--calibration-seeds N] [--out FILE]");
        return 2;
    }
}
