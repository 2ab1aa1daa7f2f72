namespace Dispatch.Grains;

/// <summary>Secret of a cluster that keys its draws: which answers are followed by gold, and which are reviewed. Nobody outside can predict them; with the same key they can be replayed.</summary>
/// <param name="bytes">At least 16 bytes.</param>
public sealed class GoldKey(byte[] bytes)
{
    /// <summary>The secret.</summary>
    public ReadOnlySpan<byte> Bytes => bytes;
}
