using Npgsql;

namespace Dispatch.Storage.PostgreSql;

/// <summary>
/// What a database must be able to do, found out before anything is written. One that cannot would start, be ready, and then fail call by call: with texts of
/// most languages, or with statements that another session prepared.
/// </summary>
internal static class DatabaseChecks
{
    /// <summary>Any name with a dot is a setting of a session that nobody else reads.</summary>
    private const string SessionSetting = "dispatch.session";

    /// <summary>Refuses a database that cannot be used.</summary>
    /// <param name="connectionString">Where. Connections are made apart from the pools, whose size may be one.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="InvalidOperationException">The database cannot hold every text, or gives each transaction another session. The message says what to do.</exception>
    public static async Task RunAsync(string connectionString, CancellationToken cancellation)
    {
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, MinPoolSize = 0 });
        await using var first = await source.OpenConnectionAsync(cancellation);
        var encoding = (string)(await ScalarAsync(first, "SHOW server_encoding", cancellation))!;

        // SQL_ASCII stores the bytes it is sent, and those are UTF-8; every other encoding lacks most letters.
        if (encoding is not ("UTF8" or "SQL_ASCII"))
        {
            throw new InvalidOperationException(
                $"The database '{first.Database}' has the encoding {encoding}, which cannot hold the texts of every language. Make one that can: CREATE DATABASE dispatch ENCODING 'UTF8' TEMPLATE template0.");
        }

        var client = (string)(await ScalarAsync(first, "SHOW client_encoding", cancellation))!;
        if (client != "UTF8")
        {
            throw new InvalidOperationException(
                $"The database would be sent texts in the encoding {client}, which cannot hold every language: take Client Encoding and Encoding out of the connection string, and PGCLIENTENCODING out of the environment.");
        }

        if (await SharesSessionsAsync(first, source, cancellation))
        {
            throw new InvalidOperationException(
                "The database is behind a pooler that gives every transaction another session (PgBouncer with pool_mode=transaction or statement), and prepared statements and advisory locks belong to a session. "
                + "Connect to PostgreSQL itself, or set pool_mode=session.");
        }
    }

    /// <summary>
    /// Sets something in one session and looks for it from a second connection, inside a transaction, and then again from the first. Behind a pooler of transactions the second one is given the
    /// session that the first has just left, or the first one another while the second holds it.
    /// </summary>
    private static async Task<bool> SharesSessionsAsync(NpgsqlConnection first, NpgsqlDataSource source, CancellationToken cancellation)
    {
        var mark = $"{first.ProcessID}/{Environment.ProcessId}";
        await using var second = await source.OpenConnectionAsync(cancellation);
        await ScalarAsync(first, $"SELECT set_config('{SessionSetting}', '{mark}', false)", cancellation);
        try
        {
            await using var transaction = await second.BeginTransactionAsync(cancellation);
            if (Is(await ScalarAsync(second, $"SELECT current_setting('{SessionSetting}', true)", cancellation), mark)) return true;
            if (!Is(await ScalarAsync(first, $"SELECT current_setting('{SessionSetting}', true)", cancellation), mark)) return true;
        }
        catch (PostgresException refused) when (refused.SqlState == PostgresErrorCodes.ProtocolViolation)
        {
            // A pooler of single statements (pool_mode=statement) takes no transaction at all.
            return true;
        }

        // Connections go back into the pool as they came.
        await ScalarAsync(first, $"SELECT set_config('{SessionSetting}', '', false)", cancellation);
        return false;
    }

    private static bool Is(object? value, string mark) => value is string text && text == mark;

    private static async Task<object?> ScalarAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(cancellation);
    }
}
