namespace Dispatch.Engine.Forms.Shared;

/// <summary>What many say as one.</summary>
internal static class Voting
{
    /// <summary>The label with most votes; of equals the first in the order of the form.</summary>
    public static (string Label, double Share, bool IsTied, Dictionary<string, int> Votes) Majority(IReadOnlyList<string> votes, IReadOnlyList<string> order)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var vote in votes) counts[vote] = counts.GetValueOrDefault(vote) + 1;
        var most = counts.Values.Max();
        var label = order.First(candidate => counts.GetValueOrDefault(candidate) == most);
        return (label, (double)most / votes.Count, counts.Values.Count(count => count == most) > 1, counts);
    }

    /// <summary>The median; of two in the middle the lower, because a value between two steps is no answer.</summary>
    public static (int Value, bool IsTied) Median(IEnumerable<int> values)
    {
        int[] sorted = [.. values.Order()];
        var lower = sorted[(sorted.Length - 1) / 2];
        return (lower, sorted[sorted.Length / 2] != lower);
    }

    /// <summary>Mean agreement of one answer with several.</summary>
    public static double MeanAgreement(string answer, IReadOnlyList<string> answers, Func<string, string, double> agreement) =>
        answers.Average(other => agreement(answer, other));
}
