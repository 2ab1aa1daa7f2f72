using Dispatch.Contracts.Policies;

namespace Dispatch.Engine.Standing;

/// <summary>A bar on the leaderboard that some gate asks for: the first <paramref name="Top"/>, or the first <paramref name="Share"/> of it.</summary>
/// <param name="Top">Places; 0 when a share is asked for.</param>
/// <param name="Share">Share in 0..1; 0 when places are asked for.</param>
public readonly record struct RankAsk(int Top, double Share)
{
    /// <summary>The place that the bar is on a board of some size: a share is rounded up, and at least the first.</summary>
    /// <param name="size">Workers on the board.</param>
    public int PlaceOn(int size) => Top > 0 ? Top : Math.Max(1, (int)Math.Ceiling(Share * size));
}

/// <summary>A bar as it stands.</summary>
/// <param name="Place">The place asked for.</param>
/// <param name="Last">Key of the worker on it. Null when the board is shorter.</param>
/// <param name="Next">Key of the worker behind it; null when there is none.</param>
public readonly record struct RankCutoff(int Place, BoardKey? Last, BoardKey? Next)
{
    /// <summary>
    /// Whether a key belongs among the first. Who is not below the worker on the place does. The worker on the place itself may have fallen
    /// since, and is held against the next. Who fell from further up is not: a place may be judged too strictly for as long as the board is old, never too mildly.
    /// </summary>
    /// <param name="key">The worker's key by the latest figures.</param>
    public bool Holds(BoardKey key) => Last is not { } last || key <= last || (key.WorkerId == last.WorkerId && (Next is not { } next || key < next));
}

/// <summary>
/// What worker grains need to judge clauses on rank and pool by themselves: an immutable picture of a leaderboard at an epoch. A few
/// numbers, whatever the size of the board. A worker's own latest figures are held against it, so at most as many more may pass as
/// improved since <see cref="TakenAt"/>.
/// </summary>
public sealed record BoardCutoffs
{
    /// <summary>State of the board; grows whenever it changed.</summary>
    public required long Epoch { get; init; }

    /// <summary>When it was taken.</summary>
    public required DateTimeOffset TakenAt { get; init; }

    /// <summary>Workers on the board.</summary>
    public required int Size { get; init; }

    /// <summary>By what it is ordered: a key of another order cannot be held against it.</summary>
    public required BoardOrder Order { get; init; }

    /// <summary>Median of the workers' medians of handling time, in seconds; null while nobody has one.</summary>
    public double? PoolMedianSeconds { get; init; }

    /// <summary>The bars that were asked for.</summary>
    public IReadOnlyDictionary<RankAsk, RankCutoff> Ranks { get; init; } = new Dictionary<RankAsk, RankCutoff>();
}
