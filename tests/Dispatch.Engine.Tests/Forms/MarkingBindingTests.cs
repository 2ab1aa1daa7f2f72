using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Engine.Forms;
using static Dispatch.Engine.Tests.Forms.FormFixtures;

namespace Dispatch.Engine.Tests.Forms;

/// <summary>Settings, bindings, known answers and training lines of rankings, choices, corrections and spans.</summary>
public sealed class MarkingBindingTests
{
    private static readonly ICompiledForm Fields = Ranked("{}", """{"id":"id","prompt":"prompt","responses":["x","y","z"],"known":"gold"}""");

    [Theory]
    [InlineData("""["z","x","y"]""", """{"ranking":["c","a","b"]}""")]
    [InlineData("""["c","a","b"]""", """{"ranking":["c","a","b"]}""")]
    [InlineData("""[2,0,1]""", """{"ranking":["c","a","b"]}""")]
    [InlineData("""[2,[1,0]]""", """{"ranking":["c",["a","b"]]}""")]
    [InlineData("""{"accepted":[[0,1,2],[1,0,2]]}""", """{"accepted":[{"ranking":["a","b","c"]},{"ranking":["b","a","c"]}]}""")]
    [InlineData("""{"accepted":[[0,1,2]]}""", """{"ranking":["a","b","c"]}""")]
    public void Ranking_Known_EverySpelling_IsTaken(string known, string canonical) =>
        Bind(Fields, $$"""{"id":1,"prompt":"p","x":"1","y":"2","z":"3","gold":{{known}}}""").KnownAnswer.ShouldBe(canonical);

    [Theory]
    [InlineData("""["x","y"]""")]
    [InlineData("""["x","y","x"]""")]
    [InlineData("""["x","y","d"]""")]
    [InlineData("""[0,1,3]""")]
    [InlineData("""[0,1,2,[]]""")]
    [InlineData("\"xyz\"")]
    [InlineData("""{"accepted":[]}""")]
    [InlineData("""{"accepted":[[0,1,2]],"more":1}""")]
    [InlineData("""{"accepted":[[0,1,2],[0,1]]}""")]
    public void Ranking_Known_NotEveryResponseOnce_IsRefused(string known) =>
        Bind(Fields, $$"""{"id":1,"prompt":"p","x":"1","y":"2","z":"3","gold":{{known}}}""").Refusal!.Place.ShouldBe("$.gold");

    [Theory]
    [InlineData("""{"id":1,"prompt":"p","replies":[{"text":"a","rank":1},{"text":"b","rank":0}]}""", null)]
    [InlineData("""{"id":1,"prompt":"p","replies":[{"text":"a"},{"text":"b"}]}""", null)]
    [InlineData("""{"id":1,"prompt":"p","replies":[{"text":"a","rank":1},{"text":"b"}]}""", "$.replies")]
    [InlineData("""{"id":1,"prompt":"p","replies":[{"text":"a","rank":"1"},{"text":"b","rank":0}]}""", "$.replies[0].rank")]
    [InlineData("""{"id":1,"prompt":"p","replies":[{"text":"a","rank":1e400},{"text":"b","rank":0}]}""", "$.replies[0].rank")]
    [InlineData("""{"id":1,"prompt":"p","replies":[{"text":"a","rank":1}]}""", "$.replies")]
    [InlineData("""{"id":1,"prompt":"p","replies":"a"}""", "$.replies")]
    [InlineData("""{"id":1,"prompt":"p","replies":["a","b"]}""", "$.replies[0].text")]
    [InlineData("""{"id":1,"prompt":"p","replies":[{"text":"a"},{"text":"\u0000"}]}""", "$.replies[1].text")]
    [InlineData("""{"id":1,"prompt":"p","replies":[{"text":"1"},{"text":"2"},{"text":"3"},{"text":"4"},{"text":"5"},{"text":"6"},{"text":"7"},{"text":"8"},{"text":"9"},{"text":"10"},{"text":"11"}]}""", "$.replies")]
    public void Ranking_List_IsReadOrRefusedAtThePlace(string line, string? place)
    {
        var bound = Bind(Ranked(), line);
        bound.Refusal?.Place.ShouldBe(place);
        if (place is null) bound.KnownAnswer.ShouldBe(line.Contains("rank", StringComparison.Ordinal) ? """{"ranking":["b","a"]}""" : null);
    }

    [Fact]
    public void Ranking_TiedRanks_ShareAPlace() =>
        Bind(Ranked(), """{"id":1,"prompt":"p","replies":[{"text":"a","rank":2},{"text":"b","rank":0.5},{"text":"c","rank":2}]}""").KnownAnswer.ShouldBe("""{"ranking":["b",["a","c"]]}""");

    [Theory]
    [InlineData("\"good\"", """{"choice":"good"}""")]
    [InlineData("""{"accepted":["good","fair"]}""", """{"accepted":[{"choice":"good"},{"choice":"fair"}]}""")]
    [InlineData("\"Good\"", """{"choice":"good"}""")]
    [InlineData("""["good"]""", """{"choice":"good"}""")]
    [InlineData("""["good","fair"]""", null)]
    [InlineData("\"goodish\"", null)]
    [InlineData("3", null)]
    public void Choice_Known_IsAKeyOfTheOptions(string known, string? canonical) =>
        Bind(One(), $$"""{"id":1,"prompt":"p","text":"t","gold":{{known}}}""").KnownAnswer.ShouldBe(canonical);

    [Fact]
    public void Choice_Known_NumbersAndBooleans_AreKeysAsTheyStand()
    {
        Bind(One("""{"options":["0","1"]}"""), """{"id":1,"prompt":"p","text":"t","gold":1}""").KnownAnswer.ShouldBe("""{"choice":"1"}""");
        Bind(One("""{"options":["true","false"]}"""), """{"id":1,"prompt":"p","text":"t","gold":false}""").KnownAnswer.ShouldBe("""{"choice":"false"}""");
        Bind(Many(), """{"id":1,"text":"t","gold":["z","x"]}""").KnownAnswer.ShouldBe("""{"choices":["x","z"]}""");
        Bind(Many(), """{"id":1,"text":"t","gold":["z","z"]}""").Refusal!.Place.ShouldBe("$.gold");
    }

    [Fact]
    public void Correction_Known_ThatIsTheTextItself_IsRefusedUnlessItMayStay()
    {
        const string line = """{"id":1,"prompt":"p","text":"right","gold":"right"}""";
        Bind(Corrected(), line).Refusal!.Place.ShouldBe("$.gold");
        Bind(Corrected("""{"allowUnchanged":true}"""), line).KnownAnswer.ShouldBe("""{"text":"right","edits":0}""");
    }

    [Theory]
    [InlineData("""[{"start":0,"end":3,"type":"fact","severity":"major","comment":"not kept"}]""", """{"spans":[{"start":0,"end":3,"type":"fact","severity":"major"}]}""")]
    [InlineData("[]", """{"spans":[]}""")]
    [InlineData("""[{"start":0,"end":30,"type":"fact","severity":"major"}]""", null)]
    [InlineData("""[{"start":0,"end":3,"type":"fact"}]""", null)]
    public void Spans_Known_IsCheckedAgainstTheText(string known, string? canonical) =>
        Bind(Marked(), $$"""{"id":1,"text":"The text","gold":{{known}}}""").KnownAnswer.ShouldBe(canonical);

    [Theory]
    [InlineData("""{"id":1,"text":""}""", "$.text")]
    [InlineData("""{"id":1}""", "$.text")]
    [InlineData("""{"id":1,"text":["a"]}""", "$.text")]
    public void Spans_Text_MustBeThere(string line, string place) => Bind(Marked(), line).Refusal!.Place.ShouldBe(place);

    [Theory]
    [InlineData("""{"id":1,"p":"q","s":[]}""")]
    [InlineData("""{"id":1,"p":"q","s":["one",""]}""")]
    [InlineData("""{"id":1,"p":"q","s":["one",2]}""")]
    [InlineData("""{"id":1,"p":"q","s":"one"}""")]
    public void Steps_MustBeTexts(string line) => Bind(Marked(binding: """{"id":"id","prompt":"p","steps":"s"}"""), line).Refusal!.Place.ShouldBe("$.s");

    [Theory]
    [InlineData("ranking", "{}", """{"id":"id","prompt":"p","responses":["x"]}""", "$.form.binding.responses")]
    [InlineData("ranking", "{}", """{"id":"id","prompt":"p","responses":["x","x"]}""", "$.form.binding.responses")]
    [InlineData("ranking", "{}", """{"id":"id","prompt":"p","responses":["x","y"],"rank":"r"}""", "$.form.binding.rank")]
    [InlineData("ranking", "{}", """{"id":"id","prompt":"p","responses":"l","rank":"r","known":"k"}""", "$.form.binding.rank")]
    [InlineData("ranking", "{}", """{"id":"id","prompt":"p","responses":"l","rank":"r","text":"r"}""", "$.form.binding.text")]
    [InlineData("ranking", "{}", """{"id":"id","prompt":"p","responses":"l","context":["l.0.r"]}""", "$.form.binding.context")]
    [InlineData("ranking", "{}", """{"id":"$line","responses":"l"}""", "$.form.binding.id")]
    [InlineData("choice", """{"options":["x","y"]}""", """{"prompt":"$common","response":"r"}""", "$.form.binding.prompt")]
    [InlineData("ranking", """{"ties":"yes"}""", """{"id":"id","prompt":"p","responses":"l"}""", "$.form.settings.ties")]
    [InlineData("choice", "{}", """{"id":"id","prompt":"p"}""", "$.form.settings.options")]
    [InlineData("choice", """{"options":["one"]}""", """{"id":"id","prompt":"p"}""", "$.form.settings.options")]
    [InlineData("choice", """{"options":["a","a"]}""", """{"id":"id","prompt":"p"}""", "$.form.settings.options[1].key")]
    [InlineData("choice", """{"options":["a","b|c"]}""", """{"id":"id","prompt":"p"}""", "$.form.settings.options[1].key")]
    [InlineData("choice", """{"options":["a","b"],"min":1}""", """{"id":"id","prompt":"p"}""", "$.form.settings.min")]
    [InlineData("choice", """{"options":["a","b"],"multiple":true,"min":3}""", """{"id":"id","prompt":"p"}""", "$.form.settings.min")]
    [InlineData("choice", """{"options":["a","b"],"multiple":true,"ordinal":true}""", """{"id":"id","prompt":"p"}""", "$.form.settings.ordinal")]
    [InlineData("choice", """{"options":["a","b"],"ordinal":true,"shuffle":true}""", """{"id":"id","prompt":"p"}""", "$.form.settings.shuffle")]
    [InlineData("choice", """{"options":["a","b"],"tolerance":1}""", """{"id":"id","prompt":"p"}""", "$.form.settings.tolerance")]
    [InlineData("choice", """{"options":["a","b"]}""", """{"id":"id"}""", "$.form.binding.response")]
    [InlineData("correction", """{"maxCharacters":0}""", """{"id":"id","text":"t"}""", "$.form.settings.maxCharacters")]
    [InlineData("correction", "{}", """{"id":"id"}""", "$.form.binding.text")]
    [InlineData("correction", "{}", """{"id":"id","text":"t","known":"t"}""", "$.form.binding.known")]
    [InlineData("spans", "{}", """{"id":"id","text":"t"}""", "$.form.settings.types")]
    [InlineData("spans", """{"types":["a","a"]}""", """{"id":"id","text":"t"}""", "$.form.settings.types[1].name")]
    [InlineData("spans", """{"types":[""]}""", """{"id":"id","text":"t"}""", "$.form.settings.types[0].name")]
    [InlineData("spans", """{"types":["a"],"severities":["one"]}""", """{"id":"id","text":"t"}""", "$.form.settings.severities")]
    [InlineData("spans", """{"types":["a"],"maxSpans":201}""", """{"id":"id","text":"t"}""", "$.form.settings.maxSpans")]
    [InlineData("spans", """{"types":["a"],"matchPercent":0}""", """{"id":"id","text":"t"}""", "$.form.settings.matchPercent")]
    [InlineData("spans", """{"types":["a"]}""", """{"id":"id"}""", "$.form.binding.text")]
    [InlineData("spans", """{"types":["a"]}""", """{"id":"id","text":"t","steps":"s","prompt":"p"}""", "$.form.binding.text")]
    [InlineData("spans", """{"types":["a"]}""", """{"id":"id","steps":"s"}""", "$.form.binding.prompt")]
    [InlineData("rating", """{"dimensions":[{"name":"q","tolerance":-1}]}""", """{"id":"id","response":"r"}""", "$.form.settings.dimensions[0].tolerance")]
    [InlineData("rating", """{"dimensions":[{"name":"q","scoring":"cubic"}]}""", """{"id":"id","response":"r"}""", "$.form.settings.dimensions[0].scoring")]
    public void Compile_Nonsense_IsRefusedAtThePlace(string type, string settings, string binding, string place)
    {
        var compiled = Catalog.Compile(type, settings, binding);
        compiled.Form.ShouldBeNull();
        compiled.Refusals.ShouldContain(refusal => refusal.Place == place && refusal.Code == RefusalCode.InvalidForm && refusal.Remedy.Length > 0);
    }

    [Fact]
    public void Training_EveryForm_MakesItsLines()
    {
        var ranked = Bind(Fields, """{"id":1,"prompt":"p","x":"X","y":"Y","z":"Z"}""").Content;
        Fields.ExportTraining("trl-preference", ranked, """{"ranking":["c",["a","b"]]}""").ShouldBe(["""{"prompt":"p","chosen":"Z","rejected":"X"}""", """{"prompt":"p","chosen":"Z","rejected":"Y"}"""]);
        Fields.ExportTraining("trl-unpaired", ranked, """{"ranking":["c","a","b"]}""").ShouldBe(["""{"prompt":"p","completion":"Z","label":true}""", """{"prompt":"p","completion":"Y","label":false}"""]);
        Fields.ExportTraining("trl-unpaired", ranked, """{"ranking":[["a","b","c"]]}""").ShouldBeEmpty();

        var judged = Bind(One(), """{"id":1,"prompt":"p","text":"T"}""").Content;
        One().ExportTraining("trl-unpaired", judged, """{"choice":"good"}""").ShouldBe(["""{"prompt":"p","completion":"T","label":true}"""]);
        One().ExportTraining("trl-unpaired", judged, """{"choice":"fair"}""").ShouldBe(["""{"prompt":"p","completion":"T","label":false}"""]);
        Many().ExportFormats.ShouldBeEmpty();

        var corrected = Bind(Corrected(), """{"id":1,"prompt":"p","text":"bad"}""").Content;
        Corrected().ExportTraining("trl-preference", corrected, """{"text":"good"}""").ShouldBe(["""{"prompt":"p","chosen":"good","rejected":"bad"}"""]);
        Corrected().ExportTraining("trl-preference", corrected, """{"text":"bad"}""").ShouldBeEmpty();
        Corrected().ExportTraining("trl-unpaired", corrected, """{"text":"bad"}""").ShouldBe(["""{"prompt":"p","completion":"bad","label":true}"""]);

        var rated = Scale("""{"dimensions":[{"name":"q","acceptable":4}]}""", """{"id":"id","prompt":"p","response":"r"}""");
        rated.ExportTraining("trl-unpaired", Bind(rated, """{"id":1,"p":"p","r":"R"}""").Content, """{"ratings":{"q":4}}""").ShouldBe(["""{"prompt":"p","completion":"R","label":true}"""]);
    }

    [Fact]
    public void Present_Gold_HasTheMembersOfAnyOther()
    {
        foreach (var (form, plain, known) in (ValueTuple<ICompiledForm, string, string>[])
            [(One(), """{"id":1,"prompt":"p","text":"t"}""", "\"good\""), (Corrected(), """{"id":1,"prompt":"p","text":"t"}""", "\"u\""), (Marked(), """{"id":1,"text":"t"}""", "[]")])
        {
            var gold = Bind(form, plain[..^1] + $",\"gold\":{known}}}");
            gold.KnownAnswer.ShouldNotBeNull();
            form.Present(gold.Content, []).ShouldBe(form.Present(Bind(form, plain).Content, []));
        }
    }
}
