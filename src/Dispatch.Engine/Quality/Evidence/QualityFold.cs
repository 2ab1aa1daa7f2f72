namespace Dispatch.Engine.Quality;

/// <summary>
/// The evidence about one worker in one project, folded in sequence order: s ← s·γ^w + w·x, f ← f·γ^w + w·(1−x). The same rows
/// in the same order give the same bits. Plain values: serialises as it is. The default value is the fold of no rows.
/// </summary>
public readonly record struct QualityFold
{
    /// <summary>A score from here on counts as good in the recent windows.</summary>
    public const double GoodScore = 0.5;

    /// <summary>Discounted weight of what was right (s).</summary>
    public double Right { get; init; }
    /// <summary>Discounted weight of what was wrong (f).</summary>
    public double Wrong { get; init; }
    /// <summary>Gold rows that count.</summary>
    public long Golds { get; init; }
    /// <summary>Review rows that count.</summary>
    public long Reviews { get; init; }
    /// <summary>Consensus rows that count.</summary>
    public long Consensuses { get; init; }
    /// <summary>The last golds: good is a score of at least <see cref="GoodScore"/>.</summary>
    public RecentWindow RecentGolds { get; init; }
    /// <summary>The last reviews: good is a score of at least <see cref="GoodScore"/>, bad a rejection.</summary>
    public RecentWindow RecentReviews { get; init; }
    /// <summary>The last judgments by the others: good is agreement.</summary>
    public RecentWindow RecentConsensuses { get; init; }
    /// <summary>Answers in training.</summary>
    public long Trainings { get; init; }
    /// <summary>Rows that count since the last answer in training; all of them when there was none.</summary>
    public long SinceTraining { get; init; }
    /// <summary>Rows that a mask has taken out.</summary>
    public long Masked { get; init; }
    /// <summary>Rows seen, of every kind: masks and masked ones too.</summary>
    public long Rows { get; init; }
    /// <summary>Sequence of the last row seen; 0 before the first.</summary>
    public long LastSequence { get; init; }

    /// <summary>Effective number of answers the evidence is worth after discounting (s + f); at most about 1/(1−γ) when γ is below 1 and weights are 1.</summary>
    public double EffectiveN => Right + Wrong;

    /// <summary>Folds the next row that counts.</summary>
    /// <param name="row">A row that no mask takes out, with a sequence above <see cref="LastSequence"/>. A mask only counts as seen: what it takes out is left out by a replay, see <see cref="EvidenceHistory"/>.</param>
    /// <param name="discount">γ per unit of weight, above 0 to 1; 1 forgets nothing.</param>
    public QualityFold Apply(EvidenceRow row, double discount)
    {
        Check(row, discount);
        var seen = this with { Rows = Rows + 1, LastSequence = row.Sequence };
        if (row.Kind == EvidenceKind.Mask) return seen;
        if (row.Kind == EvidenceKind.Training) return seen with { Trainings = Trainings + 1, SinceTraining = 0 };

        // A power of one is exact, and multiplying by 1 keeps the bits: γ = 1 is the plain sum.
        var kept = Math.Pow(discount, row.Weight);
        return seen.Counted(row.Kind, row.Score >= GoodScore) with
        {
            SinceTraining = SinceTraining + 1,
            Right = (Right * kept) + (row.Weight * row.Score),
            Wrong = (Wrong * kept) + (row.Weight * (1 - row.Score)),
        };
    }

    /// <summary>Passes over a row that a mask takes out.</summary>
    /// <param name="row">The row.</param>
    public QualityFold Skip(EvidenceRow row)
    {
        CheckOrder(row);
        return this with { Rows = Rows + 1, LastSequence = row.Sequence, Masked = Masked + 1 };
    }

    /// <summary>Folds rows onto this fold, without those that a mask among them takes out. A mask cannot be masked: evidence that should count again comes as a new row.</summary>
    /// <param name="rows">Every row after <see cref="LastSequence"/>, in sequence order.</param>
    /// <param name="discount">γ, as in <see cref="Apply"/>.</param>
    public QualityFold Replay(IReadOnlyList<EvidenceRow> rows, double discount)
    {
        var masked = MaskedBy(rows);
        var fold = this;
        foreach (var row in rows) fold = fold.Next(row, masked, discount);
        return fold;
    }

    internal QualityFold Next(EvidenceRow row, HashSet<long> masked, double discount) =>
        row.Kind != EvidenceKind.Mask && masked.Contains(row.Sequence) ? Skip(row) : Apply(row, discount);

    internal static HashSet<long> MaskedBy(IReadOnlyList<EvidenceRow> rows)
    {
        HashSet<long> masked = [];
        foreach (var row in rows)
        {
            if (row is { Kind: EvidenceKind.Mask, Masks: { } target } && target < row.Sequence) masked.Add(target);
        }

        return masked;
    }

    private QualityFold Counted(EvidenceKind kind, bool good) => kind switch
    {
        EvidenceKind.Gold => this with { Golds = Golds + 1, RecentGolds = RecentGolds.Add(good) },
        EvidenceKind.Review => this with { Reviews = Reviews + 1, RecentReviews = RecentReviews.Add(good) },
        _ => this with { Consensuses = Consensuses + 1, RecentConsensuses = RecentConsensuses.Add(good) },
    };

    private void Check(EvidenceRow row, double discount)
    {
        CheckOrder(row);
        if (discount is not (> 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(discount), discount, "The discount is above 0, to 1.");
        if (row.Kind == EvidenceKind.Mask) return;
        if (row.Kind == EvidenceKind.Unspecified || !Enum.IsDefined(row.Kind)) throw new ArgumentOutOfRangeException(nameof(row), row.Kind, "There is no such kind of evidence.");
        if (row.Score is not (>= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(row), row.Score, "A score is from 0 to 1.");
        if (row.Kind == EvidenceKind.Training) return;
        if (row.Weight is not (> 0 and <= EvidenceRow.WeightMax)) throw new ArgumentOutOfRangeException(nameof(row), row.Weight, $"A weight is above 0, to {EvidenceRow.WeightMax}.");
    }

    private void CheckOrder(EvidenceRow row)
    {
        if (row.Sequence <= LastSequence) throw new ArgumentOutOfRangeException(nameof(row), row.Sequence, $"Rows come in sequence order; the last was {LastSequence}.");
    }
}
