using Dispatch.Engine.Quality.Agreement;
using Dispatch.TestKit;

namespace Dispatch.Engine.Tests.Quality.Agreement;

public sealed class TwoRatersTests
{
    private static readonly double[,] Abstractors = { { 13, 0, 0 }, { 0, 20, 7 }, { 0, 4, 56 } };

    [Fact]
    public void Cohen_Abstractors_IsPublished() => Math.Round(CohenKappa.Of(Abstractors)!.Value, 5).ShouldBe(0.79641);

    [Fact]
    public void Cohen_Weighted_IsThatOfTheDisagreementForm() => TestSeeds.Run(seed =>
    {
        // 1 − Σ v·o / Σ v·e with v the distance: the same figure, written the other way round.
        var random = new Random(seed);
        var table = new double[4, 4];
        foreach (ref var cell in System.Runtime.InteropServices.MemoryMarshal.CreateSpan(ref table[0, 0], 16)) cell = random.Next(1, 20);
        CohenKappa.Of(table, KappaWeights.Linear)!.Value.ShouldBe(ByDisagreement(table, distance => distance), 1e-12);
        CohenKappa.Of(table, KappaWeights.Quadratic)!.Value.ShouldBe(ByDisagreement(table, distance => distance * distance), 1e-12);
        CohenKappa.Of(table)!.Value.ShouldBe(ByDisagreement(table, distance => distance == 0 ? 0 : 1), 1e-12);
    });

    [Fact]
    public void Cohen_NothingOrNoChanceToDiffer_IsNull()
    {
        CohenKappa.Of(new double[3, 3]).ShouldBeNull();
        CohenKappa.Of([1, 1, 1], [1, 1, 1], 3).ShouldBeNull();
        CohenKappa.Of([0, 1, 0, 1], [0, 1, 0, 1], 2).ShouldBe(1);
    }

    [Fact]
    public void KendallTau_WithTies_IsPublished() => Math.Round(KendallTau.B([12, 2, 1, 12, 2], [1, 4, 7, 1, 0])!.Value, 6).ShouldBe(-0.471405);

    [Fact]
    public void KendallTau_SameReversedAndTied_AreOneMinusOneAndNull()
    {
        KendallTau.B([1, 2, 3], [2, 4, 9]).ShouldBe(1);
        KendallTau.B([1, 2, 3], [3, 2, 1]).ShouldBe(-1);
        KendallTau.B([1, 1, 1], [3, 2, 1]).ShouldBeNull();
        KendallTau.B([], []).ShouldBeNull();
    }

    private static double ByDisagreement(double[,] table, Func<int, double> distance)
    {
        var cells = Enumerable.Range(0, 4).SelectMany(i => Enumerable.Range(0, 4).Select(j => (i, j))).ToArray();
        var total = cells.Sum(cell => table[cell.i, cell.j]);
        double Row(int i) => Enumerable.Range(0, 4).Sum(j => table[i, j]);
        double Column(int j) => Enumerable.Range(0, 4).Sum(i => table[i, j]);
        return 1 - (cells.Sum(cell => distance(Math.Abs(cell.i - cell.j)) * table[cell.i, cell.j]) / cells.Sum(cell => distance(Math.Abs(cell.i - cell.j)) * Row(cell.i) * Column(cell.j) / total));
    }
}
