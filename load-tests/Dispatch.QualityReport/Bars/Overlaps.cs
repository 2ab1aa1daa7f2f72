using Dispatch.Engine.Quality.Consensus;
using Dispatch.QualityReport.Replay;

namespace Dispatch.QualityReport.Bars;

/// <summary>A way to decide how many answers a task gets.</summary>
internal readonly record struct OverlapPoint(string Name, double AnswersPerTask, double Accuracy);

/// <summary>What answers cost and bring: fixed overlaps against the stopping rule.</summary>
internal static class Overlaps
{
    public static IReadOnlyList<int> Fixed { get; } = [1, 2, 3, 4, 5, 6, 7, 9];
    public static IReadOnlyList<double> Confidences { get; } = [0.8, 0.9, 0.95, 0.99];

    public static string NameOf(int answers) => $"fixed {answers}";

    public static string NameOf(double confidence) => FormattableString.Invariant($"dynamic {confidence:0.00}");

    public static IEnumerable<OverlapPoint> Measure(Judgments judgments, Shift shift, int[] truth, int max)
    {
        foreach (var answers in Fixed) yield return AtFixed(judgments, shift, truth, answers);
        foreach (var confidence in Confidences) yield return AtConfidence(judgments, shift, truth, new DynamicOverlap(2, max, confidence));
    }

    private static OverlapPoint AtFixed(Judgments judgments, Shift shift, int[] truth, int answers)
    {
        var tasks = Open(judgments, shift).ToArray();
        var votes = VoteSet.Of(tasks.SelectMany(task => shift.Votes[task].Take(answers).Select(vote => (Key(vote.Worker), Key(task), Key(vote.Label)))));
        var known = votes.Tasks.Select(task => (int?)votes.Labels.ToList().IndexOf(Key(truth[int.Parse(task, System.Globalization.CultureInfo.InvariantCulture)])));
        return new(NameOf(answers), votes.Votes.Count / (double)tasks.Length, Majority.Of(votes).AccuracyAgainst([.. known])!.Value);
    }

    private static OverlapPoint AtConfidence(Judgments judgments, Shift shift, int[] truth, DynamicOverlap rule)
    {
        double asked = 0, right = 0;
        var tasks = 0;
        foreach (var task in Open(judgments, shift))
        {
            var votes = shift.Votes[task];
            var decision = default(OverlapDecision);
            for (var n = 1; n <= votes.Count && !decision.Stop; n++)
            {
                decision = rule.Decide(Shift.Stamped(votes.Take(n)), judgments.Labels);
                asked++;
            }

            tasks++;
            if (decision.Label == truth[task]) right++;
        }

        return new(NameOf(rule.Confidence), asked / tasks, right / tasks);
    }

    private static IEnumerable<int> Open(Judgments judgments, Shift shift) => Enumerable.Range(0, judgments.Tasks).Where(task => !shift.Gold.Contains(task) && shift.Votes[task].Count > 0);

    private static string Key(int number) => number.ToString("D6", System.Globalization.CultureInfo.InvariantCulture);
}
