using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Engine.Forms;
using static Dispatch.Engine.Tests.Forms.FormFixtures;

namespace Dispatch.Engine.Tests.Forms;

/// <summary>Known answers as data sets spell them, and what the binding may say of numbers.</summary>
public sealed class KnownSpellingTests
{
    private static LineBinding Read(string type, string settings, string binding, string line)
    {
        var compiled = Catalog.Compile(type, settings, binding);
        compiled.Refusals.Select(refusal => $"{refusal.Place}: {refusal.Message}").ShouldBeEmpty();
        using var document = JsonDocument.Parse(line);
        return compiled.Form!.Bind(document.RootElement);
    }

    private static LineBinding Pair(string known, string value, bool tie = true) => Read(
        "preference",
        tie ? """{"tie":true}""" : "{}",
        $$"""{"id":"id","prompt":"p","responses":["l","r"],"known":{{known}}}""",
        $$"""{"id":1,"p":"q","l":"x","r":"y","gold":{{value}},"score_l":7,"score_r":9.5}""");

    [Theory]
    [InlineData("\"A\"", "a")]
    [InlineData("\" b \"", "b")]
    [InlineData("\"model_a\"", "a")]
    [InlineData("\"Model B\"", "b")]
    [InlineData("\"response_b\"", "b")]
    [InlineData("\"left\"", "a")]
    [InlineData("\"Right\"", "b")]
    [InlineData("\"L\"", "a")]
    [InlineData("\"[[B]]\"", "b")]
    [InlineData("\"tie (bothbad)\"", "tie")]
    [InlineData("\"both\"", "tie")]
    [InlineData("\"TIE\"", "tie")]
    [InlineData("{\"choice\":\"b\",\"strength\":2,\"reason\":\"r\"}", "b")]
    public void Preference_OrdinarySpellings_AreTaken(string value, string choice) =>
        Pair("\"gold\"", value).KnownAnswer.ShouldBe($$"""{"choice":"{{choice}}"}""");

    [Theory]
    [InlineData("\"\"")]
    [InlineData("null")]
    [InlineData("\"N/A\"")]
    [InlineData("\"  \"")]
    public void EmptyValues_OfEveryForm_MeanNone(string value)
    {
        Pair("\"gold\"", value).ShouldSatisfyAllConditions(bound => bound.Refusal.ShouldBeNull(), bound => bound.KnownAnswer.ShouldBeNull());
        foreach (var (form, line) in (IEnumerable<(ICompiledForm, string)>)
        [
            (Scale(), $$"""{"id":1,"text":"t","gold":{{value}}}"""),
            (Scale("""{"dimensions":[{"name":"q"}]}"""), $$"""{"id":1,"text":"t","gold":{{value}}}"""),
            (One(), $$"""{"id":1,"prompt":"p","text":"t","gold":{{value}}}"""),
            (Many(), $$"""{"id":1,"text":"t","gold":{{value}}}"""),
            (Marked(), $$"""{"id":1,"text":"t","gold":{{value}}}"""),
            (Ranked(binding: """{"id":"id","prompt":"p","responses":["x","y"],"known":"gold"}"""), $$"""{"id":1,"p":"p","x":"1","y":"2","gold":{{value}}}"""),
        ])
        {
            var bound = Bind(form, line);
            bound.Refusal.ShouldBeNull();
            bound.KnownAnswer.ShouldBeNull();
        }
    }

    [Fact]
    public void Correction_EmptyField_IsNoCorrection() => Bind(Corrected(), """{"id":1,"prompt":"p","text":"t","gold":""}""").ShouldSatisfyAllConditions(
        bound => bound.Refusal.ShouldBeNull(),
        bound => bound.KnownAnswer.ShouldBeNull());

    /// <summary>The number as the data set has it, what the binding says of it, and who is better.</summary>
    [Theory]
    [InlineData("first_is_0", "0", "a")]
    [InlineData("first_is_0", "\"1\"", "b")]
    [InlineData("first_is_1", "1", "a")]
    [InlineData("first_is_1", "2.0", "b")]
    [InlineData("first_is_1", "0", null)]
    [InlineData("winner_is_1", "1", "a")]
    [InlineData("winner_is_1", "0", "b")]
    [InlineData("winner_is_1", "0.5", "tie")]
    [InlineData("winner_is_1", "true", "a")]
    [InlineData("positive_is_second", "-2", "a")]
    [InlineData("positive_is_second", "0", "tie")]
    [InlineData("positive_is_second", "3", "b")]
    [InlineData("positive_is_first", "1", "a")]
    [InlineData("highest_best", "[3, 9]", "b")]
    [InlineData("highest_best", "[\"9\", 9.0]", "tie")]
    [InlineData("lowest_best", "[3, 9]", "a")]
    [InlineData("lowest_best", "3", null)]
    public void Preference_Numbers_MeanWhatTheBindingSays(string numbers, string value, string? choice)
    {
        var bound = Pair($$"""{"field":"gold","numbers":"{{numbers}}"}""", value);
        bound.KnownAnswer.ShouldBe(choice is null ? null : $$"""{"choice":"{{choice}}"}""");
        bound.Notes.ShouldBeEmpty();
        bound.Refusal?.Place.ShouldBe("$.gold");
        (bound.Refusal is null).ShouldBe(choice is not null);
    }

    [Fact]
    public void Preference_NumbersWithoutMeaning_AreTakenWithAWarning()
    {
        foreach (var value in (string[])["0", "1", "\"1\"", "1.0"])
        {
            var bound = Pair("\"gold\"", value);
            bound.KnownAnswer.ShouldBe(value == "0" ? """{"choice":"a"}""" : """{"choice":"b"}""");
            bound.Notes.ShouldHaveSingleItem().Kind.ShouldBe("numbers_without_meaning");
        }

        Pair("\"gold\"", "2").Refusal!.Message.ShouldContain("does not say what the number means");
    }

    [Fact]
    public void Preference_ScoresInTwoFields_AreCompared()
    {
        Pair("""{"fields":["score_l","score_r"],"numbers":"highest_best"}""", "null").KnownAnswer.ShouldBe("""{"choice":"b"}""");
        Pair("""{"fields":["score_l","score_r"],"numbers":"lowest_best"}""", "null").KnownAnswer.ShouldBe("""{"choice":"a"}""");
    }

    [Theory]
    [InlineData("1", """{"choice":"a"}""")]
    [InlineData("\"1\"", """{"choice":"a"}""")]
    [InlineData("0", """{"choice":"b"}""")]
    [InlineData("\"Skip\"", null)]
    [InlineData("\"\"", null)]
    public void Map_SaysWhatValuesMean(string value, string? known)
    {
        var bound = Pair("""{"field":"gold","map":{"1":"a","0":"b","skip":null}}""", value);
        (bound.Refusal, bound.KnownAnswer).ShouldBe((null, known));
        bound.Notes.ShouldBeEmpty();
    }

    [Fact]
    public void Map_LacksANumber_IsRefused() => Pair("""{"field":"gold","map":{"1":"a"}}""", "0").Refusal!.Message.ShouldContain("map");

    [Fact]
    public void TieWhereNoneIsAllowed_IsTakenWithoutKnownAnswerAndNoted()
    {
        var bound = Pair("\"gold\"", "\"tie (bothbad)\"", tie: false);
        (bound.Refusal, bound.KnownAnswer).ShouldBe((null, null));
        bound.Notes.ShouldHaveSingleItem().Kind.ShouldBe("tie_not_allowed");
    }

    [Theory]
    [InlineData("""{"field":"gold","numbers":"backwards"}""", "$.form.binding.known.numbers")]
    [InlineData("""{"numbers":"first_is_0"}""", "$.form.binding.known.field")]
    [InlineData("""{"field":"gold","fields":["a","b"]}""", "$.form.binding.known.fields")]
    [InlineData("""{"field":"gold","map":[]}""", "$.form.binding.known.map")]
    [InlineData("""{"field":"gold","colour":1}""", "$.form.binding.known.colour")]
    [InlineData("""{"field":"l"}""", "$.form.binding.known")]
    [InlineData("7", "$.form.binding.known")]
    public void Binding_Nonsense_IsRefusedAtThePlace(string known, string place) =>
        Catalog.Compile("preference", "{}", $$"""{"id":"id","prompt":"p","responses":["l","r"],"known":{{known}}}""").Refusals.ShouldContain(refusal => refusal.Place == place);

    [Theory]
    [InlineData("\"4\"", 4)]
    [InlineData("4.0", 4)]
    [InlineData("\" 4 \"", 4)]
    [InlineData("10", 10)]
    [InlineData("0", 0)]
    [InlineData("4.5", null)]
    [InlineData("11", null)]
    public void Rating_NumbersInAnySpelling_AreStepsOfTheScale(string value, int? step)
    {
        var bound = Read("rating", """{"dimensions":[{"name":"q","min":0,"max":10}]}""", """{"response":"t","known":"gold"}""", $$"""{"t":"x","gold":{{value}}}""");
        bound.KnownAnswer.ShouldBe(step is null ? null : $$$"""{"ratings":{"q":{{{step}}}}}""");
        (bound.Refusal is null).ShouldBe(step is not null);
    }

    [Fact]
    public void Rating_FieldsOfTheirOwn_MakeOneAnswer()
    {
        const string Settings = """{"dimensions":[{"name":"help","min":0,"max":4},{"name":"truth","min":0,"max":4}]}""";
        const string Binding = """{"prompt":"prompt","response":"response","known":{"fields":{"help":"helpfulness","truth":"correctness"}}}""";
        Read("rating", Settings, Binding, """{"prompt":"p","response":"r","helpfulness":3,"correctness":4}""").KnownAnswer.ShouldBe("""{"ratings":{"help":3,"truth":4}}""");
        Read("rating", Settings, Binding, """{"prompt":"p","response":"r"}""").ShouldSatisfyAllConditions(bound => bound.Refusal.ShouldBeNull(), bound => bound.KnownAnswer.ShouldBeNull());
        Read("rating", Settings, Binding, """{"prompt":"p","response":"r","helpfulness":3}""").Refusal!.Message.ShouldContain("lacks a dimension");
    }

    [Theory]
    [InlineData("\"SAFE\"", "safe")]
    [InlineData("\"Is safe\"", "safe")]
    [InlineData("[\"safe\"]", "safe")]
    [InlineData("1", "unsafe")]
    public void Choice_KeysLabelsAndIndices_AreTaken(string value, string key) =>
        Read("choice", """{"options":[{"key":"safe","label":"Is safe"},"unsafe"]}""", """{"response":"t","known":{"field":"gold","numbers":"first_is_0"}}""", $$"""{"t":"x","gold":{{value}}}""").KnownAnswer.ShouldBe($$"""{"choice":"{{key}}"}""");

    [Theory]
    [InlineData("highest_best", "[1, 3, 2]", "\"b\",\"c\",\"a\"")]
    [InlineData("lowest_best", "[1, 3, 2]", "\"a\",\"c\",\"b\"")]
    [InlineData("order_from_1", "[1, 3, 2]", "\"a\",\"c\",\"b\"")]
    [InlineData("order_from_0", "[1, 2, 0]", "\"b\",\"c\",\"a\"")]
    public void Ranking_Numbers_MeanWhatTheBindingSays(string numbers, string value, string order) =>
        Read("ranking", "{}", $$$"""{"responses":["x","y","z"],"known":{"field":"gold","numbers":"{{{numbers}}}"}}""", $$"""{"x":"1","y":"2","z":"3","gold":{{value}}}""").KnownAnswer.ShouldBe($$"""{"ranking":[{{order}}]}""");

    [Fact]
    public void Ranking_Scores_HighestIsBest_AndABareRankIsNoted()
    {
        const string Line = """{"instruction":"p","completions":[{"response":"x","overall_score":"4"},{"response":"y","overall_score":8.5}]}""";
        const string Binding = """{"prompt":"instruction","responses":"completions","text":"response","rank":RANK}""";
        var scored = Read("ranking", "{}", Binding.Replace("RANK", """{"field":"overall_score","numbers":"highest_best"}""", StringComparison.Ordinal), Line);
        (scored.KnownAnswer, scored.KnownAsSent).ShouldBe(("""{"ranking":["b","a"]}""", "[4, 8.5]"));
        scored.Notes.ShouldBeEmpty();
        var bare = Read("ranking", "{}", Binding.Replace("RANK", "\"overall_score\"", StringComparison.Ordinal), Line);
        bare.KnownAnswer.ShouldBe("""{"ranking":["a","b"]}""");
        bare.Notes.ShouldHaveSingleItem().Kind.ShouldBe("numbers_without_meaning");
    }

    [Theory]
    [InlineData("""[{"start":0,"end":5,"label":"PERSON","text":"Alice","token_start":0,"score":0.9}]""")]
    [InlineData("""[[0,5,"person"]]""")]
    [InlineData("""[{"start_offset":0,"end_offset":5,"label":"Person","id":7}]""")]
    [InlineData("""[{"from_name":"l","type":"labels","value":{"start":0,"end":5,"text":"Alice","labels":["person"]}}]""")]
    [InlineData("""[{"start":0,"end":5,"type":"person"},{"start":6,"end":9,"label":"misc"}]""")]
    [InlineData("""{"spans":[{"start":0,"end":5,"type":"person"}]}""")]
    public void Spans_OfAnnotationTools_AreTaken(string value) =>
        Read("spans", """{"types":["person"]}""", """{"text":"text","known":{"field":"gold","map":{"misc":null}}}""", $$"""{"text":"Alice met Bob","gold":{{value}}}""").KnownAnswer.ShouldBe("""{"spans":[{"start":0,"end":5,"type":"person"}]}""");

    [Fact]
    public void Spans_OffsetsOfPython_AreCountedInCodePoints()
    {
        const string Line = """{"text":"😀 Alice","gold":[{"start":2,"end":7,"label":"person"}]}""";
        Read("spans", """{"types":["person"]}""", """{"text":"text","known":{"field":"gold","offsets":"code_points"}}""", Line).KnownAnswer.ShouldBe("""{"spans":[{"start":3,"end":8,"type":"person"}]}""");
        var assumed = Read("spans", """{"types":["person"]}""", """{"text":"text","known":"gold"}""", Line);
        assumed.Notes.ShouldHaveSingleItem().Kind.ShouldBe("offsets_assumed");
        Read("spans", """{"types":["person"]}""", """{"text":"text","known":"gold"}""", """{"text":"😀 Alice","gold":[{"start":2,"end":7,"label":"person","text":"Alice"}]}""").Refusal!.Message.ShouldContain("code points");
    }

    /// <summary>The refusal quotes the value, and is stored: on PostgreSQL one NUL in it stopped the import for ever.</summary>
    [Theory]
    [InlineData("\"left\\u0000\"")]
    [InlineData("\"half \\ud83d\"")]
    [InlineData("{\"\\u0000\":1}")]
    [InlineData("[\"\\ud800\"]")]
    public void Refusal_OfWhatCannotBeStored_CanBeStored(string value)
    {
        foreach (var (form, line) in (IEnumerable<(ICompiledForm, string)>)
        [
            (FormFixtures.Pair(), $$"""{"id":1,"prompt":"p","x":"1","y":"2","gold":{{value}}}"""),
            (Scale(), $$"""{"id":1,"text":"t","gold":{{value}}}"""),
            (One(), $$"""{"id":1,"prompt":"p","text":"t","gold":{{value}}}"""),
            (Many(), $$"""{"id":1,"text":"t","gold":{{value}}}"""),
            (Corrected(), $$"""{"id":1,"prompt":"p","text":"t","gold":{{value}}}"""),
            (Marked(), $$"""{"id":1,"text":"t","gold":{{value}}}"""),
            (Marked(), $$"""{"id":1,"text":"t","gold":[{"start":0,"end":1,"type":{{value}}}]}"""),
            (Ranked(binding: """{"id":"id","prompt":"p","responses":["x","y"],"known":"gold"}"""), $$"""{"id":1,"p":"p","x":"1","y":"2","gold":{{value}}}"""),
        ])
        {
            var refusal = Bind(form, line).Refusal;
            refusal.ShouldNotBeNull(line);
            StorableText.Is(refusal.Message + refusal.Remedy + refusal.Place).ShouldBeTrue(refusal.Message);
        }
    }

    /// <summary>A member whose name is half a surrogate pair, wherever a form's settings or binding may have one.</summary>
    [Theory]
    [InlineData("preference", """{"x\ud800":1}""", """{"responses":["x","y"]}""")]
    [InlineData("preference", "{}", """{"responses":["x","y"],"\udc00":1}""")]
    [InlineData("preference", "{}", """{"responses":["x","y"],"known":{"field":"k","\ud800":1}}""")]
    [InlineData("preference", "{}", """{"responses":["x","y"],"known":{"field":"k","map":{"\ud800":"a"}}}""")]
    [InlineData("rating", """{"dimensions":[{"name":"q","\ud800":1}]}""", """{"response":"r"}""")]
    [InlineData("rating", """{"dimensions":[{"name":"q"}]}""", """{"response":"r","known":{"fields":{"\ud800":"q"}}}""")]
    [InlineData("choice", """{"options":[{"key":"a","\ud800":1},"b"]}""", """{"response":"r"}""")]
    [InlineData("choice", """{"options":["\ud800","b"]}""", """{"response":"r"}""")]
    [InlineData("spans", """{"types":[{"name":"a","\ud800":1}]}""", """{"text":"r"}""")]
    public void Form_WithHalfASurrogateInAName_IsRefused(string type, string settings, string binding)
    {
        var compiled = Catalog.Compile(type, settings, binding);
        compiled.Form.ShouldBeNull();
        compiled.Refusals.ShouldAllBe(refusal => refusal.Code == RefusalCode.InvalidForm && StorableText.Is(refusal.Message));
    }

    [Theory]
    [InlineData("\"priority\"", "0.7", 1, true)]
    [InlineData("\"priority\"", "3", 3, false)]
    [InlineData("""{"field":"priority","scale":1000}""", "0.7", 700, false)]
    public void Priority_BetweenZeroAndOne_IsTaken(string bound, string value, int priority, bool isNoted)
    {
        var line = Read("rating", """{"dimensions":[{"name":"q"}]}""", $$"""{"response":"t","priority":{{bound}}}""", $$"""{"t":"x","priority":{{value}}}""");
        (line.Priority, line.Notes.Any(note => note.Kind == "priority_rounded")).ShouldBe((priority, isNoted));
    }

    [Fact]
    public void DescribeKnown_SaysItInWords()
    {
        FormFixtures.Pair().DescribeKnown("""{"choice":"b"}""").ShouldBe("the second response ('y') is better");
        FormFixtures.Pair().DescribeKnown("""{"accepted":[{"choice":"a"},{"choice":"tie"}],"reason":"r"}""").ShouldBe("the first response ('x') is better, or a tie");
        Scale().DescribeKnown("""{"ratings":{"helpfulness":4,"safety":1}}""").ShouldBe("helpfulness 4 (of 1 to 5), safety 1 (of 0 to 2)");
        Ranked().DescribeKnown("""{"ranking":["b",["a","c"]]}""").ShouldBe("response 2 before response 1 equal to response 3");
        One().DescribeKnown("""{"choice":"good"}""").ShouldBe("'good'");
        Many().DescribeKnown("""{"choices":[]}""").ShouldBe("none of the options");
        Corrected().DescribeKnown("""{"text":"tea","edits":2}""").ShouldBe("2 characters to change, to 'tea'");
        Marked().DescribeKnown("""{"spans":[{"start":2,"end":5,"type":"fact","severity":"minor"}]}""").ShouldBe("1 marked: fact from 2 to 5");
    }
}
