namespace Dispatch.Engine.Quality.Consensus;

/// <summary>Result of the one-coin model.</summary>
/// <param name="Accuracies">For each worker, the estimated accuracy.</param>
/// <param name="Prevalence">How common each label is.</param>
/// <param name="Labels">Posterior of each task.</param>
/// <param name="Iterations">Rounds until nothing moved.</param>
public sealed record OneCoinResult(IReadOnlyList<double> Accuracies, IReadOnlyList<double> Prevalence, Aggregation Labels, int Iterations);

/// <summary>
/// Expectation maximisation with one figure a worker, the accuracy; wrong answers are spread evenly. Needs far fewer votes than a
/// whole confusion matrix, and is the better choice where labels are crisp and workers differ.
/// </summary>
public static class OneCoin
{
    /// <summary>Rounds after which it stops in any case.</summary>
    public const int IterationsMax = 200;

    private const double AccuracyMargin = 1e-6;

    /// <summary>Estimates labels and accuracies together, from the shares of the plain vote.</summary>
    /// <param name="votes">Votes.</param>
    /// <param name="tolerance">Stops when no posterior moves by more.</param>
    public static OneCoinResult Of(VoteSet votes, double tolerance = 1e-9)
    {
        var posterior = Majority.Of(votes).Scores.Select(row => row.ToArray()).ToArray();
        var accuracies = new double[votes.Workers.Count];
        var prevalence = new double[votes.Labels.Count];
        var iterations = 0;
        for (var moved = double.MaxValue; moved > tolerance && iterations < IterationsMax; iterations++)
        {
            Maximise(votes, posterior, accuracies, prevalence);
            moved = Expect(votes, accuracies, prevalence, posterior);
        }

        return new(accuracies, prevalence, new(posterior), iterations);
    }

    private static void Maximise(VoteSet votes, double[][] posterior, double[] accuracies, double[] prevalence)
    {
        for (var j = 0; j < prevalence.Length; j++) prevalence[j] = posterior.Sum(row => row[j]) / Math.Max(1, posterior.Length);

        var (right, cast) = (new double[accuracies.Length], new double[accuracies.Length]);
        foreach (var vote in votes.Votes)
        {
            right[vote.Worker] += posterior[vote.Task][vote.Label];
            cast[vote.Worker]++;
        }

        for (var worker = 0; worker < accuracies.Length; worker++)
            accuracies[worker] = Math.Clamp(right[worker] / cast[worker], AccuracyMargin, 1 - AccuracyMargin);
    }

    private static double Expect(VoteSet votes, double[] accuracies, double[] prevalence, double[][] posterior)
    {
        var labels = votes.Labels.Count;
        double moved = 0;
        for (var task = 0; task < posterior.Length; task++)
        {
            var logs = Array.ConvertAll(prevalence, Math.Log);
            foreach (var vote in votes.ByTask[task])
                logs[vote.Label] += Math.Log(accuracies[vote.Worker] * Math.Max(1, labels - 1) / (1 - accuracies[vote.Worker]));
            var highest = logs.Max();
            var sum = logs.Sum(log => Math.Exp(log - highest));
            for (var label = 0; label < labels; label++)
            {
                var next = Math.Exp(logs[label] - highest) / sum;
                moved = Math.Max(moved, Math.Abs(next - posterior[task][label]));
                posterior[task][label] = next;
            }
        }

        return moved;
    }
}
