namespace Dispatch.Contracts;

/// <summary>Life of a batch. Numbers are stored: add, never renumber.</summary>
public enum BatchStatus
{
    /// <summary>Reserved; never stored.</summary>
    Unspecified = 0,

    /// <summary>Being filled; nothing is handed out.</summary>
    Draft = 1,

    /// <summary>Tasks are handed out.</summary>
    Open = 2,

    /// <summary>Nothing new is handed out; offers and what was sent ahead were taken back; accepted work may be submitted; can be opened again.</summary>
    Paused = 3,

    /// <summary>Finished for good. Offers were taken back; accepted work may still be submitted.</summary>
    Closed = 4,

    /// <summary>Nothing new is handed out; offers were taken back; becomes <see cref="Closed"/> by itself when nothing is held any more.</summary>
    Draining = 5,

    /// <summary>Given up: what was held was withdrawn, open tasks were canceled. Answers given stay.</summary>
    Canceled = 6,
}

/// <summary>Who a batch is for.</summary>
public enum BatchTier
{
    /// <summary>Reserved; never stored.</summary>
    Unspecified = 0,

    /// <summary>Every enrolled worker.</summary>
    Standard = 1,

    /// <summary>Only workers whose standing passes the gate of the batch.</summary>
    Golden = 2,
}

/// <summary>Which tasks that came with a known answer become gold tasks.</summary>
public enum GoldUse
{
    /// <summary>Reserved; never stored.</summary>
    Unspecified = 0,

    /// <summary>None: a known answer is kept for analysis only.</summary>
    None = 1,

    /// <summary>A share of them, drawn by a keyed hash of the task key, so that a re-import draws the same.</summary>
    Share = 2,

    /// <summary>All of them, as ordinary tasks where they stand in the file: nothing is mixed, so golds at its head come first, in a row, and are easy to tell. For training, exams and batches that are gold as a whole.</summary>
    All = 3,
}

/// <summary>Life of a task. Numbers are stored: add, never renumber.</summary>
public enum TaskState
{
    /// <summary>Reserved; never stored.</summary>
    Unspecified = 0,

    /// <summary>Still needs answers.</summary>
    Open = 1,

    /// <summary>Has as many counted answers as its overlap asks for.</summary>
    Completed = 2,

    /// <summary>Given up after too many distinct workers failed it; waits for a supervisor.</summary>
    DeadLetter = 3,

    /// <summary>Withdrawn.</summary>
    Canceled = 4,
}

/// <summary>What a caller may do. A token carries one or several.</summary>
public static class Roles
{
    /// <summary>Creates projects and batches, imports tasks, exports answers.</summary>
    public const string Producer = "producer";

    /// <summary>Watches and steers live queues; manages workers.</summary>
    public const string Supervisor = "supervisor";

    /// <summary>Reviews answers.</summary>
    public const string Reviewer = "reviewer";

    /// <summary>Answers tasks.</summary>
    public const string Worker = "worker";

    /// <summary>Everything.</summary>
    public const string Admin = "admin";

    /// <summary>All roles, in the order above.</summary>
    public static IReadOnlyList<string> All { get; } = [Producer, Supervisor, Reviewer, Worker, Admin];
}
