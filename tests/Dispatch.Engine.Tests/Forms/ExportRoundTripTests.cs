using System.Text.Json;
using Dispatch.Engine.Forms;
using static Dispatch.Engine.Tests.Forms.FormFixtures;

namespace Dispatch.Engine.Tests.Forms;

/// <summary>What Dispatch exports, Dispatch imports: training lines as tasks of every form that they fit, and answers as known answers.</summary>
public sealed class ExportRoundTripTests
{
    private const string One = """{"id":1,"prompt":"q","x":"good","y":"bad"}""";
    private const string Many = """{"id":1,"prompt":[{"role":"user","content":"q"},{"role":"assistant","content":"a"},{"role":"user","content":"more"}],"x":"good","y":"bad"}""";

    [Theory]
    [InlineData(One)]
    [InlineData(Many)]
    public void TrlPreference_BecomesTheSamePair(string line)
    {
        var form = Pair();
        var task = Bind(form, line);
        var exported = form.ExportTraining("trl-preference", task.Content, """{"choice":"a"}""").Single();
        var back = Bind(Pair("{}", """{"prompt":"prompt","responses":["chosen","rejected"]}"""), exported);
        (back.Refusal, back.Content).ShouldBe((null, task.Content));
    }

    [Theory]
    [InlineData(One)]
    [InlineData(Many)]
    public void TrlUnpaired_BecomesRatingsAndLabels(string line)
    {
        var form = Pair();
        var task = Bind(form, line);
        foreach (var exported in form.ExportTraining("trl-unpaired", task.Content, """{"choice":"b"}"""))
        {
            using var document = JsonDocument.Parse(exported);
            var isGood = document.RootElement.GetProperty("label").GetBoolean();
            var back = Bind(FormFixtures.One("""{"options":["true","false"]}""", """{"prompt":"prompt","response":"completion","known":"label"}"""), exported);
            back.Refusal.ShouldBeNull();
            back.KnownAnswer.ShouldBe(isGood ? """{"choice":"true"}""" : """{"choice":"false"}""");
            back.Content.ShouldContain(isGood ? "\"response\":\"bad\"" : "\"response\":\"good\"");
        }
    }

    [Fact]
    public void TrlStepwise_BecomesStepsWithMarks()
    {
        var form = Marked("""{"types":["wrong"]}""", """{"id":"id","prompt":"prompt","steps":"steps","known":"gold"}""");
        var task = Bind(form, """{"id":1,"prompt":"q","steps":["one","two","three"]}""");
        const string Answer = """{"spans":[{"start":5,"end":8,"type":"wrong"}]}""";
        var exported = form.ExportTraining("trl-stepwise", task.Content, Answer).Single();
        var back = Bind(Marked("""{"types":["wrong"]}""", """{"prompt":"prompt","steps":"completions","known":"labels"}"""), exported);
        (back.Refusal, back.Content, back.KnownAnswer).ShouldBe((null, task.Content, Answer));
    }

    public static TheoryData<string, string, string> Answers => new()
    {
        { "preference", """{"choice":"b","strength":2,"reason":"r"}""", """{"choice":"b"}""" },
        { "rating", """{"ratings":{"helpfulness":4,"safety":1},"reason":"r"}""", """{"ratings":{"helpfulness":4,"safety":1}}""" },
        { "ranking", """{"ranking":["b",["a","c"]],"reason":"r"}""", """{"ranking":["b",["a","c"]]}""" },
        { "choice", """{"choice":"good","reason":"r"}""", """{"choice":"good"}""" },
        { "choices", """{"choices":["x","z"]}""", """{"choices":["x","z"]}""" },
        { "correction", """{"text":"tea","reason":"r"}""", """{"text":"tea","edits":1}""" },
        { "spans", """{"spans":[{"start":0,"end":2,"type":"fact","severity":"minor","comment":"c"}]}""", """{"spans":[{"start":0,"end":2,"type":"fact","severity":"minor"}]}""" },
    };

    /// <summary>The answers of raw and aggregated exports, and the known answers beside them, put back into the lines of their tasks.</summary>
    [Theory, MemberData(nameof(Answers))]
    public void ExportedAnswers_AreKnownAnswers(string form, string answer, string known)
    {
        var (compiled, line) = form switch
        {
            "preference" => (Pair(), """{"id":1,"prompt":"p","x":"1","y":"2","gold":G}"""),
            "rating" => (Scale(), """{"id":1,"text":"t","gold":G}"""),
            "ranking" => (Ranked(binding: """{"id":"id","responses":["x","y","z"],"known":"gold"}"""), """{"id":1,"x":"1","y":"2","z":"3","gold":G}"""),
            "choice" => (FormFixtures.One(), """{"id":1,"prompt":"p","text":"t","gold":G}"""),
            "choices" => (FormFixtures.Many(), """{"id":1,"text":"t","gold":G}"""),
            "correction" => (Corrected(), """{"id":1,"prompt":"p","text":"tee","gold":G}"""),
            _ => (Marked(), """{"id":1,"text":"some text","gold":G}"""),
        };
        var bound = Bind(compiled, line.Replace("G", answer, StringComparison.Ordinal));
        (bound.Refusal?.Message, bound.KnownAnswer).ShouldBe((null, known));
        var accepted = Bind(compiled, line.Replace("G", $$"""{"accepted":[{{answer}}],"reason":"because"}""", StringComparison.Ordinal));
        (accepted.Refusal?.Message, accepted.KnownAnswer, accepted.Explanation).ShouldBe((null, $$"""{"accepted":[{{known}}],"reason":"because"}""", "because"));
    }
}
