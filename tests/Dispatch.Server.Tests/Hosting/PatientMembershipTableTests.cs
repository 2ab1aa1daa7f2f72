using System.Net;
using Dispatch.Server.Composition;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Orleans;
using Orleans.Runtime;

namespace Dispatch.Server.Tests.Hosting;

/// <summary>A database that was away must not make the silos vote each other out.</summary>
public sealed class PatientMembershipTableTests
{
    private static readonly SiloAddress Me = SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 1), 1);
    private static readonly SiloAddress Other = SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 2), 1);
    private static readonly TableVersion Version = new(1, "1");

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch);
    private readonly Table _inner = new();
    private readonly PatientMembershipTable _table;

    public PatientMembershipTableTests() => _table = new PatientMembershipTable(_inner, _time, NullLogger<PatientMembershipTable>.Instance);

    [Fact]
    public async Task SignOfLife_WhileTheDatabaseIsAway_IsWrittenWhenItIsBackWithTheTimeOfThen()
    {
        _inner.Failures = 40;
        await WriteSignAsync();

        _inner.Signs.ShouldBe([_time.GetUtcNow().UtcDateTime]);
        _time.GetUtcNow().ShouldBeGreaterThan(DateTimeOffset.UnixEpoch.AddSeconds(9));
    }

    [Fact]
    public async Task SignOfLife_ForAMinuteInVain_IsLeftToOrleans()
    {
        _inner.Failures = int.MaxValue;
        await Should.ThrowAsync<NpgsqlException>(WriteSignAsync);
        _inner.Signs.ShouldBeEmpty();
    }

    [Fact]
    public async Task Vote_RightAfterTheDatabaseIsBack_IsHeldBackAndThenTaken()
    {
        var vote = new MembershipEntry { SiloAddress = Other, Status = SiloStatus.Active, SuspectTimes = [] };
        vote.AddSuspector(Me, _time.GetUtcNow().UtcDateTime);
        (await _table.UpdateRow(vote, "1", Version)).ShouldBeTrue("nothing was wrong yet");

        _inner.Failures = 1;
        await WriteSignAsync();
        (await _table.UpdateRow(vote, "1", Version)).ShouldBeFalse();
        (await _table.UpdateRow(new MembershipEntry { SiloAddress = Me, Status = SiloStatus.ShuttingDown }, "1", Version)).ShouldBeTrue("one's own state is no vote");

        _time.Advance(TimeSpan.FromSeconds(4));
        (await _table.UpdateRow(vote, "1", Version)).ShouldBeTrue();
    }

    private async Task WriteSignAsync()
    {
        var writing = _table.UpdateIAmAlive(new MembershipEntry { SiloAddress = Me, IAmAliveTime = _time.GetUtcNow().UtcDateTime });
        while (!writing.IsCompleted)
        {
            _time.Advance(TimeSpan.FromMilliseconds(250));
            await Task.Yield();
        }

        await writing;
    }

    private sealed class Table : IMembershipTable
    {
        public int Failures { get; set; }

        public List<DateTime> Signs { get; } = [];

        public Task UpdateIAmAlive(MembershipEntry entry)
        {
            if (Failures-- > 0) throw new NpgsqlException("away");
            Signs.Add(entry.IAmAliveTime);
            return Task.CompletedTask;
        }

        public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) => Task.FromResult(true);

        public Task InitializeMembershipTable(bool tryInitTableVersion) => throw new NotSupportedException();

        public Task DeleteMembershipTableEntries(string clusterId) => throw new NotSupportedException();

        public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => throw new NotSupportedException();

        public Task<MembershipTableData> ReadRow(SiloAddress key) => throw new NotSupportedException();

        public Task<MembershipTableData> ReadAll() => throw new NotSupportedException();

        public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) => throw new NotSupportedException();
    }
}
