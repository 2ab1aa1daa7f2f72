using Npgsql;

namespace Dispatch.TestKit;

/// <summary>An empty database for one test, dropped at its end. All of a test process come from one server.</summary>
public sealed class PostgreSqlDatabase : IAsyncDisposable
{
    private static readonly Lazy<Task<PostgreSqlServer>> Shared = new(PostgreSqlServer.OpenAsync);

    private readonly PostgreSqlServer _server;

    private PostgreSqlDatabase(PostgreSqlServer server, string connectionString) =>
        (_server, ConnectionString) = (server, connectionString);

    public string ConnectionString { get; }

    /// <summary>On the server of DISPATCH_TEST_POSTGRES, else on one that this test process starts once and stops when it ends.</summary>
    public static async Task<PostgreSqlDatabase> CreateAsync()
    {
        var server = await Shared.Value;
        return new PostgreSqlDatabase(server, await server.CreateDatabaseAsync());
    }

    public async ValueTask DisposeAsync()
    {
        await using (var pool = new NpgsqlConnection(ConnectionString))
            NpgsqlConnection.ClearPool(pool);
        await _server.DropDatabaseAsync(ConnectionString);
    }
}
