using Dispatch.Storage.PostgreSql;
using Dispatch.Storage.Tests.Conformance;
using Dispatch.TestKit;
using Npgsql;

namespace Dispatch.Storage.Tests.PostgreSql;

/// <summary>A database that cannot do what is needed is refused at the start, in words, before anything is written; settings of its operator are kept.</summary>
public sealed class DatabaseChecksTests
{
    [PostgreSqlTheory]
    [InlineData("LATIN1", false)]
    [InlineData("WIN1251", false)]
    [InlineData("EUC_JP", false)]
    [InlineData("SQL_ASCII", true)]
    [InlineData("UTF8", true)]
    public async Task Encoding_DecidesWhetherADatabaseCanBeUsed(string encoding, bool fits)
    {
        await using var database = await PostgreSqlDatabase.CreateAsync();
        var settings = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        var name = $"encoded_{Guid.NewGuid():N}";
        await ExecuteAsync(database.ConnectionString, $"CREATE DATABASE {name} ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0");
        try
        {
            settings.Database = name;
            await using var store = PostgreSqlStore.Open(settings.ConnectionString);
            if (!fits)
            {
                var refused = await Should.ThrowAsync<InvalidOperationException>(() => store.MigrateAsync(default));
                refused.Message.ShouldStartWith("The database");
                refused.Message.ShouldContain(encoding);
                refused.Message.ShouldContain("ENCODING 'UTF8'");
                return;
            }

            await store.MigrateAsync(default);
            const string Texts = "Да, 漢字, עברית, \U0001F980";
            var project = StoreUnderTest.NewProject(Guid.NewGuid(), "p") with { Instructions = Texts };
            (await store.CreateProjectAsync(project, StoreUnderTest.Op(), default)).Status.ShouldBe(ApplyStatus.Applied);
            (await store.GetProjectAsync(project.ProjectId, default))!.Instructions.ShouldBe(Texts);
        }
        finally
        {
            NpgsqlConnection.ClearAllPools();
            await ExecuteAsync(database.ConnectionString, $"DROP DATABASE {name} WITH (FORCE)");
        }
    }

    [PgBouncerTheory]
    [InlineData("transaction", 20, false)]
    [InlineData("transaction", 2, false)]
    [InlineData("transaction", 1, false)]
    [InlineData("statement", 20, false)]
    [InlineData("session", 20, true)]
    public async Task PoolerOfTransactions_IsRefused_AndOneOfSessionsIsNot(string mode, int size, bool fits)
    {
        Tools.PgBouncer.ShouldNotBeNull("install the package pgbouncer");
        await using var database = await PostgreSqlDatabase.CreateAsync();
        await using var pooler = await Pooler.StartAsync(database.ConnectionString, mode, size);
        await using var store = PostgreSqlStore.Open(pooler.ConnectionString);
        if (fits)
        {
            await store.MigrateAsync(default);
            await store.ProbeAsync("me", default);
            return;
        }

        var refused = await Should.ThrowAsync<Exception>(() => store.MigrateAsync(default));
        refused.ShouldBeOfType<InvalidOperationException>(refused.ToString()).Message.ShouldContain("pool_mode=session");
    }

    [Theory]
    [InlineData("Max Auto Prepare=0", 0, true)]
    [InlineData("maxautoprepare=7;No Reset On Close=false", 7, false)]
    [InlineData("", 100, true)]
    public void SettingsOfTheOperator_AreKept(string given, int maxAutoPrepare, bool noReset)
    {
        var text = $"Host=h;Username=u;{given}";
        foreach (var pool in (string[])[PoolSettings.Common(text), PoolSettings.Commits(text)])
        {
            var settings = new NpgsqlConnectionStringBuilder(pool);
            settings.MaxAutoPrepare.ShouldBe(maxAutoPrepare);
            settings.NoResetOnClose.ShouldBe(noReset);
        }
    }

    [Fact]
    public void PoolOfCommits_IsSmall_AndKeepsWhatIsSaid()
    {
        new NpgsqlConnectionStringBuilder(PoolSettings.Commits("Host=h")).MaxPoolSize.ShouldBe(16);
        new NpgsqlConnectionStringBuilder(PoolSettings.Commits("Host=h;Maximum Pool Size=4")).MaxPoolSize.ShouldBe(4);
        new NpgsqlConnectionStringBuilder(PoolSettings.Commits("Host=h;Connection Lifetime=9")).ConnectionLifetime.ShouldBe(9);
        new NpgsqlConnectionStringBuilder(PoolSettings.Commits("Host=h")).ConnectionLifetime.ShouldBeGreaterThan(0);
        new NpgsqlConnectionStringBuilder(PoolSettings.Commits("Host=h;MinPoolSize=3")).MinPoolSize.ShouldBe(3);
        new NpgsqlConnectionStringBuilder(PoolSettings.Commits("Host=h;Minimum Pool Size=3")).MinPoolSize.ShouldBe(3);
    }

    [PostgreSqlFact]
    public async Task PoolOfOneConnection_IsChecked_AndWorks()
    {
        await using var database = await PostgreSqlDatabase.CreateAsync();
        await using var store = PostgreSqlStore.Open(database.ConnectionString + ";Maximum Pool Size=1");
        await store.MigrateAsync(default);
        await store.ProbeAsync("me", default);
    }

    [PostgreSqlFact]
    public async Task EncodingOfTheConnection_ThatCannotHoldEveryText_IsRefused()
    {
        await using var database = await PostgreSqlDatabase.CreateAsync();
        await using var store = PostgreSqlStore.Open(database.ConnectionString + ";Client Encoding=LATIN1");
        (await Should.ThrowAsync<InvalidOperationException>(() => store.MigrateAsync(default))).Message.ShouldContain("LATIN1");
    }

    private static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>A PgBouncer of the test's own before one database.</summary>
    private sealed class Pooler : IAsyncDisposable
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
        private readonly ChildProcess _process;
        private readonly string _folder;

        private Pooler(ChildProcess process, string folder, string connectionString) => (_process, _folder, ConnectionString) = (process, folder, connectionString);

        public string ConnectionString { get; }

        public static async Task<Pooler> StartAsync(string database, string mode, int size)
        {
            var settings = new NpgsqlConnectionStringBuilder(database);
            var folder = Directory.CreateTempSubdirectory("dispatch-pooler-").FullName;
            var port = FreePort.Next();
            var file = Path.Combine(folder, "pgbouncer.ini");
            await File.WriteAllTextAsync(Path.Combine(folder, "users.txt"), $"\"{settings.Username}\" \"{settings.Password}\"\n");
            await File.WriteAllTextAsync(file, $"""
                [databases]
                {settings.Database} = host={settings.Host} port={settings.Port}
                [pgbouncer]
                listen_addr = 127.0.0.1
                listen_port = {port}
                unix_socket_dir =
                auth_type = any
                auth_file = {folder}/users.txt
                pool_mode = {mode}
                default_pool_size = {size}
                ignore_startup_parameters = extra_float_digits
                """.Replace("auth_type = any", "auth_type = trust", StringComparison.Ordinal));
            string[] arguments = Environment.UserName == "root" ? ["-u", "postgres", file] : [file];
            if (Environment.UserName == "root")
            {
                await using var own = ChildProcess.Start("chown", ["-R", "postgres:", folder]);
                await own.WaitForExitAsync(Patience);
            }

            var process = ChildProcess.Start(Tools.PgBouncer!, arguments);
            var through = new NpgsqlConnectionStringBuilder(database) { Port = port, Host = "127.0.0.1" };
            await Eventually.TrueAsync(
                async () =>
                {
                    try
                    {
                        await ExecuteAsync(new NpgsqlConnectionStringBuilder(through.ConnectionString) { Pooling = false }.ConnectionString, "SELECT 1");
                        return true;
                    }
                    catch (NpgsqlException)
                    {
                        return false;
                    }
                },
                Patience,
                "the pooler listens");
            return new Pooler(process, folder, through.ConnectionString);
        }

        public async ValueTask DisposeAsync()
        {
            NpgsqlConnection.ClearAllPools();
            await _process.DisposeAsync();
            Directory.Delete(_folder, recursive: true);
        }
    }
}
