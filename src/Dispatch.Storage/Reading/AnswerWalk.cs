using System.Globalization;

namespace Dispatch.Storage;

/// <summary>The answers of a page, and where the next one begins: decided here for every store, from the answers that were walked over.</summary>
public static class AnswerWalk
{
    /// <summary>How many answers a page walks over.</summary>
    /// <param name="projectId">Of which project; null for all.</param>
    /// <param name="limit">Most rows of the page.</param>
    /// <param name="walk">Most answers walked over for one project.</param>
    public static int Length(Guid? projectId, int limit, int walk) => projectId is null ? limit + 1 : walk;

    /// <summary>The page.</summary>
    /// <param name="walked">Answers of the worker, newest first, as many as there are up to <paramref name="length"/>.</param>
    /// <param name="projectId">Of which project; null for all.</param>
    /// <param name="limit">Most rows of the page.</param>
    /// <param name="length">See <see cref="Length"/>.</param>
    public static (IReadOnlyList<long> AnswerIds, PageCursor? Next) Page(IReadOnlyList<(long AnswerId, Guid ProjectId)> walked, Guid? projectId, int limit, int length)
    {
        long[] found = [.. walked.Where(answer => projectId is null || answer.ProjectId == projectId).Select(answer => answer.AnswerId)];
        if (found.Length > limit) return (found[..limit], At(found[limit - 1]));
        return (found, walked.Count == length ? At(walked[^1].AnswerId) : null);
    }

    /// <summary>The cursor behind an answer.</summary>
    /// <param name="answerId">The last answer of the page.</param>
    public static PageCursor At(long answerId) => new(answerId.ToString(CultureInfo.InvariantCulture));
}
