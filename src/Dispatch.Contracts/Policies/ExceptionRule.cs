namespace Dispatch.Contracts.Policies;

/// <summary>What an exception rule does.</summary>
public enum RuleAction
{
    /// <summary>Reserved.</summary>
    Unspecified = 0,
    /// <summary>Adds <see cref="ExceptionRule.By"/> to the priority.</summary>
    RaisePriority = 1,
    /// <summary>Lets every enrolled worker have it, whatever the selectors say.</summary>
    Relax = 2,
    /// <summary>Moves it to the batch <see cref="ExceptionRule.ToBatchId"/> of the same project, if nobody has touched it.</summary>
    Move = 3,
    /// <summary>Cancels it, if nobody has answered it.</summary>
    Cancel = 4,
}

/// <summary>
/// What happens to tasks that wait too long, or when too many wait. Exactly one of the two conditions is set. A rule acts on a
/// task once. With a queue length, it acts on the tasks beyond that length, the last in the order first.
/// </summary>
public sealed record ExceptionRule
{
    /// <summary>Name, unique in the batch: the audit trail and the task's history name it.</summary>
    public required string Name { get; init; }

    /// <summary>Acts on tasks that have waited longer than this since they were created. 1 to 31,536,000.</summary>
    public int? WaitSeconds { get; init; }

    /// <summary>Acts when more tasks than this wait. 1 to 100,000,000.</summary>
    public int? QueueLength { get; init; }

    /// <summary>What it does.</summary>
    public required RuleAction Action { get; init; }

    /// <summary>Points of priority, for <see cref="RuleAction.RaisePriority"/>.</summary>
    public int? By { get; init; }

    /// <summary>Target, for <see cref="RuleAction.Move"/>.</summary>
    public Guid? ToBatchId { get; init; }
}
