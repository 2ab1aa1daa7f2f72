using System.Security.Cryptography;
using System.Text;

namespace Dispatch.Engine.Forms.Shared;

/// <summary>Keys of tasks whose lines have none: the same content has the same key, whenever and from whichever file it comes, so sending it again makes no second task.</summary>
internal static class HashKey
{
    private const int Bytes = 16;
    private const int StackBytes = 1024;

    public static string Of(string content)
    {
        var size = Encoding.UTF8.GetMaxByteCount(content.Length);
        Span<byte> bytes = size <= StackBytes ? stackalloc byte[StackBytes] : new byte[size];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes[..Encoding.UTF8.GetBytes(content, bytes)], hash);
        return $"hash-{Convert.ToHexStringLower(hash[..Bytes])}";
    }
}
