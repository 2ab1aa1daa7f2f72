namespace Dispatch.Engine.Standing;

/// <summary>What became of totals that came to a board.</summary>
public enum UpsertOutcome
{
    /// <summary>Taken.</summary>
    Applied = 1,

    /// <summary>Not newer than what the board has: ignored. Totals may come twice and in any order.</summary>
    NotNewer = 2,

    /// <summary>The board has its greatest size, and the worker is not on it.</summary>
    Full = 3,

    /// <summary>A figure is not a number that can be ordered.</summary>
    Unusable = 4,
}

/// <summary>A worker with the place on a board.</summary>
/// <param name="Rank">From 1.</param>
/// <param name="Figures">The worker's figures.</param>
/// <param name="Name">How the worker appears.</param>
public readonly record struct BoardPlace(int Rank, StandingFigures Figures, BoardName Name);

/// <summary>What changed on a board.</summary>
/// <param name="FromEpoch">Since this state.</param>
/// <param name="ToEpoch">Up to this one.</param>
/// <param name="Changed">Workers with other figures, with the place they have now: places of all others follow from these.</param>
/// <param name="Gone">Workers who are not on it any more.</param>
public sealed record BoardDelta(long FromEpoch, long ToEpoch, IReadOnlyList<BoardPlace> Changed, IReadOnlyList<Guid> Gone);
