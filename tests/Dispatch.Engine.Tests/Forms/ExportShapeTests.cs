using System.Text.Json;
using Dispatch.Engine.Forms;

namespace Dispatch.Engine.Tests.Forms;

/// <summary>A file that is exported has one type a column, for readers of data sets infer it from the first lines and stop at another.</summary>
public sealed class ExportShapeTests
{
    private const string Turn = """{"prompt":[{"role":"user","text":"q"}],"context":{},"responses":["A","B"]}""";
    private const string Conversation = """{"prompt":[{"role":"user","text":"q"},{"role":"assistant","text":"r"},{"role":"user","text":"s"}],"context":{},"responses":["A","B"]}""";
    private const string Nothing = """{"prompt":[],"context":{},"responses":["A","B"]}""";

    [Theory]
    [InlineData(TrainingShape.Plain)]
    [InlineData(TrainingShape.Conversational)]
    public void TrainingLines_OfAllPrompts_HaveOneShape(TrainingShape shape)
    {
        var form = FormFixtures.Compiled("preference", """{"tie":true}""", """{"id":"id","prompt":"p","responses":["x","y"]}""");
        foreach (var format in (string[])["trl-preference", "trl-unpaired"])
        {
            var shapes = ((string[])[Turn, Conversation, Nothing]).SelectMany(content => form.ExportTraining(format, content, """{"choice":"a"}""", shape)).Select(Shape).Distinct().ToList();
            shapes.Count.ShouldBe(1, string.Join('\n', shapes));
        }
    }

    [Fact]
    public void Conversation_AsPlainText_KeepsItsRoles()
    {
        var form = FormFixtures.Compiled("preference", "{}", """{"id":"id","prompt":"p","responses":["x","y"]}""");
        form.ExportTraining("trl-preference", Conversation, """{"choice":"b"}""", TrainingShape.Plain).Single()
            .ShouldBe("""{"prompt":"user: q\n\nassistant: r\n\nuser: s","chosen":"B","rejected":"A"}""");
        form.IsConversation(Conversation).ShouldBeTrue();
        form.IsConversation(Turn).ShouldBeFalse();
        form.IsConversation(Nothing).ShouldBeFalse();
    }

    [Fact]
    public void Rankings_WithAndWithoutSharedPlaces_HaveOneShape()
    {
        var form = FormFixtures.Compiled("ranking", """{"ties":true}""", """{"id":"id","prompt":"p","responses":["x","y","z"]}""");
        form.ExportAnswer("""{"ranking":["c",["a","b"]],"reason":"r"}""").ShouldBe("""{"ranking":[["c"],["a","b"]],"reason":"r"}""");
        form.ExportAnswer("""{"ranking":["c","a","b"]}""").ShouldBe("""{"ranking":[["c"],["a"],["b"]]}""");
        form.ExportAnswer("""{"accepted":[{"ranking":["c",["a","b"]]},{"ranking":["a","b","c"]}]}""")
            .ShouldBe("""{"accepted":[{"ranking":[["c"],["a","b"]]},{"ranking":[["a"],["b"],["c"]]}]}""");
        var strict = FormFixtures.Compiled("ranking", "{}", """{"id":"id","prompt":"p","responses":["x","y","z"]}""");
        strict.ExportAnswer("""{"ranking":["c","a","b"]}""").ShouldBe("""{"ranking":["c","a","b"]}""");
    }

    [Theory]
    [InlineData("", "new", "trl-preference", 0)]
    [InlineData("", "new", "trl-unpaired", 1)]
    [InlineData("old", "", "trl-preference", 0)]
    [InlineData("old", "", "trl-unpaired", 1)]
    [InlineData("old", "new", "trl-preference", 1)]
    [InlineData("old", "new", "trl-unpaired", 2)]
    public void Correction_MakesNoLineWithoutAWord(string before, string after, string format, int lines)
    {
        var form = FormFixtures.Compiled("correction", "{}", """{"id":"id","prompt":"p","text":"t"}""");
        form.ExportTraining(format, JsonSerializer.Serialize(new { prompt = new[] { new { role = "user", text = "q" } }, text = before }), JsonSerializer.Serialize(new { text = after })).Count().ShouldBe(lines);
    }

    /// <summary>The types of a value, members and elements included.</summary>
    private static string Shape(string line)
    {
        using var document = JsonDocument.Parse(line);
        return Of(document.RootElement);

        static string Of(JsonElement value) => value.ValueKind switch
        {
            JsonValueKind.Object => $"{{{string.Join(',', value.EnumerateObject().Where(member => member.Name != "label").Select(member => $"{member.Name}:{Of(member.Value)}"))}}}",
            JsonValueKind.Array => $"[{string.Join('|', value.EnumerateArray().Select(Of).Distinct())}]".Replace("[]", "[{role:String,content:String}]", StringComparison.Ordinal),
            _ => value.ValueKind.ToString(),
        };
    }
}
