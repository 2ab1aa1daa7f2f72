namespace Dispatch.Storage;

/// <summary>Start, health and housekeeping of a store.</summary>
public interface IStoreLifecycle
{
    /// <summary>Applies the numbered migrations that are missing. Safe to run from several processes at once.</summary>
    Task MigrateAsync(CancellationToken cancellation);

    /// <summary>The store's time: what "expired" is judged by.</summary>
    Task<DateTimeOffset> NowAsync(CancellationToken cancellation);

    /// <summary>Deletes stored operations older than the retention, at most <paramref name="limit"/> of them.</summary>
    Task<int> PurgeOperationsAsync(TimeSpan olderThan, int limit, CancellationToken cancellation);
}
