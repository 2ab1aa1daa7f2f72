using Orleans.Runtime;

namespace Dispatch.Server.Composition;

/// <summary>
/// The membership table through a database in trouble. Orleans waits longer after each sign of life that it could not write, up to a minute; soon every silo looks dead in the table, and
/// in a cluster where all look dead one missed probe is enough to be voted out. Here a sign of life is written as soon as the database takes it again, and nobody is
/// voted out until the others had the time to do so too.
/// </summary>
/// <param name="inner">The table.</param>
/// <param name="time">Clock.</param>
/// <param name="logger">Log.</param>
public sealed partial class PatientMembershipTable(IMembershipTable inner, TimeProvider time, ILogger<PatientMembershipTable> logger) : IMembershipTable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <summary>Then it is left to Orleans: a silo that stops must not wait here for ever.</summary>
    private static readonly TimeSpan PatienceMax = TimeSpan.FromMinutes(1);

    /// <summary>Longer than the pause between two tries and a slow connect.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);
    private long _backStamp;

    /// <inheritdoc/>
    public async Task UpdateIAmAliveAsync(MembershipEntry entry, CancellationToken cancellationToken)
    {
        var beganStamp = time.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await inner.UpdateIAmAliveAsync(entry, cancellationToken);
                if (attempt > 1) Volatile.Write(ref _backStamp, time.GetTimestamp());
                return;
            }
            catch (Exception failure) when (!cancellationToken.IsCancellationRequested && time.GetElapsedTime(beganStamp) < PatienceMax)
            {
                if (attempt == 1) LogNotWritten(failure);
            }

            await Task.Delay(Pause, time, cancellationToken);

            // What was to be written is the time of the first try; the row must say when it is written.
            entry.IAmAliveTime = time.GetUtcNow().UtcDateTime;
        }
    }

    /// <inheritdoc/>
    public Task<bool> UpdateRowAsync(MembershipEntry entry, string etag, TableVersion tableVersion, CancellationToken cancellationToken)
    {
        var back = Volatile.Read(ref _backStamp);
        if (back == 0 || time.GetElapsedTime(back) > Grace || entry.SuspectTimes is not { Count: > 0 }) return inner.UpdateRowAsync(entry, etag, tableVersion, cancellationToken);

        // As if somebody else had been faster: Orleans reads the table again, and by then knows who lives.
        LogVoteHeldBack(entry.SiloAddress);
        return Task.FromResult(false);
    }

    /// <inheritdoc/>
    public Task InitializeMembershipTableAsync(bool tryInitTableVersion, CancellationToken cancellationToken) => inner.InitializeMembershipTableAsync(tryInitTableVersion, cancellationToken);

    /// <inheritdoc/>
    public Task DeleteMembershipTableEntriesAsync(string clusterId, CancellationToken cancellationToken) => inner.DeleteMembershipTableEntriesAsync(clusterId, cancellationToken);

    /// <inheritdoc/>
    public Task CleanupDefunctSiloEntriesAsync(DateTimeOffset beforeDate, CancellationToken cancellationToken) => inner.CleanupDefunctSiloEntriesAsync(beforeDate, cancellationToken);

    /// <inheritdoc/>
    public Task<MembershipTableData> ReadRowAsync(SiloAddress key, CancellationToken cancellationToken) => inner.ReadRowAsync(key, cancellationToken);

    /// <inheritdoc/>
    public Task<MembershipTableData> ReadAllAsync(CancellationToken cancellationToken) => inner.ReadAllAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<bool> InsertRowAsync(MembershipEntry entry, TableVersion tableVersion, CancellationToken cancellationToken) => inner.InsertRowAsync(entry, tableVersion, cancellationToken);

    /// <inheritdoc/>
    public Task InitializeMembershipTable(bool tryInitTableVersion) => InitializeMembershipTableAsync(tryInitTableVersion, CancellationToken.None);

    /// <inheritdoc/>
    public Task DeleteMembershipTableEntries(string clusterId) => DeleteMembershipTableEntriesAsync(clusterId, CancellationToken.None);

    /// <inheritdoc/>
    public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => CleanupDefunctSiloEntriesAsync(beforeDate, CancellationToken.None);

    /// <inheritdoc/>
    public Task<MembershipTableData> ReadRow(SiloAddress key) => ReadRowAsync(key, CancellationToken.None);

    /// <inheritdoc/>
    public Task<MembershipTableData> ReadAll() => ReadAllAsync(CancellationToken.None);

    /// <inheritdoc/>
    public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) => InsertRowAsync(entry, tableVersion, CancellationToken.None);

    /// <inheritdoc/>
    public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) => UpdateRowAsync(entry, etag, tableVersion, CancellationToken.None);

    /// <inheritdoc/>
    public Task UpdateIAmAlive(MembershipEntry entry) => UpdateIAmAliveAsync(entry, CancellationToken.None);

    [LoggerMessage(1851, LogLevel.Warning, "The sign of life of this silo was not written; tried again until the database takes it.")]
    private partial void LogNotWritten(Exception failure);

    [LoggerMessage(1852, LogLevel.Information, "The database is back only since a moment: silo {Silo} is not voted out before it had the time to write that it lives.")]
    private partial void LogVoteHeldBack(SiloAddress silo);
}
