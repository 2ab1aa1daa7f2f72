using System.Text;
using Dispatch.Engine.Quality;
using Dispatch.QualityReport.Bars;

namespace Dispatch.QualityReport.Html;

/// <summary>One section a subject.</summary>
internal static class Sections
{
    private const string Blue = "#2563a8";
    private const string Orange = "#d9822b";
    private const string Grey = "#98a6b3";
    private const string Green = "#2e8b62";

    public static void Top(StringBuilder page, Measured measured)
    {
        page.Append("<h2>Whom to trust</h2><p>Workers are ordered by what their gold says; the plot shows how right the top fifth is on answers that were not gold. Ties at the cut share the places, so that no order gains by luck.</p>");
        var seeds = measured.Tops.Select((top, i) => (Seed: i + 1.0, top)).ToArray();
        var low = Math.Floor(measured.Tops.Min(top => Math.Min(top.ByRaw, top.Pool)) * 50) / 50;
        page.Append(new Plot("Accuracy of the top fifth on held-out answers, by seed", "seed", "held-out accuracy", (0, measured.Seeds + 1), (low, 1))
            .Line(Blue, seeds.Select(one => (one.Seed, one.top.ByBound))).Named(Blue, "by 5 % lower bound")
            .Line(Orange, seeds.Select(one => (one.Seed, one.top.ByRaw))).Named(Orange, "by raw share of right golds")
            .Line(Grey, seeds.Select(one => (one.Seed, one.top.Pool)), dashed: true).Named(Grey, "everybody"));
        HtmlReport.Table(page, ["key", "mean over the seeds"],
        [
            ["5 % lower bound of the posterior", F4(measured.Tops.Average(top => top.ByBound))], ["smoothed share (k = 0.5)", F4(measured.Tops.Average(top => top.BySmoothed))],
            ["raw share", F4(measured.Tops.Average(top => top.ByRaw))], ["everybody", F4(measured.Tops.Average(top => top.Pool))],
        ]);
    }

    public static void Workers(StringBuilder page, Measured measured)
    {
        var shift = measured.LastShift;
        var workers = Enumerable.Range(0, measured.Judgments.Workers)
            .Select(worker => (Worker: worker, Accuracy: Accuracy.Of(shift.EvidenceOf(worker), shift.Prior), HeldOut: measured.Judgments.ByWorker[worker].Where(one => !shift.Gold.Contains(one.Task)).ToArray()))
            .Where(one => one.HeldOut.Length > 0).OrderByDescending(one => one.Accuracy.LowerBound()).ThenByDescending(one => one.Accuracy.EffectiveN).ThenBy(one => one.Worker).ToArray();
        var plot = new Plot("Everybody in one replay, best lower bound first: middle 90 % of the posterior, and what they got right elsewhere", "place", "accuracy", (0, workers.Length + 1), (0, 1));
        for (var i = 0; i < workers.Length; i++)
        {
            var (low, high) = workers[i].Accuracy.Interval(0.9);
            plot.Line(Grey, [(i + 1, low), (i + 1, high)]);
        }

        plot.Dots(Blue, workers.Select((one, i) => (i + 1.0, one.HeldOut.Count(answer => answer.IsRight) / (double)one.HeldOut.Length, FormattableString.Invariant($"{one.HeldOut.Length} held-out answers, evidence worth {one.Accuracy.EffectiveN:0.0}"))), 2.5).Named(Blue, "held out").Named(Grey, "posterior");
        page.Append("<h2>One replay</h2>").Append(plot);
    }

    public static void Overlap(StringBuilder page, Measured measured)
    {
        var (fixedOnes, dynamics) = (measured.Overlaps.Where(point => point.Name.StartsWith("fixed", StringComparison.Ordinal)).ToArray(), measured.Overlaps.Where(point => point.Name.StartsWith("dynamic", StringComparison.Ordinal)).ToArray());
        var (low, high) = (Math.Floor(measured.Overlaps.Min(point => point.Accuracy) * 50) / 50, Math.Ceiling(measured.Overlaps.Max(point => point.Accuracy) * 50) / 50);
        var plot = new Plot("What answers bring", "answers a task", "accuracy of labels", (0, 10), (low, high))
            .Line(Orange, fixedOnes.Select(point => (point.AnswersPerTask, point.Accuracy))).Dots(Orange, fixedOnes.Select(point => (point.AnswersPerTask, point.Accuracy, point.Name))).Named(Orange, "fixed number, majority")
            .Line(Blue, dynamics.Select(point => (point.AnswersPerTask, point.Accuracy))).Dots(Blue, dynamics.Select(point => (point.AnswersPerTask, point.Accuracy, point.Name))).Named(Blue, "stopping rule, at least 2");
        plot.Label(dynamics[^1].AnswersPerTask, dynamics[^1].Accuracy, dynamics[^1].Name);
        page.Append("<h2>When to stop asking</h2><p>Each vote carries what was known of its worker when it was given; the rule decides from committed votes alone.</p>").Append(plot);
        HtmlReport.Table(page, ["way", "answers a task", "accuracy"], measured.Overlaps.Select(point => new[] { point.Name, F3(point.AnswersPerTask), F4(point.Accuracy) }));
    }

    public static void Calibrated(StringBuilder page, Measured measured)
    {
        page.Append(FormattableString.Invariant($"<h2>Do the intervals hold what they promise?</h2><p>Half of the answers of everybody with at least {Calibration.EvidenceMin} in that half is evidence (or twenty of their answers), the rest is what really happens; {measured.CalibrationSeeds} replays. How many of the rest are right is beta-binomial under the posterior; where the real number falls in that distribution is even when the posterior is honest. With a discount γ, old answers count for less, so the posterior claims to know less: for workers who do not change, its intervals are wider than they need be. That is the price of seeing a change.</p>"));
        foreach (var calibration in measured.Calibrations)
        {
            var counts = calibration.Histogram(20);
            var even = calibration.Intervals / 20.0;
            var plot = new Plot($"{calibration.Name}: where what happened falls in what was foreseen", "share foreseen to be below", "against even", (0, 1), (0, Math.Max(2, counts.Max() / even * 1.05)));
            for (var bin = 0; bin < counts.Length; bin++) plot.Bar(Blue, bin / 20.0, (bin + 1) / 20.0, counts[bin] / even);
            page.Append(plot.Line(Orange, [(0, 1), (1, 1)], dashed: true));
        }

        double[] levels = [0.5, 0.8, 0.9, 0.95];
        HtmlReport.Table(page, ["posterior", .. levels.Select(level => FormattableString.Invariant($"{level:0.00} covers"))], measured.Calibrations.Select(calibration => (string[])[calibration.Name, .. levels.Select(level => F4(calibration.Covered(level)))]));
    }

    public static void Alarms(StringBuilder page, Measured measured)
    {
        page.Append("<h2>False alarms</h2><p>Made-up workers of known accuracy, judged by the engine's rule book after every gold. Hits are within a hundred golds; the delay is from the moment when a worker falls from 92 % to 60 %, after sixty golds.</p>");
        HtmlReport.Table(page, ["rule", "hits at 92 %", "hits at 85 %", "delay, median", "delay, p90"], measured.Alarms.Select(row => new[] { row.Name, F4(row.Honest), F4(row.Fair), QualityBars.Golds(row.DelayMedian), QualityBars.Golds(row.DelayP90) }));
    }

    public static void Handling(StringBuilder page, Measured measured)
    {
        var handling = measured.LastShift.Handling;
        page.Append("<h2>Handling time</h2><p>The mean is what contracts speak of; a few very long times move it far from what is typical.</p>");
        HtmlReport.Table(page, ["figure", "seconds"],
        [
            ["mean (AHT)", F3(handling.Mean!.Value.TotalSeconds)], ["median", F3(handling.Median!.Value.TotalSeconds)],
            ["geometric mean", F3(handling.GeometricMean!.Value.TotalSeconds)], ["95th percentile", F3(handling.P95!.Value.TotalSeconds)],
        ]);
    }

    private static string F3(double value) => FormattableString.Invariant($"{value:0.000}");

    private static string F4(double value) => FormattableString.Invariant($"{value:0.0000}");
}
