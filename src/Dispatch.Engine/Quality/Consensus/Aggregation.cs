namespace Dispatch.Engine.Quality.Consensus;

/// <summary>Labels of all tasks of a <see cref="VoteSet"/>.</summary>
/// <param name="Scores">For each task, a share of every label; they add up to 1.</param>
public sealed record Aggregation(IReadOnlyList<double[]> Scores)
{
    // Figures that are equal on paper may differ in the last bit.
    private const double Tie = 1e-9;

    /// <summary>Best labels of a task; several when they tie.</summary>
    /// <param name="task">Which task.</param>
    public IReadOnlyList<int> Winners(int task)
    {
        var best = Scores[task].Max();
        return [.. Enumerable.Range(0, Scores[task].Length).Where(label => Scores[task][label] >= best - Tie)];
    }

    /// <summary>How often the true label wins; of n tied labels, each is a 1/n win. Tasks without a known label do not count; null when none has one.</summary>
    /// <param name="truth">True label of each task, or null.</param>
    public double? AccuracyAgainst(IReadOnlyList<int?> truth)
    {
        double right = 0;
        var known = 0;
        for (var task = 0; task < Scores.Count; task++)
        {
            if (truth[task] is not { } label) continue;
            known++;
            var winners = Winners(task);
            if (winners.Contains(label)) right += 1.0 / winners.Count;
        }

        return known == 0 ? null : right / known;
    }
}

/// <summary>Agreement with the aggregate, and the vote weighted by it.</summary>
/// <param name="Skills">For each worker, the share of votes that agree with the majority.</param>
/// <param name="Labels">The weighted vote.</param>
public sealed record WawaResult(IReadOnlyList<double> Skills, Aggregation Labels);

/// <summary>Aggregation by counting.</summary>
public static class Majority
{
    /// <summary>The plain vote.</summary>
    /// <param name="votes">Votes.</param>
    public static Aggregation Of(VoteSet votes) => Weighted(votes, _ => 1);

    /// <summary>Worker agreement with the aggregate (Wawa): each worker weighs what he agrees with the plain vote. A tie of the plain vote goes to the first label.</summary>
    /// <param name="votes">Votes.</param>
    public static WawaResult Wawa(VoteSet votes)
    {
        var plain = Of(votes);
        var (agreed, cast) = (new double[votes.Workers.Count], new double[votes.Workers.Count]);
        foreach (var vote in votes.Votes)
        {
            cast[vote.Worker]++;
            if (plain.Winners(vote.Task)[0] == vote.Label) agreed[vote.Worker]++;
        }

        var skills = agreed.Zip(cast, (right, all) => right / all).ToArray();
        return new(skills, Weighted(votes, worker => skills[worker]));
    }

    private static Aggregation Weighted(VoteSet votes, Func<int, double> weight)
    {
        var scores = new double[votes.Tasks.Count][];
        for (var task = 0; task < scores.Length; task++)
        {
            var row = scores[task] = new double[votes.Labels.Count];
            foreach (var vote in votes.ByTask[task]) row[vote.Label] += weight(vote.Worker);
            var sum = row.Sum();

            // Nobody who voted agrees with anybody: then nothing is known.
            for (var label = 0; label < row.Length; label++) row[label] = sum > 0 ? row[label] / sum : 1.0 / row.Length;
        }

        return new(scores);
    }
}
