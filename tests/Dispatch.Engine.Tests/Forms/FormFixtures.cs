using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Engine.Forms;
using Dispatch.Engine.Forms.Choice;
using Dispatch.Engine.Forms.Correction;
using Dispatch.Engine.Forms.Preference;
using Dispatch.Engine.Forms.Ranking;
using Dispatch.Engine.Forms.Rating;
using Dispatch.Engine.Forms.Spans;

namespace Dispatch.Engine.Tests.Forms;

internal static class FormFixtures
{
    public const string PairBinding = """{"id":"id","prompt":"prompt","responses":["x","y"],"known":"gold","overlap":"n","priority":"p","context":["stance","meta.source"]}""";

    public static FormCatalog Catalog { get; } = new([new PreferenceForm(), new RatingForm(), new RankingForm(), new ChoiceForm(), new CorrectionForm(), new SpansForm()]);

    public static ICompiledForm Pair(string settings = """{"tie":true,"strength":3,"reason":"optional"}""", string binding = PairBinding) => Compiled("preference", settings, binding);

    public static ICompiledForm Scale(string settings = """{"dimensions":[{"name":"helpfulness","min":1,"max":5},{"name":"safety","label":"Safe?","min":0,"max":2}],"reason":"optional"}""", string binding = """{"id":"id","response":"text","known":"gold"}""") =>
        Compiled("rating", settings, binding);

    public static ICompiledForm Ranked(string settings = "{}", string binding = """{"id":"id","prompt":"prompt","responses":"replies","text":"text","rank":"rank"}""") => Compiled("ranking", settings, binding);

    /// <summary>Content of a ranking of a, b, c, ….</summary>
    public static string Replies(int count) => Bind(Ranked(binding: """{"id":"id","prompt":"prompt","responses":"replies"}"""), JsonSerializer.Serialize(new { id = 1, prompt = "p", replies = Enumerable.Range(0, count).Select(i => ((char)('a' + i)).ToString()) })).Content;

    public static ICompiledForm One(string settings = """{"options":[{"key":"bad","label":"Bad"},{"key":"fair"},{"key":"good","acceptable":true}]}""", string binding = """{"id":"id","prompt":"prompt","response":"text","known":"gold"}""") =>
        Compiled("choice", settings, binding);

    public static ICompiledForm Many(string settings = """{"options":["x","y","z"],"multiple":true,"min":0,"shuffle":true}""", string binding = """{"id":"id","response":"text","known":"gold"}""") => Compiled("choice", settings, binding);

    public static ICompiledForm Corrected(string settings = "{}", string binding = """{"id":"id","prompt":"prompt","text":"text","known":"gold"}""") => Compiled("correction", settings, binding);

    public static ICompiledForm Marked(string settings = """{"types":["fact",{"name":"style","label":"Style"}],"severities":["minor","major"],"comment":"optional"}""", string binding = """{"id":"id","text":"text","known":"gold"}""") =>
        Compiled("spans", settings, binding);

    /// <summary>Content that holds nothing but a text.</summary>
    public static string Text(string text) => JsonSerializer.Serialize(new { prompt = Array.Empty<object>(), context = new { }, text });

    public static void ShouldBeRefused(Refusal? refusal, string place)
    {
        refusal.ShouldNotBeNull();
        refusal.Code.ShouldBe(RefusalCode.FormMismatch);
        refusal.Place.ShouldBe(place);
        refusal.Message.ShouldNotBeEmpty();
        refusal.Remedy.ShouldNotBeEmpty();
    }

    public static LineBinding Bind(ICompiledForm form, string line)
    {
        using var document = JsonDocument.Parse(line);
        return form.Bind(document.RootElement);
    }

    public static ICompiledForm Compiled(string type, string settings, string binding)
    {
        var compiled = Catalog.Compile(type, settings, binding);
        compiled.Refusals.Select(refusal => $"{refusal.Place}: {refusal.Message}").ShouldBeEmpty();
        return compiled.Form!;
    }
}
