namespace Dispatch.Grains;

/// <summary>
/// A call of a grain failed in a way that nobody foresaw. The failure itself is in the log of the process where it arose; what crosses processes is its name,
/// because its type may be one that the other side cannot read.
/// </summary>
public sealed class GrainFailedException : Exception
{
    /// <summary>Creates one.</summary>
    /// <param name="message">Which call, and the name of what went wrong.</param>
    public GrainFailedException(string message) : base(message) { }
}
