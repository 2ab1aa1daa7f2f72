using System.Text.Json;
using Dispatch.Engine.Forms.Shared;

namespace Dispatch.Engine.Forms.Preference;

/// <summary>Reads known answers of preference tasks as data sets spell them.</summary>
internal sealed class KnownPreference(PreferenceRules rules, LineFields fields, string fieldA, string fieldB)
{
    /// <summary>Meanings of numbers that the binding may name.</summary>
    public static readonly KnownRules Rules = new(
        [
            NumberMeaning.FirstIs0, NumberMeaning.FirstIs1, NumberMeaning.WinnerIs1, NumberMeaning.PositiveIsFirst,
            NumberMeaning.PositiveIsSecond, NumberMeaning.HighestBest, NumberMeaning.LowestBest,
        ],
        HasFields: true);

    private const string Tie = "tie";

    private static readonly HashSet<string> Ties = new(StringComparer.Ordinal)
    {
        "tie", "ties", "tied", "draw", "equal", "same", "both", "both_good", "both_bad", "bothbad", "neither", "tie_(bothbad)", "tie_(both_bad)",
    };

    private static readonly string[] Letters = ["", "response_", "model_", "answer_", "completion_", "output_", "assistant_", "candidate_", "option_", "text_", "human_ref_"];

    private static readonly LineNote NoTies = new(
        "tie_not_allowed",
        "The known answer of some lines is a tie, and this project allows none: those tasks were taken without a known answer.",
        "Set tie in the form's settings, if annotators may call it a tie.");

    private readonly LineNote _assumed = NumberMeaning.Assumed(
        fields.Known?.Named ?? "",
        $"0 was taken as the first response ('{fieldA}') and 1 as the second ('{fieldB}').",
        string.Join(", ", Rules.Numbers));

    /// <summary>Reads one.</summary>
    /// <param name="value">As the line has it.</param>
    public KnownRead Read(JsonElement value)
    {
        if (fields.Known!.TryMap(value, out var mapped))
        {
            return mapped.ValueKind == JsonValueKind.Null ? KnownRead.None : Named(mapped) is { } label ? Taken(label) : KnownRead.Unfit("the map of the binding gives it no answer of this form.");
        }

        if (Named(value) is { } named) return Taken(named);
        if (KnownRead.SaysNone(value)) return KnownRead.None;
        if (fields.Known.Numbers is NumberMeaning.HighestBest or NumberMeaning.LowestBest) return OfScores(value);
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False && fields.Known.Numbers == NumberMeaning.WinnerIs1) return Taken(value.GetBoolean() ? "a" : "b");
        return KnownRead.TryNumber(value, out var number) ? OfNumber(number) : KnownRead.Unfit("it names no response.");
    }

    private KnownRead OfNumber(double number)
    {
        string? label = (fields.Known!.Numbers, number) switch
        {
            (NumberMeaning.FirstIs0, 0) or (NumberMeaning.FirstIs1, 1) or (NumberMeaning.WinnerIs1, 1) => "a",
            (NumberMeaning.FirstIs0, 1) or (NumberMeaning.FirstIs1, 2) or (NumberMeaning.WinnerIs1, 0) => "b",
            (NumberMeaning.WinnerIs1, 0.5) or (NumberMeaning.PositiveIsFirst or NumberMeaning.PositiveIsSecond, 0) => Tie,
            (NumberMeaning.PositiveIsFirst, _) => number > 0 ? "a" : "b",
            (NumberMeaning.PositiveIsSecond, _) => number > 0 ? "b" : "a",
            (null, 0) when !fields.Known.HasMap => "a",
            (null, 1) when !fields.Known.HasMap => "b",
            _ => null,
        };
        if (label is not null) return fields.Known.Numbers is null ? Taken(label) with { Note = _assumed } : Taken(label);
        return KnownRead.Unfit(fields.Known.Numbers is { } meaning
            ? $"the number has no meaning under '{meaning}'."
            : fields.Known.HasMap ? "the map of the binding does not have it." : $"the binding does not say what the number means (numbers: {string.Join(", ", Rules.Numbers)}).");
    }

    private KnownRead OfScores(JsonElement value)
    {
        JsonElement[] scores = value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : [];
        if (scores.Length != 2 || !KnownRead.TryNumber(scores[0], out var first) || !KnownRead.TryNumber(scores[1], out var second))
        {
            return KnownRead.Unfit("it is not a number for each of the two responses (bind \"fields\": [\"score_a\", \"score_b\"], or a field with a list of both).");
        }

        if (first == second) return Taken(Tie);
        return Taken(first > second == (fields.Known!.Numbers == NumberMeaning.HighestBest) ? "a" : "b");
    }

    private KnownRead Taken(string label) =>
        label == Tie && !rules.Tie ? KnownRead.None with { Note = NoTies } : KnownRead.Is($$"""{"choice":"{{label}}"}""");

    /// <summary>The response that a text names; the producer's own names first: whose fields are called b and a means those.</summary>
    private string? Named(JsonElement value)
    {
        if (!JsonTexts.TryGet(value, out var text)) return null;
        if (text == fieldA) return "a";
        if (text == fieldB) return "b";
        if (text is "a" or "b" or Tie) return text;
        if (text.Trim().Equals(fieldA, StringComparison.OrdinalIgnoreCase)) return "a";
        if (text.Trim().Equals(fieldB, StringComparison.OrdinalIgnoreCase)) return "b";
        var spelled = Spelled(value);
        if (Ties.Contains(spelled)) return Tie;
        if (spelled is "left" or "first") return "a";
        if (spelled is "right" or "second") return "b";
        return Array.Exists(Letters, before => spelled == $"{before}a") ? "a" : Array.Exists(Letters, before => spelled == $"{before}b") ? "b" : null;
    }

    /// <summary>In small letters, with underscores, without the brackets around a judge's verdict (<c>[[A]]</c>).</summary>
    private static string Spelled(JsonElement value) =>
        JsonTexts.TryGet(value, out var text) ? text.Trim().Trim('[', ']').ToLowerInvariant().Replace(' ', '_').Replace('-', '_') : "";
}
