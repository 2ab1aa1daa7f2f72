using Dispatch.Contracts;

namespace Dispatch.Storage;

/// <summary>
/// An answer that comes after its lease ran out. It counts while nobody else has its slot, or has had an answer counted in it. When its own worker was handed the task again meanwhile,
/// it counts for that hold, which ends with it: nobody is asked to do the same work twice. PostgreSQL says the same in its statement (<c>CommitSql.Submit</c>).
/// </summary>
public static class LateAnswer
{
    /// <summary>End reason of its worker's second hold.</summary>
    public const string FoldedReason = "Answered under the hold before it.";

    /// <summary>End reason of what others were offered of the slot.</summary>
    public const string OvertakenReason = "Somebody else was faster.";

    /// <summary>The slot in which it counts; null: it is kept aside.</summary>
    /// <param name="task">State of the task.</param>
    /// <param name="overlap">Its overlap.</param>
    /// <param name="former">The slot it was handed out for.</param>
    /// <param name="second">Slot of its worker's active hold of the task; null without one.</param>
    /// <param name="hasCounted">Its worker has a counted answer of the task.</param>
    /// <param name="othersHave">Whether somebody else holds a slot, or has a counted answer in it.</param>
    public static int? SlotFor(TaskState task, int overlap, int former, int? second, bool hasCounted, Func<int, bool> othersHave)
    {
        if (task != TaskState.Open || hasCounted) return null;
        if (former < overlap && !othersHave(former)) return former;
        return second < overlap && !othersHave(second.Value) ? second : null;
    }
}
