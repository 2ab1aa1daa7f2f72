namespace Dispatch.Storage;

/// <summary>
/// The store could not say whether a write took effect, or could not be reached. The caller must treat the outcome as
/// unknown and ask again under the same operation id; owners of memory must drop it and reload.
/// </summary>
public class StoreUnavailableException : Exception
{
    /// <summary>Creates one.</summary>
    /// <param name="message">What was tried.</param>
    /// <param name="inner">What went wrong. It stays in the process where it arose: what leaves a grain is one without it (<c>GrainFailures</c>).</param>
    public StoreUnavailableException(string message, Exception inner) : base(message, inner) { }

    /// <summary>Creates one for another process, which may not know the database's own exceptions.</summary>
    /// <param name="message">What was tried.</param>
    public StoreUnavailableException(string message) : base(message) { }
}
