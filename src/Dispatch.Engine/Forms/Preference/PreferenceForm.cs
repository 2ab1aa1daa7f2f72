using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Engine.Forms.Shared;

namespace Dispatch.Engine.Forms.Preference;

/// <summary>
/// Which of two responses is better. Settings: <c>tie</c> (may the worker call it a tie; default false), <c>strength</c> (2 to 9
/// levels of how much better; default not asked), <c>reason</c> (none, optional, required; default none), <c>question</c>.
/// Binding: <c>responses</c> (two field names: texts or lists of messages) and, if there are any, <c>id</c>, <c>prompt</c>, <c>known</c>, <c>overlap</c>, <c>priority</c>,
/// <c>context</c>. Without <c>prompt</c> it is what both responses begin with, where they are conversations; <c>"$common"</c> takes it from plain texts, too.
/// <c>known</c> may say what numbers mean: <c>first_is_0</c>, <c>first_is_1</c>, <c>winner_is_1</c> (1: the first won), <c>positive_is_first</c>, <c>positive_is_second</c>, or,
/// for a number each in two <c>fields</c> or one list, <c>highest_best</c>, <c>lowest_best</c>.
/// </summary>
public sealed class PreferenceForm : IAnswerForm
{
    /// <inheritdoc/>
    public string FormType => "preference";

    /// <inheritdoc/>
    public FormCompilation Compile(JsonElement settings, JsonElement binding)
    {
        var set = new FieldReader(settings, RefusalCode.InvalidForm, "$.form.settings");
        var rules = new PreferenceRules(set.Flag("tie"), set.Whole("strength", 2, 9), AnswerReader.ReadRule(set));
        set.Text("question");
        set.RefuseOthers();

        var bind = new FieldReader(binding, RefusalCode.InvalidForm, "$.form.binding");
        var fields = LineFields.Read(bind, KnownPreference.Rules, hasSeveralResponses: true);
        var responses = LineFields.ReadNames(bind, "responses", 2);
        if (responses.Count != 2) bind.Fault("responses", "A preference compares two responses.", "Name the two fields that hold them: [\"response_a\", \"response_b\"].");
        if (responses.Count == 2 && responses[0] == responses[1]) bind.Fault("responses", "Both responses are the same field.", "Name two different fields.");
        if (responses.Any(fields.IsKnown)) bind.Fault("known", "The known answer would be shown as a response.", "Bind another field.");
        bind.RefuseOthers();

        Refusal[] faults = [.. set.Faults, .. bind.Faults];
        return faults.Length > 0
            ? new FormCompilation(null, faults)
            : new FormCompilation(new CompiledPreference(rules, fields, responses[0], responses[1]), []);
    }
}

/// <summary>What the project asks for.</summary>
internal sealed record PreferenceRules(bool Tie, int? Strength, ReasonRule Reason);
