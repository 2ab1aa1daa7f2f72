namespace Dispatch.Engine.Quality.Agreement;

/// <summary>How much a near miss counts.</summary>
public enum KappaWeights
{
    /// <summary>Not at all.</summary>
    None = 0,
    /// <summary>1 − |i − j| / (k − 1).</summary>
    Linear = 1,
    /// <summary>1 − (|i − j| / (k − 1))².</summary>
    Quadratic = 2,
}

/// <summary>Cohen's κ of two raters.</summary>
public static class CohenKappa
{
    /// <summary>κ of a table; null when it holds nothing, or when the two could not differ.</summary>
    /// <param name="table">How often the first rater said the row and the second the column; square.</param>
    /// <param name="weights">How much a near miss counts.</param>
    public static double? Of(double[,] table, KappaWeights weights = KappaWeights.None)
    {
        var size = table.GetLength(0);
        if (table.GetLength(1) != size) throw new ArgumentException("The table is not square.", nameof(table));
        var (rows, columns) = (new double[size], new double[size]);
        double total = 0;
        for (var i = 0; i < size; i++)
        {
            for (var j = 0; j < size; j++)
            {
                rows[i] += table[i, j];
                columns[j] += table[i, j];
                total += table[i, j];
            }
        }

        if (!(total > 0)) return null;
        double observed = 0, chance = 0;
        for (var i = 0; i < size; i++)
        {
            for (var j = 0; j < size; j++)
            {
                var weight = Weight(weights, i, j, size);
                observed += weight * table[i, j] / total;
                chance += weight * rows[i] / total * (columns[j] / total);
            }
        }

        // Rounding may leave a chance agreement of 1 just below it.
        return chance >= 1 - 1e-12 ? null : (observed - chance) / (1 - chance);
    }

    /// <summary>κ of two lists of votes on the same units.</summary>
    /// <param name="first">The first rater's votes, from 0.</param>
    /// <param name="second">The second rater's.</param>
    /// <param name="categories">Number of categories.</param>
    /// <param name="weights">How much a near miss counts.</param>
    public static double? Of(IReadOnlyList<int> first, IReadOnlyList<int> second, int categories, KappaWeights weights = KappaWeights.None)
    {
        if (first.Count != second.Count) throw new ArgumentException("Both vote on the same units.", nameof(second));
        var table = new double[categories, categories];
        for (var i = 0; i < first.Count; i++) table[first[i], second[i]]++;
        return Of(table, weights);
    }

    private static double Weight(KappaWeights weights, int i, int j, int size)
    {
        if (i == j) return 1;
        var distance = Math.Abs(i - j) / (double)(size - 1);
        return weights switch
        {
            KappaWeights.Linear => 1 - distance,
            KappaWeights.Quadratic => 1 - (distance * distance),
            _ => 0,
        };
    }
}
