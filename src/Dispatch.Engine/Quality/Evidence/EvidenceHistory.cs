namespace Dispatch.Engine.Quality;

/// <summary>What is saved of an <see cref="EvidenceHistory"/>. Rows after <see cref="QualityFold.LastSequence"/> of <see cref="Current"/> are folded on top when it is read again.</summary>
/// <param name="Discount">γ it was folded with; under another one it is worthless.</param>
/// <param name="Current">The fold.</param>
/// <param name="Checkpoints">Earlier folds, oldest first.</param>
public sealed record EvidenceSnapshot(double Discount, QualityFold Current, IReadOnlyList<QualityFold> Checkpoints);

/// <summary>
/// The live fold with a few earlier states of it. A mask is not subtracted: under a discount that takes out more than was put in.
/// The fold goes back to a checkpoint before the masked row and replays what came after, without it. Checkpoints are taken every
/// <see cref="CheckpointRows"/> rows and thinned with age, so there are about 2·log₂(rows) of them and a replay reads a few times
/// as many rows as lie between the masked one and now. They depend on the number of rows alone: live and replayed histories agree.
/// </summary>
public sealed class EvidenceHistory
{
    /// <summary>A checkpoint is taken every so many rows.</summary>
    public const int CheckpointRows = 32;

    private readonly List<QualityFold> _checkpoints = [];

    /// <summary>An empty history.</summary>
    /// <param name="discount">γ per unit of weight, above 0 to 1.</param>
    public EvidenceHistory(double discount)
    {
        if (discount is not (> 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(discount), discount, "The discount is above 0, to 1.");
        Discount = discount;
    }

    /// <summary>γ per unit of weight. A policy with another one begins a new history and replays it from the first row.</summary>
    public double Discount { get; }

    /// <summary>The fold of everything so far.</summary>
    public QualityFold Current { get; private set; }

    /// <summary>Earlier folds, oldest first.</summary>
    public IReadOnlyList<QualityFold> Checkpoints => _checkpoints;

    /// <summary>Reads a saved history.</summary>
    /// <param name="snapshot">What was saved.</param>
    public static EvidenceHistory Restore(EvidenceSnapshot snapshot)
    {
        var history = new EvidenceHistory(snapshot.Discount) { Current = snapshot.Current };
        history._checkpoints.AddRange(snapshot.Checkpoints);
        return history;
    }

    /// <summary>Copies what must be saved.</summary>
    public EvidenceSnapshot Snapshot() => new(Discount, Current, [.. _checkpoints]);

    /// <summary>Where a replay has to begin because of new rows, or null when there is no mask among them and <see cref="Apply"/> does.</summary>
    /// <param name="rows">New rows.</param>
    /// <returns>Every row with a sequence above this one must be handed to <see cref="Replay"/>.</returns>
    public long? ReplayFrom(IReadOnlyList<EvidenceRow> rows)
    {
        long? first = null;
        foreach (var row in rows)
        {
            if (row is { Kind: EvidenceKind.Mask, Masks: { } target } && !(first <= target)) first = target;
        }

        return first is { } masked ? ReplayFrom(masked) : null;
    }

    /// <summary>The last sequence known before a row: a replay without that row needs every row after it.</summary>
    /// <param name="masked">Sequence of the row that no longer counts.</param>
    public long ReplayFrom(long masked)
    {
        if (Current.LastSequence < masked) return Current.LastSequence;
        var before = _checkpoints.FindLastIndex(checkpoint => checkpoint.LastSequence < masked);
        return before < 0 ? 0 : _checkpoints[before].LastSequence;
    }

    /// <summary>Folds the next row.</summary>
    /// <param name="row">A row with a sequence above the last one, and no mask that takes out anything: see <see cref="ReplayFrom(IReadOnlyList{EvidenceRow})"/>.</param>
    public void Apply(EvidenceRow row)
    {
        if (row is { Kind: EvidenceKind.Mask, Masks: not null }) throw new ArgumentException("A mask is folded by a replay of the rows it touches.", nameof(row));
        Advance(Current.Apply(row, Discount));
    }

    /// <summary>Goes back and folds again, without what masks take out.</summary>
    /// <param name="after">Where to begin: what <see cref="ReplayFrom(IReadOnlyList{EvidenceRow})"/> said, or 0 for everything.</param>
    /// <param name="rows">Every committed row with a sequence above <paramref name="after"/>, in sequence order, the masks among them.</param>
    public void Replay(long after, IReadOnlyList<EvidenceRow> rows)
    {
        if (after != Current.LastSequence)
        {
            var from = after == 0 ? default : _checkpoints.Find(checkpoint => checkpoint.LastSequence == after);
            if (from.LastSequence != after) throw new ArgumentException($"There is no checkpoint at {after}.", nameof(after));
            _checkpoints.RemoveAll(checkpoint => checkpoint.LastSequence > after);
            Current = from;
        }

        var masked = QualityFold.MaskedBy(rows);
        foreach (var row in rows) Advance(Current.Next(row, masked, Discount));
    }

    private void Advance(QualityFold next)
    {
        Current = next;
        if (next.Rows % CheckpointRows != 0) return;
        var now = next.Rows / CheckpointRows;
        _checkpoints.RemoveAll(checkpoint => !IsKept(checkpoint.Rows / CheckpointRows, now));
        _checkpoints.Add(next);
    }

    // The nth checkpoint is kept as long as 2^(zeros at the end of n) allows: two of each level remain.
    private static bool IsKept(long n, long now) => now - n < 2L << Math.Min(60, System.Numerics.BitOperations.TrailingZeroCount(n));
}
