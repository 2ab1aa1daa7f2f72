using System.Globalization;
using Dispatch.Contracts.Policies;

namespace Dispatch.Engine.Standing;

/// <summary>The words of an explanation.</summary>
internal static class GateWords
{
    private static readonly string[] Numbers = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];

    public static string Name(ClauseVerdict clause) => clause.Kind switch
    {
        GateClauseKind.Evidence => "Evidence about your work",
        GateClauseKind.Accuracy => Text($"Accuracy of at least {Percent(clause.Threshold)}"),
        GateClauseKind.HandlingTime => "Handling time against the pool",
        GateClauseKind.Rank => "Place on the leaderboard",
        GateClauseKind.Labels => $"Label '{clause.Label!.Selector.Label}'",
        GateClauseKind.Tenure => clause.InDays ? "Days since your first answer" : "Answers given",
        GateClauseKind.Share => "Your part of this batch",
        _ => "",
    };

    public static string Needed(ClauseVerdict clause) => clause.Kind switch
    {
        GateClauseKind.Evidence => Text($"worth at least {clause.Needed:0.##} golds"),
        GateClauseKind.Accuracy => Text($"certain by at least {Percent(clause.Needed)}"),
        GateClauseKind.HandlingTime => Text($"at most {clause.Needed:0.##} times the median of the pool"),
        GateClauseKind.Rank => clause.Needed is { } place ? Text($"among the first {place:0}") : "among the first of the board",
        GateClauseKind.Labels => $"{OperatorOf(clause.Label!.Selector.Operator)} {clause.Label.Selector.Value}",
        GateClauseKind.Tenure => Text($"at least {clause.Needed:0}"),
        GateClauseKind.Share => Text($"at most {clause.Needed:0} of its tasks"),
        _ => "",
    };

    public static string Actual(ClauseVerdict clause) => clause.Fault switch
    {
        ClauseFault.NoBoard => "not known: the leaderboard cannot be reached",
        ClauseFault.BoardTooOld => "not known: the leaderboard was not heard from in time",
        ClauseFault.NotOnBoard => "not known: the leaderboard does not know this gate yet",
        ClauseFault.TooFewTimes => "not known: you have too few timed answers",
        ClauseFault.NoPoolTimes => "not known: nobody has a handling time yet",
        _ => ActualOf(clause),
    };

    /// <summary>Where gold is hidden, no number says how many of which.</summary>
    public static string CountedTogether { get; } = $"what was checked of your work up to the last renewal; it is renewed every {Quality.Gold.GoldSecrecy.BunchAnswers} answers";

    public static string Counted(StandingFigures figures)
    {
        var fold = figures.Fold;
        var text = Text($"{Count(fold.Golds, "gold")}, {Count(fold.Reviews, "review")} and {Count(fold.Consensuses, "agreement")} with others, up to evaluation {fold.LastSequence}");
        if (fold.Masked > 0) text += Text($"; {fold.Masked} taken back and not counted");
        return figures.Discount < 1 ? text + "; older ones count less" : text;
    }

    public static string Counted(ClauseVerdict clause, GateInputs inputs, string evidence) => clause.Kind switch
    {
        GateClauseKind.Evidence or GateClauseKind.Accuracy => evidence,
        GateClauseKind.HandlingTime => Text($"{Count(inputs.Figures.TimedAnswers, "timed answer")}{Board(inputs)}"),
        GateClauseKind.Rank => evidence + Board(inputs),
        GateClauseKind.Labels => "your labels",
        GateClauseKind.Tenure => Count(inputs.Figures.Answers, "answer"),
        GateClauseKind.Share => Text($"{Count(inputs.Share?.Taken ?? 0, "task")} of {inputs.Share?.Tasks ?? 0} that you answered or hold"),
        _ => "",
    };

    public static string Remedy(ClauseVerdict clause, int? golds, GateInputs inputs)
    {
        if (clause.IsWithheld) return "Nothing you can do: it passes or fails again as soon as the leaderboard can be read.";
        if (clause.Fault == ClauseFault.TooFewTimes) return "A few more answers at your usual pace.";
        if (clause.Fault == ClauseFault.NoPoolTimes) return "Nothing you can do: it can be judged when others have answered.";
        return clause.Kind switch
        {
            GateClauseKind.Evidence or GateClauseKind.Accuracy => golds is { } count ? Sentence(CorrectGolds(count)) : FarAway(),
            GateClauseKind.Rank => golds is { } count ? Sentence($"{CorrectGolds(count)}, if nobody overtakes you meanwhile") : FarAway(),
            GateClauseKind.HandlingTime => inputs.Board?.Cutoffs.PoolMedianSeconds is { } pool
                ? Text($"A median of at most {Math.Floor((clause.Needed ?? 0) * pool * 10) / 10:0.#} seconds; yours is {inputs.Figures.MedianSeconds:0.#}.")
                : FarAway(),
            GateClauseKind.Labels => $"The label '{clause.Label!.Selector.Label}' must be {Needed(clause)}: ask the supervisor of the project.",
            GateClauseKind.Tenure => clause.InDays ? Sentence(More(Math.Ceiling(-clause.Margin!.Value), "day")) : Sentence(More(-clause.Margin!.Value, "answer")),
            GateClauseKind.Share => "Nothing: others are to have the rest of this batch. Other golden batches are not touched by it.",
            _ => FarAway(),
        };
    }

    public static string Summary(GateJudgement judgement, int? golds)
    {
        var missed = judgement.Clauses.Where(clause => !clause.Passes).ToArray();
        if (missed.Length == 0)
        {
            return judgement.Clauses.Any(clause => clause is { Dwelling: true, Meets: false })
                ? "You are in. Some figures are below the bar just now; as you entered a short while ago, they are not held against you yet."
                : "You are in: work of this batch can come to you.";
        }

        if (missed.All(clause => clause.IsWithheld))
        {
            return judgement.After.IsIn
                ? "You keep your place, but no work of this batch is handed out while the leaderboard cannot be read."
                : "Everything you can do is done; the rest is decided as soon as the leaderboard can be read.";
        }

        if (missed.All(clause => clause.Kind == GateClauseKind.Share)) return "You are in, and have had your part of this batch; the rest of it is for others.";
        var text = $"Not yet: {string.Join(", ", missed.Select(clause => LowerFirst(Name(clause))))}.";
        return golds is { } count ? $"{text} {Sentence($"{CorrectGolds(count)} would open it")}" : text;
    }

    private static string ActualOf(ClauseVerdict clause) => clause.Kind switch
    {
        GateClauseKind.Evidence => Text($"worth {clause.Actual:0.##} golds"),
        GateClauseKind.Accuracy => Text($"certain by {Percent(clause.Actual)}"),
        GateClauseKind.HandlingTime => Text($"{clause.Actual:0.##} times"),
        GateClauseKind.Rank => clause.Actual is { } rank ? Text($"place {rank:0}") : clause.Meets ? "above that place" : "below that place",
        GateClauseKind.Labels => clause.Label!.Actual ?? "not set",
        GateClauseKind.Tenure => Text($"{Math.Floor(clause.Actual ?? 0):0}"),
        GateClauseKind.Share => Text($"{clause.Actual:0}"),
        _ => "",
    };

    private static string Board(GateInputs inputs) => inputs.Board is { } board
        ? Text($"; leaderboard of {Count(board.Cutoffs.Size, "worker")}{(board.Cutoffs.Epoch > 0 ? $", state {board.Cutoffs.Epoch}" : "")}")
        : "";

    private static string FarAway() => Text($"More than {GateExplanation.GoldsTried} correct golds, or a change of the gate.");

    private static string CorrectGolds(int count) => count == 1 ? "one more correct gold" : $"{Number(count)} more correct golds";

    private static string More(double count, string what) => count == 1 ? $"one more {what}" : $"{Number((long)count)} more {what}s";

    private static string Number(long count) => count < Numbers.Length ? Numbers[count] : Text($"{count}");

    private static string Count(long count, string what) => count == 1 ? $"1 {what}" : Text($"{count} {what}s");

    private static string Sentence(string words) => char.ToUpperInvariant(words[0]) + words[1..] + ".";

    private static string LowerFirst(string words) => char.ToLowerInvariant(words[0]) + words[1..];

    // Rounded down: a bar that is missed by little must not be shown as met.
    private static string Percent(double? share) => Text($"{Math.Floor((share ?? 0) * 1000 + 1e-9) / 10:0.#} %");

    private static string OperatorOf(SelectorOperator op) => op switch
    {
        SelectorOperator.Equal => "equal to",
        SelectorOperator.NotEqual => "other than",
        SelectorOperator.Less => "less than",
        SelectorOperator.LessOrEqual => "at most",
        SelectorOperator.Greater => "greater than",
        SelectorOperator.GreaterOrEqual => "at least",
        _ => "",
    };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
