using Orleans.Runtime;

namespace Dispatch.Server.Composition;

/// <summary>
/// The membership table by one clock. Orleans writes signs of life by the clock of who writes, and compares them with the clock of who reads: a silo whose clock is off takes all others for
/// silent, or they it. Here rows are in the time of the database, and every silo reads them in its own.
/// </summary>
/// <param name="inner">The table.</param>
/// <param name="databaseNow">The time of the database.</param>
/// <param name="time">Clock of this process, by which Orleans judges what it reads.</param>
public sealed class DatabaseClockMembershipTable(IMembershipTable inner, Func<CancellationToken, Task<DateTimeOffset>> databaseNow, TimeProvider time) : MembershipTableDecorator(inner)
{
    /// <inheritdoc/>
    public override async Task UpdateIAmAliveAsync(MembershipEntry entry, CancellationToken cancellationToken)
    {
        // A sign of life is of now, whatever clock Orleans took it from.
        var written = Shifted(entry, TimeSpan.Zero);
        written.IAmAliveTime = (await databaseNow(cancellationToken)).UtcDateTime;
        await Inner.UpdateIAmAliveAsync(written, cancellationToken);
    }

    /// <inheritdoc/>
    public override async Task<bool> UpdateRowAsync(MembershipEntry entry, string etag, TableVersion tableVersion, CancellationToken cancellationToken) =>
        await Inner.UpdateRowAsync(Shifted(entry, await AheadAsync(cancellationToken)), etag, tableVersion, cancellationToken);

    /// <inheritdoc/>
    public override async Task<bool> InsertRowAsync(MembershipEntry entry, TableVersion tableVersion, CancellationToken cancellationToken)
    {
        var written = Shifted(entry, TimeSpan.Zero);
        written.StartTime = written.IAmAliveTime = (await databaseNow(cancellationToken)).UtcDateTime;
        return await Inner.InsertRowAsync(written, tableVersion, cancellationToken);
    }

    /// <inheritdoc/>
    public override async Task<MembershipTableData> ReadRowAsync(SiloAddress key, CancellationToken cancellationToken) =>
        Shifted(await Inner.ReadRowAsync(key, cancellationToken), -await AheadAsync(cancellationToken));

    /// <inheritdoc/>
    public override async Task<MembershipTableData> ReadAllAsync(CancellationToken cancellationToken) =>
        Shifted(await Inner.ReadAllAsync(cancellationToken), -await AheadAsync(cancellationToken));

    /// <inheritdoc/>
    public override async Task CleanupDefunctSiloEntriesAsync(DateTimeOffset beforeDate, CancellationToken cancellationToken) =>
        await Inner.CleanupDefunctSiloEntriesAsync(beforeDate + await AheadAsync(cancellationToken), cancellationToken);

    /// <summary>How far the database's clock is ahead of this process's, asked anew each time: a clock may be set while the process runs.</summary>
    private async Task<TimeSpan> AheadAsync(CancellationToken cancellation)
    {
        var asked = time.GetUtcNow();
        var there = await databaseNow(cancellation);
        return there - (asked + ((time.GetUtcNow() - asked) / 2));
    }

    private static MembershipTableData Shifted(MembershipTableData data, TimeSpan by) =>
        new([.. data.Members.Select(member => Tuple.Create(Shifted(member.Item1, by), member.Item2))], data.Version);

    private static MembershipEntry Shifted(MembershipEntry entry, TimeSpan by) => new()
    {
        SiloAddress = entry.SiloAddress,
        Status = entry.Status,
        SuspectTimes = entry.SuspectTimes?.ConvertAll(vote => Tuple.Create(vote.Item1, vote.Item2 + by)),
        ProxyPort = entry.ProxyPort,
        HostName = entry.HostName,
        SiloName = entry.SiloName,
        RoleName = entry.RoleName,
        UpdateZone = entry.UpdateZone,
        FaultZone = entry.FaultZone,
        StartTime = entry.StartTime + by,
        IAmAliveTime = entry.IAmAliveTime + by,
    };
}
