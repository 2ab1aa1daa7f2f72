namespace Dispatch.Client;

/// <summary>Makes operation ids. The one place in the SDK where ids come from nowhere; replaceable for replays.</summary>
public static class ClientIds
{
#pragma warning disable RS0030 // A client has no composition root of its own.
    /// <summary>A fresh id.</summary>
    public static Guid New() => Guid.NewGuid();

    /// <summary>Jitter in [0,1).</summary>
    public static double Jitter() => Random.Shared.NextDouble();
#pragma warning restore RS0030
}
