using System.Globalization;
using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Engine.Forms.Shared;
using Dispatch.Engine.Quality.Agreement;

namespace Dispatch.Engine.Forms.Ranking;

/// <summary>
/// Canonical content: <c>{"prompt":[{"role","text"}],"context":{},"responses":["…",…]}</c>; canonical keys are <c>a</c>, <c>b</c>, … The worker sees keys <c>1</c>, <c>2</c>, …,
/// which name places on the screen.
/// </summary>
internal sealed class CompiledRanking(RankingRules rules, LineFields fields, ResponseFields responses) : ICompiledForm
{
    private static readonly string[] AnswerMembers = ["ranking", "reason"];

    private readonly RankingBinding _binding = new(fields, responses);

    public int ShuffledResponses => rules.Shuffle ? responses.Max : 0;

    public IReadOnlyList<string> ExportColumns { get; } = ["ranking", "reason"];

    public IReadOnlyList<string> ExportFormats { get; } = [TrainingFormats.Preference, TrainingFormats.Unpaired];

    public LineBinding Bind(JsonElement line) => fields.Guard(line, _binding.Bind);

    public IReadOnlyList<int> OrderShown(string content, IReadOnlyList<int> presentation) =>
        presentation.Count == 0 ? presentation : ShownOrder.Of(presentation, CountOf(content));

    public string Present(string content, IReadOnlyList<int> presentation)
    {
        using var document = JsonDocument.Parse(content);
        var texts = document.RootElement.GetProperty("responses");
        return JsonTexts.Write(writer =>
        {
            writer.WriteStartObject();
            writer.WritePropertyName("prompt");
            document.RootElement.GetProperty("prompt").WriteTo(writer);
            writer.WritePropertyName("context");
            document.RootElement.GetProperty("context").WriteTo(writer);
            writer.WriteStartArray("responses");
            foreach (var (place, index) in ShownOrder.Of(presentation, texts.GetArrayLength()).Index())
            {
                writer.WriteStartObject();
                writer.WriteString("key", ShownKey(place));
                writer.WritePropertyName("text");
                texts[index].WriteTo(writer);
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
        if (!root.TryGetProperty("ranking", out var ranking) || ranking.ValueKind != JsonValueKind.Array)
        {
            return AnswerReader.Refuse("$.ranking", "The answer has no ranking.", "Send the keys of the responses, best first: [\"2\", \"1\", \"3\"].");
        }

        var order = ShownOrder.Of(presentation, CountOf(content));
        var seen = new HashSet<int>();
        List<List<int>> groups = [];
        foreach (var (i, place) in ranking.EnumerateArray().Index())
        {
            if (place.ValueKind == JsonValueKind.Array && !rules.Ties) return AnswerReader.Refuse($"$.ranking[{i}]", "This project allows no shared places.", "Put one response on each place.");
            List<int> group = [];
            foreach (var key in place.ValueKind == JsonValueKind.Array ? [.. place.EnumerateArray()] : (JsonElement[])[place])
            {
                if (!JsonTexts.TryGet(key, out var shown) || IndexOf(shown, order) is not { } index) return AnswerReader.Refuse($"$.ranking[{i}]", $"'{JsonTexts.Quote(key.ValueKind == JsonValueKind.String ? shown : key.GetRawText())}' is no response of this task.", $"Use the keys \"1\" to \"{order.Count}\".");
                if (!seen.Add(index)) return AnswerReader.Refuse($"$.ranking[{i}]", $"Response '{shown}' is ranked twice.", "Rank every response once.");
                group.Add(index);
            }

            if (group.Count == 0) return AnswerReader.Refuse($"$.ranking[{i}]", "The place is empty.", "Leave it out.");
            groups.Add(group);
        }

        if (seen.Count != order.Count)
        {
            var missing = order.Index().Where(pair => !seen.Contains(pair.Item)).Select(pair => ShownKey(pair.Index));
            return AnswerReader.Refuse("$.ranking", $"Not ranked yet: {string.Join(", ", missing)}.", "Rank every response once.");
        }

        if (AnswerReader.CheckReason(root, rules.Reason, out var reason) is { } noReason) return noReason;
        return new AnswerCheck(RankingAnswer.Write(groups, reason), null);
    }

    public string DescribeKnown(string known) => AcceptedAnswers.Describe(known, answer => string.Join(
        " before ",
        RankingAnswer.Groups(answer).Select(group => string.Join(" equal to ", group.Select(index => responses.List is null ? $"'{responses.Names[index]}'" : $"response {index + 1}")))));

    public string? ReadKnown(string content, string known) => AcceptedAnswers.Again(known, "ranking", given => KnownOrder.Of(given, CountOf(content), LetterIndex));

    private static int LetterIndex(JsonElement item, int count) =>
        JsonTexts.TryGet(item, out var letter) && Array.IndexOf(RankingAnswer.Keys, letter) is var index && index < count ? index : -1;

    public double ScoreGold(string knownAnswer, string answer) => AcceptedAnswers.Best(knownAnswer, answer, Agreement);

    public double AgreementOf(string first, string second)
    {
        using var one = JsonDocument.Parse(first);
        using var other = JsonDocument.Parse(second);
        return Agreement(one.RootElement, other.RootElement);
    }

    /// <summary>(1 − τ_b)/2: 0 for the same order, 1 for the reverse. Rankings of different numbers of responses cannot be compared.</summary>
    public AnswerDistance? Distance { get; } = new("ranking", "half of 1 − Kendall's τ_b", (first, second) =>
    {
        using var one = JsonDocument.Parse(first);
        using var other = JsonDocument.Parse(second);
        return RankingAnswer.Places(one.RootElement).Length == RankingAnswer.Places(other.RootElement).Length ? 1 - Agreement(one.RootElement, other.RootElement) : null;
    });

    public bool CanAggregate => true;

    /// <summary>Borda: a response gets a point for each that it is placed above, and half a point for each that it shares its place with.</summary>
    public AggregateAnswer? Aggregate(IReadOnlyList<string> answers)
    {
        if (answers.Count == 0) return null;
        double[]? points = null;
        foreach (var answer in answers)
        {
            using var document = JsonDocument.Parse(answer);
            var places = RankingAnswer.Places(document.RootElement);
            points ??= new double[places.Length];
            for (var i = 0; i < places.Length; i++) points[i] += places.Index().Sum(other => other.Index == i ? 0 : places[i] < other.Item ? 1 : places[i] == other.Item ? 0.5 : 0);
        }

        var groups = RankingAnswer.ByNumber(points!, isHighestBest: true).ToList();
        var isTied = groups.Exists(group => group.Count > 1);
        var ranking = RankingAnswer.Write(rules.Ties ? groups : groups.SelectMany(group => group.Order()).Select(index => (int[])[index]), null);
        return new AggregateAnswer { Answer = ranking, Confidence = Voting.MeanAgreement(ranking, answers, AgreementOf), Method = "borda", Answers = answers.Count, IsTied = isTied };
    }

    /// <summary>Where places may be shared, each place is a list: a list with texts and lists in it has no type that a data set could have.</summary>
    public string ExportAnswer(string answer)
    {
        if (!rules.Ties) return answer;
        using var document = JsonDocument.Parse(answer);
        return RankingAnswer.WriteListed(document.RootElement);
    }

    public IReadOnlyList<string?> ExportValues(string answer)
    {
        using var document = JsonDocument.Parse(answer);
        return
        [
            string.Join(" > ", RankingAnswer.Groups(document.RootElement).Select(group => string.Join(" = ", group.Select(index => RankingAnswer.Keys[index])))),
            document.RootElement.TryGetProperty("reason", out var reason) ? reason.GetString() : null,
        ];
    }

    /// <summary>Every pair in which one response stands above the other; or what stands first and last as good and bad.</summary>
    public IEnumerable<string> ExportTraining(string format, string content, string answer, TrainingShape shape = TrainingShape.ByTask)
    {
        using var document = JsonDocument.Parse(content);
        using var given = JsonDocument.Parse(answer);
        var prompt = document.RootElement.GetProperty("prompt");
        string[] texts = [.. document.RootElement.GetProperty("responses").EnumerateArray().Select(text => text.GetString()!)];
        var groups = RankingAnswer.Groups(given.RootElement);
        if (format == TrainingFormats.Preference)
        {
            var pairs =
                from upper in groups.Index()
                from better in upper.Item
                from worse in groups.Skip(upper.Index + 1).SelectMany(lower => lower)
                select (texts[better], texts[worse]);
            foreach (var (chosen, rejected) in pairs) yield return TrainingFormats.Line(prompt, [("chosen", chosen), ("rejected", rejected)], label: null, shape);
        }
        else if (format == TrainingFormats.Unpaired && groups.Count > 1)
        {
            foreach (var index in groups[0]) yield return TrainingFormats.Line(prompt, [("completion", texts[index])], label: true, shape);
            foreach (var index in groups[^1]) yield return TrainingFormats.Line(prompt, [("completion", texts[index])], label: false, shape);
        }
    }

    /// <summary>(τ_b + 1)/2 (quality reference, section 1.5). Where one side calls all equal there is no correlation: the middle, or 1 when both do.</summary>
    private static double Agreement(JsonElement first, JsonElement second)
    {
        var (x, y) = (RankingAnswer.Places(first), RankingAnswer.Places(second));
        if (KendallTau.B(x, y) is { } tau) return (tau + 1) / 2;
        return x.AsSpan().SequenceEqual(y) ? 1 : 0.5;
    }

    public string PresentAnswer(string content, IReadOnlyList<int> presentation, string answer)
    {
        var order = ShownOrder.Of(presentation, CountOf(content)).ToArray();
        return ShownAnswer.Rewrite(answer, "ranking", key => ShownKey(Array.IndexOf(order, Array.IndexOf(RankingAnswer.Keys, key))));
    }

    private static int CountOf(string content)
    {
        using var document = JsonDocument.Parse(content);
        return document.RootElement.GetProperty("responses").GetArrayLength();
    }

    private static int? IndexOf(string shown, IReadOnlyList<int> order)
    {
        for (var place = 0; place < order.Count; place++) if (ShownKey(place) == shown) return order[place];
        return null;
    }

    private static string ShownKey(int place) => (place + 1).ToString(CultureInfo.InvariantCulture);
}
