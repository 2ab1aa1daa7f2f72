namespace Dispatch.Storage;

/// <summary>Start, health and housekeeping of a store.</summary>
public interface IStoreLifecycle
{
    /// <summary>Applies the numbered migrations that are missing, and reads <see cref="Secret"/>. Safe to run from several processes at once.</summary>
    Task MigrateAsync(CancellationToken cancellation);

    /// <summary>
    /// 32 random bytes that were drawn when the database was made: the same for every process that uses it, and known to nobody else. Known after
    /// <see cref="MigrateAsync"/>; before it the property throws <see cref="InvalidOperationException"/>.
    /// </summary>
    ReadOnlyMemory<byte> Secret { get; }

    /// <summary>The store's time: what "expired" is judged by.</summary>
    Task<DateTimeOffset> NowAsync(CancellationToken cancellation);

    /// <summary>Deletes stored operations older than the retention, at most <paramref name="limit"/> of them.</summary>
    Task<int> PurgeOperationsAsync(TimeSpan olderThan, int limit, CancellationToken cancellation);

    /// <summary>
    /// Deletes changes of activity older than the retention, at most <paramref name="limit"/> of them. The last one before the retention stays for every worker, so that every ledger of a
    /// span inside the retention is what it was.
    /// </summary>
    Task<int> PurgeActivitiesAsync(TimeSpan olderThan, int limit, CancellationToken cancellation);

    /// <summary>Deletes rows of the audit trail older than the retention, at most <paramref name="limit"/> of them. Nothing is computed from them.</summary>
    Task<int> PurgeAuditAsync(TimeSpan olderThan, int limit, CancellationToken cancellation);
}
