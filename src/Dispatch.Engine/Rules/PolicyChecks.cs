using Dispatch.Contracts;
using Dispatch.Contracts.Policies;
using Dispatch.Engine.Texts;

namespace Dispatch.Engine.Rules;

/// <summary>A fault of a policy or a rule.</summary>
/// <param name="Place">JSON path below the object checked: <c>offerTimeoutSeconds</c>.</param>
/// <param name="Message">What is wrong, for a person.</param>
/// <param name="Remedy">What to do, for a person.</param>
public sealed record PolicyFault(string Place, string Message, string Remedy);

/// <summary>Checks policies and rules that come from outside. All faults at once; nothing is stored before there are none.</summary>
public static class PolicyChecks
{
    /// <summary>Rules of one batch.</summary>
    public const int RulesMax = 20;

    /// <summary>Faults of a dispatch policy.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="lease">The project's lease.</param>
    public static IReadOnlyList<PolicyFault> Check(DispatchPolicy policy, TimeSpan lease)
    {
        List<PolicyFault> faults = [];
        Defined(faults, policy.Acceptance, "acceptance", "automatic or explicit");
        Defined(faults, policy.WorkerChoice, "workerChoice", "longest_idle, best_standing or round_robin");
        Defined(faults, policy.BatchOrder, "batchOrder", "priority, oldest_first or round_robin");
        Range(faults, policy.OfferTimeoutSeconds, 5, 3_600, "offerTimeoutSeconds");
        Range(faults, policy.SimultaneousOffers, 1, 10, "simultaneousOffers");
        Range(faults, policy.LeaseMaxSeconds, (int)lease.TotalSeconds, 604_800, "leaseMaxSeconds");
        Range(faults, policy.BreakMaxSeconds, 0, 86_400, "breakMaxSeconds");
        Range(faults, policy.DisconnectGraceSeconds, 5, 3_600, "disconnectGraceSeconds");
        Range(faults, policy.ReofferSeconds, 0, 86_400, "reofferSeconds");
        Range(faults, policy.CooldownSeconds, 0, 604_800, "cooldownSeconds");
        Range(faults, policy.AttemptsMax, 1, 100, "attemptsMax");
        Range(faults, policy.CapacityCost, 1, Limits.CapacityMax, "capacityCost");
        Range(faults, policy.Prefetch, 0, 1, "prefetch");
        if (!(policy.AgeingPerHour is >= 0 and <= Limits.PriorityMax)) faults.Add(new("ageingPerHour", $"The ageing is not between 0 and {Limits.PriorityMax} points an hour.", "Send such a number; 0 lets nothing age."));
        if (policy.Acceptance == Acceptance.Automatic && policy.SimultaneousOffers > 1) faults.Add(new("simultaneousOffers", "Several workers can only be asked at once where they accept explicitly.", "Set acceptance to explicit, or simultaneousOffers to 1."));
        if (policy.Acceptance == Acceptance.Explicit && policy.Prefetch > 0) faults.Add(new("prefetch", "What must be accepted first cannot be sent ahead.", "Set acceptance to automatic, or prefetch to 0."));
        return faults;
    }

    /// <summary>Faults of the exception rules of a batch.</summary>
    /// <param name="rules">The rules.</param>
    /// <param name="batchId">The batch they belong to.</param>
    public static IReadOnlyList<PolicyFault> Check(IReadOnlyList<ExceptionRule> rules, Guid batchId)
    {
        List<PolicyFault> faults = [];
        if (rules.Count > RulesMax) faults.Add(new($"[{RulesMax}]", $"There are more than {RulesMax} rules.", "Join some of them."));
        for (var i = 0; i < Math.Min(rules.Count, RulesMax); i++)
        {
            // A list from outside may hold null where an element should be: the annotations of its elements are not enforced.
            if (rules[i] is { Name: not null } rule) CheckRule(faults, rule, $"[{i}].", batchId);
            else faults.Add(new($"[{i}]", "There is no rule.", "Send a name, a condition and an action, or leave the entry out."));
        }

        var twice = rules.Where(rule => rule is { Name: not null }).GroupBy(rule => rule.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1);
        if (twice is not null) faults.Add(new("", $"Two rules are named '{twice.Key}'.", "Give every rule of a batch its own name."));
        return faults;
    }

    private static void CheckRule(List<PolicyFault> faults, ExceptionRule rule, string place, Guid batchId)
    {
        if (rule.Name.Length > Limits.NameCharacters || !Names.Is(rule.Name)) faults.Add(new(place + "name", "The rule has no name, too long a one, or one that is not usable: invisible characters, or white space at its ends.", $"Name it in at most {Limits.NameCharacters} characters."));
        Defined(faults, rule.Action, place + "action", "raise_priority, relax, move or cancel");
        if (rule.WaitSeconds is null == rule.QueueLength is null) faults.Add(new(place + "waitSeconds", "A rule has exactly one condition.", "Set waitSeconds or queueLength."));
        if (rule.WaitSeconds is { } wait) Range(faults, wait, 1, 31_536_000, place + "waitSeconds");
        if (rule.QueueLength is { } length) Range(faults, length, 1, 100_000_000, place + "queueLength");
        if (rule.Action == RuleAction.RaisePriority && rule.By is null or < 1 or > Limits.PriorityMax) faults.Add(new(place + "by", $"The points are not between 1 and {Limits.PriorityMax}.", "Say by how much the priority rises."));
        if (rule.Action != RuleAction.RaisePriority && rule.By is not null) faults.Add(new(place + "by", "Only raise_priority takes points.", "Leave by out."));
        if (rule.Action == RuleAction.Move && (rule.ToBatchId is null || rule.ToBatchId == batchId)) faults.Add(new(place + "toBatchId", "The rule does not say to which other batch to move.", "Name another batch of the project."));
        if (rule.Action != RuleAction.Move && rule.ToBatchId is not null) faults.Add(new(place + "toBatchId", "Only move takes a batch.", "Leave toBatchId out."));
    }

    private static void Range(List<PolicyFault> faults, int value, int min, int max, string place)
    {
        if (value < min || value > max) faults.Add(new(place, $"{value} is not between {min} and {max}.", "Send a value in this range."));
    }

    private static void Defined<T>(List<PolicyFault> faults, T value, string place, string names)
        where T : struct, Enum
    {
        if (Convert.ToInt32(value, System.Globalization.CultureInfo.InvariantCulture) == 0 || !Enum.IsDefined(value)) faults.Add(new(place, "There is no such value.", $"Use {names}."));
    }
}
