using Orleans.Runtime;

namespace Dispatch.Server.Composition;

/// <summary>A membership table that hands everything on: what a decorator of it does not change, it does not repeat.</summary>
/// <param name="inner">The table.</param>
public abstract class MembershipTableDecorator(IMembershipTable inner) : IMembershipTable
{
    /// <summary>The decorated table.</summary>
    protected IMembershipTable Inner { get; } = inner;

    /// <inheritdoc/>
    public virtual Task UpdateIAmAliveAsync(MembershipEntry entry, CancellationToken cancellationToken) => Inner.UpdateIAmAliveAsync(entry, cancellationToken);

    /// <inheritdoc/>
    public virtual Task<bool> UpdateRowAsync(MembershipEntry entry, string etag, TableVersion tableVersion, CancellationToken cancellationToken) => Inner.UpdateRowAsync(entry, etag, tableVersion, cancellationToken);

    /// <inheritdoc/>
    public virtual Task<bool> InsertRowAsync(MembershipEntry entry, TableVersion tableVersion, CancellationToken cancellationToken) => Inner.InsertRowAsync(entry, tableVersion, cancellationToken);

    /// <inheritdoc/>
    public virtual Task<MembershipTableData> ReadRowAsync(SiloAddress key, CancellationToken cancellationToken) => Inner.ReadRowAsync(key, cancellationToken);

    /// <inheritdoc/>
    public virtual Task<MembershipTableData> ReadAllAsync(CancellationToken cancellationToken) => Inner.ReadAllAsync(cancellationToken);

    /// <inheritdoc/>
    public virtual Task CleanupDefunctSiloEntriesAsync(DateTimeOffset beforeDate, CancellationToken cancellationToken) => Inner.CleanupDefunctSiloEntriesAsync(beforeDate, cancellationToken);

    /// <inheritdoc/>
    public Task InitializeMembershipTableAsync(bool tryInitTableVersion, CancellationToken cancellationToken) => Inner.InitializeMembershipTableAsync(tryInitTableVersion, cancellationToken);

    /// <inheritdoc/>
    public Task DeleteMembershipTableEntriesAsync(string clusterId, CancellationToken cancellationToken) => Inner.DeleteMembershipTableEntriesAsync(clusterId, cancellationToken);

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
}
