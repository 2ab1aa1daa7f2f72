using Npgsql;

namespace Dispatch.TestKit;

/// <summary>An empty database of the server that run.sh started (or that DISPATCH_TEST_POSTGRES names); dropped at the end.</summary>
public sealed class PostgreSqlDatabase : IAsyncDisposable
{
    private readonly string _name;

    private PostgreSqlDatabase(string name, string connectionString) => (_name, ConnectionString) = (name, connectionString);

    /// <summary>Connection string of the maintenance database; null when there is no server.</summary>
    public static string? Server { get; } = Environment.GetEnvironmentVariable("DISPATCH_TEST_POSTGRES") is { Length: > 0 } text ? text : null;

    public string ConnectionString { get; }

    public static async Task<PostgreSqlDatabase> CreateAsync()
    {
        var server = Server ?? throw new InvalidOperationException("There is no PostgreSQL: run bash tests/run.sh, or set DISPATCH_TEST_POSTGRES.");
        var name = $"dispatch_{Guid.NewGuid():N}";
        await ExecuteAsync($"CREATE DATABASE {name}");
        return new PostgreSqlDatabase(name, new NpgsqlConnectionStringBuilder(server) { Database = name, MaxPoolSize = 30 }.ConnectionString);
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await ExecuteAsync($"DROP DATABASE IF EXISTS {_name} WITH (FORCE)");
    }

    private static async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(Server);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
