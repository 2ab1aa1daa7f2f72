using Dispatch.Engine.Quality;
using Dispatch.Storage;

namespace Dispatch.Grains;

/// <summary>Rows of the store as the engine folds them.</summary>
public static class Evidence
{
    /// <summary>What the row is to the fold. Questions of an exam, and verdicts on a reviewer, weigh nothing: they are seen, as a mask of nothing is.</summary>
    /// <param name="row">The row.</param>
    public static EvidenceRow Of(EvaluationRow row) => row.Kind == EvidenceKinds.Mask
        ? new EvidenceRow(row.Sequence, EvidenceKind.Mask, 0, 0, row.Masks)
        : Of(row.Sequence, row.Kind, row.Score, row.Weight);

    /// <summary>An evaluation that masks nothing.</summary>
    /// <param name="sequence">Its sequence.</param>
    /// <param name="kind">One of <see cref="EvidenceKinds"/>.</param>
    /// <param name="score">In [0,1].</param>
    /// <param name="weight">In [0,1].</param>
    public static EvidenceRow Of(long sequence, string kind, double score, double weight)
    {
        var source = kind switch
        {
            EvidenceKinds.Gold => EvidenceKind.Gold,
            EvidenceKinds.Review => EvidenceKind.Review,
            EvidenceKinds.Consensus => EvidenceKind.Consensus,
            EvidenceKinds.Training => EvidenceKind.Training,
            _ => EvidenceKind.Mask,
        };
        if (source == EvidenceKind.Training) return new EvidenceRow(sequence, source, score, 0);
        return source == EvidenceKind.Mask || weight <= 0 ? new EvidenceRow(sequence, EvidenceKind.Mask, 0, 0) : new EvidenceRow(sequence, source, score, weight);
    }
}
