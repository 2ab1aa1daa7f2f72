using Dispatch.Engine.Quality;
using Dispatch.QualityReport.Replay;

namespace Dispatch.QualityReport.Bars;

/// <summary>Accuracy on held-out judgments of the fifth of the workers that each key puts on top, in one replay.</summary>
internal readonly record struct TopFifth(double ByBound, double ByRaw, double BySmoothed, double Pool);

/// <summary>Whom to trust: the top fifth by the lower bound against the top fifth by the plain share of right golds.</summary>
internal static class TopWorkers
{
    private const double Share = 0.2;

    public static TopFifth Measure(Judgments judgments, Shift shift)
    {
        List<(double Bound, double Raw, double Smoothed, double HeldOut)> workers = [];
        for (var worker = 0; worker < judgments.Workers; worker++)
        {
            var heldOut = judgments.ByWorker[worker].Where(judgment => !shift.Gold.Contains(judgment.Task)).ToArray();
            var counted = shift.CountedOf(worker);
            if (counted.Golds == 0 || heldOut.Length == 0) continue;
            workers.Add((
                Accuracy.Of(shift.EvidenceOf(worker), shift.Prior).LowerBound(),
                counted.Right / counted.Golds,
                Proportions.Smoothed(counted.Right, counted.Golds),
                heldOut.Count(judgment => judgment.IsRight) / (double)heldOut.Length));
        }

        return new(
            Top([.. workers.Select(worker => (worker.Bound, worker.HeldOut))]),
            Top([.. workers.Select(worker => (worker.Raw, worker.HeldOut))]),
            Top([.. workers.Select(worker => (worker.Smoothed, worker.HeldOut))]),
            workers.Average(worker => worker.HeldOut));
    }

    // Those tied at the cut share the places that are left, so that no key gains or loses by luck.
    private static double Top((double Key, double HeldOut)[] workers)
    {
        var places = (double)Math.Max(1, (int)Math.Round(Share * workers.Length));
        double sum = 0, left = places;
        foreach (var group in workers.GroupBy(worker => worker.Key).OrderByDescending(group => group.Key))
        {
            var taken = Math.Min(left, group.Count());
            sum += taken * group.Average(worker => worker.HeldOut);
            if ((left -= taken) <= 0) break;
        }

        return sum / places;
    }
}
