namespace Dispatch.Engine.Quality.Consensus;

/// <summary>A committed vote of a worker whose accuracy was known at the time.</summary>
/// <param name="Label">What was voted, from 0.</param>
/// <param name="Accuracy">The worker's expected accuracy, as stamped when the answer was given.</param>
public readonly record struct StampedVote(int Label, double Accuracy);

/// <summary>
/// Which label is the true one, given votes of workers of known accuracy and no label likelier before: P(vote | truth) is the
/// worker's accuracy q for the true label and (1 − q)/(Y − 1) for each other.
/// </summary>
public static class LabelPosterior
{
    /// <summary>A worker counts as at least this accurate.</summary>
    public const double AccuracyMin = 0.05;

    /// <summary>A worker counts as at most this accurate, or one perfect worker would close every task alone.</summary>
    public const double AccuracyMax = 0.98;

    /// <summary>Probability of each label.</summary>
    /// <param name="votes">Votes, in any order.</param>
    /// <param name="labels">Y: labels to choose from, at least 1.</param>
    public static double[] Of(IReadOnlyList<StampedVote> votes, int labels) => Of(votes, labels, leftOut: -1);

    /// <summary>P(truth = the worker's answer | the other votes): consensus evidence about a vote, which never counts for itself. Null when nobody else voted: that is no evidence.</summary>
    /// <param name="votes">All votes of the task.</param>
    /// <param name="labels">Y.</param>
    /// <param name="own">Index of the vote to judge.</param>
    public static double? OfOthers(IReadOnlyList<StampedVote> votes, int labels, int own) =>
        votes.Count < 2 ? null : Of(votes, labels, own)[votes[own].Label];

    private static double[] Of(IReadOnlyList<StampedVote> votes, int labels, int leftOut)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(labels, 1);
        if (labels == 1) return [1];

        // Each vote only moves its own label against all others, so sums in a fixed order per label do not depend on the order of votes.
        var evidence = new List<double>[labels];
        for (var i = 0; i < votes.Count; i++)
        {
            if (i == leftOut) continue;
            var accuracy = votes[i].Accuracy;
            if (double.IsNaN(accuracy)) throw new ArgumentException("A vote has no accuracy.", nameof(votes));
            var q = Math.Clamp(accuracy, AccuracyMin, AccuracyMax);
            (evidence[votes[i].Label] ??= []).Add(Math.Log(q * (labels - 1) / (1 - q)));
        }

        var logs = new double[labels];
        for (var label = 0; label < labels; label++)
        {
            if (evidence[label] is not { } all) continue;
            all.Sort();
            foreach (var one in all) logs[label] += one;
        }

        return Normalise(logs);
    }

    private static double[] Normalise(double[] logs)
    {
        var highest = logs.Max();
        var weights = Array.ConvertAll(logs, log => Math.Exp(log - highest));
        var sum = weights.Sum();
        return Array.ConvertAll(weights, weight => weight / sum);
    }
}
