using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Engine.Forms.Shared;

namespace Dispatch.Engine.Forms.Ranking;

/// <summary>
/// Responses in order, best first. Settings: <c>ties</c> (may several share a place; default false), <c>shuffle</c> (default true), <c>reason</c> (none, optional, required;
/// default none), <c>question</c>. Binding: <c>responses</c> and, if there are any, <c>id</c>, <c>prompt</c>, <c>known</c>, <c>overlap</c>, <c>priority</c>,
/// <c>context</c>. <c>responses</c> is a list of 2 to 10 field names, or the name of one field that holds a list of 2 to 10; then <c>text</c> names the text inside each item that
/// is an object, and <c>rank</c>, instead of <c>known</c>, the number inside it by which it is known to rank: a field's name (lowest is best), or
/// <c>{"field", "numbers"}</c> with <c>lowest_best</c> or <c>highest_best</c>. <c>known</c> may say the same of a number for each response, or that numbers name responses from
/// <c>order_from_0</c> or <c>order_from_1</c>. Without <c>prompt</c> it is found as in a preference.
/// </summary>
public sealed class RankingForm : IAnswerForm
{
    /// <summary>Responses of one task: as many as there are digits on a keyboard.</summary>
    public const int ResponsesMax = 10;

    /// <inheritdoc/>
    public string FormType => "ranking";

    /// <inheritdoc/>
    public FormCompilation Compile(JsonElement settings, JsonElement binding)
    {
        var set = new FieldReader(settings, RefusalCode.InvalidForm, "$.form.settings");
        var rules = new RankingRules(set.Flag("ties"), set.Flag("shuffle", otherwise: true), AnswerReader.ReadRule(set));
        set.Text("question");
        set.RefuseOthers();

        var bind = new FieldReader(binding, RefusalCode.InvalidForm, "$.form.binding");
        var fields = LineFields.Read(bind, KnownOrder.Rules, hasSeveralResponses: true);
        var responses = ReadResponses(bind);
        if (responses.Names.Any(fields.IsKnown)) bind.Fault("known", "The known answer would be shown as a response.", "Bind another field.");
        if (fields.Known is not null && responses.Rank is not null) bind.Fault("rank", "The known answer is bound twice.", "Bind known or rank, not both.");
        if (responses.Rank?.Holds(responses.Text) == true) bind.Fault("text", "The known rank would be shown as the text.", "Bind another field.");
        if (responses.List is { } list && fields.Context.Any(field => field.StartsWith($"{list}.", StringComparison.Ordinal))) bind.Fault("context", "A field inside the responses would be shown in their canonical order.", "Show fields outside the list.");
        bind.RefuseOthers();

        Refusal[] faults = [.. set.Faults, .. bind.Faults];
        return faults.Length > 0
            ? new FormCompilation(null, faults)
            : new FormCompilation(new CompiledRanking(rules, fields, responses), []);
    }

    private static ResponseFields ReadResponses(FieldReader bind)
    {
        var (text, rank) = (bind.Text("text"), KnownBinding.Read(bind, KnownOrder.RankRules, "rank"));
        if (bind.Any("responses") is { ValueKind: JsonValueKind.String }) return new ResponseFields([], bind.Text("responses"), text, rank);
        var names = LineFields.ReadNames(bind, "responses", ResponsesMax);
        if (names.Count < 2) bind.Fault("responses", "A ranking needs two responses or more.", "Name the fields that hold them, or the one field that holds a list of them.");
        if (names.Distinct(StringComparer.Ordinal).Count() != names.Count) bind.Fault("responses", "A field is named twice.", "Name every response once.");
        if (text is not null) bind.Fault("text", "Only responses in one list have a text inside them.", "Leave it out, or bind responses to the field that holds the list.");
        if (rank is not null) bind.Fault("rank", "Only responses in one list have a rank inside them.", "Bind known instead.");
        return new ResponseFields(names, null, text, rank);
    }
}

/// <summary>What the project asks for.</summary>
internal sealed record RankingRules(bool Ties, bool Shuffle, ReasonRule Reason);

/// <summary>Where the responses are: in fields of their own, or in one list.</summary>
internal sealed record ResponseFields(IReadOnlyList<string> Names, string? List, string? Text, KnownBinding? Rank)
{
    /// <summary>The most a task can have.</summary>
    public int Max => List is null ? Names.Count : RankingForm.ResponsesMax;
}
