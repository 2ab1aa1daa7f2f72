using Dispatch.Engine.Quality.Consensus;
using Dispatch.TestKit;

namespace Dispatch.Engine.Tests.Quality.Consensus;

public sealed class AggregationTests
{
    // The toy set of crowd-kit: five workers, five tasks.
    private static VoteSet Toy() => VoteSet.Of(new (string Worker, string Task, string Labels)[]
    {
        ("w1", "12345", "nyyyy"), ("w2", "12345", "yynyn"), ("w3", "2345", "ynyn"), ("w4", "12345", "ynyyn"), ("w5", "12345", "nnnyn"),
    }.SelectMany(row => row.Task.Select((task, i) => (row.Worker, $"t{task}", row.Labels[i] == 'y' ? "yes" : "no"))));

    [Fact]
    public void Wawa_ToySet_IsCrowdKits()
    {
        var result = Majority.Wawa(Toy());
        result.Skills.Select(skill => Math.Round(skill, 6)).ShouldBe([0.6, 0.8, 1.0, 0.4, 0.8]);
        result.Labels.Scores.Select(row => Math.Round(row[1], 6)).ShouldBe([0.461538, 0.666667, 0.277778, 1.0, 0.166667]);
    }

    [Fact]
    public void Majority_Tie_IsSharedByFraction()
    {
        var votes = VoteSet.Of([("w1", "t1", "a"), ("w2", "t1", "b"), ("w1", "t2", "a"), ("w2", "t2", "a")]);
        var majority = Majority.Of(votes);
        majority.Winners(0).ShouldBe([0, 1]);
        majority.AccuracyAgainst([0, 0]).ShouldBe(0.75);
        majority.AccuracyAgainst([null, 0]).ShouldBe(1);
        majority.AccuracyAgainst([null, null]).ShouldBeNull();
    }

    [SharedDataFact]
    public void Accuracies_RealSentiment_AreReproduced()
    {
        var (votes, truth) = SharedFiles.Sentiment();
        Accuracies(votes, truth).ShouldBe(ExpectedOf("amt_sentiment_timed.csv"));
    }

    [SharedDataFact]
    public void Accuracies_RealArguments_AreReproduced()
    {
        var (votes, truth) = SharedFiles.Arguments();
        truth.Count(label => label is not null).ShouldBe(1316);
        Accuracies(votes, truth).ShouldBe(ExpectedOf("ukpconvarg1"));
    }

    [SharedDataFact]
    public void DawidSkene_TheirTable_IsReproduced()
    {
        var expected = SharedFiles.Expected.GetProperty("dawid_skene_1979");
        var votes = VoteSet.Of(SharedFiles.Rows("dawid_skene_1979_table1.csv").Select(row => (row[1], row[0].PadLeft(2, '0'), row[3])));
        var result = DawidSkene.Of(votes);

        votes.Votes.Count.ShouldBe(315);
        Math.Round(result.LogLikelihood, 4).ShouldBe(expected.Number("loglik"));
        result.Iterations.ShouldBeInRange(20, 40);
        result.Prevalence.Select(p => Math.Round(p, 4)).ShouldBe(expected.GetProperty("class_marginals").EnumerateArray().Select(p => p.GetDouble()));
        Enumerable.Range(0, 16).Select(i => Math.Round(result.Confusions[0][i / 4, i % 4], 3)).ShouldBe(expected.GetProperty("observer1_confusion").EnumerateArray().SelectMany(row => row.EnumerateArray()).Select(p => p.GetDouble()));
        Enumerable.Range(0, 45).Select(task => result.Labels.Winners(task)[0] + 1).ShouldBe(expected.GetProperty("labels").EnumerateArray().Select(label => label.GetInt32()));
    }

    [Fact]
    public void Models_AnyOrderOfVotes_HaveTheSameBits() => TestSeeds.Run(seed =>
    {
        var random = new Random(seed);
        var votes = Enumerable.Range(0, 300).Select(i => ($"w{random.Next(12)}", $"t{i % 40}", $"l{Math.Max(0, random.Next(5) - 2)}")).Distinct().ToArray();
        var (coin, skene) = (OneCoin.Of(VoteSet.Of(votes)), DawidSkene.Of(VoteSet.Of(votes)));
        random.Shuffle(votes);
        OneCoin.Of(VoteSet.Of(votes)).Accuracies.ShouldBe(coin.Accuracies);
        DawidSkene.Of(VoteSet.Of(votes)).LogLikelihood.ShouldBe(skene.LogLikelihood);
    });

    private static double?[] Accuracies(VoteSet votes, int?[] truth) =>
    [
        .. new[] { Majority.Of(votes), Majority.Wawa(votes).Labels, OneCoin.Of(votes).Labels, DawidSkene.Of(votes).Labels }
            .Select(labels => labels.AccuracyAgainst(truth) is { } accuracy ? Math.Round(accuracy, 4) : (double?)null),
    ];

    private static double?[] ExpectedOf(string file)
    {
        var expected = SharedFiles.Expected.GetProperty(file);
        return [expected.Number("acc_majority_fractional_ties"), expected.Number("acc_wawa"), expected.Number("acc_one_coin_ds"), expected.Number("acc_dawid_skene")];
    }
}
