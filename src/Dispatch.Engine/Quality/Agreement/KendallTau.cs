namespace Dispatch.Engine.Quality.Agreement;

/// <summary>Kendall's τ_b = (C − D) / √((n₀ − n₁)(n₀ − n₂)) of two rankings with ties (Kendall 1945): the only one here, for gold scores, agreement and reports.</summary>
public static class KendallTau
{
    /// <summary>τ_b, from −1 (reversed) to 1 (same order); null when one of them ties everything. Looks at every pair: meant for the few items that a person ranks.</summary>
    /// <param name="first">Rank or value of each item in the first ranking.</param>
    /// <param name="second">Of the same items in the second.</param>
    public static double? B(IReadOnlyList<double> first, IReadOnlyList<double> second)
    {
        if (first.Count != second.Count) throw new ArgumentException("Both rank the same items.", nameof(second));
        long concordance = 0, apartInFirst = 0, apartInSecond = 0;
        for (var i = 0; i < first.Count; i++)
        {
            for (var j = i + 1; j < first.Count; j++)
            {
                var (x, y) = (first[i].CompareTo(first[j]), second[i].CompareTo(second[j]));
                concordance += Math.Sign(x) * Math.Sign(y);
                if (x != 0) apartInFirst++;
                if (y != 0) apartInSecond++;
            }
        }

        return apartInFirst == 0 || apartInSecond == 0 ? null : concordance / Math.Sqrt((double)apartInFirst * apartInSecond);
    }
}
