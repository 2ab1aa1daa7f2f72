namespace Dispatch.Engine.Quality;

/// <summary>Where evidence about a worker comes from.</summary>
public enum EvidenceKind
{
    /// <summary>Reserved.</summary>
    Unspecified = 0,
    /// <summary>An answer to a gold task against its known answers.</summary>
    Gold = 1,
    /// <summary>A reviewer's judgment of an answer.</summary>
    Review = 2,
    /// <summary>What the others said about the same task, the worker's own vote left out.</summary>
    Consensus = 3,
    /// <summary>Takes an earlier row out: a dispute was upheld, or a gold was wrong.</summary>
    Mask = 4,
    /// <summary>An answer in training: weighs nothing. What comes after it is told from what came before.</summary>
    Training = 5,
}

/// <summary>One committed row of evidence about one worker in one project.</summary>
/// <param name="Sequence">The worker's evaluation sequence in the project: 1 or more, growing; gaps are allowed.</param>
/// <param name="Kind">Where it comes from.</param>
/// <param name="Score">How right the answer was, in [0,1]. Ignored for a mask.</param>
/// <param name="Weight">How much it counts, above 0 to <see cref="WeightMax"/>: 1 for gold. Ignored for a mask, and for training.</param>
/// <param name="Masks">The earlier row that a mask takes out; null for every other kind.</param>
public readonly record struct EvidenceRow(long Sequence, EvidenceKind Kind, double Score, double Weight, long? Masks = null)
{
    /// <summary>Heaviest evidence there is.</summary>
    public const double WeightMax = 10;

    /// <summary>A mask row.</summary>
    /// <param name="sequence">Its own sequence.</param>
    /// <param name="masks">The earlier row that no longer counts.</param>
    public static EvidenceRow Mask(long sequence, long masks) => new(sequence, EvidenceKind.Mask, 0, 0, masks);
}
