using System.Globalization;

namespace Dispatch.Storage;

/// <summary>An action of a quality rule as supervisors see it.</summary>
/// <param name="Row">The action.</param>
/// <param name="WorkerName">The worker's name.</param>
/// <param name="IsOpen">It waits for a supervisor: a flag until somebody acknowledges or lifts it, whatever its time; any other action while it is in force.</param>
/// <param name="CountedAnswers">
/// Tasks of the project (of the batch, where the action is about one) that count an answer of this worker; control tasks, training and exams are left out.
/// Counted up to <see cref="CountedAtMost"/>.
/// </param>
public sealed record ListedRestriction(RestrictionRow Row, string WorkerName, bool IsOpen, int CountedAnswers)
{
    /// <summary>Where counting stops: a page of the list costs a bounded time.</summary>
    public const int CountedAtMost = 10_000;
}

/// <summary>What waits for supervisors of a project.</summary>
/// <param name="Count">Open actions, counted up to <see cref="CountedAtMost"/>.</param>
/// <param name="Newest">The newest of them, newest first.</param>
public sealed record OpenRestrictions(int Count, IReadOnlyList<ListedRestriction> Newest)
{
    /// <summary>Where counting stops.</summary>
    public const int CountedAtMost = 1_000;
}

/// <summary>What quality rules ask supervisors to look at.</summary>
public interface IAttentionStore
{
    /// <summary>Actions of rules in a project, newest first; open ones only when asked.</summary>
    Task<Page<ListedRestriction>> ListRestrictionsAsync(Guid projectId, bool openOnly, PageCursor? from, int limit, CancellationToken cancellation);

    /// <summary>How many are open, and the newest <paramref name="newest"/> of them without their counted answers: read twice a second for every watched project.</summary>
    Task<OpenRestrictions> CountOpenRestrictionsAsync(Guid projectId, int newest, CancellationToken cancellation);

    /// <summary>One, in force or not; null when there is none.</summary>
    Task<RestrictionRow?> GetRestrictionAsync(Guid restrictionId, CancellationToken cancellation);

    /// <summary>
    /// A supervisor has looked at a flag: it is open no more, and stays in force until its time, so that its rule does not fire again at the next answer.
    /// <see cref="ApplyStatus.NotFound"/>; <see cref="ApplyStatus.InvalidState"/> when it is no flag, is lifted, or was acknowledged before.
    /// </summary>
    Task<ApplyOutcome> AcknowledgeFlagAsync(Guid restrictionId, Operation operation, CancellationToken cancellation);
}

/// <summary>Where a page of actions of rules ends: they are listed by time and id, newest first.</summary>
public static class RestrictionCursor
{
    /// <summary>The place of a row.</summary>
    /// <param name="row">The last row of the page.</param>
    public static PageCursor At(RestrictionRow row) => new(string.Create(CultureInfo.InvariantCulture, $"{row.CreatedAt.UtcTicks}:{row.RestrictionId:D}"));

    /// <summary>Reads a place; one that was made up starts from the beginning.</summary>
    /// <param name="from">The cursor.</param>
    public static (DateTimeOffset At, Guid Id) Read(PageCursor? from)
    {
        if (from?.Value.Split(':') is [var ticks, var id] && long.TryParse(ticks, CultureInfo.InvariantCulture, out var at)
            && at >= 0 && at <= DateTimeOffset.MaxValue.UtcTicks && Guid.TryParse(id, out var key))
        {
            return (new DateTimeOffset(at, TimeSpan.Zero), key);
        }

        return (new DateTimeOffset(9999, 1, 1, 0, 0, 0, TimeSpan.Zero), Guid.Empty);
    }

    /// <summary>The page of the rows read, one more than fit.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="limit">How many fit.</param>
    public static Page<ListedRestriction> Page(IReadOnlyList<ListedRestriction> rows, int limit) =>
        rows.Count > limit ? new Page<ListedRestriction>([.. rows.Take(limit)], At(rows[limit - 1].Row)) : new Page<ListedRestriction>(rows, null);
}
