using Dispatch.Contracts.Policies;

namespace Dispatch.Engine.Quality.Gold;

/// <summary>How often a worker sees gold: the less is known about them, the more.</summary>
public static class GoldRate
{
    /// <summary>A rule that raises the rate multiplies it by this, below the policy's most.</summary>
    public const double RaisedFactor = 2;

    /// <summary>Share of gold among the worker's next tasks: r₀·sd/sd_ref, between the policy's least and most.</summary>
    /// <param name="accuracy">What is known of the worker.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="raised">A rule asked for more.</param>
    public static double Of(Accuracy accuracy, GoldPolicy policy, bool raised = false) =>
        Math.Clamp(policy.RateBase * accuracy.StandardDeviation / policy.ReferenceDeviation * (raised ? RaisedFactor : 1), policy.RateMin, policy.RateMax);
}
