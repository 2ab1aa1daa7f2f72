using Dispatch.Storage.PostgreSql;
using Dispatch.TestKit;
using Npgsql;

namespace Dispatch.Storage.Tests.PostgreSql;

/// <summary>
/// The statements that Orleans' providers run, as they run them: by name, with parameters by name, on a real server. What matters most is what two
/// silos do to one another.
/// </summary>
public sealed class OrleansSqlTests : IAsyncLifetime
{
    private const string Grain = "gate";
    private static readonly DateTime Start = new(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);
    private PostgreSqlDatabase? _database;
    private NpgsqlDataSource _source = null!;

    public async Task InitializeAsync()
    {
        if (Needs.PostgreSql is not null) return;
        _database = await PostgreSqlDatabase.CreateAsync();
        await using (var store = PostgreSqlStore.Open(_database.ConnectionString)) await store.MigrateAsync(default);
        _source = NpgsqlDataSource.Create(_database.ConnectionString);
    }

    public async Task DisposeAsync()
    {
        if (_database is null) return;
        await _source.DisposeAsync();
        await _database.DisposeAsync();
    }

    [PostgreSqlFact]
    public async Task TwoFirstWritersThatOverlap_OneRowAndOneWinner()
    {
        await using var first = await _source.OpenConnectionAsync();
        await using var second = await _source.OpenConnectionAsync();
        await using var open = await first.BeginTransactionAsync();
        (await WriteAsync(first, version: null)).ShouldBe(1);
        var late = WriteAsync(second, version: null);
        await WaitsForLockAsync(second.ProcessID);
        await open.CommitAsync();

        (await late).ShouldBeNull("Orleans takes a version that did not move as a lost race");
        (await CountAsync("orleans_storage")).ShouldBe(1);
    }

    [PostgreSqlFact]
    public async Task ManyFirstWriters_OneRowEach()
    {
        var wins = 0;
        await Parallel.ForEachAsync(Enumerable.Range(0, 800), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
        {
            await using var connection = await _source.OpenConnectionAsync(CancellationToken.None);
            if (await WriteAsync(connection, version: null, key: i % 100) is not null) Interlocked.Increment(ref wins);
        });
        wins.ShouldBe(100);
        (await CountAsync("orleans_storage")).ShouldBe(100);
    }

    [PostgreSqlFact]
    public async Task Writes_FollowTheVersion()
    {
        await using var db = await _source.OpenConnectionAsync();
        (await WriteAsync(db, version: 3)).ShouldBe(3, "there is nothing to update");
        (await WriteAsync(db, version: null)).ShouldBe(1);
        (await WriteAsync(db, version: 1, payload: 7)).ShouldBe(2);
        (await WriteAsync(db, version: 1, payload: 8)).ShouldBe(1, "somebody wrote in between");
        var row = await ReadOneAsync(db, "ReadFromStorageKey", StorageKey());
        (((byte[])row["PayloadBinary"]!).Single(), row["Version"]).ShouldBe(((byte)7, 2));
        (await ScalarAsync(db, "ClearStorageKey", [.. StorageKey(), ("GrainStateVersion", 1)])).ShouldBe(1);
        (await ScalarAsync(db, "ClearStorageKey", [.. StorageKey(), ("GrainStateVersion", 2)])).ShouldBe(3);
        (await ReadOneAsync(db, "ReadFromStorageKey", StorageKey()))["PayloadBinary"].ShouldBeNull();
        (await ScalarAsync(db, "DeleteStorageKey", [.. StorageKey(), ("GrainStateVersion", 3)])).ShouldBe(4);
        (await CountAsync("orleans_storage")).ShouldBe(0);
    }

    [PostgreSqlFact]
    public async Task Extensions_TellGrainsApart()
    {
        await using var db = await _source.OpenConnectionAsync();
        (await WriteAsync(db, version: null)).ShouldBe(1);
        (await WriteAsync(db, version: null, extension: "a")).ShouldBe(1);
        (await CountAsync("orleans_storage")).ShouldBe(2);
    }

    [PostgreSqlFact]
    public async Task Membership_ChangesOnlyUnderTheVersionItSaw()
    {
        await using var db = await _source.OpenConnectionAsync();
        (await ScalarAsync(db, "InsertMembershipVersionKey", Deployment)).ShouldBe(1);
        (await ScalarAsync(db, "InsertMembershipVersionKey", Deployment)).ShouldBe(0);
        var empty = await ReadOneAsync(db, "MembershipReadAllKey", Deployment);
        (empty["StartTime"], empty["Version"]).ShouldBe((null, 0));

        (await ScalarAsync(db, "InsertMembershipKey", [.. Silo(1), .. NewSilo(version: 5)])).ShouldBe(0);
        (await ScalarAsync(db, "InsertMembershipKey", [.. Silo(1), .. NewSilo(version: 0)])).ShouldBe(1);
        (await ScalarAsync(db, "InsertMembershipKey", [.. Silo(1), .. NewSilo(version: 1)])).ShouldBe(0, "the silo is there already");
        (await VersionAsync()).ShouldBe(1, "what changes nothing bumps nothing");
        (await ScalarAsync(db, "UpdateMembershipKey", [.. Silo(2), .. Suspect(version: 1)])).ShouldBe(0);
        (await VersionAsync()).ShouldBe(1);
        (await ScalarAsync(db, "UpdateMembershipKey", [.. Silo(1), .. Suspect(version: 1)])).ShouldBe(1);
        (await ScalarAsync(db, "UpdateMembershipKey", [.. Silo(1), .. Suspect(version: 1)])).ShouldBe(0);

        var row = await ReadOneAsync(db, "MembershipReadRowKey", Silo(1));
        (row["Status"], row["SuspectTimes"], row["ProxyPort"], row["Version"], row["StartTime"]).ShouldBe((3, "vote", 30_000, 2, Start));
        (await ReadOneAsync(db, "MembershipReadRowKey", Silo(9)))["StartTime"].ShouldBeNull();
        (await ReadOneAsync(db, "GatewaysQueryKey", [.. Deployment, ("Status", 3)]))["ProxyPort"].ShouldBe(30_000);
        await ScalarAsync(db, "DeleteMembershipTableEntriesKey", Deployment);
        (await CountAsync("orleans_membership")).ShouldBe(0);
    }

    [PostgreSqlFact]
    public async Task TwoSilosThatJoinAtOnce_OneHasToLookAgain()
    {
        await using var first = await _source.OpenConnectionAsync();
        await using var second = await _source.OpenConnectionAsync();
        await ScalarAsync(first, "InsertMembershipVersionKey", Deployment);
        await using var open = await first.BeginTransactionAsync();
        (await ScalarAsync(first, "InsertMembershipKey", [.. Silo(1), .. NewSilo(version: 0)])).ShouldBe(1);
        var late = ScalarAsync(second, "InsertMembershipKey", [.. Silo(2), .. NewSilo(version: 0)]);
        await WaitsForLockAsync(second.ProcessID);
        await open.CommitAsync();
        (await late).ShouldBe(0);
        (await VersionAsync()).ShouldBe(1);
        (await CountAsync("orleans_membership")).ShouldBe(1);
    }

    [PostgreSqlFact]
    public async Task DeadSilos_AreForgotten_UnlessTheyChanged()
    {
        await using var db = await _source.OpenConnectionAsync();
        await ScalarAsync(db, "InsertMembershipVersionKey", Deployment);
        await ScalarAsync(db, "InsertMembershipKey", [.. Silo(1), .. NewSilo(version: 0)]);
        (string, object?)[] asSeen = [.. Silo(1), ("StartTime", Start), ("IAmAliveTime", Start), ("SuspectTimes", DBNull.Value)];
        await ScalarAsync(db, "CleanupDefunctSiloEntryKey", asSeen);
        (await CountAsync("orleans_membership")).ShouldBe(1, "it is not dead");
        await ScalarAsync(db, "UpdateMembershipKey", [.. Silo(1), ("Status", 6), ("SuspectTimes", DBNull.Value), ("IAmAliveTime", Start), ("Version", 1)]);
        await ScalarAsync(db, "UpdateIAmAlivetimeKey", [.. Silo(1), ("IAmAliveTime", Start.AddMinutes(1))]);
        await ScalarAsync(db, "CleanupDefunctSiloEntryKey", asSeen);
        (await CountAsync("orleans_membership")).ShouldBe(1, "it has written since");
        await ScalarAsync(db, "CleanupDefunctSiloEntriesKey", [.. Deployment, ("IAmAliveTime", Start.AddMinutes(2))]);
        (await CountAsync("orleans_membership")).ShouldBe(0);
    }

    [PostgreSqlFact]
    public async Task Reminders_RangesWrapRound()
    {
        await using var db = await _source.OpenConnectionAsync();
        foreach (var hash in (int[])[-2_000, -5, 0, 5, 2_000]) (await ScalarAsync(db, "UpsertReminderRowKey", Reminder($"sweeper/{hash}", hash))).ShouldBe(0);
        (await ScalarAsync(db, "UpsertReminderRowKey", Reminder("sweeper/0", 0))).ShouldBe(1);
        (await GrainsAsync("ReadRangeRows1Key", -5, 5)).ShouldBe(["sweeper/0", "sweeper/5"], ignoreOrder: true);
        (await GrainsAsync("ReadRangeRows2Key", 5, -5)).ShouldBe(["sweeper/-2000", "sweeper/-5", "sweeper/2000"], ignoreOrder: true);
        var row = await ReadOneAsync(db, "ReadReminderRowKey", [("ServiceId", "s"), ("GrainId", "sweeper/0"), ("ReminderName", "sweep")]);
        (row["StartTime"], row["Period"], row["Version"]).ShouldBe((Start, 60_000L, 1));
        (await ScalarAsync(db, "DeleteReminderRowKey", [("ServiceId", "s"), ("GrainId", "sweeper/0"), ("ReminderName", "sweep"), ("Version", 0)])).ShouldBe(0);
        (await ScalarAsync(db, "DeleteReminderRowKey", [("ServiceId", "s"), ("GrainId", "sweeper/0"), ("ReminderName", "sweep"), ("Version", 1)])).ShouldBe(1);
        await ScalarAsync(db, "DeleteReminderRowsKey", [("ServiceId", "s")]);
        (await CountAsync("orleans_reminder")).ShouldBe(0);

        async Task<List<string>> GrainsAsync(string key, int begin, int end) =>
            (await ReadAsync(db, key, [("ServiceId", "s"), ("BeginHash", begin), ("EndHash", end)])).ConvertAll(found => (string)found["GrainId"]!);
    }

    private static (string, object?)[] Deployment => [("DeploymentId", "d")];

    private static (string, object?)[] Silo(int generation) => [("DeploymentId", "d"), ("Address", "10.0.0.1"), ("Port", 11_111), ("Generation", generation)];

    private static (string, object?)[] NewSilo(int version) =>
        [("SiloName", "silo"), ("HostName", "host"), ("Status", 1), ("ProxyPort", 30_000), ("StartTime", Start), ("IAmAliveTime", Start), ("Version", version)];

    private static (string, object?)[] Suspect(int version) => [("Status", 3), ("SuspectTimes", "vote"), ("IAmAliveTime", Start), ("Version", version)];

    private static (string, object?)[] Reminder(string grain, int hash) =>
        [("ServiceId", "s"), ("GrainId", grain), ("ReminderName", "sweep"), ("StartTime", Start), ("Period", 60_000), ("GrainHash", hash)];

    private static (string, object?)[] StorageKey(int key = 1, string? extension = null) =>
    [
        ("GrainIdHash", 1), ("GrainIdN0", (long)key), ("GrainIdN1", 2L), ("GrainTypeHash", 3), ("GrainTypeString", Grain),
        ("GrainIdExtensionString", (object?)extension ?? DBNull.Value), ("ServiceId", "s"),
    ];

    private static async Task<int?> WriteAsync(NpgsqlConnection db, int? version, byte payload = 1, int key = 1, string? extension = null) => await ScalarAsync(
        db, "WriteToStorageKey", [.. StorageKey(key, extension), ("GrainStateVersion", (object?)version ?? DBNull.Value), ("PayloadBinary", new[] { payload })]) as int?;

    private static async Task<object?> ScalarAsync(NpgsqlConnection db, string key, (string Name, object? Value)[] parameters)
    {
        var rows = await ReadAsync(db, key, parameters);
        return rows.Count == 0 ? null : rows.Single().Values.Single();
    }

    private static async Task<Dictionary<string, object?>> ReadOneAsync(NpgsqlConnection db, string key, (string Name, object? Value)[] parameters) =>
        (await ReadAsync(db, key, parameters)).ShouldHaveSingleItem();

    private static async Task<List<Dictionary<string, object?>>> ReadAsync(NpgsqlConnection db, string key, (string Name, object? Value)[] parameters)
    {
        await using var query = new NpgsqlCommand("SELECT QueryText FROM OrleansQuery WHERE QueryKey = @key", db) { Parameters = { new("key", key) } };
        await using var command = new NpgsqlCommand((string)(await query.ExecuteScalarAsync())!, db);
        foreach (var (name, value) in parameters) command.Parameters.Add(new NpgsqlParameter(name, value));
        await using var reader = await command.ExecuteReaderAsync();
        List<Dictionary<string, object?>> rows = [];
        while (await reader.ReadAsync())
        {
            rows.Add(Enumerable.Range(0, reader.FieldCount).ToDictionary(
                reader.GetName, i => reader.IsDBNull(i) ? null : reader.GetValue(i), StringComparer.OrdinalIgnoreCase));
        }

        return rows;
    }

    private async Task<long> CountAsync(string table) => (long)(await AskAsync($"SELECT count(*) FROM {table}"))!;

    private async Task<int> VersionAsync() => (int)(await AskAsync("SELECT version FROM orleans_membership_version"))!;

    private Task WaitsForLockAsync(int process) => Eventually.TrueAsync(
        async () => (string?)await AskAsync($"SELECT wait_event_type FROM pg_stat_activity WHERE pid = {process}") == "Lock", TimeSpan.FromSeconds(30), "the second waits for the first");

    private async Task<object?> AskAsync(string sql)
    {
        await using var command = _source.CreateCommand(sql);
        return await command.ExecuteScalarAsync() is var value and not DBNull ? value : null;
    }
}
