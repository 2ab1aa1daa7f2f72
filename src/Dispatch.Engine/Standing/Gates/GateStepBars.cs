using Dispatch.Contracts.Policies;

namespace Dispatch.Engine.Standing;

/// <summary>What a gate asks before a step: a step may only ask for less. Null where nothing is asked any more.</summary>
internal sealed record GateStepBars(double? Evidence, double? Threshold, double? Probability, double? RatioMax, double? Top, double? TopShare)
{
    public static GateStepBars Of(GatePolicy policy) => new(
        policy.Evidence?.Enter, policy.Accuracy?.Threshold, policy.Accuracy?.Probability, policy.HandlingTime?.RatioMax, policy.Rank?.Top, policy.Rank?.TopShare);

    public GateStepBars Check(GateStep step, string place, Faults faults)
    {
        foreach (var kind in step.Without)
        {
            if (kind is GateClauseKind.Unspecified or GateClauseKind.Share || !Enum.IsDefined(kind)) faults.Add(place + ".without", "There is no such clause to leave out.", "Use evidence, accuracy, handling_time, rank, labels or tenure.");
        }

        if (step is { Evidence: null, Threshold: null, Probability: null, RatioMax: null, Top: null, TopShare: null, Without: [] }) faults.Add(place, "The step changes nothing.", "Lower a bar or leave out a clause.");
        GateStepBars bars = new(
            Lower(step.Evidence, Evidence, 0, "evidence"), Lower(step.Threshold, Threshold, 0, "threshold"), Lower(step.Probability, Probability, 0, "probability"),
            Higher(step.RatioMax, RatioMax, 100, "ratioMax"), Higher(step.Top, Top, 1_000_000, "top"), Higher(step.TopShare, TopShare, 1, "topShare"));
        bool Drops(GateClauseKind kind) => step.Without.Contains(kind);
        return new(
            Drops(GateClauseKind.Evidence) ? null : bars.Evidence,
            Drops(GateClauseKind.Accuracy) ? null : bars.Threshold,
            Drops(GateClauseKind.Accuracy) ? null : bars.Probability,
            Drops(GateClauseKind.HandlingTime) ? null : bars.RatioMax,
            Drops(GateClauseKind.Rank) ? null : bars.Top,
            Drops(GateClauseKind.Rank) ? null : bars.TopShare);

        double? Lower(double? value, double? before, double min, string member)
        {
            if (value is null) return before;
            if (before is null) faults.Add($"{place}.{member}", "The gate does not ask for it before this step.", "Leave it out.");
            else if (!(value > min && value <= before)) faults.Add($"{place}.{member}", FormattableString.Invariant($"It is not above {min}, or asks for more than before ({before})."), "Ask for no more than the step before.");
            return before is null ? null : value;
        }

        double? Higher(double? value, double? before, double max, string member)
        {
            if (value is null) return before;
            if (before is null) faults.Add($"{place}.{member}", "The gate does not ask for it before this step.", "Leave it out.");
            else if (!(value >= before && value <= max)) faults.Add($"{place}.{member}", FormattableString.Invariant($"It is above {max}, or asks for more than before ({before})."), "Ask for no more than the step before.");
            return before is null ? null : value;
        }
    }
}
