namespace Dispatch.Storage.PostgreSql;

/// <summary>Upkeep.</summary>
public sealed partial class PostgreSqlStore
{
    /// <inheritdoc/>
    public Task<StaleWork> FindStaleAsync(TimeSpan grace, int limit, CancellationToken cancellation) => ReadAsync(
        async db => new StaleWork(
            await db.QueryAsync(
                """
                SELECT DISTINCT batch_id FROM assignment
                 WHERE state IN (1, 2, 3) AND lease_until + CASE WHEN paused_at IS NULL THEN interval '0' ELSE pause_left_us * interval '1 microsecond' END < now() - $1
                 LIMIT $2
                """,
                row => row.GetGuid(0),
                grace,
                limit),
            await db.QueryAsync("SELECT DISTINCT worker_id FROM outbox WHERE created_at < now() - $1 LIMIT $2", row => row.GetGuid(0), grace, limit)),
        cancellation);

    /// <inheritdoc/>
    public Task<int> PurgeActivitiesAsync(TimeSpan olderThan, int limit, CancellationToken cancellation) => WriteAsync(
        db => db.ExecuteAsync(
            """
            DELETE FROM worker_activity WHERE activity_id = ANY (ARRAY(
              SELECT a.activity_id FROM worker_activity a
               WHERE a.since < now() - $1 AND EXISTS (SELECT 1 FROM worker_activity b WHERE b.worker_id = a.worker_id AND b.since < now() - $1 AND (b.since, b.activity_id) > (a.since, a.activity_id)) LIMIT $2))
            """,
            olderThan,
            limit),
        cancellation);

    /// <inheritdoc/>
    public Task<int> PurgeAuditAsync(TimeSpan olderThan, int limit, CancellationToken cancellation) => WriteAsync(
        db => db.ExecuteAsync("DELETE FROM audit WHERE audit_id = ANY (ARRAY(SELECT audit_id FROM audit WHERE at < now() - $1 LIMIT $2))", olderThan, limit),
        cancellation);

    /// <inheritdoc/>
    /// <remarks>
    /// The row of a process has its place, so it can be written on a full disk too, where answers, which need new room, cannot. So a quarter of a megabyte is spilled
    /// besides, into a file beside the tables that is gone at once and in no log.
    /// </remarks>
    public Task ProbeAsync(string process, CancellationToken cancellation) => WriteAsync(
        async db =>
        {
            await db.ExecuteAsync("SELECT set_config('work_mem', '64kB', true), set_config('temp_tablespaces', '', true)");
            await db.ScalarAsync("SELECT count(*) FROM unnest(array_fill(repeat('x', 8192), ARRAY[32]))");
            return await db.ExecuteAsync(
                """
                WITH old AS (DELETE FROM write_probe WHERE at < now() - interval '1 day' AND process <> $1)
                INSERT INTO write_probe (process) VALUES ($1) ON CONFLICT (process) DO UPDATE SET at = now()
                """,
                process);
        },
        cancellation);
}
