using Dispatch.Engine.Forms;
using Dispatch.Engine.Quality.Agreement;
using Dispatch.Engine.Tests.Forms;
using Dispatch.TestKit;

namespace Dispatch.Engine.Tests.Quality.Agreement;

/// <summary>α over whole answers. The vectors were worked by hand: two units of two answers, so D_o is half the sum of both distances, and D_e the mean over six pairs.</summary>
public sealed class DistanceAlphaTests
{
    [Fact]
    public void Ranking_WorkedByHand()
    {
        // abc–acb differ in one pair of three: τ = 1/3, δ = 1/3. D_o = 1/6; D_e = (1/3 + 2·1 + 2·2/3 + 0)/6 = 11/18; α = 1 − 3/11.
        Of(FormFixtures.Ranked(), [[Ranking("a", "b", "c"), Ranking("a", "c", "b")], [Ranking("c", "b", "a"), Ranking("c", "b", "a")]]).Alpha!.Value.ShouldBe(8 / 11.0, 1e-12);
    }

    [Fact]
    public void Correction_WorkedByHand()
    {
        // abcd–abcx is one edit of four. D_o = 1/8; D_e = (1/4 + 4·1 + 0)/6 = 17/24; α = 1 − 3/17.
        Of(FormFixtures.Corrected(), [[Text("abcd"), Text("abcx")], [Text("wxyz"), Text("wxyz")]]).Alpha!.Value.ShouldBe(14 / 17.0, 1e-12);
    }

    [Fact]
    public void Spans_WorkedByHand()
    {
        // 0–4 and 2–6 share two characters of six: δ = 2/3. D_o = 1/3; D_e = (2/3 + 4·1 + 0)/6 = 7/9; α = 1 − 3/7.
        Of(FormFixtures.Marked(), [[Span(0, 4), Span(2, 6)], [Span(10, 12), Span(10, 12)]]).Alpha!.Value.ShouldBe(4 / 7.0, 1e-12);
    }

    [Fact]
    public void Nominal_IsThatOfTheTally() => TestSeeds.Run(seed =>
    {
        var random = new Random(seed);
        int[][] units = [.. Enumerable.Range(0, 30).Select(_ => Enumerable.Range(0, random.Next(1, 5)).Select(_ => random.Next(3)).ToArray())];
        var tally = AgreementTally.OfNames(3);
        foreach (var unit in units) tally.Add(unit);
        var alpha = DistanceAlpha.Of(units.Select(unit => (IReadOnlyList<string>)[.. unit.Select(vote => $"{vote}")]), (first, second) => first == second ? 0 : 1);
        alpha.Values.ShouldBeLessThanOrEqualTo(DistanceAlpha.ExpectedMax, "up to here it is exact");
        alpha.Alpha!.Value.ShouldBe(tally.KrippendorffAlpha(Scale.Nominal)!.Value, 1e-12);
        alpha.Units.ShouldBe((int)tally.PairedUnits);
    });

    [Fact]
    public void ManyAnswers_AreSampled_AndComeClose()
    {
        var random = new Random(5);
        IReadOnlyList<string>[] units = [.. Enumerable.Range(0, 1_000).Select(_ => random.Next(2)).Select(truth => (IReadOnlyList<string>)[.. Enumerable.Range(0, 3).Select(_ => $"{(random.NextDouble() < 0.8 ? truth : 1 - truth)}")])];
        var calls = 0;
        var alpha = DistanceAlpha.Of(units, (first, second) =>
        {
            calls++;
            return first == second ? 0 : 1;
        });
        alpha.Alpha!.Value.ShouldBe(0.36, 0.05);
        calls.ShouldBe(3_000 + (DistanceAlpha.ExpectedMax * (DistanceAlpha.ExpectedMax - 1) / 2), "the work is bounded");
    }

    [Fact]
    public void Nothing_IsSaidWithItsReason()
    {
        DistanceAlpha.Of([], Equal).Reason.ShouldBe("No task has two answers that can be compared yet.");
        DistanceAlpha.Of([["a"], ["b"]], Equal).Reason.ShouldBe("No task has two answers that can be compared yet.");
        var same = DistanceAlpha.Of([["a", "a"], ["a", "a"]], Equal);
        (same.Alpha, same.Observed, same.Units).ShouldBe((null, 0.0, 2));
        same.Reason.ShouldBe("All answers are the same: what chance would do cannot be said.");
    }

    [Fact]
    public void Rankings_OfOtherNumbers_AreNotCompared()
    {
        var form = FormFixtures.Ranked();
        form.Distance!.Between(Ranking("a", "b"), Ranking("a", "b", "c")).ShouldBeNull();
        Of(form, [[Ranking("a", "b"), Ranking("b", "a")], [Ranking("a", "b", "c"), Ranking("a", "b", "c")]]).Alpha.ShouldNotBeNull();
    }

    [Fact]
    public void EveryForm_HasScalesOrADistance()
    {
        foreach (var form in new[] { FormFixtures.Pair(), FormFixtures.Scale(), FormFixtures.Ranked(), FormFixtures.One(), FormFixtures.Many(), FormFixtures.Corrected(), FormFixtures.Marked() }) (form.Scales.Count > 0 || form.Distance is not null).ShouldBeTrue(form.GetType().Name);
    }

    [Fact]
    public void AScaleWithoutAlpha_SaysWhy()
    {
        AgreementReasons.Of(null, null)!.ShouldContain("more than 64 values", Case.Sensitive);
        var tally = AgreementTally.OfNames(2);
        tally.Add([0]);
        AgreementReasons.Of(tally, tally.KrippendorffAlpha(Scale.Nominal)).ShouldBe("No judged task has two answers yet.");
        tally.Add([0, 0]);
        AgreementReasons.Of(tally, tally.KrippendorffAlpha(Scale.Nominal))!.ShouldContain("All answers are the same", Case.Sensitive);
        tally.Add([0, 1]);
        AgreementReasons.Of(tally, tally.KrippendorffAlpha(Scale.Nominal)).ShouldBeNull();
    }

    private static double? Equal(string first, string second) => first == second ? 0 : 1;

    private static DistanceAgreement Of(ICompiledForm form, IReadOnlyList<IReadOnlyList<string>> units) => DistanceAlpha.Of(units, form.Distance!.Between);

    private static string Ranking(params string[] keys) => $$"""{"ranking":[{{string.Join(',', keys.Select(key => $"[\"{key}\"]"))}}]}""";

    private static string Text(string text) => $$"""{"text":"{{text}}"}""";

    private static string Span(int start, int end) => $$"""{"spans":[{"start":{{start}},"end":{{end}},"type":"fact","severity":"minor"}]}""";
}
