using Dispatch.Contracts;
using static Dispatch.Engine.Tests.Forms.FormFixtures;

namespace Dispatch.Engine.Tests.Forms;

/// <summary>Bad input B-5 to B-10 as it reaches the forms.</summary>
public sealed class BadAnswerTests
{
    public static TheoryData<string, string> Preference => new()
    {
        { "", "$" },
        { "null", "$" },
        { "\"1\"", "$" },
        { "[1]", "$" },
        { """{"choice":"1","strength":1} trailing""", "$" },
        { """{"choice":"1","choice":"2","strength":1}""", "$" },
        { """{"choice":NaN}""", "$" },
        { "{\"choice\":\"1\",\"reason\":" + new string('[', 40) + new string(']', 40) + "}", "$" },
        { """{"choice":"\u0000"}""", "$" },
        { """{"\ud800":1}""", "$" },
        { """{"\u0000":1}""", "$" },
        { """{"choice":"1","strength":1,"reason":"half \udc00"}""", "$" },
        { """{}""", "$.choice" },
        { """{"choice":null}""", "$.choice" },
        { """{"choice":""}""", "$.choice" },
        { """{"choice":"a","strength":1}""", "$.choice" },
        { """{"choice":"0","strength":1}""", "$.choice" },
        { """{"choice":"3","strength":1}""", "$.choice" },
        { """{"choice":1,"strength":1}""", "$.choice" },
        { """{"choice":"TIE"}""", "$.choice" },
        { """{"choice":"1"}""", "$.strength" },
        { """{"choice":"1","strength":0}""", "$.strength" },
        { """{"choice":"1","strength":4}""", "$.strength" },
        { """{"choice":"1","strength":1.5}""", "$.strength" },
        { """{"choice":"1","strength":"1"}""", "$.strength" },
        { """{"choice":"1","strength":1e400}""", "$.strength" },
        { """{"choice":"tie","strength":1}""", "$.strength" },
        { """{"choice":"1","strength":1,"reason":7}""", "$.reason" },
        { """{"choice":"1","strength":1,"reason":{"a":"b"}}""", "$.reason" },
        { """{"choice":"1","strength":1,"known":"a"}""", "$.known" },
    };

    public static TheoryData<string, string> Rating => new()
    {
        { """{"ratings":{"helpfulness":0,"safety":1}}""", "$.ratings.helpfulness" },
        { """{"ratings":{"helpfulness":6,"safety":1}}""", "$.ratings.helpfulness" },
        { """{"ratings":{"helpfulness":3.5,"safety":1}}""", "$.ratings.helpfulness" },
        { """{"ratings":{"helpfulness":"3","safety":1}}""", "$.ratings.helpfulness" },
        { """{"ratings":{"helpfulness":1e400,"safety":1}}""", "$.ratings.helpfulness" },
        { """{"ratings":{"helpfulness":-1,"safety":1}}""", "$.ratings.helpfulness" },
        { """{"ratings":{"helpfulness":9223372036854775808,"safety":1}}""", "$.ratings.helpfulness" },
        { """{"ratings":{"helpfulness":null,"safety":1}}""", "$.ratings.helpfulness" },
        { """{"ratings":{"helpfulness":true,"safety":1}}""", "$.ratings.helpfulness" },
        { """{"ratings":{"helpfulness":3}}""", "$.ratings.safety" },
        { """{"ratings":{"helpfulness":3,"safety":3}}""", "$.ratings.safety" },
        { """{"ratings":{"helpfulness":3,"safety":1,"charm":1}}""", "$.ratings.charm" },
        { """{"ratings":{"helpfulness":3,"Safety":1}}""", "$.ratings.Safety" },
        { """{"ratings":{"helpfulness":3,"helpfulness":4,"safety":1}}""", "$" },
        { """{"ratings":{"helpfulness":NaN,"safety":1}}""", "$" },
        { """{"ratings":{"helpfulness":Infinity,"safety":1}}""", "$" },
        { """{"ratings":[3,1]}""", "$.ratings" },
        { """{"ratings":null}""", "$.ratings" },
        { """{"helpfulness":3}""", "$.helpfulness" },
    };

    [Theory]
    [MemberData(nameof(Preference))]
    public void Preference_IsRefusedWithPlaceAndRemedy(string answer, string place) => ShouldBeRefused(Pair().CheckAnswer("{}", [1, 0], answer).Refusal, place);

    [Theory]
    [MemberData(nameof(Rating))]
    public void Rating_IsRefusedWithPlaceAndRemedy(string answer, string place) => ShouldBeRefused(Scale().CheckAnswer("{}", [], answer).Refusal, place);

    [Theory]
    [InlineData("""{"choice":"1"}""")]
    [InlineData("""{"choice":"1","reason":""}""")]
    [InlineData("""{"choice":"1","reason":"  \n "}""")]
    [InlineData("""{"choice":"1","reason":null}""")]
    public void RequiredReason_MissingOrBlank_IsRefused(string answer) =>
        ShouldBeRefused(Pair("""{"reason":"required"}""").CheckAnswer("{}", [0, 1], answer).Refusal, "$.reason");

    [Fact]
    public void Reason_AtTheLimit_IsTakenAndOneOverIsNot()
    {
        string Answer(int length) => $$"""{"choice":"tie","reason":"{{new string('x', length)}}"}""";
        Pair().CheckAnswer("{}", [0, 1], Answer(Limits.ReasonCharacters)).Refusal.ShouldBeNull();
        ShouldBeRefused(Pair().CheckAnswer("{}", [0, 1], Answer(Limits.ReasonCharacters + 1)).Refusal, "$.reason");
    }

    [Fact]
    public void RawHalfSurrogate_IsRefused() =>
        ShouldBeRefused(Pair().CheckAnswer("{}", [0, 1], "{\"choice\":\"1\",\"strength\":1,\"reason\":\"half \uD83D\"}").Refusal, "$");

    [Fact]
    public void Tie_WhereTheProjectHasNone_IsRefused() =>
        ShouldBeRefused(Pair("{}").CheckAnswer("{}", [0, 1], """{"choice":"tie"}""").Refusal, "$.choice");

    [Fact]
    public void HugeUnknownMember_IsNotEchoedWhole()
    {
        var refusal = Pair().CheckAnswer("{}", [0, 1], $$"""{"{{new string('k', 10_000)}}":1}""").Refusal!;
        (refusal.Message.Length + refusal.Place!.Length).ShouldBeLessThan(400);
    }
}
