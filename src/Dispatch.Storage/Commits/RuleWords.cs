using Dispatch.Contracts.Policies;

namespace Dispatch.Storage;

/// <summary>What the audit trail and a task's history say of an exception rule. PostgreSQL puts the same words together in its statement (<c>CommitSql</c>); the stores' tests hold them against each other.</summary>
public static class RuleWords
{
    /// <summary>So many keys are named in an audit row; the tasks' histories have all of them.</summary>
    public const int KeysNamed = 10;

    /// <summary>The kind of an audit row and of an event of a task.</summary>
    /// <param name="action">What the rule did.</param>
    public static string Kind(RuleAction action) => action switch
    {
        RuleAction.RaisePriority => "rule.raise_priority",
        RuleAction.Relax => "rule.relax",
        RuleAction.Move => "rule.move",
        _ => "rule.cancel",
    };

    /// <summary>The rule, the condition and what it did, as one sentence.</summary>
    /// <param name="rule">The rule.</param>
    public static string Of(ExceptionRule rule)
    {
        var cause = rule.QueueLength is { } length ? $"more than {length} tasks waited" : $"it had waited longer than {rule.WaitSeconds} s";
        var effect = rule.Action switch
        {
            RuleAction.RaisePriority => $"raised the priority by {rule.By ?? 0}",
            RuleAction.Relax => "lifted the selectors",
            RuleAction.Move => $"moved it to batch {rule.ToBatchId}",
            _ => "canceled it",
        };
        return $"Rule '{rule.Name}' {effect}: {cause}.";
    }

    /// <summary>What the audit row of one action says: the sentence, how many tasks, and the keys of the first.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="keys">Keys of all tasks it acted on, by task id.</param>
    public static string Audit(ExceptionRule rule, IReadOnlyList<string> keys) =>
        $"{Of(rule)} Tasks ({keys.Count}): {string.Join(", ", keys.Take(KeysNamed))}{(keys.Count > KeysNamed ? ", …" : "")}";
}
