using Dispatch.Cluster.Tests.Faults;
using Dispatch.TestKit;
using Xunit.Abstractions;

namespace Dispatch.Cluster.Tests;

/// <summary>What servers rest on is in trouble: the database, the network.</summary>
public sealed class TroubleFaultTests(ITestOutputHelper output) : FaultShifts(output)
{
    /// <summary>The last absence is long enough that no silo has a fresh sign of life in the table when the database is back.</summary>
    [PrivatePostgreSqlFact]
    public Task DatabaseInTrouble_NoPromiseIsBroken() => RunAsync(
    [
        new DatabaseCrash(TimeSpan.FromSeconds(3)), new DatabaseReadOnly(TimeSpan.FromSeconds(3)), new ConnectionsExhausted(TimeSpan.FromSeconds(3)),
        new IdleTransaction(TimeSpan.FromSeconds(3)), new DatabaseCrash(TimeSpan.FromSeconds(15)),
    ]);

    [SmallDiskFact]
    public Task DiskFull_NoPromiseIsBroken() => RunAsync([new DiskFull(TimeSpan.FromSeconds(3))], databaseDisk: 192L << 20);

    [PrivatePostgreSqlFact]
    public Task NetworkInTrouble_NoPromiseIsBroken() => RunAsync([new NoDatabaseForOne(TimeSpan.FromSeconds(10)), new Unreachable(TimeSpan.FromSeconds(10)), new HalfOpen()]);
}
