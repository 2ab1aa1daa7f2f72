using System.Text.Json;
using CsCheck;
using Dispatch.Contracts;
using static Dispatch.Engine.Tests.Forms.FormFixtures;

namespace Dispatch.Engine.Tests.Forms;

/// <summary>Bad input B-5 to B-10 as it reaches rankings, choices, corrections and spans.</summary>
public sealed class BadMarkingTests
{
    // Two code units for the face: offsets 5 and 6.
    private const string Faced = "Hello\U0001F600 you there";

    private static readonly string Long = new('x', Limits.ReasonCharacters + 1);

    public static TheoryData<string, string> Rankings => new()
    {
        { """{"ranking":["1","2","2"]}""", "$.ranking[2]" },
        { """{"ranking":["1","2"]}""", "$.ranking" },
        { """{"ranking":[]}""", "$.ranking" },
        { """{"ranking":["1","2","4"]}""", "$.ranking[2]" },
        { """{"ranking":["0","1","2"]}""", "$.ranking[0]" },
        { """{"ranking":["1","2","03"]}""", "$.ranking[2]" },
        { """{"ranking":["a","b","c"]}""", "$.ranking[0]" },
        { """{"ranking":[1,2,3]}""", "$.ranking[0]" },
        { """{"ranking":["1","2",null]}""", "$.ranking[2]" },
        { """{"ranking":["1",["2","3"]]}""", "$.ranking[1]" },
        { """{"ranking":["1","2","3","1"]}""", "$.ranking[3]" },
        { """{"ranking":"123"}""", "$.ranking" },
        { """{"ranking":{"1":1}}""", "$.ranking" },
        { """{"ranking":[NaN]}""", "$" },
        { """{"ranking":["\u0000"]}""", "$" },
        { """{"ranking":["\ud83d","2","3"]}""", "$" },
        { """{"ranking":["1","2","3"],"order":1}""", "$.order" },
        { """{"ranking":["1","2","3"],"reason":"not asked for"}""", "$.reason" },
    };

    public static TheoryData<string, string> Choices => new()
    {
        { "{}", "$.choice" },
        { """{"choice":null}""", "$.choice" },
        { """{"choice":3}""", "$.choice" },
        { """{"choice":["1"]}""", "$.choice" },
        { """{"choice":"4"}""", "$.choice" },
        { """{"choice":"0"}""", "$.choice" },
        { """{"choice":"good"}""", "$.choice" },
        { """{"choice":" 1"}""", "$.choice" },
        { """{"choices":["1"]}""", "$.choices" },
        { """{"choice":"1","choice":"2"}""", "$" },
        { """{"choice":"\udc00"}""", "$" },
    };

    public static TheoryData<string, string> ManyChoices => new()
    {
        { "{}", "$.choices" },
        { """{"choices":"1"}""", "$.choices" },
        { """{"choices":["1","1"]}""", "$.choices[1]" },
        { """{"choices":["1","4"]}""", "$.choices[1]" },
        { """{"choices":["x"]}""", "$.choices[0]" },
        { """{"choices":[1]}""", "$.choices[0]" },
        { """{"choices":[["1"]]}""", "$.choices[0]" },
        { """{"choices":[]}""", "$.choices" },
        { """{"choices":["1","2","3"]}""", "$.choices" },
        { """{"choice":"1"}""", "$.choice" },
    };

    public static TheoryData<string, string> Spans => new()
    {
        { "{}", "$.spans" },
        { """{"spans":null}""", "$.spans" },
        { """{"spans":{}}""", "$.spans" },
        { """{"spans":[[0,5]]}""", "$.spans[0]" },
        { """{"spans":[{"end":5,"type":"fact","severity":"major"}]}""", "$.spans[0].start" },
        { """{"spans":[{"start":-1,"end":5,"type":"fact","severity":"major"}]}""", "$.spans[0].start" },
        { """{"spans":[{"start":"0","end":5,"type":"fact","severity":"major"}]}""", "$.spans[0].start" },
        { """{"spans":[{"start":0.5,"end":5,"type":"fact","severity":"major"}]}""", "$.spans[0].start" },
        { """{"spans":[{"start":1e400,"end":5,"type":"fact","severity":"major"}]}""", "$.spans[0].start" },
        { """{"spans":[{"start":17,"end":18,"type":"fact","severity":"major"}]}""", "$.spans[0].start" },
        { """{"spans":[{"start":0,"end":18,"type":"fact","severity":"major"}]}""", "$.spans[0].end" },
        { """{"spans":[{"start":3,"end":3,"type":"fact","severity":"major"}]}""", "$.spans[0].end" },
        { """{"spans":[{"start":3,"end":2,"type":"fact","severity":"major"}]}""", "$.spans[0].end" },
        { """{"spans":[{"start":0,"end":9223372036854775808,"type":"fact","severity":"major"}]}""", "$.spans[0].end" },
        { """{"spans":[{"start":6,"end":8,"type":"fact","severity":"major"}]}""", "$.spans[0].start" },
        { """{"spans":[{"start":0,"end":6,"type":"fact","severity":"major"}]}""", "$.spans[0].end" },
        { """{"spans":[{"start":0,"end":5,"type":"Fact","severity":"major"}]}""", "$.spans[0].type" },
        { """{"spans":[{"start":0,"end":5,"severity":"major"}]}""", "$.spans[0].type" },
        { """{"spans":[{"start":0,"end":5,"type":"fact"}]}""", "$.spans[0].severity" },
        { """{"spans":[{"start":0,"end":5,"type":"fact","severity":"grave"}]}""", "$.spans[0].severity" },
        { """{"spans":[{"start":0,"end":5,"type":"fact","severity":"major","comment":7}]}""", "$.spans[0].comment" },
        { """{"spans":[{"start":0,"end":5,"type":"fact","severity":"major","text":"Hello"}]}""", "$.spans[0].text" },
        { """{"spans":[{"start":0,"end":5,"type":"fact","severity":"major"},{"start":4,"end":7,"type":"style","severity":"major"}]}""", "$.spans[1]" },
        { """{"spans":[{"start":0,"end":5,"type":"fact","severity":"major"},{"start":0,"end":5,"type":"fact","severity":"minor"}]}""", "$.spans[1]" },
        { """{"spans":[{"start":0,"end":5,"type":"fact","severity":"major","comment":"\u0000"}]}""", "$" },
        { """{"spans":[{"start":NaN}]}""", "$" },
        { """{"spans":[],"reason":"none"}""", "$.reason" },
    };

    [Theory]
    [MemberData(nameof(Rankings))]
    public void Ranking_IsRefusedWithPlaceAndRemedy(string answer, string place) => ShouldBeRefused(Ranked().CheckAnswer(Replies(3), [9, 2, 0, 1, 3, 4, 5, 6, 7, 8], answer).Refusal, place);

    [Theory]
    [MemberData(nameof(Choices))]
    public void Choice_IsRefusedWithPlaceAndRemedy(string answer, string place) => ShouldBeRefused(One().CheckAnswer("{}", [], answer).Refusal, place);

    [Theory]
    [MemberData(nameof(ManyChoices))]
    public void ManyChoices_AreRefusedWithPlaceAndRemedy(string answer, string place) =>
        ShouldBeRefused(Many("""{"options":["x","y","z"],"multiple":true,"max":2}""").CheckAnswer("{}", [], answer).Refusal, place);

    [Theory]
    [MemberData(nameof(Spans))]
    public void Spans_AreRefusedWithPlaceAndRemedy(string answer, string place) => ShouldBeRefused(Marked().CheckAnswer(Text(Faced), [], answer).Refusal, place);

    [Theory]
    [InlineData("""{}""", "$.text")]
    [InlineData("""{"text":null}""", "$.text")]
    [InlineData("""{"text":3}""", "$.text")]
    [InlineData("""{"text":"as it was"}""", "$.text")]
    [InlineData("""{"text":" as it was\n"}""", "$.text")]
    [InlineData("""{"text":"123456789012345678901"}""", "$.text")]
    [InlineData("""{"text":"better","reason":1}""", "$.reason")]
    [InlineData("""{"text":"better","diff":""}""", "$.diff")]
    [InlineData("""{"text":"\u0000"}""", "$")]
    [InlineData("""{"text":"half \ud83d"}""", "$")]
    public void Correction_IsRefusedWithPlaceAndRemedy(string answer, string place) =>
        ShouldBeRefused(Corrected("""{"maxCharacters":20}""").CheckAnswer(Text("as it was"), [], answer).Refusal, place);

    [Fact]
    public void Correction_LineEndsAlone_CorrectNothing() =>
        ShouldBeRefused(Corrected().CheckAnswer(Text("one\r\ntwo"), [], """{"text":"one\ntwo"}""").Refusal, "$.text");

    [Fact]
    public void Correction_Unchanged_IsTakenWhereAllowed() =>
        Corrected("""{"allowUnchanged":true}""").CheckAnswer(Text("as it was"), [], """{"text":"as it was"}""").Canonical.ShouldBe("""{"text":"as it was"}""");

    [Fact]
    public void Correction_AtTheLimit_IsTaken_AndOneOverIsNot()
    {
        Corrected().CheckAnswer(Text("x"), [], JsonSerializer.Serialize(new { text = new string('y', Limits.CorrectionCharacters) })).Refusal.ShouldBeNull();
        ShouldBeRefused(Corrected().CheckAnswer(Text("x"), [], JsonSerializer.Serialize(new { text = new string('y', Limits.CorrectionCharacters + 1) })).Refusal, "$.text");
    }

    [Fact]
    public void Spans_TooMany_AreRefused() =>
        ShouldBeRefused(Marked("""{"types":["t"],"maxSpans":1}""").CheckAnswer(Text("ab"), [], """{"spans":[{"start":0,"end":1,"type":"t"},{"start":1,"end":2,"type":"t"}]}""").Refusal, "$.spans");

    [Fact]
    public void Spans_WhatIsNotAskedFor_IsRefused()
    {
        ShouldBeRefused(Marked("""{"types":["t"]}""").CheckAnswer(Text("ab"), [], """{"spans":[{"start":0,"end":1,"type":"t","severity":"major"}]}""").Refusal, "$.spans[0].severity");
        ShouldBeRefused(Marked("""{"types":["t"]}""").CheckAnswer(Text("ab"), [], """{"spans":[{"start":0,"end":1,"type":"t","comment":"why"}]}""").Refusal, "$.spans[0].comment");
        ShouldBeRefused(Marked("""{"types":["t"],"comment":"required"}""").CheckAnswer(Text("ab"), [], """{"spans":[{"start":0,"end":1,"type":"t","comment":" "}]}""").Refusal, "$.spans[0].comment");
        ShouldBeRefused(Marked("""{"types":["t"],"comment":"optional"}""").CheckAnswer(Text("ab"), [], $$"""{"spans":[{"start":0,"end":1,"type":"t","comment":"{{Long}}"}]}""").Refusal, "$.spans[0].comment");
    }

    [Fact]
    public void CheckAnswer_AnyText_NeverThrows() => Gen.String.Sample(answer =>
    {
        Ranked().CheckAnswer(Replies(3), [], answer).Refusal.ShouldNotBeNull();
        One().CheckAnswer("{}", [], answer).Refusal.ShouldNotBeNull();
        Many().CheckAnswer("{}", [2, 1, 0], answer).Refusal.ShouldNotBeNull();
        Corrected().CheckAnswer(Text("x"), [], answer).Refusal.ShouldNotBeNull();
        Marked().CheckAnswer(Text("x"), [], answer).Refusal.ShouldNotBeNull();
    });
}
