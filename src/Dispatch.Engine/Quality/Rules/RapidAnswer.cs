namespace Dispatch.Engine.Quality.Rules;

/// <summary>
/// When an answer counts as too fast for effort: below a tenth of the mean time of its kind of work (NT10). On real data such answers
/// were sometimes better than the rest, so it never counts alone.
/// </summary>
public static class RapidAnswer
{
    /// <summary>Share of the mean below which an answer is rapid.</summary>
    public const double ShareOfMean = 0.1;

    /// <summary>Answers of the pool that must be known before any answer is called rapid.</summary>
    public const long PoolAnswersMin = 30;

    /// <summary>Judges an answer.</summary>
    /// <param name="handling">Its handling time.</param>
    /// <param name="pool">Handling times of everybody, for this kind of work.</param>
    public static bool Is(TimeSpan handling, HandlingFold pool) =>
        pool.Count >= PoolAnswersMin && pool.Mean is { } mean && handling < mean * ShareOfMean;
}
