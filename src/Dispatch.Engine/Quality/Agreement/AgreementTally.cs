namespace Dispatch.Engine.Quality.Agreement;

/// <summary>
/// Agreement over the units (tasks) of a batch, kept up to date: a new vote replaces the tally of its unit, at a cost that depends on
/// the votes of that unit alone. Counts are whole numbers, apart for each number of votes in a unit, so the figures have the same
/// bits whatever the order in which the votes came. A figure that is not defined (nobody voted twice on anything, nothing can
/// differ by chance) is null.
/// </summary>
public sealed class AgreementTally
{
    /// <summary>Most values that a tally holds apart.</summary>
    public const int ValuesMax = 64;

    private readonly double[] _values;
    private readonly SortedDictionary<int, Level> _levels = [];

    /// <summary>An empty tally.</summary>
    /// <param name="values">What can be voted, distinct and ascending, at most <see cref="ValuesMax"/>: the points of a scale, or 0, 1, 2, … for names.</param>
    public AgreementTally(IReadOnlyList<double> values)
    {
        if (values.Count is 0 or > ValuesMax) throw new ArgumentException($"A tally has 1 to {ValuesMax} values.", nameof(values));
        for (var i = 0; i < values.Count; i++)
        {
            if (!double.IsFinite(values[i]) || (i > 0 && values[i] <= values[i - 1])) throw new ArgumentException("Values are finite, distinct and ascending.", nameof(values));
        }

        _values = [.. values];
    }

    /// <summary>A tally for names, which have no order: votes are 0 to <paramref name="count"/> − 1.</summary>
    /// <param name="count">Number of names.</param>
    public static AgreementTally OfNames(int count) => new([.. Enumerable.Range(0, count).Select(i => (double)i)]);

    /// <summary>Votes in all.</summary>
    public long Votes => _levels.Sum(level => level.Key * level.Value.Units);

    /// <summary>Units with at least two votes: those that say something about agreement.</summary>
    public long PairedUnits => _levels.Where(level => level.Key >= 2).Sum(level => level.Value.Units);

    /// <summary>Adds a unit.</summary>
    /// <param name="votes">Its votes, as indices of the values.</param>
    public void Add(ReadOnlySpan<int> votes) => Change(votes, 1);

    /// <summary>Takes a unit out again.</summary>
    /// <param name="votes">The votes it was added with, in any order.</param>
    public void Remove(ReadOnlySpan<int> votes) => Change(votes, -1);

    /// <summary>Replaces the votes of a unit: one was added, changed or no longer counts.</summary>
    /// <param name="before">Its votes until now; empty when it had none.</param>
    /// <param name="after">Its votes from now on; empty when none are left.</param>
    public void Replace(ReadOnlySpan<int> before, ReadOnlySpan<int> after)
    {
        Remove(before);
        Add(after);
    }

    /// <summary>Share of equal pairs of votes, averaged over the units with at least two.</summary>
    public double? Observed()
    {
        double sum = 0;
        long units = 0;
        foreach (var (votes, level) in _levels)
        {
            if (votes < 2) continue;
            sum += level.EqualPairs(_values.Length) / ((double)votes * (votes - 1));
            units += level.Units;
        }

        return units == 0 ? null : sum / units;
    }

    /// <summary>Share of equal pairs among all pairs of votes on the same unit: units with many votes count for more.</summary>
    public double? EqualPairs()
    {
        long equal = 0, pairs = 0;
        foreach (var (votes, level) in _levels)
        {
            equal += level.EqualPairs(_values.Length);
            pairs += (long)votes * (votes - 1) * level.Units;
        }

        return pairs == 0 ? null : equal / (double)pairs;
    }

    /// <summary>Fleiss' κ; units with different numbers of votes count by their shares.</summary>
    public double? FleissKappa() => Corrected(Shares() is { } shares ? shares.Sum(share => share * share) : null);

    /// <summary>Gwet's AC1: stays sane where nearly every vote is the same, and κ collapses.</summary>
    public double? GwetAc1() =>
        _values.Length < 2 ? null : Corrected(Shares() is { } shares ? shares.Sum(share => share * (1 - share)) / (_values.Length - 1) : null);

    /// <summary>Krippendorff's α. Votes may be missing; a unit with one vote says nothing.</summary>
    /// <param name="scale">How far apart two values are.</param>
    public double? KrippendorffAlpha(Scale scale)
    {
        var (coincidences, marginals, pairable) = Coincidences();
        double observed = 0, expected = 0;
        for (var c = 0; c < _values.Length; c++)
        {
            for (var k = c + 1; k < _values.Length; k++)
            {
                var distance = scale.SquaredDistance(_values, marginals, c, k);
                observed += coincidences[c, k] * distance;
                expected += marginals[c] * marginals[k] * distance;
            }
        }

        return expected == 0 ? null : 1 - ((pairable - 1) * observed / expected);
    }

    // π: the mean over the units, of those who voted at all, of the share of each value.
    private double[]? Shares()
    {
        var shares = new double[_values.Length];
        long units = 0;
        foreach (var (votes, level) in _levels)
        {
            units += level.Units;
            for (var k = 0; k < shares.Length; k++) shares[k] += level.Counts[k] / (double)votes;
        }

        if (units == 0) return null;
        for (var k = 0; k < shares.Length; k++) shares[k] /= units;
        return shares;
    }

    private double? Corrected(double? byChance) => Observed() is { } observed && byChance is { } chance && chance < 1 ? (observed - chance) / (1 - chance) : null;

    private (double[,] Coincidences, double[] Marginals, double Pairable) Coincidences()
    {
        var size = _values.Length;
        var coincidences = new double[size, size];
        var marginals = new double[size];
        double pairable = 0;
        foreach (var (votes, level) in _levels)
        {
            if (votes < 2) continue;
            pairable += votes * level.Units;
            for (var c = 0; c < size; c++)
            {
                marginals[c] += level.Counts[c];
                for (var k = c + 1; k < size; k++) coincidences[c, k] += level.Pairs[(c * size) + k] / (double)(votes - 1);
            }
        }

        return (coincidences, marginals, pairable);
    }

    private void Change(ReadOnlySpan<int> votes, int sign)
    {
        if (votes.IsEmpty) return;
        foreach (var vote in votes)
        {
            if (vote < 0 || vote >= _values.Length) throw new ArgumentOutOfRangeException(nameof(votes), vote, "There is no such value.");
        }

        if (!_levels.TryGetValue(votes.Length, out var level)) _levels.Add(votes.Length, level = new Level(_values.Length));
        if (sign < 0 && level.Units == 0) throw new InvalidOperationException("This unit was never added.");
        level.Change(votes, sign, _values.Length);
        if (level.Units == 0) _levels.Remove(votes.Length);
    }

    /// <summary>The units with one number of votes.</summary>
    private sealed class Level(int size)
    {
        public long Units { get; private set; }
        public long[] Counts { get; } = new long[size];

        /// <summary>Ordered pairs of votes by two different raters.</summary>
        public long[] Pairs { get; } = new long[size * size];

        public long EqualPairs(int size)
        {
            long equal = 0;
            for (var k = 0; k < size; k++) equal += Pairs[(k * size) + k];
            return equal;
        }

        public void Change(ReadOnlySpan<int> votes, int sign, int size)
        {
            Units += sign;
            Span<int> counts = stackalloc int[ValuesMax];
            foreach (var vote in votes) counts[vote]++;
            foreach (var vote in votes)
            {
                Counts[vote] += sign;
                for (var k = 0; k < size; k++) Pairs[(vote * size) + k] += sign * (counts[k] - (k == vote ? 1 : 0));
            }
        }
    }
}
