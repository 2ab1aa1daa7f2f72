using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Engine.Forms.Shared;

namespace Dispatch.Engine.Forms.Rating;

/// <summary>
/// Whole numbers on one or several named scales. Settings: <c>dimensions</c> (1 to 10 of <c>{"name", "label"?, "min", "max"}</c>, at most eleven steps
/// each, so that 0 to 10 fits, with <c>tolerance</c> and <c>scoring</c> of gold as in <see cref="OrdinalRule"/>, and <c>acceptable</c>, the step from which a response is good, for the export of labelled
/// completions), <c>reason</c> (none, optional, required; default none). Binding: <c>prompt</c> and/or <c>response</c>, and, if there are any,
/// <c>id</c>, <c>known</c> (a field, or <c>{"fields": {"dimension": "field"}}</c> where each dimension has its own; <c>map</c> for words), <c>overlap</c>, <c>priority</c>,
/// <c>context</c>. A <c>response</c> that is a conversation is its last turn; without <c>prompt</c>, the turns before it are the prompt.
/// </summary>
public sealed class RatingForm : IAnswerForm
{
    private const int DimensionsMax = 10;
    private const int StepsMax = 11;

    /// <inheritdoc/>
    public string FormType => "rating";

    /// <inheritdoc/>
    public FormCompilation Compile(JsonElement settings, JsonElement binding)
    {
        var set = new FieldReader(settings, RefusalCode.InvalidForm, "$.form.settings");
        var dimensions = ReadDimensions(set);
        var reason = AnswerReader.ReadRule(set);
        set.RefuseOthers();

        var bind = new FieldReader(binding, RefusalCode.InvalidForm, "$.form.binding");
        var fields = LineFields.Read(bind, KnownRating.Rules);
        var response = bind.Text("response");
        if (fields.Prompt is null && response is null) bind.Fault("response", "There is nothing to rate.", "Bind prompt, response, or both.");
        if (fields.IsKnown(response)) bind.Fault("known", "The known answer would be shown as the response.", "Bind another field.");
        bind.RefuseOthers();

        Refusal[] faults = [.. set.Faults, .. bind.Faults];
        return faults.Length > 0
            ? new FormCompilation(null, faults)
            : new FormCompilation(new CompiledRating(dimensions, reason, fields, response), []);
    }

    private static List<Dimension> ReadDimensions(FieldReader set)
    {
        List<Dimension> dimensions = [];
        if (set.Any("dimensions") is not { ValueKind: JsonValueKind.Array } list || list.GetArrayLength() is < 1 or > DimensionsMax)
        {
            set.Fault("dimensions", "There is no list of dimensions.", $"Give 1 to {DimensionsMax} dimensions: [{{\"name\": \"helpfulness\", \"min\": 1, \"max\": 5}}].");
            return dimensions;
        }

        foreach (var (index, item) in list.EnumerateArray().Index())
        {
            var reader = new FieldReader(item, RefusalCode.InvalidForm, $"$.form.settings.dimensions[{index}]");
            var name = reader.Text("name", required: true);
            reader.Text("label");
            var min = reader.Whole("min", 0, 100) ?? 1;
            var max = reader.Whole("max", 0, 100) ?? 5;
            if (max - min is < 1 or >= StepsMax) reader.Fault("max", "The scale has no steps, or too many.", $"Let max be above min, with at most {StepsMax} steps.");
            var rule = OrdinalRule.Read(reader);
            var acceptable = reader.Whole("acceptable", min, Math.Max(min, max));
            if (name == "reason") reader.Fault("name", "'reason' is what the text beside the ratings is called.", "Choose another name.");
            if (dimensions.Any(known => known.Name == name)) reader.Fault("name", $"There are two dimensions '{name}'.", "Give each its own name.");
            reader.RefuseOthers();
            set.Faults.AddRange(reader.Faults);
            if (name is not null) dimensions.Add(new Dimension(name, min, max, rule, acceptable));
        }

        return dimensions;
    }
}

/// <summary>One scale.</summary>
internal sealed record Dimension(string Name, int Min, int Max, OrdinalRule Rule, int? Acceptable)
{
    public int Options => Max - Min + 1;
}
