using Dispatch.Contracts;
using Dispatch.Engine.Forms;
using static Dispatch.Engine.Tests.Forms.FormFixtures;

namespace Dispatch.Engine.Tests.Forms;

/// <summary>Known answers that somebody sends for a task that is there, and why they are right.</summary>
public sealed class KnownAnswerTests
{
    private static readonly string Three = Replies(3);
    private static readonly string Ten = Text("0123456789");

    public static TheoryData<string, string, string?> Known => new()
    {
        { "ranking", """{"ranking":["b",["a","c"]]}""", """{"ranking":["b",["a","c"]]}""" },
        { "ranking", """{"ranking":["b","a"]}""", null },
        { "ranking", """{"ranking":["b","a","c","d"]}""", null },
        { "ranking", """{"ranking":["b","a","a"]}""", null },
        { "spans", """{"spans":[{"start":2,"end":5,"type":"fact","severity":"minor","comment":"why"}]}""", """{"spans":[{"start":2,"end":5,"type":"fact","severity":"minor"}]}""" },
        { "spans", """{"spans":[{"start":2,"end":11,"type":"fact","severity":"minor"}]}""", null },
        { "spans", """{"spans":[{"start":2,"end":5,"type":"rumour","severity":"minor"}]}""", null },
        { "correction", """{"text":"0123456780","reason":"typo"}""", """{"accepted":[{"text":"0123456780","edits":1}],"reason":"typo"}""" },
        { "correction", """{"text":"0123456789"}""", null },
        { "preference", """{"choice":"tie","strength":2}""", """{"choice":"tie"}""" },
        { "preference", """{"choice":"x"}""", null },
        { "preference", """{"ratings":{"a":1}}""", null },
        { "rating", """{"ratings":{"helpfulness":5,"safety":0}}""", """{"ratings":{"helpfulness":5,"safety":0}}""" },
        { "rating", """{"ratings":{"helpfulness":6,"safety":0}}""", null },
        { "rating", """{"ratings":{"helpfulness":5}}""", null },
        { "choice", """{"choice":"good"}""", """{"choice":"good"}""" },
        { "choice", """{"choice":"best"}""", null },
        { "choice", """{"accepted":[{"choice":"good"},{"choice":"fair"}]}""", """{"accepted":[{"choice":"good"},{"choice":"fair"}]}""" },
        { "choice", """{"accepted":[{"choice":"good"},{"choice":"best"}]}""", null },
        { "choice", """{"accepted":[]}""", null },
        { "choice", """{"accepted":"good"}""", null },
        { "choice", """{"accepted":[{"choice":"good"}],"reason":"It says so."}""", """{"accepted":[{"choice":"good"}],"reason":"It says so."}""" },
        { "choice", """{"choice":"good","reason":"It says so."}""", """{"accepted":[{"choice":"good"}],"reason":"It says so."}""" },
        { "choice", """{"choice":"good","reason":7}""", null },
        { "choice", """["good"]""", null },
    };

    [Theory, MemberData(nameof(Known))]
    public void ReadKnown_AgainstItsTask_IsCanonicalOrDoesNotFit(string type, string known, string? canonical)
    {
        var (form, content) = type switch
        {
            "ranking" => (Ranked("""{"ties":true}"""), Three),
            "spans" => (Marked(), Ten),
            "correction" => (Corrected("""{"allowUnchanged":false}"""), Ten),
            "preference" => (Pair(), "{}"),
            "rating" => (Scale(), "{}"),
            _ => (One(), "{}"),
        };
        var read = form.ReadKnown(content, known);
        read.ShouldBe(canonical);
        if (read is not null) form.ReadKnown(content, read).ShouldBe(read, "what is canonical stays as it is");
    }

    [Fact]
    public void ReadKnown_TieWhereNoneMayBeGiven_DoesNotFit() => Pair("""{"tie":false}""").ReadKnown("{}", """{"choice":"tie"}""").ShouldBeNull();

    [Fact]
    public void Explanation_IsKeptWithTheKnownAnswer_AndScoresAsWithout()
    {
        var form = One(binding: """{"id":"id","prompt":"prompt","response":"text","known":"gold","explanation":"because"}""");
        LineBinding Line(string more) => Bind(form, $$"""{"id":1,"prompt":"p","text":"t"{{more}}}""");
        var known = Line(""","gold":"good","because":"The guide, \"page 3\"." """).KnownAnswer.ShouldNotBeNull();
        known.ShouldStartWith("""{"accepted":[{"choice":"good"}],"reason":""");
        form.ScoreGold(known, """{"choice":"good"}""").ShouldBe(1);
        form.ScoreGold(known, """{"choice":"bad"}""").ShouldBe(0);
        Line(""","gold":{"accepted":["good","fair"]},"because":"Both." """).KnownAnswer.ShouldBe("""{"accepted":[{"choice":"good"},{"choice":"fair"}],"reason":"Both."}""");
        Line(""","gold":"good" """).KnownAnswer.ShouldBe("""{"choice":"good"}""");
        Line(""","because":"Nothing is known." """).KnownAnswer.ShouldBeNull();
        Line(""","gold":"good","because":7""").Refusal.ShouldNotBeNull().Place.ShouldBe("$.because");
    }

    [Theory]
    [InlineData("""{"id":"id","prompt":"prompt","response":"text","known":"gold","explanation":"because","context":["because"]}""")]
    [InlineData("""{"id":"id","prompt":"because","response":"text","known":"gold","explanation":"because"}""")]
    [InlineData("""{"id":"id","prompt":"prompt","response":"text","explanation":"because"}""")]
    public void Explanation_ThatWouldBeShownBefore_OrExplainsNothing_IsRefused(string binding) =>
        Catalog.Compile("choice", """{"options":["x","y"]}""", binding).Refusals.ShouldHaveSingleItem().Code.ShouldBe(RefusalCode.InvalidForm);
}
