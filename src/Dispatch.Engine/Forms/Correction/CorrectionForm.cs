using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Engine.Forms.Shared;

namespace Dispatch.Engine.Forms.Correction;

/// <summary>
/// A text put right. Settings: <c>allowUnchanged</c> (may the worker say that nothing is wrong, by sending the text as it is; default false), <c>maxCharacters</c> (of the text and of
/// its correction; default and limit <see cref="Limits.CorrectionCharacters"/>), <c>reason</c> (none, optional, required; default optional), <c>question</c>.
/// Binding: <c>text</c> and, if there are any, <c>id</c>, <c>prompt</c>, <c>known</c>, <c>overlap</c>, <c>priority</c>, <c>context</c>.
/// </summary>
public sealed class CorrectionForm : IAnswerForm
{
    /// <inheritdoc/>
    public string FormType => "correction";

    /// <inheritdoc/>
    public FormCompilation Compile(JsonElement settings, JsonElement binding)
    {
        var set = new FieldReader(settings, RefusalCode.InvalidForm, "$.form.settings");
        var rules = new CorrectionRules(
            set.Flag("allowUnchanged"),
            set.Whole("maxCharacters", 1, Limits.CorrectionCharacters) ?? Limits.CorrectionCharacters,
            AnswerReader.ReadRule(set, otherwise: ReasonRule.Optional));
        set.Text("question");
        set.RefuseOthers();

        var bind = new FieldReader(binding, RefusalCode.InvalidForm, "$.form.binding");
        var fields = LineFields.Read(bind, new KnownRules([], HasMap: false));
        var text = bind.Text("text", required: true);
        if (fields.IsKnown(text)) bind.Fault("known", "The known answer would be shown as the text.", "Bind another field.");
        bind.RefuseOthers();

        Refusal[] faults = [.. set.Faults, .. bind.Faults];
        return faults.Length > 0
            ? new FormCompilation(null, faults)
            : new FormCompilation(new CompiledCorrection(rules, fields, text!), []);
    }
}

/// <summary>What the project asks for.</summary>
internal sealed record CorrectionRules(bool AllowUnchanged, int MaxCharacters, ReasonRule Reason);
