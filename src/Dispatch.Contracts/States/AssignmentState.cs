namespace Dispatch.Contracts;

/// <summary>One worker's hold on one slot of a task. Numbers are stored: add, never renumber.</summary>
public enum AssignmentState
{
    /// <summary>Reserved; never stored.</summary>
    Unspecified = 0,

    /// <summary>Prefetched for the worker, not shown yet.</summary>
    Reserved = 1,

    /// <summary>Offered; waits to be accepted. Holds no slot.</summary>
    Offered = 2,

    /// <summary>Accepted: the worker holds the slot under a lease.</summary>
    Accepted = 3,

    /// <summary>Answered.</summary>
    Submitted = 4,

    /// <summary>Answered, and a reviewer agreed.</summary>
    Approved = 5,

    /// <summary>Answered, and a reviewer rejected it: the answer no longer counts.</summary>
    Rejected = 6,

    /// <summary>The worker declined the offer.</summary>
    Declined = 7,

    /// <summary>The offer ran out.</summary>
    TimedOut = 8,

    /// <summary>Taken back before it was shown.</summary>
    Rescinded = 9,

    /// <summary>Given back by the worker after acceptance.</summary>
    Returned = 10,

    /// <summary>The lease ran out.</summary>
    Abandoned = 11,

    /// <summary>Withdrawn by a supervisor, or its batch was canceled.</summary>
    Canceled = 12,
}
