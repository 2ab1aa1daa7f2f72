using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Dispatch.Engine.Quality.Gold;

/// <summary>
/// Draws whether a worker's next task is gold, and which. The draw is a keyed hash of worker and counter: who does not know the key
/// cannot foresee it from any number of earlier draws, and who knows it can draw again and find the same.
/// </summary>
public static class GoldDraw
{
    /// <summary>Shortest key, in bytes.</summary>
    public const int KeyBytesMin = 16;

    /// <summary>Whether this turn is gold.</summary>
    /// <param name="key">Secret of the project, at least <see cref="KeyBytesMin"/> bytes.</param>
    /// <param name="workerId">The worker.</param>
    /// <param name="counter">Turns of this worker in the project so far: each counter is used for one turn.</param>
    /// <param name="rate">Share of gold, from 0 to 1: see <see cref="GoldRate"/>.</param>
    public static bool IsGold(ReadOnlySpan<byte> key, Guid workerId, long counter, double rate)
    {
        // 53 bits fill a double exactly, so a rate of 1 is always and a rate of 0 never.
        var drawn = (Hash(key, workerId, counter, Purpose.Turn) >> 11) / (double)(1L << 53);
        return drawn < rate;
    }

    /// <summary>Which of several gold tasks.</summary>
    /// <param name="key">As for <see cref="IsGold"/>.</param>
    /// <param name="workerId">The worker.</param>
    /// <param name="counter">As for <see cref="IsGold"/>.</param>
    /// <param name="candidates">How many there are, at least 1: those the worker never had and that may be shown, in a fixed order.</param>
    public static int Pick(ReadOnlySpan<byte> key, Guid workerId, long counter, int candidates)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(candidates, 1);
        return (int)Math.BigMul(Hash(key, workerId, counter, Purpose.Task), (ulong)candidates, out _);
    }

    private enum Purpose : byte
    {
        Turn = 1,
        Task = 2,
    }

    private static ulong Hash(ReadOnlySpan<byte> key, Guid workerId, long counter, Purpose purpose)
    {
        if (key.Length < KeyBytesMin) throw new ArgumentException($"The key has at least {KeyBytesMin} bytes.", nameof(key));
        Span<byte> message = stackalloc byte[25];
        workerId.TryWriteBytes(message, bigEndian: true, out _);
        BinaryPrimitives.WriteInt64BigEndian(message[16..], counter);
        message[24] = (byte)purpose;
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, message, hash);
        return BinaryPrimitives.ReadUInt64BigEndian(hash);
    }
}
