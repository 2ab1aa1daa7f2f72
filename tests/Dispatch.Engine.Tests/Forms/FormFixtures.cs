using System.Text.Json;
using Dispatch.Engine.Forms;
using Dispatch.Engine.Forms.Preference;
using Dispatch.Engine.Forms.Rating;

namespace Dispatch.Engine.Tests.Forms;

internal static class FormFixtures
{
    public const string PairBinding = """{"id":"id","prompt":"prompt","responses":["x","y"],"known":"gold","overlap":"n","priority":"p","context":["stance","meta.source"]}""";

    public static FormCatalog Catalog { get; } = new([new PreferenceForm(), new RatingForm()]);

    public static ICompiledForm Pair(string settings = """{"tie":true,"strength":3,"reason":"optional"}""", string binding = PairBinding) => Compiled("preference", settings, binding);

    public static ICompiledForm Scale(string settings = """{"dimensions":[{"name":"helpfulness","min":1,"max":5},{"name":"safety","label":"Safe?","min":0,"max":2}],"reason":"optional"}""", string binding = """{"id":"id","response":"text","known":"gold"}""") =>
        Compiled("rating", settings, binding);

    public static LineBinding Bind(ICompiledForm form, string line)
    {
        using var document = JsonDocument.Parse(line);
        return form.Bind(document.RootElement);
    }

    private static ICompiledForm Compiled(string type, string settings, string binding)
    {
        var compiled = Catalog.Compile(type, settings, binding);
        compiled.Refusals.Select(refusal => $"{refusal.Place}: {refusal.Message}").ShouldBeEmpty();
        return compiled.Form!;
    }
}
