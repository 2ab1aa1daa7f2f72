namespace Dispatch.Contracts.Policies;

/// <summary>How an assignment becomes the worker's.</summary>
public enum Acceptance
{
    /// <summary>Reserved.</summary>
    Unspecified = 0,

    /// <summary>Shown is accepted: the task is pushed and held at once. One commit a task.</summary>
    Automatic = 1,

    /// <summary>The worker is told that there is work, and says yes or no before seeing it.</summary>
    Explicit = 2,
}

/// <summary>Which idle worker is asked first.</summary>
public enum WorkerChoice
{
    /// <summary>Reserved.</summary>
    Unspecified = 0,

    /// <summary>The one who has waited longest. An offer that was only looked at does not reset the wait.</summary>
    LongestIdle = 1,

    /// <summary>The one with the best standing; equals by the longest wait.</summary>
    BestStanding = 2,

    /// <summary>The one whose last turn is longest ago.</summary>
    RoundRobin = 3,
}

/// <summary>In which order a worker is brought to the open batches of a project, after golden ones.</summary>
public enum BatchOrder
{
    /// <summary>Reserved.</summary>
    Unspecified = 0,

    /// <summary>Priority, raised by ageing; equals by age.</summary>
    Priority = 1,

    /// <summary>The batch that was created first.</summary>
    OldestFirst = 2,

    /// <summary>In turn, so that no batch waits for another to end.</summary>
    RoundRobin = 3,
}

/// <summary>How the work of a project is handed out. Every duration is in seconds, as on the wire and in the database.</summary>
public sealed record DispatchPolicy
{
    /// <summary>automatic or explicit. Default automatic.</summary>
    public Acceptance Acceptance { get; init; } = Acceptance.Automatic;

    /// <summary>How long an offer waits to be shown (automatic) or accepted (explicit) before it goes to others and the worker is set away. 5 to 3,600.</summary>
    public int OfferTimeoutSeconds { get; init; } = 60;

    /// <summary>Workers asked at once for one slot; the first to accept has it. 1 to 10; above 1 only with explicit acceptance.</summary>
    public int SimultaneousOffers { get; init; } = 1;

    /// <summary>The longest one worker may hold one task, heartbeats or not, breaks apart. From the lease to 604,800.</summary>
    public int LeaseMaxSeconds { get; init; } = 14_400;

    /// <summary>Break time, in all, for which the lease of one assignment stands still. 0 to 86,400.</summary>
    public int BreakMaxSeconds { get; init; } = 3_600;

    /// <summary>After the last connection ended, the worker counts as there for this long. 5 to 3,600.</summary>
    public int DisconnectGraceSeconds { get; init; } = 60;

    /// <summary>A task whose lease ran out is kept for the same worker this long before others get it. 0 to 86,400; 0 keeps nothing.</summary>
    public int ReofferSeconds { get; init; } = 120;

    /// <summary>A worker whose offer or lease of a task ran out is not given that task again for this long. 0 to 604,800.</summary>
    public int CooldownSeconds { get; init; } = 600;

    /// <summary>Distinct workers who may fail a task (hand it back, let it run out) before it goes to the dead letters. 1 to 100.</summary>
    public int AttemptsMax { get; init; } = 5;

    /// <summary>Units of a worker's capacity that one task takes. 1 to 16.</summary>
    public int CapacityCost { get; init; } = 1;

    /// <summary>Tasks sent ahead, unshown, so that the next one appears without a wait. 0 or 1; only with automatic acceptance.</summary>
    public int Prefetch { get; init; }

    /// <summary>Which idle worker is asked first.</summary>
    public WorkerChoice WorkerChoice { get; init; } = WorkerChoice.LongestIdle;

    /// <summary>In which order the open batches are gone through.</summary>
    public BatchOrder BatchOrder { get; init; } = BatchOrder.Priority;

    /// <summary>Points of priority that a batch gains for each hour since it was created. 0 to 1,000,000.</summary>
    public double AgeingPerHour { get; init; }
}
