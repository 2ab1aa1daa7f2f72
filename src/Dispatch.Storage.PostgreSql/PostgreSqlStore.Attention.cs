using Dispatch.Contracts.Quality;
using Npgsql;

namespace Dispatch.Storage.PostgreSql;

/// <summary>What quality rules ask supervisors to look at.</summary>
public sealed partial class PostgreSqlStore
{
    // A flag waits for somebody to look, whatever its time; what else a rule did is open while it is in force.
    private const string IsOpen = "(lifted_at IS NULL AND CASE action WHEN 3 THEN acknowledged_at IS NULL ELSE until IS NULL OR until > now() END)";

    private const string OpenOfProject = $"project_id = $1 AND lifted_at IS NULL AND acknowledged_at IS NULL AND {IsOpen}";

    private const string ListedName = "coalesce((SELECT w.display_name FROM worker w WHERE w.worker_id = restriction.worker_id), '')";

    private static readonly string ListedAnswers = $"""
        (SELECT count(*)::int FROM (SELECT 1 FROM answer n JOIN task t ON t.task_id = n.task_id JOIN batch b ON b.batch_id = t.batch_id
                                     WHERE n.worker_id = restriction.worker_id AND b.project_id = restriction.project_id AND b.purpose = 1
                                       AND (restriction.batch_id IS NULL OR b.batch_id = restriction.batch_id) AND n.counted AND NOT t.is_control
                                     LIMIT {ListedRestriction.CountedAtMost}) AS counted)
        """;

    /// <inheritdoc/>
    public Task<Page<ListedRestriction>> ListRestrictionsAsync(Guid projectId, bool openOnly, PageCursor? from, int limit, CancellationToken cancellation) => ReadAsync(
        async db =>
        {
            var (at, id) = RestrictionCursor.Read(from);
            var rows = await db.QueryAsync(
                $"""
                SELECT {RestrictionColumns}, {ListedName}, {IsOpen}, {ListedAnswers} FROM restriction
                 WHERE project_id = $1 AND (created_at, restriction_id) < ($2, $3) AND {(openOnly ? OpenOfProject : "true")}
                 ORDER BY created_at DESC, restriction_id DESC LIMIT $4
                """,
                ReadListed, projectId, at, id, limit + 1);
            return RestrictionCursor.Page(rows, limit);
        },
        cancellation);

    /// <inheritdoc/>
    public Task<OpenRestrictions> CountOpenRestrictionsAsync(Guid projectId, int newest, CancellationToken cancellation) => ReadAsync(
        async db =>
        {
            var counted = await db.QueryAsync(
                $"SELECT count(*)::int FROM (SELECT 1 FROM restriction WHERE {OpenOfProject} LIMIT {OpenRestrictions.CountedAtMost}) AS open", row => row.GetInt32(0), projectId);
            return new OpenRestrictions(counted[0], counted[0] == 0 ? [] : await db.QueryAsync(
                $"SELECT {RestrictionColumns}, {ListedName}, true, 0 FROM restriction WHERE {OpenOfProject} ORDER BY created_at DESC, restriction_id DESC LIMIT $2",
                ReadListed, projectId, newest));
        },
        cancellation);

    /// <inheritdoc/>
    public Task<RestrictionRow?> GetRestrictionAsync(Guid restrictionId, CancellationToken cancellation) =>
        ReadAsync(db => db.FirstAsync($"SELECT {RestrictionColumns} FROM restriction WHERE restriction_id = $1", ReadRestriction, restrictionId), cancellation);

    /// <inheritdoc/>
    public Task<ApplyOutcome> AcknowledgeFlagAsync(Guid restrictionId, Operation operation, CancellationToken cancellation) => ApplyAsync(
        operation,
        async db =>
        {
            if (await db.ScalarAsync("SELECT 1 FROM restriction WHERE restriction_id = $1", restrictionId) is null) return ApplyStatus.NotFound;
            var acknowledged = await db.ExecuteAsync(
                "UPDATE restriction SET acknowledged_at = now() WHERE restriction_id = $1 AND action = $2 AND lifted_at IS NULL AND acknowledged_at IS NULL",
                restrictionId, QualityAction.AttentionFlag) == 1;
            return acknowledged ? ApplyStatus.Applied : ApplyStatus.InvalidState;
        },
        cancellation);

    private static ListedRestriction ReadListed(NpgsqlDataReader row) => new(ReadRestriction(row), row.GetString(12), row.GetBoolean(13), row.GetInt32(14));
}
