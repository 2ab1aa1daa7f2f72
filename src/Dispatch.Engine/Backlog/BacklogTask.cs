namespace Dispatch.Engine.Backlog;

/// <summary>Place of a task in its batch: priority descending, then task id ascending, which is age. A requeued task keeps it.</summary>
/// <param name="Priority">Higher goes first.</param>
/// <param name="TaskId">Smaller goes first.</param>
public readonly record struct TaskKey(int Priority, long TaskId) : IComparable<TaskKey>
{
    /// <inheritdoc/>
    public int CompareTo(TaskKey other)
    {
        var byPriority = other.Priority.CompareTo(Priority);
        return byPriority != 0 ? byPriority : TaskId.CompareTo(other.TaskId);
    }

    /// <summary>The key that sorts directly after this one.</summary>
    public TaskKey Next() => new(Priority, TaskId + 1);

    /// <summary>Sorts before every task.</summary>
    public static TaskKey First { get; } = new(int.MaxValue, long.MinValue);

    /// <summary>Sorts after every task.</summary>
    public static TaskKey Last { get; } = new(int.MinValue, long.MaxValue);
}

/// <summary>An open task as committed.</summary>
/// <param name="Key">Place in the order.</param>
/// <param name="Overlap">Answers it needs.</param>
/// <param name="CreatedAt">Imported.</param>
/// <param name="QueuedAt">Last entered the queue.</param>
/// <param name="Involved">Every assignment it ever had.</param>
public sealed record CommittedTask(TaskKey Key, int Overlap, DateTimeOffset CreatedAt, DateTimeOffset QueuedAt, IReadOnlyList<Involvement> Involved);

/// <summary>One assignment a task ever had.</summary>
/// <param name="WorkerId">Whose.</param>
/// <param name="Slot">Its slot.</param>
/// <param name="LeaseEpoch">Its epoch.</param>
/// <param name="Holds">It holds the slot now.</param>
/// <param name="Counts">Its answer counts.</param>
public readonly record struct Involvement(Guid WorkerId, int Slot, int LeaseEpoch, bool Holds, bool Counts);

/// <summary>What the backlog has for a worker.</summary>
public enum TakeOutcome
{
    /// <summary>Reserved.</summary>
    Unspecified = 0,

    /// <summary>A slot was set aside; commit it, then confirm or cancel.</summary>
    Taken = 1,

    /// <summary>Nothing in the window for this worker, and the store was not asked since something changed: page for the worker.</summary>
    AskStore = 2,

    /// <summary>The store confirmed, and nothing changed since: there is nothing for this worker.</summary>
    Nothing = 3,
}

/// <summary>A decision of the backlog.</summary>
/// <param name="Outcome">What it is.</param>
/// <param name="TaskId">The task, when taken.</param>
/// <param name="Slot">Its slot, when taken.</param>
/// <param name="LeaseEpoch">Its new epoch, when taken.</param>
public readonly record struct TakeDecision(TakeOutcome Outcome, long TaskId = 0, int Slot = 0, int LeaseEpoch = 0);
