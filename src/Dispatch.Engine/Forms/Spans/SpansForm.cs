using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Engine.Forms.Shared;

namespace Dispatch.Engine.Forms.Spans;

/// <summary>
/// Stretches of a text marked with a type. Settings: <c>types</c> (1 to 9 of <c>{"name", "label"?}</c> or of plain names), <c>severities</c> (2 to 5 names, mildest first; default not
/// asked), <c>comment</c> (beside each span: none, optional, required; default none), <c>overlap</c> (may spans overlap; default false), <c>maxSpans</c> (1 to
/// <see cref="Limits.SpansMax"/>; default 50), <c>matchPercent</c> (1 to 100; how much of two spans must coincide for one to count as the other in gold; default 50),
/// <c>question</c>. Binding: <c>text</c> or, for a text in steps that are exported with a label each, <c>steps</c> (a field with a list of strings, of objects with
/// <c>text</c>, or of PRM800K's steps); and, if there are any, <c>id</c>, <c>prompt</c>, <c>known</c> (spans as annotation tools export them, or a label for each step; <c>map</c>
/// of their labels to types, null for none; <c>offsets</c>: <c>utf16</c>, the default, or <c>code_points</c>), <c>overlap</c>, <c>priority</c>, <c>context</c>.
/// </summary>
public sealed class SpansForm : IAnswerForm
{
    private const int TypesMax = 9;
    private const int SeveritiesMax = 5;
    private const int SpansDefault = 50;
    private const int MatchPercentDefault = 50;

    /// <inheritdoc/>
    public string FormType => "spans";

    /// <inheritdoc/>
    public FormCompilation Compile(JsonElement settings, JsonElement binding)
    {
        var set = new FieldReader(settings, RefusalCode.InvalidForm, "$.form.settings");
        var rules = new SpanRules(
            ReadTypes(set),
            ReadSeverities(set),
            AnswerReader.ReadRule(set, "comment"),
            set.Flag("overlap"),
            set.Whole("maxSpans", 1, Limits.SpansMax) ?? SpansDefault,
            (set.Whole("matchPercent", 1, 100) ?? MatchPercentDefault) / 100.0);
        set.Text("question");
        set.RefuseOthers();

        var bind = new FieldReader(binding, RefusalCode.InvalidForm, "$.form.binding");
        var fields = LineFields.Read(bind, KnownSpans.Rules);
        var (text, steps) = (bind.Text("text"), bind.Text("steps"));
        if (text is null == steps is null) bind.Fault("text", "There is no text to mark, or two.", "Bind text or steps.");
        if (fields.IsKnown(text) || (fields.IsKnown(steps) && fields.Known?.HasMap != true)) bind.Fault("known", "The known answer would be shown as the text.", "Bind another field.");
        if (steps is not null && fields.Prompt is null) bind.Fault("prompt", "Steps are steps of an answer to something.", "Bind the prompt.");
        bind.RefuseOthers();

        Refusal[] faults = [.. set.Faults, .. bind.Faults];
        return faults.Length > 0
            ? new FormCompilation(null, faults)
            : new FormCompilation(new CompiledSpans(rules, fields, text, steps), []);
    }

    private static List<string> ReadTypes(FieldReader set)
    {
        List<string> types = [];
        if (set.Any("types") is not { ValueKind: JsonValueKind.Array } list || list.GetArrayLength() is < 1 or > TypesMax)
        {
            set.Fault("types", "There is no list of types.", $"Give 1 to {TypesMax} types: [{{\"name\": \"fact\", \"label\": \"Wrong fact\"}}, …] or [\"fact\", …].");
            return types;
        }

        foreach (var (index, item) in list.EnumerateArray().Index())
        {
            var reader = new FieldReader(item, RefusalCode.InvalidForm, $"$.form.settings.types[{index}]");
            string? name;
            if (item.ValueKind == JsonValueKind.String)
            {
                name = JsonTexts.TryGet(item, out var text) && text.Length > 0 ? text : null;
                if (name is null) reader.Fault("name", "The type has no usable name.", "Give it as a string that is not empty.");
            }
            else
            {
                name = reader.Text("name", required: true);
                reader.Text("label");
                reader.RefuseOthers();
            }

            if (name is not null && types.Contains(name)) reader.Fault("name", $"There are two types '{JsonTexts.Quote(name)}'.", "Give each its own name.");
            set.Faults.AddRange(reader.Faults);
            if (name is not null) types.Add(name);
        }

        return types;
    }

    private static IReadOnlyList<string> ReadSeverities(FieldReader set)
    {
        var severities = LineFields.ReadNames(set, "severities", SeveritiesMax);
        if (severities.Count == 1 || severities.Distinct(StringComparer.Ordinal).Count() != severities.Count) set.Fault("severities", "There is one severity only, or one is named twice.", $"Give 2 to {SeveritiesMax} names, mildest first.");
        return severities;
    }
}

/// <summary>What the project asks for.</summary>
internal sealed record SpanRules(IReadOnlyList<string> Types, IReadOnlyList<string> Severities, ReasonRule Comment, bool Overlap, int MaxSpans, double Match);
