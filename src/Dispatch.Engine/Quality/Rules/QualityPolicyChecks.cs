using Dispatch.Contracts;
using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Quality;
using Dispatch.Engine.Texts;
using Dispatch.Engine.Rules;

namespace Dispatch.Engine.Quality.Rules;

/// <summary>Checks a quality policy that comes from outside. All faults at once.</summary>
public static class QualityPolicyChecks
{
    /// <summary>Rules of one policy.</summary>
    public const int RulesMax = 32;

    /// <summary>Least probability for which a rule may take work away. At 0.8 and the other defaults, of 10,000 workers of 92 % accuracy about two are hit by mistake within a hundred golds.</summary>
    public const double HardProbabilityMin = 0.8;

    /// <summary>Least effective evidence on which a rule may take work away.</summary>
    public const int HardEvidenceMin = 10;

    /// <summary>Faults of a policy.</summary>
    /// <param name="policy">The policy.</param>
    public static IReadOnlyList<PolicyFault> Check(QualityPolicy policy)
    {
        List<PolicyFault> faults = [];
        Inside(faults, policy.PriorMean, "priorMean");
        Range(faults, policy.PriorStrength, 1, 100, "priorStrength");
        Range(faults, policy.Discount, 0.8, 1, "discount");
        Inside(faults, policy.GoodAccuracy, "goodAccuracy");
        Range(faults, policy.ConsensusWeight, 0, 0.3, "consensusWeight");
        CheckParts(faults, policy);
        CheckRules(faults, policy);
        return faults;
    }

    // Whatever may be null on the wire may be null here: annotations of what comes from outside are not enforced.
    private static void CheckParts(List<PolicyFault> faults, QualityPolicy policy)
    {
        if (policy.Gold is { } gold)
        {
            Range(faults, gold.RateMin, 0, 1, "gold.rateMin");
            Range(faults, gold.RateMax, 0, 1, "gold.rateMax");
            Range(faults, gold.RateBase, 0, 1, "gold.rateBase");
            Range(faults, gold.ReferenceDeviation, 0.001, 0.5, "gold.referenceDeviation");
            Range(faults, gold.ExposuresMax, 1, 100_000, "gold.exposuresMax");
            if (gold.RateMin > gold.RateMax) faults.Add(new("gold.rateMin", "The least share of gold is above the most.", "Set rateMin to at most rateMax."));
        }
        else
        {
            faults.Add(new("gold", "There is no gold policy.", "Leave gold out for the defaults."));
        }

        if (policy.DynamicOverlap is { } overlap)
        {
            if (overlap.Confidence is not (> 0.5 and < 1)) faults.Add(new("dynamicOverlap.confidence", "The confidence is not between 0.5 and 1.", "Send such a number; 0.95 is usual."));
            Range(faults, overlap.Max, 1, 100, "dynamicOverlap.max");
        }

        if (policy.Review is { } review)
        {
            Range(faults, review.SampleShare, 0, 1, "review.sampleShare");
            Range(faults, review.Weight, 0, 1, "review.weight");
            Range(faults, review.SecondPassShare, 0, 1, "review.secondPassShare");
        }
        else
        {
            faults.Add(new("review", "There is no review policy.", "Leave review out for the defaults."));
        }

        if (policy.Exam is not { } exam) return;
        Range(faults, exam.Questions, 1, 1_000, "exam.questions");
        if (exam.PassScore is not (> 0 and <= 1)) faults.Add(new("exam.passScore", "The score to pass is not above 0, to 1.", "Send such a number."));
        Range(faults, exam.AttemptsMax, 1, 100, "exam.attemptsMax");
        Range(faults, exam.RetryAfterSeconds, 0, 31_536_000, "exam.retryAfterSeconds");
        Name(faults, exam.Label, "exam.label", "The exam sets no label, too long a one, or one that is not usable: invisible characters, or white space at its ends.");
    }

    private static void CheckRules(List<PolicyFault> faults, QualityPolicy policy)
    {
        if (policy.Rules is not { } rules)
        {
            faults.Add(new("rules", "There is no list of rules.", "Leave rules out, or send an empty list."));
            return;
        }

        if (rules.Count > RulesMax) faults.Add(new($"rules[{RulesMax}]", $"There are more than {RulesMax} rules.", "Join some of them."));
        for (var i = 0; i < Math.Min(rules.Count, RulesMax); i++)
        {
            if (rules[i] is { } rule) CheckRule(faults, rule, $"rules[{i}].");
            else faults.Add(new($"rules[{i}]", "There is no rule.", "Send a name, a collector, a bound and an action, or leave the entry out."));
        }

        var twice = rules.Where(rule => rule is { Name: not null }).GroupBy(rule => rule.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1);
        if (twice is not null) faults.Add(new("rules", $"Two rules are named '{twice.Key}'.", "Give every rule its own name."));
    }

    private static void CheckRule(List<PolicyFault> faults, QualityRule rule, string place)
    {
        Name(faults, rule.Name, place + "name", "The rule has no name, too long a one, or one that is not usable: invisible characters, or white space at its ends.");
        if (rule.Collector == QualityCollector.Unspecified || !Enum.IsDefined(rule.Collector)) faults.Add(new(place + "collector", "There is no such collector.", "Use recent_gold, accuracy, agreement, time, skips or rejects."));
        if (rule.Action == QualityAction.Unspecified || !Enum.IsDefined(rule.Action)) faults.Add(new(place + "action", "There is no such action.", "Use raise_gold_rate, ask_reviewer, attention_flag, set_label, require_training or restrict."));
        if (rule.AtLeast is not (> 0 and <= 1)) faults.Add(new(place + "atLeast", "The bound is not above 0, to 1.", "Send a share or a probability."));
        Range(faults, rule.Window, 3, rule.Collector == QualityCollector.Accuracy ? 200 : RecentWindow.Capacity, place + "window");
        Range(faults, rule.ForSeconds, 60, 31_536_000, place + "forSeconds");
        if (rule.BatchId is not null && rule.Action != QualityAction.Restrict) faults.Add(new(place + "batchId", "Only restrict takes a batch.", "Leave batchId out."));
        if (rule.Action == QualityAction.SetLabel) Name(faults, rule.Label, place + "label", "The rule sets no label, too long a one, or one that is not usable: invisible characters, or white space at its ends.");
        else if (rule.Label is not null) faults.Add(new(place + "label", "Only set_label takes a label.", "Leave label out."));
        if (RuleBook.IsHard(rule.Action)) CheckHard(faults, rule, place);
    }

    private static void CheckHard(List<PolicyFault> faults, QualityRule rule, string place)
    {
        if (rule.Collector != QualityCollector.Accuracy)
        {
            faults.Add(new(place + "action", "An action that takes work away may only follow from the accuracy: rules on the last few events throw out honest people.", "Set collector to accuracy, or action to raise_gold_rate, ask_reviewer or attention_flag."));
            return;
        }

        if (rule.AtLeast < HardProbabilityMin) faults.Add(new(place + "atLeast", $"A probability below {HardProbabilityMin} is too little to take work away.", $"Set atLeast to {HardProbabilityMin} or more."));
        if (rule.Window < HardEvidenceMin) faults.Add(new(place + "window", $"Evidence worth fewer than {HardEvidenceMin} answers is too little to take work away.", $"Set window to {HardEvidenceMin} or more."));
    }

    private static void Name(List<PolicyFault> faults, string? name, string place, string message)
    {
        if (name is not { Length: <= Limits.NameCharacters } || !Names.Is(name)) faults.Add(new(place, message, $"Name it in at most {Limits.NameCharacters} characters."));
    }

    private static void Inside(List<PolicyFault> faults, double value, string place)
    {
        if (value is not (> 0 and < 1)) faults.Add(new(place, "The accuracy is not between 0 and 1.", "Send such a number."));
    }

    private static void Range(List<PolicyFault> faults, double value, double min, double max, string place)
    {
        if (!(value >= min && value <= max)) faults.Add(new(place, $"{value} is not between {min} and {max}.", "Send a value in this range."));
    }
}
