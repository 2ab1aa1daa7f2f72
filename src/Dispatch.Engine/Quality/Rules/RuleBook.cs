using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Quality;

namespace Dispatch.Engine.Quality.Rules;

/// <summary>What the rules look at, for one worker in one project.</summary>
/// <param name="Evidence">The evidence, with its recent windows.</param>
/// <param name="Accuracy">Its posterior.</param>
/// <param name="Rapid">Last answers; bad is far faster than the pool, see <see cref="RapidAnswer"/>.</param>
/// <param name="Skips">Last assignments that ended by the worker; bad is declined or given back.</param>
public readonly record struct QualityState(QualityFold Evidence, Accuracy Accuracy, RecentWindow Rapid, RecentWindow Skips);

/// <summary>What a rule does to a worker, and why.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Value">What the rule's figure was.</param>
/// <param name="Sentence">For the worker: what was seen, what follows, for how long.</param>
public sealed record RuleOutcome(QualityRule Rule, double Value, string Sentence);

/// <summary>
/// Judges a worker by the rules of a project. Two speeds on purpose: rules on the last few events are quick and often wrong (three
/// of five honest workers would be thrown out by "7 of the last 10" within a hundred golds), so they only soften; what takes work
/// away needs the posterior to be sure. Speed alone is never held against anyone: the time rule also asks for an accuracy in doubt.
/// </summary>
public sealed class RuleBook
{
    /// <summary>A time rule counts only when P(accuracy below what is good) is above this too.</summary>
    public const double AccuracyInDoubt = 0.5;

    private readonly IReadOnlyList<QualityRule> _rules;
    private readonly double _good;
    private readonly bool _hides;

    /// <summary>The rules of a policy.</summary>
    /// <param name="policy">A policy without faults: see <see cref="QualityPolicyChecks"/>.</param>
    public RuleBook(QualityPolicy policy)
    {
        if (QualityPolicyChecks.Check(policy) is { Count: > 0 } faults) throw new ArgumentException(faults[0].Message, nameof(policy));
        (_rules, _good, _hides) = (policy.Rules, policy.GoodAccuracy, Gold.GoldSecrecy.Hides(policy.Gold));
    }

    /// <summary>Whether an action takes work away.</summary>
    /// <param name="action">The action.</param>
    public static bool IsHard(QualityAction action) => action is QualityAction.RequireTraining or QualityAction.Restrict;

    /// <summary>Every rule that fires, in the order of the policy.</summary>
    /// <param name="state">What is known.</param>
    /// <param name="inForce">Names of rules whose action is still in force: they are not said twice.</param>
    public IReadOnlyList<RuleOutcome> Judge(QualityState state, IReadOnlySet<string> inForce)
    {
        List<RuleOutcome> outcomes = [];
        foreach (var rule in _rules)
        {
            if (inForce.Contains(rule.Name) || IsTrained(rule, state.Evidence) || ValueOf(rule, state) is not { } value || value < rule.AtLeast) continue;
            outcomes.Add(new(rule, value, RuleSentences.For(rule, value, state, _good, _hides)));
        }

        return outcomes;
    }

    // What was seen before a training is what it was for. Asked again by the same evidence, nobody would ever come out of it.
    private static bool IsTrained(QualityRule rule, QualityFold evidence) =>
        rule.Action == QualityAction.RequireTraining && evidence.Trainings > 0 && evidence.SinceTraining < rule.Window;

    private double? ValueOf(QualityRule rule, QualityState state) => rule.Collector switch
    {
        QualityCollector.RecentGold => BadShare(state.Evidence.RecentGolds, rule.Window),
        QualityCollector.Agreement => BadShare(state.Evidence.RecentConsensuses, rule.Window),
        QualityCollector.Rejects => BadShare(state.Evidence.RecentReviews, rule.Window),
        QualityCollector.Skips => BadShare(state.Skips, rule.Window),
        QualityCollector.Time => state.Accuracy.ProbabilityBelow(_good) > AccuracyInDoubt ? BadShare(state.Rapid, rule.Window) : null,
        QualityCollector.Accuracy => state.Accuracy.EffectiveN >= rule.Window ? state.Accuracy.ProbabilityBelow(_good) : null,
        _ => null,
    };

    // Less than a full window is no share: one of one is not "all of the last ten".
    private static double? BadShare(RecentWindow window, int last) => window.Count >= last ? window.BadOfLast(last) / (double)last : null;
}
