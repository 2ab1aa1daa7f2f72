namespace Dispatch.Engine.Quality.Consensus;

/// <summary>Result of Dawid and Skene's model.</summary>
/// <param name="Prevalence">p: how common each label is.</param>
/// <param name="Confusions">π: for each worker, how often a true label (row) is called another (column).</param>
/// <param name="Labels">Posterior of each task.</param>
/// <param name="LogLikelihood">Logarithm of the likelihood at the end.</param>
/// <param name="Iterations">Rounds until it no longer grew.</param>
public sealed record DawidSkeneResult(IReadOnlyList<double> Prevalence, IReadOnlyList<double[,]> Confusions, Aggregation Labels, double LogLikelihood, int Iterations);

/// <summary>
/// Dawid and Skene (1979): expectation maximisation with a confusion matrix a worker. For reports, not for the live path: it needs
/// many votes a worker, and where a label is itself ambiguous it does worse than counting.
/// </summary>
public static class DawidSkene
{
    /// <summary>Rounds after which it stops in any case.</summary>
    public const int IterationsMax = 100;

    // Of few votes many cells are 0, and one vote in such a cell would rule a label out for good.
    private const double ProbabilityMin = 1e-12;

    /// <summary>Estimates everything together, from the shares of the plain vote.</summary>
    /// <param name="votes">Votes; replicates count each.</param>
    /// <param name="tolerance">Stops when the log-likelihood grows by less.</param>
    public static DawidSkeneResult Of(VoteSet votes, double tolerance = 1e-10)
    {
        var posterior = Majority.Of(votes).Scores.Select(row => row.ToArray()).ToArray();
        var prevalence = new double[votes.Labels.Count];
        var confusions = votes.Workers.Select(_ => new double[prevalence.Length, prevalence.Length]).ToArray();
        var (likelihood, iterations) = (double.NegativeInfinity, 0);
        for (var grown = double.MaxValue; grown > tolerance && iterations < IterationsMax; iterations++)
        {
            Maximise(votes, posterior, prevalence, confusions);
            var next = Expect(votes, prevalence, confusions, posterior);
            (grown, likelihood) = (next - likelihood, next);
        }

        return new(prevalence, confusions, new(posterior), likelihood, iterations);
    }

    private static void Maximise(VoteSet votes, double[][] posterior, double[] prevalence, double[][,] confusions)
    {
        var labels = prevalence.Length;
        for (var j = 0; j < labels; j++) prevalence[j] = posterior.Sum(row => row[j]) / Math.Max(1, posterior.Length);
        foreach (var confusion in confusions) Array.Clear(confusion);
        foreach (var vote in votes.Votes)
        {
            for (var j = 0; j < labels; j++) confusions[vote.Worker][j, vote.Label] += posterior[vote.Task][j];
        }

        foreach (var confusion in confusions)
        {
            for (var j = 0; j < labels; j++)
            {
                double sum = 0;
                for (var l = 0; l < labels; l++) sum += confusion[j, l];
                
                // A label that the worker never met says nothing about how he calls it.
                for (var l = 0; l < labels; l++) confusion[j, l] = sum > 0 ? confusion[j, l] / sum : 1.0 / labels;
            }
        }
    }

    private static double Expect(VoteSet votes, double[] prevalence, double[][,] confusions, double[][] posterior)
    {
        var labels = prevalence.Length;
        double likelihood = 0;
        for (var task = 0; task < posterior.Length; task++)
        {
            var logs = Array.ConvertAll(prevalence, Log);
            foreach (var vote in votes.ByTask[task])
            {
                for (var j = 0; j < labels; j++) logs[j] += Log(confusions[vote.Worker][j, vote.Label]);
            }

            var highest = logs.Max();
            var sum = logs.Sum(log => Math.Exp(log - highest));
            for (var j = 0; j < labels; j++) posterior[task][j] = Math.Exp(logs[j] - highest) / sum;
            likelihood += highest + Math.Log(sum);
        }

        return likelihood;
    }

    private static double Log(double probability) => Math.Log(Math.Max(probability, ProbabilityMin));
}
