using Dispatch.Contracts;

namespace Dispatch.Server.Import;

/// <summary>Bounds of one import. A service, so that a test can reach them without sending gigabytes.</summary>
public sealed record ImportLimits
{
    /// <summary>Bytes after unpacking.</summary>
    public long Bytes { get; init; } = Limits.ImportBytes;

    /// <summary>Lines.</summary>
    public long Lines { get; init; } = Limits.ImportLines;
}
