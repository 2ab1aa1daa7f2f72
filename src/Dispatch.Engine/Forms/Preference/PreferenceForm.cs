using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Engine.Forms.Shared;

namespace Dispatch.Engine.Forms.Preference;

/// <summary>
/// Which of two responses is better. Settings: <c>tie</c> (may the worker call it a tie; default false), <c>strength</c> (2 to 9
/// levels of how much better; default not asked), <c>reason</c> (none, optional, required; default none), <c>question</c>.
/// Binding: <c>id</c>, <c>prompt</c>, <c>responses</c> (two field names) and, if there are any, <c>known</c>, <c>overlap</c>, <c>priority</c>, <c>context</c>.
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
        var fields = LineFields.Read(bind, promptRequired: true);
        var responses = LineFields.ReadNames(bind, "responses", 2);
        if (responses.Count != 2) bind.Fault("responses", "A preference compares two responses.", "Name the two fields that hold them: [\"response_a\", \"response_b\"].");
        if (responses.Count == 2 && responses[0] == responses[1]) bind.Fault("responses", "Both responses are the same field.", "Name two different fields.");
        if (fields.Known is not null && responses.Contains(fields.Known)) bind.Fault("known", "The known answer would be shown as a response.", "Bind another field.");
        bind.RefuseOthers();

        Refusal[] faults = [.. set.Faults, .. bind.Faults];
        return faults.Length > 0
            ? new FormCompilation(null, faults)
            : new FormCompilation(new CompiledPreference(rules, fields, responses[0], responses[1]), []);
    }
}

/// <summary>What the project asks for.</summary>
internal sealed record PreferenceRules(bool Tie, int? Strength, ReasonRule Reason);
