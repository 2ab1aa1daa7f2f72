using Dispatch.Engine.Standing;
using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>
/// What a process knows of the leaderboards, and where its workers write their totals. Both are tables in memory: neither costs a submit
/// a message of its own.
/// </summary>
public interface IBoards
{
    /// <summary>The board of a project as it reached this process, with its age by a clock that is not set; null when it was never read. Asking keeps it being read.</summary>
    /// <param name="projectId">The project.</param>
    BoardReading? Read(Guid projectId);

    /// <summary>A worker's totals now. The latest of each worker goes to the board and to the store a little later.</summary>
    /// <param name="figures">What the board orders by.</param>
    /// <param name="totals">What the store keeps.</param>
    void Report(StandingFigures figures, StandingTotals totals);

    /// <summary>Wake this worker when a cut-off of the board moves, or the board can be read again: the worker waits for work that a gate on rank keeps.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="projectId">The project.</param>
    /// <param name="waits">False: no longer.</param>
    void Watch(Guid workerId, Guid projectId, bool waits);

    /// <summary>Wake this worker, who is at work, when a cut-off of the board passes their key: others have overtaken, or were. At most once a second.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="projectId">The project.</param>
    /// <param name="key">The worker's key by the latest figures; null: no longer.</param>
    void Works(Guid workerId, Guid projectId, BoardKey? key);
}
