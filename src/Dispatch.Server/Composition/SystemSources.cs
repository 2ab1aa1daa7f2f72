using Dispatch.Grains;

namespace Dispatch.Server.Composition;

// The composition root is the one place where real ids and real randomness come in.
#pragma warning disable RS0030

/// <summary>Version 7 ids of the runtime.</summary>
public sealed class SystemIdSource : IIdSource
{
    /// <inheritdoc/>
    public Guid NewId() => Guid.CreateVersion7();
}

/// <summary>The runtime's shared random numbers.</summary>
public sealed class SystemRandomSource : IRandomSource
{
    /// <inheritdoc/>
    public int Next(int exclusiveMax) => Random.Shared.Next(exclusiveMax);

    /// <inheritdoc/>
    public double NextDouble() => Random.Shared.NextDouble();
}
