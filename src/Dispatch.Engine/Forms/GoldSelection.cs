using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Dispatch.Contracts;

namespace Dispatch.Engine.Forms;

/// <summary>Which tasks with a known answer become gold tasks.</summary>
public static class GoldSelection
{
    /// <summary>Draws by a keyed hash of the task key: nobody outside can predict it, and a re-import draws the same.</summary>
    /// <param name="batchId">Keys the hash.</param>
    /// <param name="key">The task key.</param>
    /// <param name="use">What the batch says.</param>
    /// <param name="share">Share in [0,1] for <see cref="GoldUse.Share"/>.</param>
    public static bool IsGold(Guid batchId, string key, GoldUse use, double share)
    {
        if (use != GoldUse.Share) return use == GoldUse.All;
        Span<byte> hash = stackalloc byte[32];
        HMACSHA256.HashData(batchId.ToByteArray(), Encoding.UTF8.GetBytes(key), hash);
        return BinaryPrimitives.ReadUInt32LittleEndian(hash) < share * (1L << 32);
    }
}
