using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Engine.Forms;
using Dispatch.Engine.Forms.Preference;
using Dispatch.Engine.Forms.Rating;

namespace Dispatch.Engine.Tests.Forms;

public sealed class FormTests
{
    private static readonly FormCatalog Catalog = new([new PreferenceForm(), new RatingForm()]);
    private const string PairBinding = """{"id":"task_id","prompt":"prompt","responses":["response_a","response_b"],"known":"gold"}""";

    private static ICompiledForm Pair(string settings = """{"tie":true}""") => Catalog.Compile("preference", settings, PairBinding).Form!;

    private static ICompiledForm Scale() => Catalog.Compile("rating", """{"dimensions":[{"name":"helpfulness","min":1,"max":5},{"name":"clarity","min":1,"max":5}]}""", """{"id":"id","response":"text"}""").Form!;

    private static LineBinding Bind(ICompiledForm form, string line)
    {
        using var document = JsonDocument.Parse(line);
        return form.Bind(document.RootElement);
    }

    [Fact]
    public void Compile_ManyFaults_ReportsThemAll() =>
        Catalog.Compile("preference", """{"tie":"yes","strength":99,"colour":1}""", """{"id":7}""").Refusals.Count.ShouldBeGreaterThanOrEqualTo(5);

    [Fact]
    public void Compile_UnknownForm_SaysWhichThereAre() =>
        Catalog.Compile("dance", "{}", "{}").Refusals.Single().Code.ShouldBe(RefusalCode.UnknownForm);

    [Fact]
    public void CheckAnswer_EitherOrder_MapsBackToTheSameResponse()
    {
        var form = Pair();
        var content = Bind(form, """{"task_id":"x/1","prompt":"p","response_a":"first","response_b":"second"}""").Content;
        foreach (var (presentation, key) in (ValueTuple<int[], string>[])[([0, 1], "1"), ([1, 0], "2"), ([], "1")])
        {
            using var shown = JsonDocument.Parse(form.Present(content, presentation));
            shown.RootElement.GetProperty("responses")[int.Parse(key, System.Globalization.CultureInfo.InvariantCulture) - 1].GetProperty("text").GetString().ShouldBe("first");
            form.CheckAnswer(content, presentation, $$"""{"choice":"{{key}}"}""").Canonical.ShouldBe("""{"choice":"a"}""");
        }
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("""{"choice":"3"}""")]
    [InlineData("""{"choice":"a"}""")]
    [InlineData("""{"choice":1}""")]
    [InlineData("""{"choice":"1","strength":1}""")]
    [InlineData("""{"choice":"1","reason":"why"}""")]
    [InlineData("""{"choice":"1","more":true}""")]
    [InlineData("""{}""")]
    public void CheckAnswer_DoesNotFitThePreference_IsRefusedWithAPlace(string answer)
    {
        var form = Pair();
        var content = Bind(form, """{"task_id":"1","prompt":"p","response_a":"x","response_b":"y"}""").Content;

        var refusal = form.CheckAnswer(content, [0, 1], answer).Refusal!;

        refusal.Code.ShouldBe(RefusalCode.FormMismatch);
        refusal.Place.ShouldNotBeNull();
        refusal.Remedy.ShouldNotBeEmpty();
    }

    [Theory]
    [InlineData("""{"ratings":{"helpfulness":0,"clarity":3}}""")]
    [InlineData("""{"ratings":{"helpfulness":6,"clarity":3}}""")]
    [InlineData("""{"ratings":{"helpfulness":3.5,"clarity":3}}""")]
    [InlineData("""{"ratings":{"helpfulness":"3","clarity":3}}""")]
    [InlineData("""{"ratings":{"helpfulness":1e400,"clarity":3}}""")]
    [InlineData("""{"ratings":{"helpfulness":9223372036854775808,"clarity":3}}""")]
    [InlineData("""{"ratings":{"helpfulness":3}}""")]
    [InlineData("""{"ratings":{"helpfulness":3,"clarity":3,"charm":3}}""")]
    [InlineData("""{"ratings":[3,3]}""")]
    public void CheckAnswer_DoesNotFitTheRating_IsRefused(string answer) =>
        Scale().CheckAnswer("{}", [], answer).Refusal!.Place!.ShouldStartWith("$.ratings");

    [Theory]
    [InlineData("""{"task_id":"1","prompt":"p","response_a":"x"}""")]
    [InlineData("""{"prompt":"p","response_a":"x","response_b":"y"}""")]
    [InlineData("""{"task_id":"1","prompt":7,"response_a":"x","response_b":"y"}""")]
    [InlineData("""{"task_id":"1","prompt":"p","response_a":"x","response_b":"nul \u0000"}""")]
    [InlineData("""{"task_id":"1","prompt":"p","response_a":"x","response_b":"half \ud83d"}""")]
    [InlineData("""{"task_id":"1","prompt":"p","response_a":"x","response_b":"y","gold":"c"}""")]
    [InlineData("[1]")]
    public void Bind_LineDoesNotFit_IsRefused(string line) => Bind(Pair(), line).Refusal!.Code.ShouldBe(RefusalCode.BindingMismatch);

    [Theory]
    [InlineData("a", "a", 1)]
    [InlineData("a", "b", 0)]
    [InlineData("a", "tie", 0.5)]
    [InlineData("tie", "b", 0.5)]
    [InlineData("tie", "tie", 1)]
    public void ScoreGold_Preference_FollowsTheReference(string known, string given, double score) =>
        Pair().ScoreGold($$"""{"choice":"{{known}}"}""", $$"""{"choice":"{{given}}"}""").ShouldBe(score);

    [Fact]
    public void Present_GoldOrNot_HasTheSameMembers()
    {
        var form = Pair();
        var gold = Bind(form, """{"task_id":"1","prompt":"p","response_a":"x","response_b":"y","gold":"a"}""");
        var plain = Bind(form, """{"task_id":"2","prompt":"p","response_a":"x","response_b":"y"}""");

        gold.KnownAnswer.ShouldNotBeNull();
        form.Present(gold.Content, [0, 1]).ShouldBe(form.Present(plain.Content, [0, 1]));
    }

    [Fact]
    public void ExportTraining_Preference_NamesChosenAndRejected() => Pair()
        .ExportTraining("trl-preference", """{"prompt":[{"role":"user","text":"q"}],"context":{},"responses":["good","bad"]}""", """{"choice":"a"}""")
        .Single().ShouldBe("""{"prompt":"q","chosen":"good","rejected":"bad"}""");
}
