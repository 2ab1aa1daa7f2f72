using System.Numerics;

namespace Dispatch.Engine.Quality;

/// <summary>The last outcomes of one kind, good or bad, newest first, as bits. The default value is empty. Serialises as it is.</summary>
/// <param name="Good">Bit i is set when the ith newest outcome was good.</param>
/// <param name="Count">Outcomes held, at most <see cref="Capacity"/>.</param>
public readonly record struct RecentWindow(ulong Good, int Count)
{
    /// <summary>Outcomes that are remembered.</summary>
    public const int Capacity = 64;

    /// <summary>Adds the newest outcome.</summary>
    /// <param name="good">How it was.</param>
    public RecentWindow Add(bool good) => new((Good << 1) | (good ? 1UL : 0), Math.Min(Capacity, Count + 1));

    /// <summary>Bad ones among the newest.</summary>
    /// <param name="last">How many of the newest to look at, 1 to <see cref="Capacity"/>.</param>
    public int BadOfLast(int last)
    {
        var looked = Math.Min(last, Count);
        var mask = looked >= Capacity ? ulong.MaxValue : (1UL << looked) - 1;
        return looked - BitOperations.PopCount(Good & mask);
    }
}
