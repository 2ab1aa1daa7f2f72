using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Dispatch.Server.Quality;

/// <summary>Draws a share of things by their ids: the same thing is drawn again on a retry, whoever retries it.</summary>
internal static class KeyedDraw
{
    public static bool IsDrawn(Guid id, double share)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(id.ToByteArray(), hash);
        return BinaryPrimitives.ReadUInt32LittleEndian(hash) < share * (1L << 32);
    }
}
