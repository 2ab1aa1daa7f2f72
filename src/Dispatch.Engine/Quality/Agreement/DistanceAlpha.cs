namespace Dispatch.Engine.Quality.Agreement;

/// <summary>Krippendorff's α over answers that are no points of a scale.</summary>
/// <param name="Alpha">Null where it is not defined: see <paramref name="Reason"/>.</param>
/// <param name="Observed">Mean distance within a unit; null without a unit of two.</param>
/// <param name="Expected">Mean distance among all answers; null without a unit of two.</param>
/// <param name="Units">Units with two answers or more.</param>
/// <param name="Values">Answers in them.</param>
/// <param name="Reason">Why there is no α, in words; null where there is.</param>
public sealed record DistanceAgreement(double? Alpha, double? Observed, double? Expected, int Units, int Values, string? Reason);

/// <summary>
/// α = 1 − D_o / D_e with any distance δ between two answers: D_o is the mean of δ over pairs within a unit, each pair of a unit with m answers weighing 1/(m − 1);
/// D_e the mean over all pairs of answers of units with two or more (K. Krippendorff, "Computing Krippendorff's alpha-reliability", 2011, section D; with distances of
/// whole answers as in A. Braylan, O. Alonso, M. Lease, "Measuring annotator agreement generally across complex structured, multi-object, and free-text annotation tasks", WWW 2022).
/// With δ = 0 or 1 for equal or not it is the nominal α. Answers to different tasks of free text have next to nothing in common, so D_e is close to 1 there, and α to the mean likeness.
/// </summary>
public static class DistanceAlpha
{
    /// <summary>So many answers are compared for D_e, evenly spaced over all in their order; up to here it is exact.</summary>
    public const int ExpectedMax = 120;

    /// <summary>So many answers of a unit count; the others are left out.</summary>
    public const int PerUnitMax = 20;

    /// <summary>Computes it.</summary>
    /// <param name="units">Answers by unit, in a fixed order: the same rows then give the same bits.</param>
    /// <param name="distance">δ in [0,1]; null where two answers cannot be compared, and that pair is left out.</param>
    public static DistanceAgreement Of(IEnumerable<IReadOnlyList<string>> units, Func<string, string, double?> distance)
    {
        List<string> all = [];
        var (count, observed, weight) = (0, 0.0, 0.0);
        foreach (var unit in units)
        {
            var answers = unit.Take(PerUnitMax).ToArray();
            if (answers.Length < 2) continue;
            count++;
            all.AddRange(answers);
            for (var i = 0; i < answers.Length; i++)
            {
                for (var j = i + 1; j < answers.Length; j++)
                {
                    if (distance(answers[i], answers[j]) is not { } apart) continue;
                    observed += 2 * apart / (answers.Length - 1);
                    weight += 2.0 / (answers.Length - 1);
                }
            }
        }

        if (weight == 0) return new DistanceAgreement(null, null, null, count, all.Count, "No task has two answers that can be compared yet.");
        var sample = all.Count <= ExpectedMax ? all : [.. Enumerable.Range(0, ExpectedMax).Select(i => all[(int)((long)i * all.Count / ExpectedMax)])];
        var (sum, pairs) = (0.0, 0L);
        for (var i = 0; i < sample.Count; i++)
        {
            for (var j = i + 1; j < sample.Count; j++)
            {
                if (distance(sample[i], sample[j]) is not { } apart) continue;
                sum += apart;
                pairs++;
            }
        }

        var (within, among) = (observed / weight, pairs == 0 ? 0 : sum / pairs);
        return among == 0
            ? new DistanceAgreement(null, within, among, count, all.Count, "All answers are the same: what chance would do cannot be said.")
            : new DistanceAgreement(1 - (within / among), within, among, count, all.Count, null);
    }
}
