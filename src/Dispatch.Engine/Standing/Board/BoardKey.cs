using Dispatch.Contracts.Policies;

namespace Dispatch.Engine.Standing;

/// <summary>Place of a worker in the order of a leaderboard: the smaller key stands higher. Total: equals are told apart by id.</summary>
/// <param name="First">Leads; higher is better.</param>
/// <param name="Second">Among equals of <paramref name="First"/>; higher is better.</param>
/// <param name="Third">Among equals of both; higher is better.</param>
/// <param name="WorkerId">The worker.</param>
public readonly record struct BoardKey(double First, double Second, double Third, Guid WorkerId) : IComparable<BoardKey>
{
    private const double Bands = 100;

    /// <summary>The key of a worker.</summary>
    /// <param name="figures">The worker's figures.</param>
    /// <param name="order">By what the board is ordered.</param>
    public static BoardKey Of(StandingFigures figures, BoardOrder order) => order switch
    {
        BoardOrder.BandsThenSpeed => new(Math.Floor(figures.LowerBound * Bands), -figures.SpeedIndex, figures.EffectiveN, figures.WorkerId),
        BoardOrder.Mean => new(figures.Accuracy.Mean, figures.EffectiveN, -figures.SpeedIndex, figures.WorkerId),
        _ => new(figures.LowerBound, figures.EffectiveN, -figures.SpeedIndex, figures.WorkerId),
    };

    /// <inheritdoc/>
    public int CompareTo(BoardKey other)
    {
        if (First != other.First) return First > other.First ? -1 : 1;
        if (Second != other.Second) return Second > other.Second ? -1 : 1;
        if (Third != other.Third) return Third > other.Third ? -1 : 1;
        return WorkerId.CompareTo(other.WorkerId);
    }

    /// <summary>Stands higher.</summary>
    public static bool operator <(BoardKey left, BoardKey right) => left.CompareTo(right) < 0;

    /// <summary>Stands lower.</summary>
    public static bool operator >(BoardKey left, BoardKey right) => left.CompareTo(right) > 0;

    /// <summary>Does not stand lower.</summary>
    public static bool operator <=(BoardKey left, BoardKey right) => left.CompareTo(right) <= 0;

    /// <summary>Does not stand higher.</summary>
    public static bool operator >=(BoardKey left, BoardKey right) => left.CompareTo(right) >= 0;

    /// <summary>Whether the numbers can be ordered.</summary>
    internal bool IsUsable => double.IsFinite(First) && double.IsFinite(Second) && double.IsFinite(Third);

    /// <summary>The order of the board, for a <see cref="RankedSet{T, TRanking}"/>.</summary>
    public readonly struct Ranking : IRanking<BoardKey>
    {
        /// <inheritdoc/>
        public static double Lead(BoardKey item) => -item.First;

        /// <inheritdoc/>
        public static int Compare(BoardKey left, BoardKey right) => left.CompareTo(right);
    }
}
