using Dispatch.TestKit;
using Npgsql;

namespace Dispatch.House.Tests.Kit;

public class PostgreSqlServerTests(PostgreSqlFixture postgres) : IClassFixture<PostgreSqlFixture>
{
    [PostgreSqlFact]
    public async Task Each_database_is_new_and_empty()
    {
        var first = await postgres.CreateDatabaseAsync();
        var second = await postgres.CreateDatabaseAsync();

        first.ShouldNotBe(second);
        await ScalarAsync(first, "CREATE TABLE t (a int); SELECT 1");
        (await ScalarAsync(second, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")).ShouldBe(0L);
    }

    [PostgreSqlFact]
    public async Task A_database_is_gone_after_its_test()
    {
        string connectionString;
        await using (var database = await PostgreSqlDatabase.CreateAsync())
        {
            connectionString = database.ConnectionString;
            (await ScalarAsync(connectionString, "SELECT 1")).ShouldBe(1);
        }

        (await Should.ThrowAsync<PostgresException>(() => ScalarAsync(connectionString, "SELECT 1"))).SqlState.ShouldBe("3D000");
    }

    [PrivatePostgreSqlFact]
    public async Task A_private_server_keeps_what_was_committed_through_a_crash()
    {
        await using var server = await PostgreSqlServer.StartPrivateAsync();
        var database = await server.CreateDatabaseAsync();
        await ScalarAsync(database, "CREATE TABLE t (a int); INSERT INTO t VALUES (7); SELECT 1");

        await server.StopImmediateAsync();
        await Should.ThrowAsync<NpgsqlException>(() => ScalarAsync(database, "SELECT 1"));
        await server.StartAsync();

        (await ScalarAsync(database, "SELECT a FROM t")).ShouldBe(7);
        (await ScalarAsync(database, "SHOW fsync")).ShouldBe("on");
    }

    private static async Task<object?> ScalarAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }
}
