using CsCheck;
using Dispatch.Engine.Forms;
using Dispatch.Engine.Forms.Shared;
using Dispatch.Engine.Quality.Agreement;
using static Dispatch.Engine.Tests.Forms.FormFixtures;

namespace Dispatch.Engine.Tests.Forms;

/// <summary>How answers are scored against known ones, compared, and added up.</summary>
public sealed class FormQualityTests
{
    [Fact]
    public void TauB_PublishedVector_IsReproduced() => KendallTau.B([12, 2, 1, 12, 2], [1, 4, 7, 1, 0])!.Value.ShouldBe(-0.471405, 5e-7);

    [Fact]
    public void TauB_Extremes_AreOneAndMinusOne_AndNothingButTiesIsUndefined()
    {
        KendallTau.B([0, 1, 2], [0, 1, 2]).ShouldBe(1);
        KendallTau.B([0, 1, 2], [2, 1, 0]).ShouldBe(-1);
        KendallTau.B([0, 0, 0], [2, 1, 0]).ShouldBeNull();
    }

    [Fact]
    public void EditDistance_AnyTexts_IsThatOfTheTextbook() =>
        Gen.Select(Gen.String[Gen.Char['a', 'd'], 0, 200], Gen.String[Gen.Char['a', 'd'], 0, 200]).Sample((first, second) =>
            EditDistance.Between(first, second).ShouldBe(Textbook(first, second)));

    [Theory]
    [InlineData("", "", 0)]
    [InlineData("", "abc", 3)]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("abc", "abc", 0)]
    [InlineData("ab", "aab", 1)]
    public void EditDistance_KnownPairs(string first, string second, int distance) => EditDistance.Between(first, second).ShouldBe(distance);

    [Theory]
    [InlineData("""{"ranking":["a","b","c"]}""", 1)]
    [InlineData("""{"ranking":["c","b","a"]}""", 0)]
    [InlineData("""{"ranking":["a","c","b"]}""", 2.0 / 3)]
    [InlineData("""{"ranking":[["a","b","c"]]}""", 0.5)]
    public void ScoreGold_Ranking_IsTauMovedToZeroAndOne(string given, double score) => Ranked().ScoreGold("""{"ranking":["a","b","c"]}""", given).ShouldBe(score, 1e-12);

    [Fact]
    public void ScoreGold_SeveralAccepted_TakesTheNearest()
    {
        Pair().ScoreGold("""{"accepted":[{"choice":"a"},{"choice":"tie"}]}""", """{"choice":"tie"}""").ShouldBe(1);
        Pair().ScoreGold("""{"accepted":[{"choice":"a"},{"choice":"tie"}]}""", """{"choice":"b"}""").ShouldBe(0.5);
        Ranked().ScoreGold("""{"accepted":[{"ranking":["a","b"]},{"ranking":["b","a"]}]}""", """{"ranking":["b","a"]}""").ShouldBe(1);
        One().ScoreGold("""{"accepted":[{"choice":"bad"},{"choice":"fair"}]}""", """{"choice":"fair"}""").ShouldBe(1);
        One().ScoreGold("""{"accepted":[{"choice":"bad"},{"choice":"fair"}]}""", """{"choice":"good"}""").ShouldBe(0);
    }

    [Theory]
    [InlineData(null, 3, 1)]
    [InlineData(null, 4, 0.5)]
    [InlineData(null, 5, 0)]
    [InlineData(""" "tolerance":1 """, 4, 1)]
    [InlineData(""" "tolerance":1 """, 5, 0.5)]
    [InlineData(""" "scoring":"quadratic" """, 4, 0.9375)]
    [InlineData(""" "scoring":"quadratic" """, 1, 0.75)]
    [InlineData(""" "tolerance":1,"scoring":"quadratic" """, 4, 1)]
    public void ScoreGold_OrdinalScale_HasTheToleranceOfItsSettings(string? rule, int given, double score)
    {
        var form = Scale($$"""{"dimensions":[{"name":"q","min":1,"max":5{{(rule is null ? "" : "," + rule)}}}]}""");
        form.ScoreGold("""{"ratings":{"q":3}}""", $$$"""{"ratings":{"q":{{{given}}}}}""").ShouldBe(score);
    }

    [Theory]
    [InlineData("bad", 0.5)]
    [InlineData("fair", 1)]
    [InlineData("good", 0.5)]
    public void ScoreGold_OrdinalOptions_GoByNearness(string given, double score) =>
        One("""{"options":["bad","fair","good"],"ordinal":true}""").ScoreGold("""{"choice":"fair"}""", $$"""{"choice":"{{given}}"}""").ShouldBe(score);

    [Theory]
    [InlineData("""["x","y"]""", """["x","y"]""", 1)]
    [InlineData("""["x","y"]""", """["y","z"]""", 1.0 / 3)]
    [InlineData("""[]""", """[]""", 1)]
    [InlineData("""[]""", """["x"]""", 0)]
    public void ManyChoices_AgreeByJaccard(string first, string second, double agreement)
    {
        Many().AgreementOf($$"""{"choices":{{first}}}""", $$"""{"choices":{{second}}}""").ShouldBe(agreement, 1e-12);
        Many().ScoreGold($$"""{"choices":{{first}}}""", $$"""{"choices":{{second}}}""").ShouldBe(agreement, 1e-12);
    }

    [Theory]
    [InlineData("The cat sat.", 1)]
    [InlineData(" The cat sat.\r\n", 1)]
    [InlineData("Teh cat sit.", 0)]
    [InlineData("The cat sit.", 2.0 / 3)]
    [InlineData("Something else altogether", 0)]
    public void ScoreGold_Correction_IsTheWayThatWasGone(string given, double score)
    {
        var known = Bind(Corrected(), """{"id":1,"prompt":"p","text":"Teh cat sit.","gold":"The cat sat."}""").KnownAnswer!;
        known.ShouldBe("""{"text":"The cat sat.","edits":3}""");
        Corrected().ScoreGold(known, System.Text.Json.JsonSerializer.Serialize(new { text = given })).ShouldBe(score, 1e-12);
    }

    [Theory]
    [InlineData("""[{"start":0,"end":10,"type":"fact"}]""", 2.0 / 3)]
    [InlineData("""[{"start":0,"end":10,"type":"fact"},{"start":20,"end":30,"type":"style"}]""", 1)]
    [InlineData("""[{"start":2,"end":10,"type":"fact"},{"start":21,"end":30,"type":"style"}]""", 1)]
    [InlineData("""[{"start":6,"end":10,"type":"fact"},{"start":20,"end":30,"type":"style"}]""", 0.5)]
    [InlineData("""[{"start":0,"end":10,"type":"style"},{"start":20,"end":30,"type":"fact"}]""", 0)]
    [InlineData("""[]""", 0)]
    public void ScoreGold_Spans_IsF1OverSpansThatCoincideByHalf(string given, double score) =>
        Marked().ScoreGold("""{"spans":[{"start":0,"end":10,"type":"fact"},{"start":20,"end":30,"type":"style"}]}""", $$"""{"spans":{{given}}}""").ShouldBe(score, 1e-12);

    [Fact]
    public void Spans_AgreeByCharactersOfTheSameType()
    {
        Marked().AgreementOf("""{"spans":[{"start":0,"end":10,"type":"fact"}]}""", """{"spans":[{"start":5,"end":15,"type":"fact"}]}""").ShouldBe(5.0 / 15, 1e-12);
        Marked().AgreementOf("""{"spans":[{"start":0,"end":10,"type":"fact"}]}""", """{"spans":[{"start":0,"end":10,"type":"style"}]}""").ShouldBe(0);
        Marked().AgreementOf("""{"spans":[{"start":0,"end":4,"type":"fact"},{"start":4,"end":8,"type":"fact"}]}""", """{"spans":[{"start":0,"end":8,"type":"fact"}]}""").ShouldBe(1);
        Marked().AgreementOf("""{"spans":[]}""", """{"spans":[]}""").ShouldBe(1);
    }

    [Fact]
    public void Preference_VotesAndMeasures()
    {
        Pair().VoteOf("""{"choice":"tie"}""").ShouldBe("tie");
        Pair().VoteOptions.ShouldBe(3);
        Pair("{}").VoteOptions.ShouldBe(2);
        Pair().Scales.Select(scale => (scale.Name, scale.Level, scale.Options)).ShouldBe([("choice", ScaleLevel.Nominal, 3), ("margin", ScaleLevel.Ordinal, 7)]);
        Pair().ValuesOf("""{"choice":"a","strength":2}""").ShouldBe([0, -2]);
        Pair().ValuesOf("""{"choice":"b","strength":3}""").ShouldBe([1, 3]);
        Pair().ValuesOf("""{"choice":"tie"}""").ShouldBe([2, 0]);
        Pair().AgreementOf("""{"choice":"a"}""", """{"choice":"tie"}""").ShouldBe(0.5);
        Pair().AgreementOf("""{"choice":"a"}""", """{"choice":"b"}""").ShouldBe(0);
    }

    [Fact]
    public void Rating_MeasuresEachDimension_AndVotesWhenItHasOne()
    {
        Scale().VoteOf("""{"ratings":{"helpfulness":3,"safety":2}}""").ShouldBeNull();
        Scale().ValuesOf("""{"ratings":{"helpfulness":3,"safety":2}}""").ShouldBe([3, 2]);
        Scale().Scales.Select(scale => (scale.Min, scale.Options)).ShouldBe([(1, 5), (0, 3)]);
        Scale().AgreementOf("""{"ratings":{"helpfulness":1,"safety":0}}""", """{"ratings":{"helpfulness":5,"safety":1}}""").ShouldBe((0 + 0.75) / 2);
        Scale("""{"dimensions":[{"name":"q","min":1,"max":5}]}""").VoteOf("""{"ratings":{"q":4}}""").ShouldBe("4");
    }

    [Fact]
    public void Choice_VotesAndMeasures()
    {
        One().VoteOf("""{"choice":"fair"}""").ShouldBe("fair");
        One().ValuesOf("""{"choice":"fair"}""").ShouldBe([1]);
        (One().VoteOptions, Many().VoteOptions).ShouldBe((3, 0));
        Many().VoteOf("""{"choices":["x"]}""").ShouldBeNull();
        Many().ValuesOf("""{"choices":["x","z"]}""").ShouldBe([1, 0, 1]);
        Many().Scales.ShouldAllBe(scale => scale.Options == 2);
    }

    private static int Textbook(string first, string second)
    {
        var row = Enumerable.Range(0, second.Length + 1).ToArray();
        for (var i = 1; i <= first.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= second.Length; j++)
            {
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (first[i - 1] == second[j - 1] ? 0 : 1)));
            }
        }

        return row[^1];
    }
}
