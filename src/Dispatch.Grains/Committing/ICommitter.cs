using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>Commits operations, each with whatever else is waiting.</summary>
public interface ICommitter
{
    /// <summary>Commits one operation. Operations of one batch are committed in the order in which they came.</summary>
    /// <param name="operation">The operation.</param>
    /// <exception cref="CommitQueueFullException">Nothing was tried.</exception>
    /// <exception cref="StoreUnavailableException">The outcome is unknown.</exception>
    Task<CommitResult> CommitAsync(CommitOperation operation);
}
