namespace Dispatch.Engine.Quality.Consensus;

/// <summary>What to do with a task after an answer was committed.</summary>
/// <param name="Stop">Enough is known, or no more may be asked; otherwise one more answer is wanted.</param>
/// <param name="Label">The likeliest label (the lowest of equals); null before the first answer.</param>
/// <param name="Confidence">Its probability.</param>
public readonly record struct OverlapDecision(bool Stop, int? Label, double Confidence);

/// <summary>
/// When to stop asking. A function of the committed answers and of the accuracies stamped on them alone: whoever evaluates it, in
/// whatever order the answers came and after whatever crash, decides the same.
/// </summary>
/// <param name="Min">Answers that every task gets, 1 or more. 2 or more is wise: a first answer of a very good worker may be sure enough alone.</param>
/// <param name="Max">Answers that no task goes beyond, at least <paramref name="Min"/>.</param>
/// <param name="Confidence">Probability of the best label that is enough, above 0.5 and below 1.</param>
public readonly record struct DynamicOverlap(int Min, int Max, double Confidence)
{
    /// <summary>Decides.</summary>
    /// <param name="votes">Counted answers of the task.</param>
    /// <param name="labels">Labels to choose from; the rule is meant for up to about 32.</param>
    public OverlapDecision Decide(IReadOnlyList<StampedVote> votes, int labels)
    {
        if (votes.Count == 0) return new(Max <= 0, null, 0);
        var posterior = LabelPosterior.Of(votes, labels);
        var best = 0;
        for (var label = 1; label < labels; label++)
        {
            if (posterior[label] > posterior[best]) best = label;
        }

        var stop = votes.Count >= Max || (votes.Count >= Min && posterior[best] >= Confidence);
        return new(stop, best, posterior[best]);
    }
}
