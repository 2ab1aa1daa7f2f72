using Dispatch.Contracts;
using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>
/// Tells the live side that something was committed. Every signal is a hint: losing one delays nobody by more than the
/// work-version poll, because the commit itself bumped the version.
/// </summary>
public interface IWorkSignals
{
    /// <summary>Status, priority or another word of a batch changed, or many of its tasks.</summary>
    /// <param name="projectId">The project.</param>
    /// <param name="batchId">The batch.</param>
    void BatchChanged(Guid projectId, Guid batchId);

    /// <summary>Tasks came into a batch, and nothing else changed. Only the batch is told: it calls for workers as soon as it knows them.</summary>
    /// <param name="batchId">The batch.</param>
    void TasksCame(Guid batchId);

    /// <summary>A worker's record or enrolments changed.</summary>
    /// <param name="workerId">The worker.</param>
    void WorkerChanged(Guid workerId);

    /// <summary>Something was learned about a worker, and waits in the outbox.</summary>
    /// <param name="workerId">The worker.</param>
    void Learned(Guid workerId);

    /// <summary>A reviewer decided about an answer.</summary>
    /// <param name="workerId">Its author.</param>
    /// <param name="assignmentId">Its assignment.</param>
    /// <param name="text">The decision and the reviewer's note, for the author.</param>
    void Reviewed(Guid workerId, Guid assignmentId, string text);

    /// <summary>A supervisor did something about a worker and not about work that is held.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="text">What was done, for the worker.</param>
    void Tell(Guid workerId, string text);

    /// <summary>A supervisor's command ended assignments.</summary>
    /// <param name="ended">The assignments.</param>
    /// <param name="state">The state they ended in.</param>
    /// <param name="reason">Why, for their workers.</param>
    void Withdrawn(IReadOnlyList<EndedAssignment> ended, AssignmentState state, string reason);

    /// <summary>A supervisor's command changed rows of a batch under its owner.</summary>
    /// <param name="projectId">The project.</param>
    /// <param name="batchId">The batch.</param>
    void TakenOver(Guid projectId, Guid batchId);

    /// <summary>A project's form, instructions or lease changed.</summary>
    /// <param name="projectId">The project.</param>
    void ProjectChanged(Guid projectId);
}
