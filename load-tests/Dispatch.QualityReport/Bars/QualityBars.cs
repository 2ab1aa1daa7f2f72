using Dispatch.Bars;

namespace Dispatch.QualityReport.Bars;

/// <summary>What must be shown, and whether it was.</summary>
internal static class QualityBars
{
    public static IReadOnlyList<Bar> Of(Measured measured)
    {
        var (bound, raw) = (measured.Tops.Average(top => top.ByBound), measured.Tops.Average(top => top.ByRaw));
        var fixedFive = measured.Overlaps.Single(point => point.Name == Overlaps.NameOf(5));
        var dynamic = measured.Overlaps.Single(point => point.Name == Overlaps.NameOf(0.95));
        var hard = measured.Alarms.Single(row => row.Name.StartsWith("hard: P(accuracy", StringComparison.Ordinal));
        return
        [
            new("top fifth by lower bound, held out", bound > raw, FormattableString.Invariant($"{bound:0.0000} against {raw:0.0000} by raw share, {measured.Tops.Count(top => top.ByBound > top.ByRaw)} of {measured.Seeds} seeds"), "above raw"),
            new("dynamic overlap 0.95: accuracy", dynamic.Accuracy >= fixedFive.Accuracy - 0.005, FormattableString.Invariant($"{dynamic.Accuracy:0.0000} against {fixedFive.Accuracy:0.0000} of fixed 5"), FormattableString.Invariant($"at least {fixedFive.Accuracy - 0.005:0.0000}")),
            new("dynamic overlap 0.95: answers a task", dynamic.AnswersPerTask <= 3, FormattableString.Invariant($"{dynamic.AnswersPerTask:0.000}"), "at most 3"),
            .. measured.Calibrations.Where(one => one.Discount == 1).Select(one => new Bar($"90 % intervals: {one.Name}", one.Covered(0.9) is >= 0.85 and <= 0.95, FormattableString.Invariant($"{one.Covered(0.9):0.0000} of {one.Intervals} cover, in {measured.CalibrationSeeds} replays"), "0.85 to 0.95")),
            .. measured.Calibrations.Where(one => one.Discount < 1).Select(one => new Bar($"90 % intervals: {one.Name}", true, FormattableString.Invariant($"{one.Covered(0.9):0.0000} cover"), "(no bar: stated)")),
            new("hard rule: hits of 92 % workers per 100 golds", hard.Honest <= 0.02, FormattableString.Invariant($"{hard.Honest:0.0000}"), "at most 0.02"),
            new("hard rule: golds until a fall to 60 % is seen", true, $"median {Golds(hard.DelayMedian)}, p90 {Golds(hard.DelayP90)}", "(no bar: stated)"),
        ];
    }

    public static string Golds(int? golds) => golds is { } known ? known.ToString(System.Globalization.CultureInfo.InvariantCulture) : "never";
}
