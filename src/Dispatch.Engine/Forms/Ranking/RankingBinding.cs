using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Engine.Forms.Shared;

namespace Dispatch.Engine.Forms.Ranking;

/// <summary>Reads lines of ranking tasks.</summary>
internal sealed class RankingBinding(LineFields fields, ResponseFields responses)
{
    private readonly KnownOrder _known = new(fields, responses);

    public LineBinding Bind(JsonElement line)
    {
        var (binding, refusal) = fields.ReadCommon(line);
        if (refusal is not null) return new LineBinding { Refusal = refusal };
        var items = responses.List is null ? [] : Items(line, responses.List, ref refusal);
        var opening = refusal is null ? Opening.Read(fields, line, [.. Bound(line, items)], ref refusal) : null;
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
        if (refusal is not null) return new LineBinding { Refusal = refusal };
        var bound = fields.Finish(
            line, binding, opening, content, value => _known.Read(value, opening.Responses.Count), "ranking",
            "List the responses best first, by number from 0, by letter from \"a\" or by field name; equals in a list of their own. Or say in the binding what the numbers mean.");
        return bound.Refusal is null && responses.Rank is not null ? Ranked(bound, items) : bound;
    }

    private IEnumerable<BoundResponse> Bound(JsonElement line, List<JsonElement> items)
    {
        if (responses.List is null) return responses.Names.Select(field => new BoundResponse($"$.{field}", field, LineFields.Find(line, field)));
        return items.Select((item, i) => new BoundResponse(
            Place(i, responses.Text),
            responses.Text is null ? $"{responses.List}.{i}" : $"{responses.List}.{i}.{responses.Text}",
            responses.Text is null ? item : Inside(item, responses.Text)));
    }

    private static List<JsonElement> Items(JsonElement line, string list, ref Refusal? refusal)
    {
        if (LineFields.Find(line, list) is { ValueKind: JsonValueKind.Array } array && array.GetArrayLength() is >= 2 and <= RankingForm.ResponsesMax) return [.. array.EnumerateArray()];
        refusal = LineFields.Mismatch($"$.{list}", $"The bound field '{list}' is not a list of 2 to {RankingForm.ResponsesMax} responses.", "Correct the line, or leave it out.");
        return [];
    }

    /// <summary>The line with the ranking by the number inside each response.</summary>
    private LineBinding Ranked(LineBinding bound, List<JsonElement> items)
    {
        var field = responses.Rank!.Fields[0];
        var ranks = new List<double>();
        for (var i = 0; i < items.Count; i++)
        {
            if (Inside(items[i], field) is not { } value || KnownRead.SaysNone(value)) continue;
            if (KnownRead.TryNumber(value, out var rank)) ranks.Add(rank);
            else return new LineBinding { Refusal = LineFields.Mismatch(Place(i, field), $"The rank of response {i} is not a number.", "Correct the line.") };
        }

        if (ranks.Count == 0) return bound;
        if (ranks.Count != items.Count) return new LineBinding { Refusal = LineFields.Mismatch($"$.{responses.List}", "Some of the responses have a rank, and some have none.", "Rank all of them, or none.") };
        var isHighest = responses.Rank.Numbers == NumberMeaning.HighestBest;
        return bound with
        {
            KnownAnswer = RankingAnswer.Write(RankingAnswer.ByNumber(ranks, isHighest), null),
            KnownAsSent = QuotedText.Of($"[{string.Join(", ", items.Select(item => JsonTexts.Quote(Inside(item, field)!.Value)))}]"),
            Notes = responses.Rank.Numbers is null ? [.. bound.Notes, KnownOrder.LowestAssumed(field)] : bound.Notes,
        };
    }

    private static JsonElement? Inside(JsonElement item, string field) => item.ValueKind == JsonValueKind.Object ? LineFields.Find(item, field) : null;

    private string Place(int index, string? field) => field is null ? $"$.{responses.List}[{index}]" : $"$.{responses.List}[{index}].{field}";
}
