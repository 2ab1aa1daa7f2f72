using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Engine.Forms.Shared;

namespace Dispatch.Engine.Forms.Ranking;

/// <summary>Reads lines of ranking tasks.</summary>
internal sealed class RankingBinding(LineFields fields, ResponseFields responses)
{
    public LineBinding Bind(JsonElement line)
    {
        var (binding, fault) = fields.ReadCommon(line);
        if (fault is not null) return new LineBinding { Refusal = fault };
        Refusal? refusal = null;
        var items = responses.List is null ? [] : Items(line, responses.List, ref refusal);
        var count = responses.List is null ? responses.Names.Count : items.Count;
        var content = JsonTexts.Write(writer =>
        {
            writer.WriteStartObject();
            refusal ??= fields.WriteOpening(writer, line);
            writer.WriteStartArray("responses");
            if (responses.List is null) foreach (var field in responses.Names) writer.WriteStringValue(LineFields.ReadText(line, field, ref refusal));
            for (var i = 0; i < items.Count && refusal is null; i++)
            {
                var text = responses.Text is null ? items[i] : Inside(items[i], responses.Text);
                if (text is { } value && JsonTexts.TryGet(value, out var usable)) writer.WriteStringValue(usable);
                else refusal = LineFields.Mismatch(Place(i, responses.Text), $"Response {i} of '{responses.List}' has no usable text.", "Give a list of strings, or bind text to the field that holds it in each item.");
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        });

        string? known = null;
        if (refusal is null && responses.Rank is not null) known = KnownRanks(items, ref refusal);
        if (refusal is null && fields.Known is not null && LineFields.Find(line, fields.Known) is { } given)
        {
            known = AcceptedAnswers.Bind(given, value => KnownRanking(value, count, IndexOf));
            if (known is null) refusal = LineFields.Mismatch($"$.{fields.Known}", "The known answer does not rank every response once.", $"List the responses best first, by number from 0, by letter from \"a\" or by field name; equals in a list of their own. {AcceptedAnswers.Shape}");
        }

        return refusal is not null ? new LineBinding { Refusal = refusal } : binding with { Content = content, KnownAnswer = known };
    }

    private static List<JsonElement> Items(JsonElement line, string list, ref Refusal? refusal)
    {
        if (LineFields.Find(line, list) is { ValueKind: JsonValueKind.Array } array && array.GetArrayLength() is >= 2 and <= RankingForm.ResponsesMax) return [.. array.EnumerateArray()];
        refusal = LineFields.Mismatch($"$.{list}", $"The bound field '{list}' is not a list of 2 to {RankingForm.ResponsesMax} responses.", "Correct the line, or leave it out.");
        return [];
    }

    private string? KnownRanks(List<JsonElement> items, ref Refusal? refusal)
    {
        var ranks = new List<double>();
        for (var i = 0; i < items.Count; i++)
        {
            if (Inside(items[i], responses.Rank!) is not { } value) continue;
            if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var rank) && double.IsFinite(rank)) ranks.Add(rank);
            else refusal ??= LineFields.Mismatch(Place(i, responses.Rank), $"The rank of response {i} is not a number.", "Correct the line.");
        }

        if (refusal is null && ranks.Count != 0 && ranks.Count != items.Count) refusal = LineFields.Mismatch($"$.{responses.List}", "Some of the responses have a rank, and some have none.", "Rank all of them, or none.");
        return refusal is null && ranks.Count > 0 ? RankingAnswer.Write(RankingAnswer.ByNumber(ranks), null) : null;
    }

    public static string? KnownRanking(JsonElement value, int count, Func<JsonElement, int, int> indexOf)
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

    private int IndexOf(JsonElement item, int count)
    {
        if (item.ValueKind == JsonValueKind.Number) return item.TryGetInt32(out var index) && index >= 0 && index < count ? index : -1;
        if (!JsonTexts.TryGet(item, out var name)) return -1;

        // The producer's own names first, as in a preference.
        for (var i = 0; i < responses.Names.Count; i++) if (responses.Names[i] == name) return i;
        var letter = Array.IndexOf(RankingAnswer.Keys, name);
        return letter < count ? letter : -1;
    }

    private static JsonElement? Inside(JsonElement item, string field) => item.ValueKind == JsonValueKind.Object ? LineFields.Find(item, field) : null;

    private string Place(int index, string? field) => field is null ? $"$.{responses.List}[{index}]" : $"$.{responses.List}[{index}].{field}";
}
