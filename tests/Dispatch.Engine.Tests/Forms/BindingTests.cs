using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Engine.Forms;
using static Dispatch.Engine.Tests.Forms.FormFixtures;

namespace Dispatch.Engine.Tests.Forms;

public sealed class BindingTests
{
    [Fact]
    public void Bind_WholeLine_BecomesCanonical()
    {
        var bound = Bind(Pair(), """{"id":"topic_/1","prompt":"p","x":"first","y":"second","gold":"y","n":4,"p":-2,"stance":"for","meta":{"source":3,"hidden":1}}""");

        bound.Refusal.ShouldBeNull();
        bound.Key.ShouldBe("topic_/1");
        bound.Content.ShouldBe("""{"prompt":[{"role":"user","text":"p"}],"context":{"stance":"for","meta.source":"3"},"responses":["first","second"]}""");
        (bound.KnownAnswer, bound.Overlap, bound.Priority).ShouldBe(("""{"choice":"b"}""", 4, -2));
    }

    [Fact]
    public void Bind_ListsByPath_ReachesInside()
    {
        var form = Pair("{}", """{"id":"id","prompt":"conversation","responses":["responses.0.text","responses.1.text"]}""");
        var bound = Bind(form, """{"id":12,"conversation":[{"role":"user","content":"q"},{"role":"assistant","text":"a"}],"responses":[{"text":"A"},{"text":"B"}]}""");
        bound.Key.ShouldBe("12");
        bound.Content.ShouldBe("""{"prompt":[{"role":"user","text":"q"},{"role":"assistant","text":"a"}],"context":{},"responses":["A","B"]}""");
        Bind(form, """{"id":12,"conversation":"q","responses":[{"text":"A"}]}""").Refusal!.Place.ShouldBe("$.responses.1.text");
    }

    [Theory]
    [InlineData("\"a\"", "a")]
    [InlineData("\"b\"", "b")]
    [InlineData("\"tie\"", "tie")]
    [InlineData("\"x\"", "a")]
    [InlineData("\"y\"", "b")]
    [InlineData("0", "a")]
    [InlineData("1", "b")]
    public void Known_EverySpelling_IsTaken(string known, string choice) =>
        Bind(Pair(), $$"""{"id":1,"prompt":"p","x":"1","y":"2","gold":{{known}}}""").KnownAnswer.ShouldBe($$"""{"choice":"{{choice}}"}""");

    [Theory]
    [InlineData("\"c\"")]
    [InlineData("2")]
    [InlineData("-1")]
    [InlineData("0.5")]
    [InlineData("true")]
    [InlineData("[\"a\"]")]
    public void Known_NamesNoResponse_IsRefused(string known) =>
        Bind(Pair(), $$"""{"id":1,"prompt":"p","x":"1","y":"2","gold":{{known}}}""").Refusal!.Place.ShouldBe("$.gold");

    [Fact]
    public void Known_FieldsCalledTheOtherWayRound_MeansTheProducersNames() =>
        Bind(Pair("{}", """{"id":"id","prompt":"prompt","responses":["b","a"],"known":"gold"}"""), """{"id":1,"prompt":"p","a":"1","b":"2","gold":"b"}""").KnownAnswer.ShouldBe("""{"choice":"a"}""");

    [Theory]
    [InlineData("""{"prompt":"p","x":"1","y":"2"}""", "$.id")]
    [InlineData("""{"id":"","prompt":"p","x":"1","y":"2"}""", "$.id")]
    [InlineData("""{"id":null,"prompt":"p","x":"1","y":"2"}""", "$.id")]
    [InlineData("""{"id":{"a":1},"prompt":"p","x":"1","y":"2"}""", "$.id")]
    [InlineData("""{"id":"nul\u0000","prompt":"p","x":"1","y":"2"}""", "$.id")]
    [InlineData("""{"id":1,"x":"1","y":"2"}""", "$.prompt")]
    [InlineData("""{"id":1,"prompt":[],"x":"1","y":"2"}""", "$.prompt")]
    [InlineData("""{"id":1,"prompt":["p",1],"x":"1","y":"2"}""", "$.prompt")]
    [InlineData("""{"id":1,"prompt":[{"role":"user"}],"x":"1","y":"2"}""", "$.prompt")]
    [InlineData("""{"id":1,"prompt":"half \ud83d","x":"1","y":"2"}""", "$.prompt")]
    [InlineData("""{"id":1,"prompt":"p","x":"1"}""", "$.y")]
    [InlineData("""{"id":1,"prompt":"p","x":"1","y":["2"]}""", "$.y")]
    [InlineData("""{"id":1,"prompt":"p","x":"1","y":"2","n":0}""", "$.n")]
    [InlineData("""{"id":1,"prompt":"p","x":"1","y":"2","n":101}""", "$.n")]
    [InlineData("""{"id":1,"prompt":"p","x":"1","y":"2","n":"5"}""", "$.n")]
    [InlineData("""{"id":1,"prompt":"p","x":"1","y":"2","p":1000001}""", "$.p")]
    [InlineData("""{"id":1,"prompt":"p","x":"1","y":"2","stance":{"a":1}}""", "$.stance")]
    [InlineData("""{"id":1,"prompt":"p","x":"1","y":"2","stance":"\u0000"}""", "$.stance")]
    [InlineData("""{"id":1,"prompt":"p","\ud800":"1","y":"2"}""", "$")]
    [InlineData("7", "$")]
    public void Bind_LineDoesNotFit_IsRefusedAtThePlace(string line, string place)
    {
        var refusal = Bind(Pair(), line).Refusal!;
        refusal.Code.ShouldBe(RefusalCode.BindingMismatch);
        refusal.Place.ShouldBe(place);
        refusal.Remedy.ShouldNotBeEmpty();
    }

    [Fact]
    public void Bind_KeyOverTheLimit_IsRefused() =>
        Bind(Pair(), $$"""{"id":"{{new string('k', Limits.TaskKeyCharacters + 1)}}","prompt":"p","x":"1","y":"2"}""").Refusal!.Place.ShouldBe("$.id");

    [Theory]
    [InlineData("""{"helpfulness":4,"safety":1}""", true)]
    [InlineData("""{"helpfulness":4}""", false)]
    [InlineData("""{"helpfulness":4,"safety":1,"charm":2}""", false)]
    [InlineData("""{"helpfulness":9,"safety":1}""", false)]
    [InlineData("4", false)]
    public void Rating_Known_MustNameEveryDimension(string known, bool fits) =>
        (Bind(Scale(), $$"""{"id":1,"text":"t","gold":{{known}}}""").Refusal is null).ShouldBe(fits);

    [Fact]
    public void Rating_KnownNumber_FitsASingleDimension() =>
        Bind(Scale("""{"dimensions":[{"name":"q","min":1,"max":5}]}"""), """{"id":1,"text":"t","gold":5}""").KnownAnswer.ShouldBe("""{"ratings":{"q":5}}""");

    [Theory]
    [InlineData("preference", "[]", PairBinding, "$.form.settings")]
    [InlineData("preference", "{}", "[]", "$.form.binding")]
    [InlineData("preference", """{"tie":1}""", PairBinding, "$.form.settings.tie")]
    [InlineData("preference", """{"strength":1}""", PairBinding, "$.form.settings.strength")]
    [InlineData("preference", """{"strength":10}""", PairBinding, "$.form.settings.strength")]
    [InlineData("preference", """{"reason":"maybe"}""", PairBinding, "$.form.settings.reason")]
    [InlineData("preference", """{"reasons":"none"}""", PairBinding, "$.form.settings.reasons")]
    [InlineData("preference", "{}", """{"id":"id","prompt":"p","responses":["x"]}""", "$.form.binding.responses")]
    [InlineData("preference", "{}", """{"id":"id","prompt":"p","responses":["x","x"]}""", "$.form.binding.responses")]
    [InlineData("preference", "{}", """{"id":"id","prompt":"p","responses":["x","y"],"known":"x"}""", "$.form.binding.known")]
    [InlineData("preference", "{}", """{"id":"id","prompt":"p","responses":["x","y"],"known":"g","context":["g"]}""", "$.form.binding.context")]
    [InlineData("preference", "{}", """{"id":"id","prompt":"p","responses":["x","y"],"context":["id"]}""", "$.form.binding.context")]
    [InlineData("preference", "{}", """{"id":"id","prompt":"p","responses":["x","y"],"gold":"g"}""", "$.form.binding.gold")]
    [InlineData("rating", "{}", """{"id":"id","response":"r"}""", "$.form.settings.dimensions")]
    [InlineData("rating", """{"dimensions":[]}""", """{"id":"id","response":"r"}""", "$.form.settings.dimensions")]
    [InlineData("rating", """{"dimensions":[{"name":"q","min":0,"max":11}]}""", """{"id":"id","response":"r"}""", "$.form.settings.dimensions[0].max")]
    [InlineData("rating", """{"dimensions":[{"name":"q","min":1,"max":1}]}""", """{"id":"id","response":"r"}""", "$.form.settings.dimensions[0].max")]
    [InlineData("rating", """{"dimensions":[{"name":"q"},{"name":"q"}]}""", """{"id":"id","response":"r"}""", "$.form.settings.dimensions[1].name")]
    [InlineData("rating", """{"dimensions":[{"name":"reason"}]}""", """{"id":"id","response":"r"}""", "$.form.settings.dimensions[0].name")]
    [InlineData("rating", """{"dimensions":[7]}""", """{"id":"id","response":"r"}""", "$.form.settings.dimensions[0]")]
    [InlineData("rating", """{"dimensions":[{"name":"q"}]}""", """{"id":"id"}""", "$.form.binding.response")]
    public void Compile_Nonsense_IsRefusedAtThePlace(string type, string settings, string binding, string place)
    {
        var compiled = Catalog.Compile(type, settings, binding);
        compiled.Form.ShouldBeNull();
        compiled.Refusals.ShouldContain(refusal => refusal.Place == place && refusal.Code == RefusalCode.InvalidForm && refusal.Remedy.Length > 0);
    }

    [Fact]
    public void Present_Rating_IsTheContentForGoldAndForOthers()
    {
        var (gold, plain) = (Bind(Scale(), """{"id":1,"text":"t","gold":{"helpfulness":4,"safety":1}}"""), Bind(Scale(), """{"id":2,"text":"t"}"""));
        gold.KnownAnswer.ShouldNotBeNull();
        Scale().Present(gold.Content, []).ShouldBe(Scale().Present(plain.Content, []));
    }

    [Fact]
    public void GoldSelection_Share_IsRepeatableAndAboutTheShareAndDiffersByBatch()
    {
        var (one, other) = (Guid.Parse("11111111-1111-1111-1111-111111111111"), Guid.Parse("22222222-2222-2222-2222-222222222222"));
        bool[] Draw(Guid batch, double share) => [.. Enumerable.Range(0, 4_000).Select(i => GoldSelection.IsGold(batch, $"task/{i}", GoldUse.Share, share))];

        Draw(one, 0.2).ShouldBe(Draw(one, 0.2));
        Draw(one, 0.2).ShouldNotBe(Draw(other, 0.2));
        Draw(one, 0.2).Count(gold => gold).ShouldBeInRange(680, 920);
        Draw(one, 0).ShouldAllBe(gold => !gold);
        Draw(one, 1).ShouldAllBe(gold => gold);
        GoldSelection.IsGold(one, "k", GoldUse.All, 0).ShouldBeTrue();
        GoldSelection.IsGold(one, "k", GoldUse.None, 1).ShouldBeFalse();
    }

    [Fact]
    public void Bind_UnboundFields_AreOfNoInterest() =>
        Bind(Pair(), """{"id":1,"prompt":"p","x":"1","y":"2","junk":"\u0000","more":[[[]]]}""").Refusal.ShouldBeNull();

    [Fact]
    public void Bind_LongKnownAnswer_IsNotEchoedWhole()
    {
        var line = JsonSerializer.Serialize(new { id = 1, prompt = "p", x = "1", y = "2", gold = new string('g', 100_000) });
        Bind(Pair(), line).Refusal!.Message.Length.ShouldBeLessThan(300);
    }
}
