using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Dispatch.Grains;

/// <summary>Hash of a command: the same operation id with another hash is another command, and refused.</summary>
internal static class CommandHash
{
    private const int FixedBytes = 24;
    private const int OnStackMost = 1_024;

    public static byte[] Of(string kind, Guid subject, long number, string? text)
    {
        // In one piece: a hash that is fed piece by piece is an object of the crypto library, made and freed for every answer.
        var most = Encoding.UTF8.GetMaxByteCount(kind.Length) + FixedBytes + Encoding.UTF8.GetMaxByteCount(text?.Length ?? 0);
        var rented = most > OnStackMost ? ArrayPool<byte>.Shared.Rent(most) : null;
        var bytes = rented ?? stackalloc byte[OnStackMost];
        var length = Encoding.UTF8.GetBytes(kind, bytes);
        subject.TryWriteBytes(bytes[length..], bigEndian: true, out _);
        BinaryPrimitives.WriteInt64BigEndian(bytes[(length + 16)..], number);
        length += FixedBytes;
        length += Encoding.UTF8.GetBytes(text, bytes[length..]);
        var hash = SHA256.HashData(bytes[..length]);
        if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
        return hash;
    }
}
