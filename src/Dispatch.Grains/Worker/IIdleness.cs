using Dispatch.Engine.Matching;

namespace Dispatch.Grains;

/// <summary>Where worker actors write that they have nothing to do.</summary>
public interface IIdleness
{
    /// <summary>The worker has nothing to do in these projects.</summary>
    /// <param name="report">The worker.</param>
    /// <param name="projects">The projects.</param>
    void SetIdle(IdleReport report, IReadOnlyCollection<Guid> projects);

    /// <summary>The worker has something to do, or left.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="projects">The projects.</param>
    void SetBusy(Guid workerId, IReadOnlyCollection<Guid> projects);

    /// <summary>What the worker does is from now on said by another process.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="projects">The projects.</param>
    void Forget(Guid workerId, IReadOnlyCollection<Guid> projects);
}

/// <summary>Where worker actors write when assignments were first shown.</summary>
public interface IShownStamps
{
    /// <summary>An assignment is on a screen.</summary>
    /// <param name="assignmentId">The assignment.</param>
    /// <param name="workerId">Its worker.</param>
    /// <param name="at">Since when.</param>
    void Add(Guid assignmentId, Guid workerId, DateTimeOffset at);

    /// <summary>It was submitted, with the stamp.</summary>
    /// <param name="assignmentId">The assignment.</param>
    void Remove(Guid assignmentId);
}
