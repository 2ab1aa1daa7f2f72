namespace Dispatch.Storage;

/// <summary>
/// The store said that it cannot take this, and rolled it back: a value that it cannot hold, a broken constraint, a row that is too large. Nothing took effect, and the same
/// request will always end so. It is a kind of <see cref="StoreUnavailableException"/> because owners of memory must drop it and reload in both cases.
/// </summary>
public sealed class StoreRefusedException : StoreUnavailableException
{
    /// <summary>Creates one.</summary>
    /// <param name="isValue">A value that came with the request is at fault, not the way in which it was stored.</param>
    /// <param name="inner">What the database said.</param>
    public StoreRefusedException(bool isValue, Exception inner) : base("The database refused this for good.", inner) => IsValue = isValue;

    /// <summary>A value that came with the request is at fault.</summary>
    public bool IsValue { get; }
}
