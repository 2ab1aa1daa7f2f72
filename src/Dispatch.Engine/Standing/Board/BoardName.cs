using System.Globalization;

namespace Dispatch.Engine.Standing;

/// <summary>How a worker appears to the others. It has no part in any order.</summary>
/// <param name="Chosen">A name the worker chose; null shows a number.</param>
/// <param name="IsShown">False for who opted out: the place stays taken, and shows nothing.</param>
public readonly record struct BoardName(string? Chosen, bool IsShown)
{
    /// <summary>Shown under a number.</summary>
    public static BoardName Numbered { get; } = new(null, true);

    /// <summary>What others see; null for who opted out.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="projectId">The project: the numbers of one person in two projects have nothing in common.</param>
    public string? Shown(Guid workerId, Guid projectId)
    {
        if (!IsShown) return null;
        return Chosen ?? string.Create(CultureInfo.InvariantCulture, $"Annotator {Number(workerId, projectId):000000}");
    }

    // FNV-1a: the same on every silo and after every rebuild, which a number given in turn would not be.
    private static uint Number(Guid workerId, Guid projectId)
    {
        Span<byte> bytes = stackalloc byte[32];
        workerId.TryWriteBytes(bytes);
        projectId.TryWriteBytes(bytes[16..]);
        var hash = 14695981039346656037UL;
        foreach (var value in bytes) hash = (hash ^ value) * 1099511628211UL;
        return (uint)((hash ^ (hash >> 32)) % 1_000_000);
    }
}
