using Dispatch.Contracts;

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
public sealed record CommittedTask(TaskKey Key, int Overlap, DateTimeOffset CreatedAt, DateTimeOffset QueuedAt, IReadOnlyList<Involvement> Involved)
{
    /// <summary>Whom it is kept for.</summary>
    public Guid? KeptFor { get; init; }

    /// <summary>Until when.</summary>
    public DateTimeOffset? KeptUntil { get; init; }

    /// <summary>A rule lets every enrolled worker have it.</summary>
    public bool Relaxed { get; init; }

    /// <summary>Exception rules that acted on it.</summary>
    public IReadOnlyList<string> RulesApplied { get; init; } = [];
}

/// <summary>One assignment a task ever had.</summary>
/// <param name="WorkerId">Whose.</param>
/// <param name="Slot">Its slot.</param>
/// <param name="LeaseEpoch">Its epoch.</param>
/// <param name="State">Its state.</param>
/// <param name="Counts">Its answer counts.</param>
/// <param name="RetryAt">When it ended without an answer: from when on the worker may have the task again; null never.</param>
public readonly record struct Involvement(Guid WorkerId, int Slot, int LeaseEpoch, AssignmentState State, bool Counts, DateTimeOffset? RetryAt = null)
{
    /// <summary>It holds the slot.</summary>
    public bool Holds => State is AssignmentState.Reserved or AssignmentState.Accepted;

    /// <summary>It is an offer that waits.</summary>
    public bool Waits => State == AssignmentState.Offered;
}

/// <summary>Why a worker may not have a task now. The same values match and explain.</summary>
public enum Bar
{
    /// <summary>Nothing bars it.</summary>
    None = 0,

    /// <summary>Every slot is held, answered, or out on offer.</summary>
    NoFreeSlot = 1,

    /// <summary>The worker has it already, or answered it.</summary>
    AlreadyInvolved = 2,

    /// <summary>The worker declined it or gave it back.</summary>
    HandedBack = 3,

    /// <summary>The worker let it run out, and is not given it again for a while.</summary>
    CoolingDown = 4,

    /// <summary>It is kept for another worker for a while.</summary>
    KeptForAnother = 5,

    /// <summary>The worker does not meet the selectors, and the task has not waited long enough to do without them.</summary>
    Selectors = 6,

    /// <summary>The worker does not pass the gate, and the task has not waited long enough for a wider one. No rule relaxes it.</summary>
    Gate = 7,
}

/// <summary>Who asks for a task.</summary>
/// <param name="WorkerId">The worker.</param>
/// <param name="MinTaskAge">From <see cref="Matching.Requirements.MinTaskAge"/>: null for one who may only have what a rule has relaxed.</param>
/// <param name="Now">Store time.</param>
public readonly record struct Taker(Guid WorkerId, TimeSpan? MinTaskAge, DateTimeOffset Now)
{
    /// <summary>How long a task of a golden batch must have waited for the gate to be wide enough for this worker; zero where none is in the way.</summary>
    public TimeSpan GateAge { get; init; }

    /// <summary>Every selector is met, and the gate passed.</summary>
    public bool MeetsAll => MinTaskAge == TimeSpan.Zero && GateAge == TimeSpan.Zero;
}

/// <summary>What the backlog has for a worker.</summary>
public enum TakeOutcome
{
    /// <summary>Reserved.</summary>
    Unspecified = 0,

    /// <summary>A slot was set aside; commit it, then confirm or cancel.</summary>
    Taken = 1,

    /// <summary>Nothing in the window for this worker, and the store was not asked since something changed: page for the worker.</summary>
    AskStore = 2,

    /// <summary>There is nothing for this worker: the window is all there is, or the store confirmed it and nothing changed since.</summary>
    Nothing = 3,
}

/// <summary>A decision of the backlog.</summary>
/// <param name="Outcome">What it is.</param>
/// <param name="TaskId">The task, when taken.</param>
/// <param name="Slot">Its slot, when taken.</param>
/// <param name="LeaseEpoch">Its new epoch, when taken.</param>
/// <param name="Resumes">The worker had the task before and it ran out: its draft is taken up again.</param>
public readonly record struct TakeDecision(TakeOutcome Outcome, long TaskId = 0, int Slot = 0, int LeaseEpoch = 0, bool Resumes = false)
{
    /// <summary>It is a control task, which is in no backlog.</summary>
    public bool IsControl { get; init; }
}

/// <summary>How an assignment that ended without an answer leaves the task.</summary>
/// <param name="WorkerId">Whose it was.</param>
/// <param name="State">The state it ended in.</param>
/// <param name="RetryAt">From when on that worker may have the task again; null never.</param>
/// <param name="KeptUntil">Until when the task is kept for that worker; null when it is not.</param>
/// <param name="At">When it ended.</param>
public readonly record struct Ending(Guid WorkerId, AssignmentState State, DateTimeOffset? RetryAt, DateTimeOffset? KeptUntil, DateTimeOffset At);
