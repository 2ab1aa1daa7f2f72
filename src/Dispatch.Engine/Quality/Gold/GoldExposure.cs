namespace Dispatch.Engine.Quality.Gold;

/// <summary>Why a gold task is not shown any more, or not now.</summary>
public enum GoldRest
{
    /// <summary>It may be shown.</summary>
    None = 0,
    /// <summary>Too many workers have seen it: it is retired.</summary>
    WornOut = 1,
    /// <summary>It is shown far more than the others of its pool; they are due first.</summary>
    OverShare = 2,
}

/// <summary>
/// Caps on how often one gold task is shown, so that workers cannot tell each other about it. That no worker sees it twice is the
/// database's business: it is unique per worker and task. Evidence that was revealed after the answer is exposure all the same.
/// </summary>
public static class GoldExposure
{
    /// <summary>A gold task may have this many times the exposures of the average of its pool.</summary>
    public const double OverShareFactor = 3;

    /// <summary>Below so many exposures of its own, a gold task is not over its share: shares of few are chance.</summary>
    public const long OverShareFrom = 20;

    /// <summary>Judges one gold task.</summary>
    /// <param name="exposures">Workers who had it.</param>
    /// <param name="poolExposures">The same over all gold of the pool, this one included.</param>
    /// <param name="poolSize">Gold tasks in the pool, retired ones apart.</param>
    /// <param name="exposuresMax">The policy's most.</param>
    public static GoldRest Judge(long exposures, long poolExposures, int poolSize, int exposuresMax)
    {
        if (exposures >= exposuresMax) return GoldRest.WornOut;
        return exposures >= OverShareFrom && poolSize > 1 && exposures > OverShareFactor * poolExposures / poolSize ? GoldRest.OverShare : GoldRest.None;
    }
}
