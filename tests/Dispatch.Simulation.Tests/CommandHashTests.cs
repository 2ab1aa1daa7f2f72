using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Dispatch.Grains;

namespace Dispatch.Simulation.Tests;

/// <summary>Hashes lie in the store beside their operations: a version that makes others would take every repeat across an upgrade for another command.</summary>
public sealed class CommandHashTests
{
    private static readonly Guid Subject = new("00112233-4455-6677-8899-aabbccddeeff");

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("{\"choice\":\"a\"}")]
    [InlineData("žluťoučký kůň 馬 🐎")]
    public void Of_IsTheDigestOfItsParts(string? text) => CommandHash.Of("submit", Subject, -7, text).ShouldBe(DigestOf("submit", -7, text));

    [Theory]
    [InlineData(300)]
    [InlineData(100_000)]
    public void Of_ALongText_IsTheDigestOfItsParts(int length)
    {
        var text = string.Concat(Enumerable.Repeat("ř", length));

        CommandHash.Of("submit", Subject, long.MaxValue, text).ShouldBe(DigestOf("submit", long.MaxValue, text));
    }

    private static byte[] DigestOf(string kind, long number, string? text)
    {
        var bigEndian = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bigEndian, number);
        return SHA256.HashData([.. Encoding.UTF8.GetBytes(kind), .. Subject.ToByteArray(bigEndian: true), .. bigEndian, .. Encoding.UTF8.GetBytes(text ?? "")]);
    }
}
