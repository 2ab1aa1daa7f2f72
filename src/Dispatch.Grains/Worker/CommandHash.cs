using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Dispatch.Grains;

/// <summary>Hash of a command: the same operation id with another hash is another command, and refused.</summary>
internal static class CommandHash
{
    public static byte[] Of(string kind, Guid subject, long number, string? text)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> fixedPart = stackalloc byte[24];
        subject.TryWriteBytes(fixedPart, bigEndian: true, out _);
        BinaryPrimitives.WriteInt64BigEndian(fixedPart[16..], number);
        hash.AppendData(Encoding.UTF8.GetBytes(kind));
        hash.AppendData(fixedPart);
        if (text is not null) hash.AppendData(Encoding.UTF8.GetBytes(text));
        return hash.GetHashAndReset();
    }
}
