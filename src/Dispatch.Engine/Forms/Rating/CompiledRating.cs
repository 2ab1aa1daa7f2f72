using System.Globalization;
using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Engine.Forms.Shared;

namespace Dispatch.Engine.Forms.Rating;

/// <summary>Canonical content: <c>{"prompt":[{"role","text"}],"context":{},"response":"…"}</c>; canonical answer: <c>{"ratings":{"name":n},"reason"}</c>. Nothing is shuffled.</summary>
internal sealed class CompiledRating(IReadOnlyList<Dimension> dimensions, ReasonRule rule, LineFields fields, string? responseField) : ICompiledForm
{
    private static readonly string[] AnswerMembers = ["ratings", "reason"];

    private readonly KnownRating _known = new(dimensions, fields);

    public int ShuffledResponses => 0;

    public IReadOnlyList<string> ExportColumns { get; } = [.. dimensions.Select(dimension => dimension.Name), "reason"];

    public LineBinding Bind(JsonElement line) => fields.Guard(line, BindLine);

    private LineBinding BindLine(JsonElement line)
    {
        var (binding, refusal) = fields.ReadCommon(line);
        var opening = refusal is null ? fields.Open(line, ref refusal, responseField) : null;
        if (opening is null) return new LineBinding { Refusal = refusal };
        var content = JsonTexts.Write(writer =>
        {
            writer.WriteStartObject();
            refusal = fields.WriteOpening(writer, line, opening);
            if (opening.Responses is [var response]) writer.WriteString("response", response);
            else writer.WriteNull("response");
            writer.WriteEndObject();
        });
        return refusal is not null
            ? new LineBinding { Refusal = refusal }
            : fields.Finish(line, binding, opening, content, _known.Read, "ratings", "Give a whole number on the scale, or an object with one for each dimension.");
    }

    public string DescribeKnown(string known) => AcceptedAnswers.Describe(
        known,
        answer => string.Join(", ", dimensions.Select(dimension => $"{dimension.Name} {Value(answer, dimension)} (of {dimension.Min} to {dimension.Max})")));

    public string Present(string content, IReadOnlyList<int> presentation) => content;

    public AnswerCheck CheckAnswer(string content, IReadOnlyList<int> presentation, string answer)
    {
        using var document = AnswerReader.Parse(answer, AnswerMembers, out var refused);
        if (document is null) return refused;
        var root = document.RootElement;
        if (!root.TryGetProperty("ratings", out var ratings) || ratings.ValueKind != JsonValueKind.Object)
        {
            return AnswerReader.Refuse("$.ratings", "The answer has no ratings.", "Send an object with one whole number for each dimension.");
        }

        foreach (var member in ratings.EnumerateObject())
        {
            if (dimensions.All(dimension => dimension.Name != member.Name)) return AnswerReader.Refuse($"$.ratings.{JsonTexts.Quote(member.Name)}", $"There is no dimension '{JsonTexts.Quote(member.Name)}'.", $"Rate: {string.Join(", ", dimensions.Select(dimension => dimension.Name))}.");
        }

        var values = new int[dimensions.Count];
        for (var i = 0; i < values.Length; i++)
        {
            var dimension = dimensions[i];
            if (!TryRating(ratings, dimension, out values[i]))
            {
                return AnswerReader.Refuse($"$.ratings.{dimension.Name}", $"'{dimension.Name}' is not a whole number from {dimension.Min} to {dimension.Max}.", "Choose a step of the scale.");
            }
        }

        if (AnswerReader.CheckReason(root, rule, out var reason) is { } noReason) return noReason;
        return new AnswerCheck(Write(values, reason), null);
    }

    public string? ReadKnown(string content, string known) => AcceptedAnswers.Again(known, "ratings", given => given.ValueKind == JsonValueKind.Object ? _known.Read(given).Canonical : null);

    /// <summary>Mean over the dimensions, each by its own tolerance.</summary>
    public double ScoreGold(string knownAnswer, string answer) => AcceptedAnswers.Best(
        knownAnswer,
        answer,
        (known, given) => dimensions.Average(dimension => dimension.Rule.Score(Math.Abs(Value(known, dimension) - Value(given, dimension)), dimension.Options)));

    public IReadOnlyList<AnswerScale> Scales { get; } = [.. dimensions.Select(dimension => new AnswerScale(dimension.Name, ScaleLevel.Ordinal, dimension.Min, dimension.Options))];

    public int VoteOptions => dimensions.Count == 1 ? dimensions[0].Options : 0;

    /// <summary>The step, where there is one dimension.</summary>
    public string? VoteOf(string answer)
    {
        if (dimensions.Count > 1) return null;
        using var document = JsonDocument.Parse(answer);
        return Value(document.RootElement, dimensions[0]).ToString(CultureInfo.InvariantCulture);
    }

    public IReadOnlyList<double?> ValuesOf(string answer)
    {
        using var document = JsonDocument.Parse(answer);
        return [.. dimensions.Select(dimension => (double?)Value(document.RootElement, dimension))];
    }

    /// <summary>Mean over the dimensions of 1 − (d/(k−1))² (quality reference, section 1.5).</summary>
    public double AgreementOf(string first, string second)
    {
        using var one = JsonDocument.Parse(first);
        using var other = JsonDocument.Parse(second);
        return dimensions.Average(dimension => OrdinalRule.Nearness(Math.Abs(Value(one.RootElement, dimension) - Value(other.RootElement, dimension)), dimension.Options));
    }

    public bool CanAggregate => true;

    /// <summary>The median of each dimension; sure of it are those who are within its tolerance.</summary>
    public AggregateAnswer? Aggregate(IReadOnlyList<string> answers)
    {
        if (answers.Count == 0) return null;
        int[][] values = [.. answers.Select(answer => ValuesOf(answer).Select(value => (int)value!.Value).ToArray())];
        (int Value, bool IsTied)[] medians = [.. dimensions.Select((_, i) => Voting.Median(values.Select(row => row[i])))];
        return new AggregateAnswer
        {
            Answer = Write([.. medians.Select(median => median.Value)], null),
            Confidence = dimensions.Select((dimension, i) => values.Average(row => Math.Abs(row[i] - medians[i].Value) <= dimension.Rule.Tolerance ? 1.0 : 0.0)).Average(),
            Method = "median",
            Answers = answers.Count,
            IsTied = medians.Any(median => median.IsTied),
            Votes = dimensions.Count == 1 ? answers.Select(answer => VoteOf(answer)!).CountBy(vote => vote).ToDictionary() : [],
        };
    }

    public IReadOnlyList<string?> ExportValues(string answer)
    {
        using var document = JsonDocument.Parse(answer);
        return
        [
            .. dimensions.Select(dimension => document.RootElement.GetProperty("ratings").GetProperty(dimension.Name).GetRawText()),
            document.RootElement.TryGetProperty("reason", out var reason) ? reason.GetString() : null,
        ];
    }

    public IReadOnlyList<string> ExportFormats { get; } =
        responseField is not null && fields.Prompt is not null && dimensions.Any(dimension => dimension.Acceptable is not null) ? [TrainingFormats.Unpaired] : [];

    /// <summary>A response is good when every dimension with a bar reaches it.</summary>
    public IEnumerable<string> ExportTraining(string format, string content, string answer, TrainingShape shape = TrainingShape.ByTask)
    {
        if (!ExportFormats.Contains(format)) yield break;
        using var document = JsonDocument.Parse(content);
        using var given = JsonDocument.Parse(answer);
        var isGood = dimensions.All(dimension => dimension.Acceptable is not { } bar || Value(given.RootElement, dimension) >= bar);
        yield return TrainingFormats.Line(document.RootElement.GetProperty("prompt"), [("completion", document.RootElement.GetProperty("response").GetString()!)], isGood, shape);
    }

    private string Write(int[] values, string? reason) => Write(dimensions, values, reason);

    internal static string Write(IReadOnlyList<Dimension> dimensions, IReadOnlyList<int> values, string? reason) => JsonTexts.Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteStartObject("ratings");
        for (var i = 0; i < values.Count; i++) writer.WriteNumber(dimensions[i].Name, values[i]);
        writer.WriteEndObject();
        if (reason is not null) writer.WriteString("reason", reason);
        writer.WriteEndObject();
    });

    private static bool TryRating(JsonElement ratings, Dimension dimension, out int value)
    {
        value = 0;
        return ratings.TryGetProperty(dimension.Name, out var given)
            && given.ValueKind == JsonValueKind.Number
            && given.TryGetInt32(out value)
            && InRange(value, dimension);
    }

    private static bool InRange(int value, Dimension dimension) => value >= dimension.Min && value <= dimension.Max;

    private static int Value(JsonElement answer, Dimension dimension) =>
        answer.GetProperty("ratings").GetProperty(dimension.Name).GetInt32();
}
