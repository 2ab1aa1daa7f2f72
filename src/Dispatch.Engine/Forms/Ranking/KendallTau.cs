namespace Dispatch.Engine.Forms.Ranking;

/// <summary>Kendall's rank correlation with ties.</summary>
internal static class KendallTau
{
    /// <summary>τ_b = (C − D) / √((n₀ − n₁)(n₀ − n₂)), in [−1,1]; null when either side holds nothing but ties. Quadratic: a ranking holds few things.</summary>
    public static double? B(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        var (agreeing, untiedX, untiedY) = (0, 0L, 0L);
        for (var i = 0; i < x.Length; i++)
        {
            for (var j = i + 1; j < x.Length; j++)
            {
                var (signX, signY) = (x[i].CompareTo(x[j]), y[i].CompareTo(y[j]));
                agreeing += Math.Sign(signX) * Math.Sign(signY);
                if (signX != 0) untiedX++;
                if (signY != 0) untiedY++;
            }
        }

        return untiedX == 0 || untiedY == 0 ? null : agreeing / Math.Sqrt((double)untiedX * untiedY);
    }
}
