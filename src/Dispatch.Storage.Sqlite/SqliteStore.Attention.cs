using Dispatch.Contracts.Quality;
using Microsoft.Data.Sqlite;

namespace Dispatch.Storage.Sqlite;

/// <summary>What quality rules ask supervisors to look at.</summary>
public sealed partial class SqliteStore
{
    // A flag waits for somebody to look, whatever its time; what else a rule did is open while it is in force.
    private const string IsOpen = "(r.lifted_at IS NULL AND CASE r.action WHEN 3 THEN r.acknowledged_at IS NULL ELSE r.until IS NULL OR r.until > $2 END)";

    private const string OpenOfProject = $"r.project_id = $1 AND r.lifted_at IS NULL AND r.acknowledged_at IS NULL AND {IsOpen}";

    private const string ListedName = "coalesce((SELECT w.display_name FROM worker w WHERE w.worker_id = r.worker_id), '')";

    private static readonly string ListedAnswers = $"""
        (SELECT count(*) FROM (SELECT 1 FROM answer n JOIN task t ON t.task_id = n.task_id JOIN batch b ON b.batch_id = t.batch_id
                                WHERE n.worker_id = r.worker_id AND b.project_id = r.project_id AND b.purpose = 1 AND (r.batch_id IS NULL OR b.batch_id = r.batch_id)
                                  AND n.counted = 1 AND t.is_control = 0 LIMIT {ListedRestriction.CountedAtMost}))
        """;

    /// <inheritdoc/>
    public Task<Page<ListedRestriction>> ListRestrictionsAsync(Guid projectId, bool openOnly, PageCursor? from, int limit, CancellationToken cancellation) => ReadAsync(
        db =>
        {
            var (at, id) = RestrictionCursor.Read(from);
            var rows = db.Query(
                $"""
                SELECT {RestrictionColumns}, {ListedName}, {IsOpen}, {ListedAnswers} FROM restriction r
                 WHERE r.project_id = $1 AND (r.created_at, r.restriction_id) < ($3, $4) AND {(openOnly ? OpenOfProject : "1")}
                 ORDER BY r.created_at DESC, r.restriction_id DESC LIMIT $5
                """,
                ReadListed, projectId, Now, at, id, limit + 1);
            return RestrictionCursor.Page(rows, limit);
        },
        cancellation);

    /// <inheritdoc/>
    public Task<OpenRestrictions> CountOpenRestrictionsAsync(Guid projectId, int newest, CancellationToken cancellation) => ReadAsync(
        db =>
        {
            var count = db.Query(
                $"SELECT count(*) FROM (SELECT 1 FROM restriction r WHERE {OpenOfProject} LIMIT {OpenRestrictions.CountedAtMost})", row => row.GetInt32(0), projectId, Now)[0];
            return new OpenRestrictions(count, count == 0 ? [] : db.Query(
                $"SELECT {RestrictionColumns}, {ListedName}, 1, 0 FROM restriction r WHERE {OpenOfProject} ORDER BY r.created_at DESC, r.restriction_id DESC LIMIT $3",
                ReadListed, projectId, Now, newest));
        },
        cancellation);

    /// <inheritdoc/>
    public Task<RestrictionRow?> GetRestrictionAsync(Guid restrictionId, CancellationToken cancellation) =>
        ReadAsync(db => db.First($"{SelectRestriction} WHERE restriction_id = $1", ReadRestriction, restrictionId), cancellation);

    /// <inheritdoc/>
    public Task<ApplyOutcome> AcknowledgeFlagAsync(Guid restrictionId, Operation operation, CancellationToken cancellation) => ApplyAsync(
        operation,
        (db, now) =>
        {
            if (db.Scalar("SELECT 1 FROM restriction WHERE restriction_id = $1", restrictionId) is null) return ApplyStatus.NotFound;
            var acknowledged = db.Execute(
                "UPDATE restriction SET acknowledged_at = $2 WHERE restriction_id = $1 AND action = $3 AND lifted_at IS NULL AND acknowledged_at IS NULL",
                restrictionId, now, QualityAction.AttentionFlag) == 1;
            return acknowledged ? ApplyStatus.Applied : ApplyStatus.InvalidState;
        },
        cancellation);

    private static ListedRestriction ReadListed(SqliteDataReader row) => new(ReadRestriction(row), row.GetString(12), row.Flag(13), row.GetInt32(14));
}
