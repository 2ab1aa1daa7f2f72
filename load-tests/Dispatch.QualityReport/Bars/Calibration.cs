using Dispatch.Engine.Quality;
using Dispatch.QualityReport.Replay;
using MathNet.Numerics;

namespace Dispatch.QualityReport.Bars;

/// <summary>
/// Do the intervals hold what they promise? Each replay takes a random half of the judgments of everybody with at least twenty in
/// that half as evidence (or just twenty of them); the rest is what really happens. How many of it will be right is, by the posterior,
/// beta-binomial: interval and the chance in a finite number of answers together. Where the real number falls in that distribution (its probability
/// integral transform, with a draw inside the step of the real number, as it is whole) is even between 0 and 1 if and only if the
/// posterior is honest. The 90 % interval covers it when it falls between 0.05 and 0.95.
/// </summary>
/// <param name="discount">γ.</param>
/// <param name="evidence">Judgments taken as evidence of each; null for half.</param>
internal sealed class Calibration(double discount, int? evidence = null)
{
    public const int EvidenceMin = 20;

    private readonly List<double> _transforms = [];

    public double Discount { get; } = discount;

    public string Name { get; } = FormattableString.Invariant($"γ {discount:0.00}, evidence {(evidence is null ? "half" : $"{evidence}")}");

    public int Intervals => _transforms.Count;

    public double Covered(double level) => _transforms.Count(u => u >= (1 - level) / 2 && u <= (1 + level) / 2) / (double)_transforms.Count;

    public int[] Histogram(int bins)
    {
        var counts = new int[bins];
        foreach (var u in _transforms) counts[Math.Min(bins - 1, (int)(u * bins))]++;
        return counts;
    }

    public void Replay(Judgments judgments, double priorStrength, int seed)
    {
        var random = new Random(seed);
        List<(QualityFold Fold, Judgment[] HeldOut)> workers = [];
        double right = 0, wrong = 0;
        for (var worker = 0; worker < judgments.Workers; worker++)
        {
            var work = judgments.ByWorker[worker].ToArray();
            random.Shuffle(work);
            if (work.Length / 2 < EvidenceMin) continue;
            var fold = default(QualityFold);
            var taken = evidence ?? (work.Length / 2);
            foreach (var (judgment, i) in work.Take(taken).Select((judgment, i) => (judgment, i)))
            {
                fold = fold.Apply(new(i + 1, EvidenceKind.Gold, judgment.IsRight ? 1 : 0, 1), Discount);
                (right, wrong) = judgment.IsRight ? (right + 1, wrong) : (right, wrong + 1);
            }

            workers.Add((fold, work[taken..]));
        }

        var prior = new AccuracyPrior(right / (right + wrong), priorStrength, 1);
        foreach (var (fold, heldOut) in workers) _transforms.Add(Transform(Accuracy.Of(fold, prior), heldOut, random.NextDouble()));
    }

    private static double Transform(Accuracy accuracy, Judgment[] heldOut, double within)
    {
        var (right, below, at) = (heldOut.Count(judgment => judgment.IsRight), 0.0, 0.0);
        for (var x = 0; x <= right; x++)
        {
            below += at;
            at = Math.Exp(
                SpecialFunctions.BinomialLn(heldOut.Length, x) + SpecialFunctions.BetaLn(accuracy.A + x, accuracy.B + heldOut.Length - x) - SpecialFunctions.BetaLn(accuracy.A, accuracy.B));
        }

        return below + (within * at);
    }
}
