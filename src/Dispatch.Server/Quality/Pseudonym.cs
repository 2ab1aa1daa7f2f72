using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Dispatch.Server.Quality;

/// <summary>A name for somebody whose name is not to sway a judgement: the same in one project, another in the next.</summary>
internal static class Pseudonym
{
    public static string Of(Guid workerId, Guid projectId)
    {
        Span<byte> hash = stackalloc byte[32];
        HMACSHA256.HashData(projectId.ToByteArray(), workerId.ToByteArray(), hash);
        return $"annotator {BinaryPrimitives.ReadUInt32LittleEndian(hash) % 100_000:00000}";
    }
}
