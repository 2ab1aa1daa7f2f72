using System.Net;
using Dispatch.Server.Composition;
using Microsoft.Extensions.Time.Testing;
using Orleans;
using Orleans.Runtime;

namespace Dispatch.Server.Tests.Hosting;

/// <summary>Silos whose clocks are off see each other as those whose clocks are right do.</summary>
public sealed class DatabaseClockMembershipTableTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly SiloAddress Writer = SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 1), 1);
    private static readonly SiloAddress Reader = SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 2), 1);
    private static readonly TableVersion Version = new(1, "1");

    private readonly FakeTimeProvider _database = new(Now);
    private readonly Rows _rows = new();

    [Theory]
    [InlineData(10, 0)]
    [InlineData(-10, 0)]
    [InlineData(0, 10)]
    [InlineData(-10, 10)]
    public async Task SignOfLife_OfNow_IsOfNowForWhoeverReadsIt(int writerMinutesOff, int readerMinutesOff)
    {
        var (writer, writerClock) = SiloWith(writerMinutesOff);
        var (reader, readerClock) = SiloWith(readerMinutesOff);
        var entry = Entry(writerClock);
        await writer.InsertRow(entry, Version);
        await writer.UpdateIAmAlive(new MembershipEntry { SiloAddress = Writer, IAmAliveTime = writerClock.GetUtcNow().UtcDateTime });

        _rows.Only.IAmAliveTime.ShouldBe(Now.UtcDateTime, "rows are in the time of the database");
        var read = (await reader.ReadAll()).Members.ShouldHaveSingleItem().Item1;
        read.IAmAliveTime.ShouldBe(readerClock.GetUtcNow().UtcDateTime);
        read.StartTime.ShouldBe(readerClock.GetUtcNow().UtcDateTime);
    }

    [Fact]
    public async Task Vote_OfASiloWhoseClockIsBehind_IsAsFreshAsItIs()
    {
        var (voter, voterClock) = SiloWith(-10);
        var (reader, readerClock) = SiloWith(0);
        await voter.InsertRow(Entry(voterClock), Version);
        var entry = (await voter.ReadAll()).Members[0].Item1;
        entry.AddSuspector(Reader, voterClock.GetUtcNow().UtcDateTime);
        await voter.UpdateRow(entry, "1", Version);

        (await reader.ReadRow(Writer)).Members[0].Item1.SuspectTimes!.ShouldHaveSingleItem().Item2.ShouldBe(readerClock.GetUtcNow().UtcDateTime);
    }

    [Fact]
    public async Task Clock_ThatIsSetWhileTheProcessRuns_ChangesNothing()
    {
        var (silo, clock) = SiloWith(0);
        await silo.InsertRow(Entry(clock), Version);
        clock.Advance(TimeSpan.FromMinutes(10));
        (await silo.ReadAll()).Members[0].Item1.IAmAliveTime.ShouldBe(clock.GetUtcNow().UtcDateTime);
    }

    [Fact]
    public async Task Cleanup_BeforeAMomentOfTheOwnClock_IsBeforeThatMomentOfTheDatabases()
    {
        var (silo, clock) = SiloWith(10);
        await silo.CleanupDefunctSiloEntries(clock.GetUtcNow());
        _rows.CleanedBefore.ShouldBe(Now);
    }

    /// <summary>A member that comes with another version of Orleans and has a body of its own would go past the decorated table.</summary>
    [Fact]
    public void EveryMemberOfTheTable_IsHandedOn() =>
        typeof(MembershipTableDecorator).GetInterfaceMap(typeof(IMembershipTable)).TargetMethods.ShouldAllBe(method => method.DeclaringType == typeof(MembershipTableDecorator));

    private static MembershipEntry Entry(TimeProvider clock) => new()
    {
        SiloAddress = Writer,
        Status = SiloStatus.Active,
        HostName = "here",
        SiloName = "writer",
        StartTime = clock.GetUtcNow().UtcDateTime,
        IAmAliveTime = clock.GetUtcNow().UtcDateTime,
    };

    private (DatabaseClockMembershipTable Table, FakeTimeProvider Clock) SiloWith(int minutesOff)
    {
        var clock = new FakeTimeProvider(Now.AddMinutes(minutesOff));
        return (new DatabaseClockMembershipTable(_rows, _ => Task.FromResult(_database.GetUtcNow()), clock), clock);
    }

    private sealed class Rows : IMembershipTable
    {
        public MembershipEntry Only { get; private set; } = new();

        public DateTimeOffset CleanedBefore { get; private set; }

        public Task UpdateIAmAlive(MembershipEntry entry)
        {
            Only.IAmAliveTime = entry.IAmAliveTime;
            return Task.CompletedTask;
        }

        public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) => UpdateRow(entry, "", tableVersion);

        public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion)
        {
            Only = entry;
            return Task.FromResult(true);
        }

        public Task<MembershipTableData> ReadAll() => Task.FromResult(new MembershipTableData([Tuple.Create(Only, "1")], Version));

        public Task<MembershipTableData> ReadRow(SiloAddress key) => ReadAll();

        public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate)
        {
            CleanedBefore = beforeDate;
            return Task.CompletedTask;
        }

        public Task InitializeMembershipTable(bool tryInitTableVersion) => throw new NotSupportedException();

        public Task DeleteMembershipTableEntries(string clusterId) => throw new NotSupportedException();
    }
}
