using System.Globalization;
using Dispatch.Engine.Quality.Agreement;
using Dispatch.TestKit;

namespace Dispatch.Engine.Tests.Quality.Agreement;

public sealed class AgreementTallyTests
{
    private static readonly Scale[] Scales = [Scale.Nominal, Scale.Ordinal, Scale.Interval, Scale.Ratio];

    // Krippendorff's and Gwet's example: four raters, twelve units, values 1 to 5; 0 is missing.
    private static readonly int[][] FourRaters =
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 0],
        [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 3],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
    ];

    private static AgreementTally OneToFive() => new([1, 2, 3, 4, 5]);

    private static AgreementTally Of(AgreementTally tally, IEnumerable<int[]> units)
    {
        foreach (var unit in units) tally.Add(unit);
        return tally;
    }

    private static int[][] UnitsOfFourRaters() => [.. Enumerable.Range(0, 12).Select(unit => FourRaters.Select(rater => rater[unit] - 1).Where(vote => vote >= 0).ToArray())];

    [Fact]
    public void Figures_FourRatersTwelveUnits_ArePublished()
    {
        var tally = Of(OneToFive(), UnitsOfFourRaters());

        Math.Round(tally.GwetAc1()!.Value, 5).ShouldBe(0.77544);
        Math.Round(tally.FleissKappa()!.Value, 5).ShouldBe(0.76117);
        Scales.Select(scale => Math.Round(tally.KrippendorffAlpha(scale)!.Value, 5)).ShouldBe([0.74342, 0.81539, 0.84911, 0.7974]);
    }

    [Fact]
    public void FleissKappa_TextbookTable_IsPublished()
    {
        int[][] table =
        [
            [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
            [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
        ];
        var tally = Of(AgreementTally.OfNames(5), table.Select(row => row.SelectMany((count, value) => Enumerable.Repeat(value, count)).ToArray()));

        Math.Round(tally.FleissKappa()!.Value, 4).ShouldBe(0.2099);
        Math.Round(tally.Observed()!.Value, 3).ShouldBe(0.378);
        (tally.Votes, tally.PairedUnits).ShouldBe((140, 10));
    }

    [SharedDataFact]
    public void Alpha_RealOrdinalRatings_IsPublished()
    {
        var ratings = SharedFiles.Rows("ordinal_ratings_4level.csv").Where(row => row[2].Length > 0).Select(row => (Task: row[1], Rating: SharedFiles.Whole(row[2]))).ToArray();
        var tally = Of(new AgreementTally([1, 2, 3, 4]), ratings.GroupBy(row => row.Task).Select(unit => unit.Select(row => row.Rating - 1).ToArray()));
        var expected = SharedFiles.Expected.GetProperty("ordinal_ratings_4level");

        tally.Votes.ShouldBe(expected.GetProperty("ratings").GetInt64());
        Math.Round(tally.KrippendorffAlpha(Scale.Nominal)!.Value, 5).ShouldBe(expected.Number("krippendorff_nominal"));
        Math.Round(tally.KrippendorffAlpha(Scale.Ordinal)!.Value, 5).ShouldBe(expected.Number("krippendorff_ordinal"));
        Math.Round(tally.KrippendorffAlpha(Scale.Interval)!.Value, 5).ShouldBe(expected.Number("krippendorff_interval"));
    }

    [Fact]
    public void Replace_RandomVotesInRandomOrder_HasTheBitsOfTheBatch() => TestSeeds.Run(seed =>
    {
        var random = new Random(seed);
        for (var round = 0; round < 30; round++)
        {
            var votes = Enumerable.Range(0, random.Next(1, 30)).Select(_ => new List<int>()).ToArray();
            var live = OneToFive();
            for (var step = 0; step < 200; step++)
            {
                var unit = votes[random.Next(votes.Length)];
                int[] before = [.. unit];
                if (unit.Count > 0 && random.Next(4) == 0) unit.RemoveAt(random.Next(unit.Count));
                else if (unit.Count > 0 && random.Next(4) == 0) unit[random.Next(unit.Count)] = random.Next(5);
                else if (unit.Count < 7) unit.Add(random.Next(5));
                int[] after = [.. unit];
                random.Shuffle(before);
                live.Replace(before, after);
            }

            random.Shuffle(votes);
            Figures(live).ShouldBe(Figures(Of(OneToFive(), votes.Select(unit => unit.ToArray()))));
        }
    });

    [Fact]
    public void Alpha_RandomVotes_IsThatOfTheDefinition() => TestSeeds.Run(seed =>
    {
        var random = new Random(seed);
        var units = Enumerable.Range(0, 40).Select(_ => Enumerable.Range(0, random.Next(0, 6)).Select(_ => random.Next(5)).ToArray()).ToArray();
        var tally = Of(OneToFive(), units);
        foreach (var scale in Scales) tally.KrippendorffAlpha(scale)!.Value.ShouldBe(Naive(units, scale), 1e-12);
    });

    [Fact]
    public void Figures_NothingToCompare_AreNull()
    {
        Figures(OneToFive()).ShouldAllBe(figure => figure == null);
        Figures(Of(OneToFive(), [[1], [2], []])).ShouldAllBe(figure => figure == null);
    }

    [Fact]
    public void Figures_EveryVoteTheSame_AreNullWhereChanceExplainsIt()
    {
        var tally = Of(OneToFive(), [[2, 2, 2], [2, 2]]);
        Scales.ShouldAllBe(scale => tally.KrippendorffAlpha(scale) == null);
        tally.FleissKappa().ShouldBeNull();
        tally.GwetAc1().ShouldBe(1);
        AgreementTally.OfNames(1).GwetAc1().ShouldBeNull();
    }

    [Fact]
    public void Change_WhatIsNotThere_Throws()
    {
        var tally = OneToFive();
        Should.Throw<ArgumentOutOfRangeException>(() => tally.Add([5]));
        Should.Throw<InvalidOperationException>(() => tally.Remove([1, 2]));
        Should.Throw<ArgumentException>(() => new AgreementTally([2, 1]));
        Should.Throw<ArgumentException>(() => new AgreementTally([]));
    }

    private static double?[] Figures(AgreementTally tally) =>
        [tally.Observed(), tally.FleissKappa(), tally.GwetAc1(), .. Scales.Select(tally.KrippendorffAlpha)];

    // D_o and D_e summed over single pairs of votes, as the definition has them.
    private static double Naive(int[][] units, Scale scale)
    {
        var paired = units.Where(unit => unit.Length >= 2).ToArray();
        var all = paired.SelectMany(unit => unit).ToArray();
        var counts = Enumerable.Range(0, 5).Select(value => all.Count(vote => vote == value)).ToArray();
        double Distance(int c, int k)
        {
            var (low, high) = (Math.Min(c, k), Math.Max(c, k));
            return scale.Kind switch
            {
                ScaleKind.Nominal => c == k ? 0 : 1,
                ScaleKind.Ordinal => Math.Pow(Enumerable.Range(low, high - low + 1).Sum(g => counts[g]) - ((counts[low] + counts[high]) / 2.0), 2),
                ScaleKind.Interval => Math.Pow(high - low, 2),
                _ => Math.Pow((high - low) / (double)(high + low + 2), 2),
            };
        }

        var observed = paired.Sum(unit => unit.SelectMany((c, i) => unit.Where((_, j) => i != j).Select(k => Distance(c, k))).Sum() / (unit.Length - 1)) / all.Length;
        var expected = all.SelectMany((c, i) => all.Where((_, j) => i != j).Select(k => Distance(c, k))).Sum() / (all.Length * (double)(all.Length - 1));
        return 1 - (observed / expected);
    }
}
