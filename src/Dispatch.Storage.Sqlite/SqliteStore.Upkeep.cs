namespace Dispatch.Storage.Sqlite;

/// <summary>Upkeep.</summary>
public sealed partial class SqliteStore
{
    /// <inheritdoc/>
    public Task<StaleWork> FindStaleAsync(TimeSpan grace, int limit, CancellationToken cancellation) => ReadAsync(
        db => new StaleWork(
            db.Query($"SELECT DISTINCT batch_id FROM assignment WHERE state IN (1, 2, 3) AND {Deadline} < $1 LIMIT $2", row => row.Id(0), Now - grace, limit),
            db.Query("SELECT DISTINCT worker_id FROM outbox WHERE created_at < $1 LIMIT $2", row => row.Id(0), Now - grace, limit)),
        cancellation);

    /// <inheritdoc/>
    public Task<int> PurgeActivitiesAsync(TimeSpan olderThan, int limit, CancellationToken cancellation) => WriteAsync(
        (db, now) => db.Execute(
            """
            DELETE FROM worker_activity WHERE activity_id IN (
              SELECT a.activity_id FROM worker_activity a
               WHERE a.since < $1 AND EXISTS (SELECT 1 FROM worker_activity b WHERE b.worker_id = a.worker_id AND b.since < $1 AND (b.since, b.activity_id) > (a.since, a.activity_id)) LIMIT $2)
            """,
            now - olderThan,
            limit),
        cancellation);

    /// <inheritdoc/>
    public Task<int> PurgeAuditAsync(TimeSpan olderThan, int limit, CancellationToken cancellation) => WriteAsync(
        (db, now) => db.Execute("DELETE FROM audit WHERE audit_id IN (SELECT audit_id FROM audit WHERE at < $1 LIMIT $2)", now - olderThan, limit),
        cancellation);

    /// <inheritdoc/>
    public Task ProbeAsync(string process, CancellationToken cancellation) => WriteAsync(
        (db, now) => db.Execute("INSERT INTO write_probe (process, at) VALUES ($1, $2) ON CONFLICT (process) DO UPDATE SET at = excluded.at", process, now),
        cancellation);
}
