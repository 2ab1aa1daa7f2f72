using System.Globalization;
using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Engine.Forms.Shared;

namespace Dispatch.Engine.Forms.Spans;

/// <summary>
/// Canonical content: <c>{"prompt":[{"role","text"}],"context":{},"text":"…","steps":[length,…]}</c>, with the lengths of the steps where there are any; between two steps lies an
/// empty line. Canonical answer: <c>{"spans":[{"start","end","type","severity","comment"}]}</c>. Nothing is shuffled.
/// </summary>
internal sealed class CompiledSpans(SpanRules rules, LineFields fields, string? textField, string? stepsField) : ICompiledForm
{
    private static readonly string[] AnswerMembers = ["spans"];

    private readonly KnownSpans _known = new(rules, fields);

    public int ShuffledResponses => 0;

    public IReadOnlyList<string> ExportColumns { get; } = ["span_count", "spans"];

    public IReadOnlyList<string> ExportFormats { get; } = stepsField is null ? [] : [TrainingFormats.Stepwise];

    public LineBinding Bind(JsonElement line) => fields.Guard(line, BindLine);

    private LineBinding BindLine(JsonElement line)
    {
        var (binding, refusal) = fields.ReadCommon(line);
        var opening = refusal is null ? fields.Open(line, ref refusal) : null;
        if (opening is null) return new LineBinding { Refusal = refusal };
        var steps = stepsField is null ? null : StepTexts.Read(line, stepsField, ref refusal);
        var text = steps is null ? textField is null ? "" : LineFields.ReadText(line, textField, ref refusal) : string.Join(StepTexts.Between, steps);
        if (text.Length == 0) refusal ??= LineFields.Mismatch($"$.{textField}", "The text is empty.", "Leave the line out.");
        var content = JsonTexts.Write(writer =>
        {
            writer.WriteStartObject();
            refusal ??= fields.WriteOpening(writer, line, opening);
            writer.WriteString("text", text);
            if (steps is not null)
            {
                writer.WriteStartArray("steps");
                foreach (var step in steps) writer.WriteNumberValue(step.Length);
                writer.WriteEndArray();
            }

            writer.WriteEndObject();
        });
        return refusal is not null
            ? new LineBinding { Refusal = refusal }
            : fields.Finish(line, binding, opening, content, given => _known.Read(given, text, steps), "spans", "Give a list of spans with start, end and type.");
    }

    public string DescribeKnown(string known) => AcceptedAnswers.Describe(known, answer =>
    {
        var spans = Span.Read(answer);
        return spans.Count == 0 ? "nothing to mark" : $"{spans.Count} marked: {string.Join(", ", spans.Select(span => $"{span.Type} from {span.Start} to {span.End}"))}";
    });

    public string? ReadKnown(string content, string known)
    {
        using var task = JsonDocument.Parse(content);
        var text = task.RootElement.GetProperty("text").GetString()!;
        return AcceptedAnswers.Again(known, "spans", given => KnownSpans.Exact(given, text, rules).Canonical);
    }

    public string Present(string content, IReadOnlyList<int> presentation) => content;

    public AnswerCheck CheckAnswer(string content, IReadOnlyList<int> presentation, string answer)
    {
        using var document = AnswerReader.Parse(answer, AnswerMembers, out var refused);
        if (document is null) return refused;
        var root = document.RootElement;
        using var shown = JsonDocument.Parse(content);
        root.TryGetProperty("spans", out var list);
        return SpanCheck.Read(list, shown.RootElement.GetProperty("text").GetString()!, rules, out var spans) ?? new AnswerCheck(Span.Write(spans), null);
    }

    /// <summary>F1 over spans: each known span is found by at most one of the same type that coincides with it enough. 1 when there was nothing to mark, and nothing is marked.</summary>
    public double ScoreGold(string knownAnswer, string answer) => AcceptedAnswers.Best(knownAnswer, answer, (known, given) =>
    {
        var (wanted, marked) = (Span.Read(known), Span.Read(given));
        if (wanted.Count + marked.Count == 0) return 1;
        var candidates =
            from one in wanted.Index()
            from other in marked.Index()
            let coincidence = one.Item.Coincidence(other.Item)
            where one.Item.Type == other.Item.Type && coincidence >= rules.Match
            orderby coincidence descending
            select (Wanted: one.Index, Marked: other.Index);
        var (found, used) = (new HashSet<int>(), new HashSet<int>());
        foreach (var pair in candidates)
        {
            if (found.Contains(pair.Wanted) || used.Contains(pair.Marked)) continue;
            found.Add(pair.Wanted);
            used.Add(pair.Marked);
        }

        return 2.0 * found.Count / (wanted.Count + marked.Count);
    });

    /// <summary>Characters that both mark with the same type, by those that either marks. Severity and comment do not count.</summary>
    public double AgreementOf(string first, string second) => SpanCover.Likeness(Read(first), Read(second));

    /// <summary>1 − the characters that both mark with the same type, by those that either marks (Jaccard).</summary>
    public AnswerDistance? Distance { get; } = new("spans", "share of the marked characters that only one of the two marks with that type", (first, second) => 1 - SpanCover.Likeness(Read(first), Read(second)));

    public bool CanAggregate => true;

    public AggregateAnswer? Aggregate(IReadOnlyList<string> answers)
    {
        if (answers.Count == 0) return null;
        var (spans, isTied) = SpanCover.Majority([.. answers.Select(Read)], rules.Types, rules.Severities);
        var agreed = Span.Write(spans);
        return new AggregateAnswer { Answer = agreed, Confidence = Voting.MeanAgreement(agreed, answers, AgreementOf), Method = "character_majority", Answers = answers.Count, IsTied = isTied };
    }

    public IReadOnlyList<string?> ExportValues(string answer)
    {
        using var document = JsonDocument.Parse(answer);
        var spans = document.RootElement.GetProperty("spans");
        return [spans.GetArrayLength().ToString(CultureInfo.InvariantCulture), spans.GetRawText()];
    }

    /// <summary>A step is right when nothing in it is marked.</summary>
    public IEnumerable<string> ExportTraining(string format, string content, string answer, TrainingShape shape = TrainingShape.ByTask)
    {
        if (!ExportFormats.Contains(format)) yield break;
        using var document = JsonDocument.Parse(content);
        if (!document.RootElement.TryGetProperty("steps", out var lengths)) yield break;
        var text = document.RootElement.GetProperty("text").GetString()!;
        var spans = Read(answer);
        List<string> steps = [];
        List<bool> labels = [];
        var start = 0;
        foreach (var length in lengths.EnumerateArray().Select(length => length.GetInt32()))
        {
            var end = start + length;
            steps.Add(text[start..end]);
            labels.Add(!spans.Exists(span => span.Start < end && span.End > start));
            start = end + StepTexts.Between.Length;
        }

        yield return TrainingFormats.StepwiseLine(document.RootElement.GetProperty("prompt"), steps, labels);
    }

    private static List<Span> Read(string answer)
    {
        using var document = JsonDocument.Parse(answer);
        return Span.Read(document.RootElement);
    }
}
