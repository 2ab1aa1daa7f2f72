using Dispatch.Engine.Matching;

namespace Dispatch.Engine.Standing;

/// <summary>Whether a worker counts as in, and since when. What entering and leaving rows say, latest first.</summary>
/// <param name="IsIn">Whether the worker is in.</param>
/// <param name="EnteredAt">When the worker entered; null when out.</param>
/// <param name="EnteredAnswers">Answers the worker had given then.</param>
/// <param name="EnteredSequence">Evaluation the worker entered with.</param>
/// <param name="PolicyVersion">Policy the worker entered under.</param>
public sealed record GateMembership(bool IsIn, DateTimeOffset? EnteredAt, long EnteredAnswers, long EnteredSequence, int PolicyVersion)
{
    /// <summary>Not in.</summary>
    public static GateMembership Out { get; } = new(false, null, 0, 0, 0);
}

/// <summary>A board as it reached the one who judges.</summary>
/// <param name="Cutoffs">The board.</param>
/// <param name="Age">How old it is by a clock that is not set: since it was taken, by the judge's own measuring.</param>
/// <param name="OwnRank">The worker's place on it, if asked for: shown, never decided by.</param>
public sealed record BoardReading(BoardCutoffs Cutoffs, TimeSpan Age, int? OwnRank = null);

/// <summary>What one worker has taken of a golden batch.</summary>
/// <param name="Taken">Tasks of the batch that the worker answered or holds.</param>
/// <param name="Tasks">Tasks of the batch.</param>
public readonly record struct BatchShare(long Taken, long Tasks);

/// <summary>Everything a gate judges by. Nothing else reaches the decision.</summary>
public sealed record GateInputs
{
    /// <summary>The worker's figures at the latest evaluation, the one in the same commit included.</summary>
    public required StandingFigures Figures { get; init; }

    /// <summary>The worker's labels.</summary>
    public WorkerLabels Labels { get; init; } = WorkerLabels.None;

    /// <summary>Whether the worker is in at present: decides which bars count.</summary>
    public GateMembership Membership { get; init; } = GateMembership.Out;

    /// <summary>The board; null when it cannot be reached.</summary>
    public BoardReading? Board { get; init; }

    /// <summary>The time of the judgement, by the store.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Which step of the gate: 0 is the gate itself, more is wider, see <see cref="Gate.OpeningAfter"/>.</summary>
    public int Step { get; init; }

    /// <summary>What the worker has taken of the batch; null when the share is judged elsewhere.</summary>
    public BatchShare? Share { get; init; }
}
