using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Engine.Forms.Shared;

namespace Dispatch.Engine.Forms.Choice;

/// <summary>
/// One of the project's options, or several of them. Settings: <c>options</c> (2 to 20 of <c>{"key", "label"?, "acceptable"?}</c> or of plain keys; a response whose chosen option
/// is <c>acceptable</c> is exported as a good one), <c>multiple</c> (default false) with <c>min</c> (default 1) and <c>max</c> (default all) of chosen options,
/// <c>ordinal</c> (the options are steps of a scale, in their order; default false; not with multiple) with <c>tolerance</c> and <c>scoring</c> of gold as in
/// <see cref="OrdinalRule"/>, <c>shuffle</c> (default false), <c>reason</c> (none, optional, required; default none), <c>question</c>. Binding: <c>prompt</c>
/// and/or <c>response</c>, and, if there are any, <c>id</c>, <c>known</c> (numbers that are no keys: <c>first_is_0</c>, <c>first_is_1</c>), <c>overlap</c>, <c>priority</c>,
/// <c>context</c>. A <c>response</c> that is a conversation is its last turn; without <c>prompt</c>, the turns before it are the prompt.
/// </summary>
public sealed class ChoiceForm : IAnswerForm
{
    private const int OptionsMax = 20;
    private const int KeyCharacters = 100;

    /// <inheritdoc/>
    public string FormType => "choice";

    /// <inheritdoc/>
    public FormCompilation Compile(JsonElement settings, JsonElement binding)
    {
        var set = new FieldReader(settings, RefusalCode.InvalidForm, "$.form.settings");
        var options = ReadOptions(set);
        var isMultiple = set.Flag("multiple");
        var min = set.Whole("min", 0, OptionsMax);
        var max = set.Whole("max", 1, OptionsMax);
        var isOrdinal = set.Flag("ordinal");
        var rules = new ChoiceRules(options, isMultiple, min ?? 1, Math.Min(max ?? options.Count, options.Count), isOrdinal, OrdinalRule.Read(set), set.Flag("shuffle"), AnswerReader.ReadRule(set));
        set.Text("question");
        if (!isMultiple && (min ?? max) is not null) set.Fault(min is null ? "max" : "min", "Only one option is chosen.", "Leave it out, or set multiple.");
        if (options.Count > 0 && rules.Min > rules.Max) set.Fault("min", "More options must be chosen than may be.", "Let min be at most max and the number of options.");
        if (isOrdinal && isMultiple) set.Fault("ordinal", "Several steps of one scale cannot be chosen at once.", "Leave out ordinal or multiple.");
        if (isOrdinal && rules.Shuffle) set.Fault("shuffle", "The steps of a scale have an order.", "Leave out ordinal or shuffle.");
        if (!isOrdinal && rules.Gold != default) set.Fault("tolerance", "Nearness needs an order of the options.", "Leave tolerance and scoring out, or set ordinal.");
        set.RefuseOthers();

        var bind = new FieldReader(binding, RefusalCode.InvalidForm, "$.form.binding");
        var fields = LineFields.Read(bind, KnownChoice.Rules);
        var response = bind.Text("response");
        if (fields.Prompt is null && response is null) bind.Fault("response", "There is nothing to choose about.", "Bind prompt, response, or both.");
        if (fields.IsKnown(response)) bind.Fault("known", "The known answer would be shown as the response.", "Bind another field.");
        bind.RefuseOthers();

        Refusal[] faults = [.. set.Faults, .. bind.Faults];
        return faults.Length > 0
            ? new FormCompilation(null, faults)
            : new FormCompilation(new CompiledChoice(rules, fields, response), []);
    }

    private static List<Option> ReadOptions(FieldReader set)
    {
        List<Option> options = [];
        if (set.Any("options") is not { ValueKind: JsonValueKind.Array } list || list.GetArrayLength() is < 2 or > OptionsMax)
        {
            set.Fault("options", "There is no list of options.", $"Give 2 to {OptionsMax} options: [{{\"key\": \"safe\", \"label\": \"Safe\"}}, …] or [\"safe\", …].");
            return options;
        }

        foreach (var (index, item) in list.EnumerateArray().Index())
        {
            var reader = new FieldReader(item, RefusalCode.InvalidForm, $"$.form.settings.options[{index}]");
            string? key;
            var (label, isAcceptable) = ((string?)null, false);
            if (item.ValueKind == JsonValueKind.String)
            {
                key = JsonTexts.TryGet(item, out var text) ? text : null;
            }
            else
            {
                key = reader.Text("key", required: true);
                label = reader.Text("label");
                isAcceptable = reader.Flag("acceptable");
                reader.RefuseOthers();
            }

            if (key is { Length: 0 or > KeyCharacters } || key?.Contains('|') == true) reader.Fault("key", $"The key is empty, over {KeyCharacters} characters, or holds a '|'.", "Give a short key, and the long text as label.");
            if (options.Exists(known => known.Key == key)) reader.Fault("key", $"There are two options '{JsonTexts.Quote(key!)}'.", "Give each its own key.");
            set.Faults.AddRange(reader.Faults);
            if (key is not null) options.Add(new Option(key, label ?? key, isAcceptable));
        }

        return options;
    }
}

/// <summary>What the project asks for.</summary>
internal sealed record ChoiceRules(IReadOnlyList<Option> Options, bool IsMultiple, int Min, int Max, bool IsOrdinal, OrdinalRule Gold, bool Shuffle, ReasonRule Reason);

/// <summary>One option.</summary>
internal sealed record Option(string Key, string Label, bool IsAcceptable);
