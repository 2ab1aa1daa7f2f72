using System.Globalization;
using CsCheck;
using Dispatch.Engine.Forms;
using static Dispatch.Engine.Tests.Forms.FormFixtures;

namespace Dispatch.Engine.Tests.Forms;

/// <summary>What several answers say together.</summary>
public sealed class AggregateTests
{
    [Fact]
    public void NoAnswers_SayNothing()
    {
        foreach (var form in (ICompiledForm[])[Pair(), Scale(), Ranked(), One(), Many(), Corrected(), Marked()]) form.Aggregate([]).ShouldBeNull();
    }

    [Fact]
    public void Preference_IsTheMajority_WithItsShare()
    {
        var agreed = Pair().Aggregate(["""{"choice":"b","strength":3}""", """{"choice":"tie"}""", """{"choice":"b","strength":1,"reason":"r"}"""])!;
        agreed.Answer.ShouldBe("""{"choice":"b"}""");
        (agreed.Confidence, agreed.Method, agreed.Answers, agreed.IsTied).ShouldBe((2.0 / 3, "majority", 3, false));
        agreed.Votes.ShouldBe(new Dictionary<string, int> { ["b"] = 2, ["tie"] = 1 }, ignoreOrder: true);
        var split = Pair().Aggregate(["""{"choice":"b"}""", """{"choice":"a"}"""])!;
        (split.Answer, split.Confidence, split.IsTied).ShouldBe(("""{"choice":"a"}""", 0.5, true));
    }

    [Fact]
    public void Rating_IsTheMedianOfEachDimension()
    {
        string Rated(int helpfulness, int safety) => $$$"""{"ratings":{"helpfulness":{{{helpfulness}}},"safety":{{{safety}}}}}""";
        var agreed = Scale().Aggregate([Rated(1, 2), Rated(4, 2), Rated(5, 2)])!;
        (agreed.Answer, agreed.Confidence, agreed.Method, agreed.IsTied).ShouldBe((Rated(4, 2), (1.0 / 3 + 1) / 2, "median", false));
        var even = Scale().Aggregate([Rated(5, 0), Rated(2, 0)])!;
        (even.Answer, even.IsTied).ShouldBe((Rated(2, 0), true));
        Scale("""{"dimensions":[{"name":"q","tolerance":1}]}""").Aggregate(["""{"ratings":{"q":3}}""", """{"ratings":{"q":4}}"""])!.Confidence.ShouldBe(1);
    }

    [Fact]
    public void Ranking_IsBorda()
    {
        // Points: a 2+2+0 = 4, b 1+0+2 = 3, c 0+1+1 = 2.
        var agreed = Ranked().Aggregate(["""{"ranking":["a","b","c"]}""", """{"ranking":["a","c","b"]}""", """{"ranking":["b","c","a"]}"""])!;
        (agreed.Answer, agreed.Method, agreed.IsTied).ShouldBe(("""{"ranking":["a","b","c"]}""", "borda", false));
        agreed.Confidence.ShouldBe((1 + (2.0 / 3) + (1.0 / 3)) / 3, 1e-12);
        var circle = Ranked("""{"ties":true}""").Aggregate(["""{"ranking":["a","b"]}""", """{"ranking":["b","a"]}"""])!;
        (circle.Answer, circle.IsTied).ShouldBe(("""{"ranking":[["a","b"]]}""", true));
    }

    [Fact]
    public void Choice_IsTheMajority_OrTheMedianOfSteps()
    {
        string[] answers = ["""{"choice":"bad"}""", """{"choice":"good"}""", """{"choice":"good"}""", """{"choice":"bad"}""", """{"choice":"fair"}"""];
        One().Aggregate(answers)!.IsTied.ShouldBeTrue();
        var median = One("""{"options":["bad","fair","good"],"ordinal":true}""").Aggregate(answers)!;
        (median.Answer, median.Method, median.Confidence).ShouldBe(("""{"choice":"fair"}""", "median", 0.2));
    }

    [Fact]
    public void ManyChoices_AreWhatMoreThanHalfChose_WithinTheAllowedNumber()
    {
        string[] answers = ["""{"choices":["x","y"]}""", """{"choices":["x"]}""", """{"choices":["x","z"]}"""];
        Many().Aggregate(answers)!.Answer.ShouldBe("""{"choices":["x"]}""");
        Many("""{"options":["x","y","z"],"multiple":true,"min":2}""").Aggregate(answers)!.Answer.ShouldBe("""{"choices":["x","y"]}""");
        Many().Aggregate(["""{"choices":["x"]}""", """{"choices":["y"]}"""])!.ShouldSatisfyAllConditions(split => split.Answer.ShouldBe("""{"choices":[]}"""), split => split.IsTied.ShouldBeTrue());
    }

    [Fact]
    public void Correction_IsTheMostCentralAnswer() =>
        Corrected().Aggregate(["""{"text":"the cat sat"}""", """{"text":"the cat sat."}""", """{"text":"a dog stood there"}"""])!.Answer.ShouldBe("""{"text":"the cat sat"}""");

    [Fact]
    public void Spans_AreWhatMoreThanHalfCover_WithTheSeverityMostGave()
    {
        var agreed = Marked().Aggregate(
        [
            """{"spans":[{"start":0,"end":10,"type":"fact","severity":"major"}]}""",
            """{"spans":[{"start":4,"end":12,"type":"fact","severity":"major"}]}""",
            """{"spans":[{"start":6,"end":8,"type":"fact","severity":"minor"},{"start":20,"end":25,"type":"style","severity":"minor"}]}""",
        ])!;
        (agreed.Answer, agreed.Method, agreed.IsTied).ShouldBe(("""{"spans":[{"start":4,"end":10,"type":"fact","severity":"major"}]}""", "character_majority", false));
        Marked().Aggregate(["""{"spans":[]}""", """{"spans":[]}"""])!.ShouldSatisfyAllConditions(none => none.Answer.ShouldBe("""{"spans":[]}"""), none => none.Confidence.ShouldBe(1));
    }

    [Fact]
    public void AnyAnswers_AgreementIsSymmetricAndBounded_AndOrderDoesNotMatter() => Gen.OneOf(Ratings, Orders, Sets, Markings).Sample(sample =>
    {
        var (form, answers) = sample;
        foreach (var first in answers)
        {
            form.AgreementOf(first, first).ShouldBe(1, 1e-12);
            form.ScoreGold(first, first).ShouldBe(1, 1e-12);
            foreach (var second in answers)
            {
                form.AgreementOf(first, second).ShouldBeInRange(0, 1);
                form.AgreementOf(first, second).ShouldBe(form.AgreementOf(second, first), 1e-12);
                form.ScoreGold(first, second).ShouldBeInRange(0, 1);
            }
        }

        var (agreed, reversed) = (form.Aggregate(answers)!, form.Aggregate([.. answers.Reverse()])!);
        agreed.Answer.ShouldBe(reversed.Answer);
        agreed.Confidence.ShouldBe(reversed.Confidence, 1e-12);
        agreed.Confidence.ShouldBeInRange(0, 1 + 1e-12);
        form.Aggregate([answers[0], answers[0], answers[0]])!.Confidence.ShouldBe(1, 1e-12);
    });

    private static readonly Gen<(ICompiledForm, string[])> Ratings =
        Gen.Select(Gen.Int[1, 5], Gen.Int[0, 2]).Select(pair => $$$"""{"ratings":{"helpfulness":{{{pair.Item1}}},"safety":{{{pair.Item2}}}}}""").Array[1, 6].Select(answers => (Scale(), answers));

    private static readonly Gen<(ICompiledForm, string[])> Orders =
        Gen.Shuffle(new[] { "a", "b", "c", "d" }).Select(order => $$"""{"ranking":[{{string.Join(',', order.Select(key => $"\"{key}\""))}}]}""").Array[1, 6].Select(answers => (Ranked(), answers));

    private static readonly Gen<(ICompiledForm, string[])> Sets =
        Gen.Bool.Array[3].Select(chosen => $$"""{"choices":[{{string.Join(',', new[] { "\"x\"", "\"y\"", "\"z\"" }.Where((_, i) => chosen[i]))}}]}""").Array[1, 6].Select(answers => (Many(), answers));

    private static readonly Gen<(ICompiledForm, string[])> Markings =
        Gen.Int[0, 20].Array[4].Select(cuts =>
        {
            int[] sorted = [.. cuts.Distinct().Order()];
            var spans = sorted.Zip(sorted.Skip(1)).Where((_, i) => i % 2 == 0).Select((pair, i) => string.Create(CultureInfo.InvariantCulture, $$"""{"start":{{pair.First}},"end":{{pair.Second}},"type":"{{(i % 2 == 0 ? "fact" : "style")}}","severity":"minor"}"""));
            return $$"""{"spans":[{{string.Join(',', spans)}}]}""";
        }).Array[1, 6].Select(answers => (Marked(), answers));
}
