using System.Text.Json;
using Dispatch.Engine.Quality;
using Dispatch.Engine.Quality.Agreement;
using Dispatch.TestKit;

namespace Dispatch.Engine.Tests.Quality;

/// <summary>What is left of the published figures about the shared files, once each formula has its own tests.</summary>
public sealed class RealDataTests
{
    [SharedDataFact]
    public void Sentiment_Judgments_AreAsRightAsPublished()
    {
        var expected = SharedFiles.Expected.GetProperty("amt_sentiment_timed.csv");
        var rows = SharedFiles.Rows("amt_sentiment_timed.csv").ToArray();
        var fold = default(QualityFold);
        foreach (var (row, i) in rows.Select((row, i) => (row, i))) fold = fold.Apply(new(i + 1, EvidenceKind.Gold, row[2] == row[3] ? 1 : 0, 1), 1);

        fold.Rows.ShouldBe(expected.GetProperty("rows").GetInt64());
        (fold.Right / fold.EffectiveN).ShouldBe(expected.Number("per_judgment_accuracy"), 1e-12);
    }

    [SharedDataFact]
    public void Arguments_PairsOfVotes_AgreeAsPublished()
    {
        var expected = SharedFiles.Expected.GetProperty("ukpconvarg1");
        var (votes, _) = SharedFiles.Arguments();
        var units = votes.Votes.GroupBy(vote => vote.Task).Select(unit => unit.Select(vote => vote.Label).ToArray()).ToArray();
        var tie = votes.Labels.ToList().IndexOf("tie");

        Math.Round(PairsThatAgree(units), 4).ShouldBe(expected.Number("pairwise_agreement_3way"));
        Math.Round(PairsThatAgree(units.Select(unit => unit.Where(label => label != tie).ToArray())), 4).ShouldBe(expected.Number("pairwise_agreement_no_ties"));
    }

    [SharedDataFact]
    public void Arguments_SecondsPerPair_AreAsPublished()
    {
        var expected = SharedFiles.Expected.GetProperty("ukpconvarg1").GetProperty("seconds_per_pair_by_assignment");
        var seconds = File.ReadLines(SharedFiles.PathOf("ukpconvarg1_judgments.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)
            .DistinctBy(line => line.GetProperty("assignment").GetString()).Select(line => line.GetProperty("seconds_per_pair").GetDouble()).ToArray();
        var fold = new HandlingFold();
        foreach (var value in seconds) fold.Apply(TimeSpan.FromSeconds(value));

        fold.Count.ShouldBe(expected.GetProperty("n").GetInt64());
        Math.Round(fold.Mean!.Value.TotalSeconds, 3).ShouldBe(expected.Number("mean"));
        Math.Round(fold.GeometricMean!.Value.TotalSeconds, 3).ShouldBe(expected.Number("geo_mean"));
        Math.Round(HandlingBaseline.Of(seconds.Select(TimeSpan.FromSeconds))!.Value.LogDeviation, 4).ShouldBe(expected.Number("log_mad_x1.4826"));
        foreach (var (q, name) in new[] { (0.05, "p05"), (0.5, "median"), (0.95, "p95") })
            fold.Quantile(q)!.Value.TotalSeconds.ShouldBe(expected.Number(name), (expected.Number(name) * LogBuckets.RelativeErrorMax) + 0.1);
    }

    private static double PairsThatAgree(IEnumerable<int[]> units)
    {
        var tally = AgreementTally.OfNames(3);
        foreach (var unit in units) tally.Add(unit);
        return tally.EqualPairs()!.Value;
    }
}
