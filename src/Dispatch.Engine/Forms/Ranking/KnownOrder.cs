using System.Text.Json;
using Dispatch.Engine.Forms.Shared;

namespace Dispatch.Engine.Forms.Ranking;

/// <summary>Reads known rankings as data sets spell them.</summary>
internal sealed class KnownOrder(LineFields fields, ResponseFields responses)
{
    /// <summary>Meanings of numbers that the binding of <c>known</c> may name.</summary>
    public static readonly KnownRules Rules = new([NumberMeaning.OrderFrom0, NumberMeaning.OrderFrom1, NumberMeaning.HighestBest, NumberMeaning.LowestBest], HasFields: true);

    /// <summary>Meanings of numbers that the binding of <c>rank</c> may name.</summary>
    public static readonly KnownRules RankRules = new([NumberMeaning.HighestBest, NumberMeaning.LowestBest], HasMap: false);

    private readonly LineNote _assumed = NumberMeaning.Assumed(
        fields.Known?.Named ?? "",
        "They were taken as the numbers of the responses from 0, best first.",
        string.Join(", ", Rules.Numbers));

    /// <summary>The note on ranks whose direction the binding leaves open.</summary>
    public static LineNote LowestAssumed(string field) => new(
        "numbers_without_meaning",
        $"The responses are ranked by the number in '{field}', and the binding does not say which is best. The lowest was taken as best.",
        $"Say it in the binding: \"rank\": {{\"field\": \"{field}\", \"numbers\": \"{NumberMeaning.LowestBest}\"}}, or {NumberMeaning.HighestBest} for scores.");

    /// <summary>Reads one.</summary>
    /// <param name="value">As the line has it.</param>
    /// <param name="count">How many responses there are.</param>
    public KnownRead Read(JsonElement value, int count)
    {
        if (fields.Known!.TryMap(value, out var mapped)) value = mapped;
        if (KnownRead.SaysNone(value)) return KnownRead.None;
        if (value.ValueKind != JsonValueKind.Array) return KnownRead.Unfit("it is no list of responses.");
        if (value.GetArrayLength() == 0) return KnownRead.None;
        if (fields.Known.Numbers is NumberMeaning.HighestBest or NumberMeaning.LowestBest) return OfScores(value, count);
        var hasNumbers = false;
        var canonical = Of(value, count, (item, most) => IndexOf(item, most, () => hasNumbers = true));
        if (canonical is null) return KnownRead.Unfit("it does not rank every response once.");
        return KnownRead.Is(canonical, hasNumbers && fields.Known.Numbers is null ? _assumed : null);
    }

    /// <summary>The canonical ranking; null when a response is not in it, or twice.</summary>
    /// <param name="value">The list, best first; equals in a list of their own.</param>
    /// <param name="count">How many responses there are.</param>
    /// <param name="indexOf">The response that an item names, from 0; −1 for none.</param>
    public static string? Of(JsonElement value, int count, Func<JsonElement, int, int> indexOf)
    {
        if (value.ValueKind != JsonValueKind.Array) return null;
        List<List<int>> groups = [];
        foreach (var place in value.EnumerateArray())
        {
            List<int> group = [.. (place.ValueKind == JsonValueKind.Array ? place.EnumerateArray().ToList() : [place]).Select(item => indexOf(item, count))];
            if (group.Count == 0) return null;
            groups.Add(group);
        }

        var all = groups.SelectMany(group => group).ToList();
        return all.Count == count && all.Distinct().Count() == count && !all.Contains(-1) ? RankingAnswer.Write(groups, null) : null;
    }

    private KnownRead OfScores(JsonElement value, int count)
    {
        var scores = new List<double>();
        foreach (var item in value.EnumerateArray())
        {
            if (!KnownRead.TryNumber(item, out var score)) return KnownRead.Unfit($"'{JsonTexts.Quote(item)}' is not a number.");
            scores.Add(score);
        }

        return scores.Count == count
            ? KnownRead.Is(RankingAnswer.Write(RankingAnswer.ByNumber(scores, fields.Known!.Numbers == NumberMeaning.HighestBest), null))
            : KnownRead.Unfit($"it holds {scores.Count} numbers for {count} responses.");
    }

    private int IndexOf(JsonElement item, int count, Action foundNumber)
    {
        if (fields.Known!.TryMap(item, out var mapped)) item = mapped;
        if (JsonTexts.TryGet(item, out var name))
        {
            // The producer's own names first, as in a preference.
            for (var i = 0; i < responses.Names.Count; i++) if (responses.Names[i] == name) return i;
            for (var i = 0; i < responses.Names.Count; i++) if (responses.Names[i].Equals(name.Trim(), StringComparison.OrdinalIgnoreCase)) return i;
            var letter = Array.IndexOf(RankingAnswer.Keys, name.Trim().ToLowerInvariant());
            if (letter >= 0) return letter < count ? letter : -1;
        }

        if (!KnownRead.TryWhole(item, out var number)) return -1;
        foundNumber();
        var index = fields.Known.Numbers == NumberMeaning.OrderFrom1 ? number - 1 : number;
        return index >= 0 && index < count ? index : -1;
    }
}
