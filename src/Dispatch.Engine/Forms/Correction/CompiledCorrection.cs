using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Engine.Forms.Shared;

namespace Dispatch.Engine.Forms.Correction;

/// <summary>
/// Canonical content: <c>{"prompt":[{"role","text"}],"context":{},"text":"…"}</c>; canonical answer: <c>{"text":"…","reason"}</c>. A known answer also holds <c>edits</c>: how many
/// there are from the text to it. Nothing is shuffled.
/// </summary>
internal sealed class CompiledCorrection(CorrectionRules rules, LineFields fields, string textField) : ICompiledForm
{
    private static readonly string[] AnswerMembers = ["text", "reason"];

    public int ShuffledResponses => 0;

    public IReadOnlyList<string> ExportColumns { get; } = ["text", "reason"];

    public IReadOnlyList<string> ExportFormats { get; } = fields.Prompt is null ? [] : [TrainingFormats.Preference, TrainingFormats.Unpaired];

    public LineBinding Bind(JsonElement line) => fields.Guard(line, BindLine);

    private LineBinding BindLine(JsonElement line)
    {
        var (binding, refusal) = fields.ReadCommon(line);
        var opening = refusal is null ? fields.Open(line, ref refusal, textField) : null;
        if (opening is null) return new LineBinding { Refusal = refusal };
        var text = opening.Responses[0];
        var content = JsonTexts.Write(writer =>
        {
            writer.WriteStartObject();
            refusal = fields.WriteOpening(writer, line, opening);
            writer.WriteString("text", text);
            writer.WriteEndObject();
        });
        if (text.Length > rules.MaxCharacters) refusal ??= LineFields.Mismatch($"$.{textField}", $"The text is over {rules.MaxCharacters} characters.", "Give it in parts.");
        return refusal is not null
            ? new LineBinding { Refusal = refusal }
            : fields.Finish(line, binding, opening, content, given => Known(text, given), "text", "Give the corrected text as a string.");
    }

    // An empty field of a table is no correction to an empty text.
    private KnownRead Known(string text, JsonElement given) => JsonTexts.TryGet(given, out var corrected) && corrected.Length == 0
        ? KnownRead.None
        : KnownRead.IsOr(KnownAnswer(text, given), $"it is not usable text, over {rules.MaxCharacters} characters, or the text itself where it may not stay.");

    public string DescribeKnown(string known) => AcceptedAnswers.Describe(
        known,
        answer => $"{answer.GetProperty("edits").GetInt32()} characters to change, to '{QuotedText.Of(answer.GetProperty("text").GetString()!)}'");

    public string Present(string content, IReadOnlyList<int> presentation) => content;

    public AnswerCheck CheckAnswer(string content, IReadOnlyList<int> presentation, string answer)
    {
        using var document = AnswerReader.Parse(answer, AnswerMembers, out var refused);
        if (document is null) return refused;
        var root = document.RootElement;
        if (!root.TryGetProperty("text", out var value) || !JsonTexts.TryGet(value, out var text)) return AnswerReader.Refuse("$.text", "The answer has no text.", "Send the whole corrected text as a string.");
        if (text.Length > rules.MaxCharacters) return AnswerReader.Refuse("$.text", $"The text has {text.Length} characters.", $"Keep it to {rules.MaxCharacters}.");
        if (!rules.AllowUnchanged && Plain(text) == Plain(TextOf(content))) return AnswerReader.Refuse("$.text", "Nothing is corrected.", "Correct the text, or give the task back.");
        if (AnswerReader.CheckReason(root, rules.Reason, out var reason) is { } noReason) return noReason;
        return new AnswerCheck(
            JsonTexts.Write(writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("text", text);
                if (reason is not null) writer.WriteString("reason", reason);
                writer.WriteEndObject();
            }),
            null);
    }

    /// <summary>How far it is from the text is counted anew, from the text of the task.</summary>
    public string? ReadKnown(string content, string known) => AcceptedAnswers.Again(known, "text", given => KnownAnswer(TextOf(content), given));

    /// <summary>
    /// How much of the way from the text to an accepted correction was gone: 1 − d(answer, accepted)/d(text, accepted). A hint for a reviewer: another correction may be as good.
    /// Likeness to the accepted text alone would praise whoever leaves all but one of the errors.
    /// </summary>
    public double ScoreGold(string knownAnswer, string answer) => AcceptedAnswers.Best(knownAnswer, answer, (known, given) =>
    {
        var distance = EditDistance.Between(Plain(known.GetProperty("text").GetString()!), Plain(given.GetProperty("text").GetString()!));
        return distance == 0 ? 1 : Math.Max(0, 1 - (distance / Math.Max(1.0, known.GetProperty("edits").GetInt32())));
    });

    /// <summary>The edit distance divided by the length of the longer text.</summary>
    public AnswerDistance? Distance { get; } = new("text", "edit distance, divided by the length of the longer text", (first, second) => 1 - Likeness(first, second));

    /// <summary>1 − normalised edit distance: a hint only (quality reference, section 1.5).</summary>
    public double AgreementOf(string first, string second) => Likeness(first, second);

    private static double Likeness(string first, string second)
    {
        var (one, other) = (Plain(TextOf(first)), Plain(TextOf(second)));
        var longer = Math.Max(one.Length, other.Length);
        return longer == 0 ? 1 : 1 - ((double)EditDistance.Between(one, other) / longer);
    }

    public bool CanAggregate => true;

    /// <summary>The answer that is nearest to all the others; no text is made up.</summary>
    public AggregateAnswer? Aggregate(IReadOnlyList<string> answers)
    {
        if (answers.Count == 0) return null;
        string[] texts = [.. answers.Select(TextOf).Order(StringComparer.Ordinal)];
        string[] candidates = [.. texts.Select(Write)];
        double[] agreements = [.. candidates.Select(candidate => Voting.MeanAgreement(candidate, candidates, AgreementOf))];
        var best = Array.IndexOf(agreements, agreements.Max());
        return new AggregateAnswer
        {
            Answer = candidates[best],
            Confidence = agreements[best],
            Method = "most_central",
            Answers = answers.Count,
            IsTied = agreements.Index().Any(pair => pair.Item == agreements[best] && texts[pair.Index] != texts[best]),
        };
    }

    public IReadOnlyList<string?> ExportValues(string answer)
    {
        using var document = JsonDocument.Parse(answer);
        return [TextOf(answer), document.RootElement.TryGetProperty("reason", out var reason) ? reason.GetString() : null];
    }

    /// <summary>The correction is better than the text; a text that nobody had to correct is good as it is.</summary>
    public IEnumerable<string> ExportTraining(string format, string content, string answer, TrainingShape shape = TrainingShape.ByTask)
    {
        using var document = JsonDocument.Parse(content);
        var prompt = document.RootElement.GetProperty("prompt");
        var (before, after) = (TextOf(content), TextOf(answer));
        var isChanged = Plain(before) != Plain(after);

        // A completion without a word trains nothing, and TRL drops or chokes on it.
        if (before.Length == 0 && format == TrainingFormats.Preference) yield break;
        if (format == TrainingFormats.Preference && isChanged && after.Length > 0) yield return TrainingFormats.Line(prompt, [("chosen", after), ("rejected", before)], label: null, shape);
        if (format != TrainingFormats.Unpaired) yield break;
        if (after.Length > 0) yield return TrainingFormats.Line(prompt, [("completion", after)], label: true, shape);
        if (isChanged && before.Length > 0) yield return TrainingFormats.Line(prompt, [("completion", before)], label: false, shape);
    }

    private string? KnownAnswer(string text, JsonElement given)
    {
        if (!JsonTexts.TryGet(given, out var known) || known.Length > rules.MaxCharacters) return null;
        var edits = EditDistance.Between(Plain(text), Plain(known));
        if (edits == 0 && !rules.AllowUnchanged) return null;
        return JsonTexts.Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("text", known);
            writer.WriteNumber("edits", edits);
            writer.WriteEndObject();
        });
    }

    private static string Write(string text) => JsonTexts.Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("text", text);
        writer.WriteEndObject();
    });

    // Content and answer call it the same.
    private static string TextOf(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.GetProperty("text").GetString()!;
    }

    /// <summary>Without what a text box changes by itself: its line ends, and blanks around the text.</summary>
    private static string Plain(string text) => text.ReplaceLineEndings("\n").Trim();
}
