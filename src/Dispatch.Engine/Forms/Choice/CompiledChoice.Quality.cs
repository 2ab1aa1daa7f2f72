using System.Text.Json;
using Dispatch.Engine.Forms.Shared;

namespace Dispatch.Engine.Forms.Choice;

/// <content>How choices are scored, compared and added up.</content>
internal sealed partial class CompiledChoice
{
    /// <summary>One scale for a single choice; one a option, chosen or not, where several may be chosen.</summary>
    public IReadOnlyList<AnswerScale> Scales { get; } = rules.IsMultiple
        ? [.. rules.Options.Select(option => new AnswerScale(option.Key, ScaleLevel.Nominal, 0, 2))]
        : [new AnswerScale("choice", rules.IsOrdinal ? ScaleLevel.Ordinal : ScaleLevel.Nominal, 0, rules.Options.Count)];

    public int VoteOptions => rules.IsMultiple ? 0 : _keys.Length;

    public string? VoteOf(string answer)
    {
        if (rules.IsMultiple) return null;
        using var document = JsonDocument.Parse(answer);
        return document.RootElement.GetProperty(_member).GetString();
    }

    public IReadOnlyList<double?> ValuesOf(string answer)
    {
        using var document = JsonDocument.Parse(answer);
        var chosen = Chosen(document.RootElement);
        return rules.IsMultiple ? [.. _keys.Select(key => (double?)(chosen.Contains(key) ? 1 : 0))] : [Index(chosen[0])];
    }

    /// <summary>One: in the accepted set or not, or by nearness where the options are ordinal. Several: Jaccard's share of what either chose.</summary>
    public double ScoreGold(string knownAnswer, string answer) => AcceptedAnswers.Best(knownAnswer, answer, (known, given) =>
        rules.IsOrdinal ? rules.Gold.Score(Distance(known, given), _keys.Length) : Likeness(known, given));

    public double AgreementOf(string first, string second)
    {
        using var one = JsonDocument.Parse(first);
        using var other = JsonDocument.Parse(second);
        return rules.IsOrdinal ? OrdinalRule.Nearness(Distance(one.RootElement, other.RootElement), _keys.Length) : Likeness(one.RootElement, other.RootElement);
    }

    public bool CanAggregate => true;

    public AggregateAnswer? Aggregate(IReadOnlyList<string> answers)
    {
        if (answers.Count == 0) return null;
        if (rules.IsMultiple) return AggregateMany(answers);
        string[] votes = [.. answers.Select(answer => VoteOf(answer)!)];
        var (label, share, isTied, counts) = Voting.Majority(votes, _keys);
        if (rules.IsOrdinal)
        {
            var (median, isSplit) = Voting.Median(votes.Select(Index));
            (label, isTied) = (_keys[median], isSplit);
            share = votes.Average(vote => Math.Abs(Index(vote) - median) <= rules.Gold.Tolerance ? 1.0 : 0.0);
        }

        return new AggregateAnswer { Answer = Write([Index(label)], null), Confidence = share, Method = rules.IsOrdinal ? "median" : "majority", Answers = answers.Count, IsTied = isTied, Votes = counts };
    }

    /// <summary>Every option that more than half chose, brought to the allowed number by votes.</summary>
    private AggregateAnswer AggregateMany(IReadOnlyList<string> answers)
    {
        var counts = new int[_keys.Length];
        foreach (var answer in answers)
        {
            using var document = JsonDocument.Parse(answer);
            foreach (var key in Chosen(document.RootElement)) counts[Index(key)]++;
        }

        int[] byVotes = [.. Enumerable.Range(0, counts.Length).OrderByDescending(index => counts[index])];
        var size = Math.Clamp(counts.Count(count => 2 * count > answers.Count), rules.Min, rules.Max);
        var isTied = counts.Any(count => 2 * count == answers.Count) || (size > 0 && size < byVotes.Length && counts[byVotes[size - 1]] == counts[byVotes[size]]);
        var chosen = Write([.. byVotes.Take(size)], null);
        return new AggregateAnswer
        {
            Answer = chosen,
            Confidence = Voting.MeanAgreement(chosen, answers, AgreementOf),
            Method = "majority",
            Answers = answers.Count,
            IsTied = isTied,
            Votes = _keys.Index().ToDictionary(pair => pair.Item, pair => counts[pair.Index]),
        };
    }

    private double Likeness(JsonElement first, JsonElement second)
    {
        var (one, other) = (Chosen(first), Chosen(second));
        var both = one.Intersect(other).Count();
        var either = one.Count + other.Count - both;
        return either == 0 ? 1 : (double)both / either;
    }

    private int Distance(JsonElement first, JsonElement second) => Math.Abs(Index(Chosen(first)[0]) - Index(Chosen(second)[0]));

    private List<string> Chosen(JsonElement answer) =>
        rules.IsMultiple ? [.. answer.GetProperty(_member).EnumerateArray().Select(key => key.GetString()!)] : [answer.GetProperty(_member).GetString()!];

    private int Index(string key) => Array.IndexOf(_keys, key);
}
