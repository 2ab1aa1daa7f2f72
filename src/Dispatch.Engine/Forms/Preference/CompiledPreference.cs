using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Engine.Forms.Shared;

namespace Dispatch.Engine.Forms.Preference;

/// <summary>
/// Canonical content: <c>{"prompt":[{"role","text"}],"context":{},"responses":["…","…"]}</c>; canonical keys are <c>a</c> and <c>b</c>. The worker
/// sees keys <c>1</c> and <c>2</c>, which name positions on the screen, so a habit of clicking left cannot favour a model.
/// </summary>
internal sealed class CompiledPreference(PreferenceRules rules, LineFields fields, string fieldA, string fieldB) : ICompiledForm
{
    private const string Tie = "tie";
    private static readonly string[] Canonical = ["a", "b"];
    private static readonly string[] Labels = ["a", "b", Tie];
    private static readonly string[] Shown = ["1", "2"];
    private static readonly string[] AnswerMembers = ["choice", "strength", "reason"];

    private readonly KnownPreference _known = new(rules, fields, fieldA, fieldB);

    public int ShuffledResponses => 2;

    public IReadOnlyList<string> ExportColumns { get; } = ["choice", "strength", "reason"];

    public IReadOnlyList<string> ExportFormats { get; } = [TrainingFormats.Preference, TrainingFormats.Unpaired];

    public LineBinding Bind(JsonElement line) => fields.Guard(line, BindLine);

    private LineBinding BindLine(JsonElement line)
    {
        var (binding, refusal) = fields.ReadCommon(line);
        var opening = refusal is null ? fields.Open(line, ref refusal, fieldA, fieldB) : null;
        if (opening is null) return new LineBinding { Refusal = refusal };
        var content = JsonTexts.Write(writer =>
        {
            writer.WriteStartObject();
            refusal = fields.WriteOpening(writer, line, opening);
            writer.WriteStartArray("responses");
            foreach (var response in opening.Responses) writer.WriteStringValue(response);
            writer.WriteEndArray();
            writer.WriteEndObject();
        });
        return refusal is not null
            ? new LineBinding { Refusal = refusal }
            : fields.Finish(line, binding, opening, content, _known.Read, "choice", $"Use a, b, tie, {fieldA} or {fieldB}, or say in the binding what the values mean.");
    }

    public string DescribeKnown(string known) => AcceptedAnswers.Describe(known, answer => answer.GetProperty("choice").GetString() switch
    {
        "a" => $"the first response ('{fieldA}') is better",
        "b" => $"the second response ('{fieldB}') is better",
        _ => "a tie",
    });

    public string Present(string content, IReadOnlyList<int> presentation)
    {
        using var document = JsonDocument.Parse(content);
        return JsonTexts.Write(writer =>
        {
            var responses = document.RootElement.GetProperty("responses");
            writer.WriteStartObject();
            writer.WritePropertyName("prompt");
            document.RootElement.GetProperty("prompt").WriteTo(writer);
            writer.WritePropertyName("context");
            document.RootElement.GetProperty("context").WriteTo(writer);
            writer.WriteStartArray("responses");
            for (var position = 0; position < 2; position++)
            {
                writer.WriteStartObject();
                writer.WriteString("key", Shown[position]);
                writer.WritePropertyName("text");
                responses[At(presentation, position)].WriteTo(writer);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        });
    }

    public AnswerCheck CheckAnswer(string content, IReadOnlyList<int> presentation, string answer)
    {
        using var document = AnswerReader.Parse(answer, AnswerMembers, out var refused);
        if (document is null) return refused;
        var root = document.RootElement;
        if (!root.TryGetProperty("choice", out var value) || !JsonTexts.TryGet(value, out var shown))
        {
            return AnswerReader.Refuse("$.choice", "The answer has no choice.", "Send the key of the better response: \"1\" or \"2\".");
        }

        string choice;
        if (shown == Tie && rules.Tie) choice = Tie;
        else if (Array.IndexOf(Shown, shown) is >= 0 and var position) choice = Canonical[At(presentation, position)];
        else return AnswerReader.Refuse("$.choice", $"'{JsonTexts.Quote(shown)}' is no response of this task.", rules.Tie ? "Send \"1\", \"2\" or \"tie\"." : "Send \"1\" or \"2\"; this project allows no tie.");

        if (CheckStrength(root, choice, out var strength) is { } refusal) return refusal;
        if (AnswerReader.CheckReason(root, rules.Reason, out var reason) is { } noReason) return noReason;
        return new AnswerCheck(
            JsonTexts.Write(writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("choice", choice);
                if (strength is { } level) writer.WriteNumber("strength", level);
                if (reason is not null) writer.WriteString("reason", reason);
                writer.WriteEndObject();
            }),
            null);
    }

    public string? ReadKnown(string content, string known) => AcceptedAnswers.Again(known, "choice", given =>
        JsonTexts.TryGet(given, out var choice) && (Array.IndexOf(Canonical, choice) >= 0 || (rules.Tie && choice == Tie)) ? $$"""{"choice":"{{choice}}"}""" : null);

    public double ScoreGold(string knownAnswer, string answer) =>
        AcceptedAnswers.Best(knownAnswer, answer, (known, given) => Agreement(known.GetProperty("choice").GetString()!, given.GetProperty("choice").GetString()!));

    public IReadOnlyList<AnswerScale> Scales { get; } =
    [
        new("choice", ScaleLevel.Nominal, 0, rules.Tie ? 3 : 2),
        .. rules.Strength is { } levels ? (AnswerScale[])[new("margin", ScaleLevel.Ordinal, -levels, (2 * levels) + 1)] : [],
    ];

    public int VoteOptions => rules.Tie ? 3 : 2;

    public string? VoteOf(string answer) => Choice(answer);

    /// <summary>0 for a, 1 for b, 2 for a tie; then, where strength is asked for, how far b is above a.</summary>
    public IReadOnlyList<double?> ValuesOf(string answer)
    {
        using var document = JsonDocument.Parse(answer);
        var choice = document.RootElement.GetProperty("choice").GetString()!;
        var value = (double)Array.IndexOf(Labels, choice);
        if (rules.Strength is null) return [value];
        if (choice == Tie) return [value, 0];
        return [value, document.RootElement.TryGetProperty("strength", out var strength) ? strength.GetInt32() * (choice == "a" ? -1 : 1) : null];
    }

    public double AgreementOf(string first, string second) => Agreement(Choice(first), Choice(second));

    public bool CanAggregate => true;

    public AggregateAnswer? Aggregate(IReadOnlyList<string> answers)
    {
        if (answers.Count == 0) return null;
        var (label, share, isTied, votes) = Voting.Majority([.. answers.Select(Choice)], Labels);
        return new AggregateAnswer { Answer = $$"""{"choice":"{{label}}"}""", Confidence = share, Method = "majority", Answers = answers.Count, IsTied = isTied, Votes = votes };
    }

    /// <summary>1 for the same choice, 0.5 when exactly one side says tie, 0 for the opposite (quality reference, section 1.5).</summary>
    private static double Agreement(string first, string second) =>
        first == second ? 1 : first == Tie || second == Tie ? 0.5 : 0;

    public IReadOnlyList<string?> ExportValues(string answer)
    {
        using var document = JsonDocument.Parse(answer);
        return
        [
            document.RootElement.GetProperty("choice").GetString(),
            document.RootElement.TryGetProperty("strength", out var strength) ? strength.GetRawText() : null,
            document.RootElement.TryGetProperty("reason", out var reason) ? reason.GetString() : null,
        ];
    }

    public IEnumerable<string> ExportTraining(string format, string content, string answer, TrainingShape shape = TrainingShape.ByTask)
    {
        var choice = Choice(answer);
        if (choice == Tie) yield break;
        using var document = JsonDocument.Parse(content);
        var root = document.RootElement;
        var responses = root.GetProperty("responses");
        var chosen = responses[Array.IndexOf(Canonical, choice)].GetString()!;
        var rejected = responses[1 - Array.IndexOf(Canonical, choice)].GetString()!;
        if (format == TrainingFormats.Preference)
        {
            yield return TrainingFormats.Line(root.GetProperty("prompt"), [("chosen", chosen), ("rejected", rejected)], label: null, shape);
        }
        else if (format == TrainingFormats.Unpaired)
        {
            yield return TrainingFormats.Line(root.GetProperty("prompt"), [("completion", chosen)], label: true, shape);
            yield return TrainingFormats.Line(root.GetProperty("prompt"), [("completion", rejected)], label: false, shape);
        }
    }

    private AnswerCheck? CheckStrength(JsonElement root, string choice, out int? strength)
    {
        strength = null;
        var given = root.TryGetProperty("strength", out var value) && value.ValueKind != JsonValueKind.Null;
        if (rules.Strength is not { } levels || choice == Tie)
        {
            return given ? AnswerReader.Refuse("$.strength", "No strength is asked for here.", "Leave the strength out.") : null;
        }

        if (given && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var level) && level >= 1 && level <= levels)
        {
            strength = level;
            return null;
        }

        return AnswerReader.Refuse("$.strength", $"The strength is not a whole number from 1 to {levels}.", $"Say how much better it is, from 1 to {levels}.");
    }

    private static string Choice(string answer)
    {
        using var document = JsonDocument.Parse(answer);
        return document.RootElement.GetProperty("choice").GetString()!;
    }

    public string PresentAnswer(string content, IReadOnlyList<int> presentation, string answer) => ShownAnswer.Rewrite(answer, "choice", key =>
    {
        var index = Array.IndexOf(Canonical, key);
        return index < 0 ? key : Shown[At(presentation, 0) == index ? 0 : 1];
    });

    private static int At(IReadOnlyList<int> presentation, int position) => presentation.Count == 0 ? position : presentation[position];
}
