using Dispatch.Cluster.Tests.Harness;
using Npgsql;

namespace Dispatch.Cluster.Tests.Faults;

/// <summary>The database stops as in a crash and recovers after a while.</summary>
public sealed class DatabaseCrash(TimeSpan span) : IFault
{
    public string Name => $"F-8, F-9 database away {span.TotalSeconds:0} s";

    public async Task StrikeAsync(Shift shift)
    {
        await shift.Cluster.PostgreSql.StopImmediateAsync();
        await Pause.ForAsync(span);
        await shift.Cluster.PostgreSql.StartAsync();
    }
}

/// <summary>The database takes no writes for a while.</summary>
public sealed class DatabaseReadOnly(TimeSpan span) : IFault
{
    public string Name => $"F-11 database read-only {span.TotalSeconds:0} s";

    public async Task StrikeAsync(Shift shift)
    {
        await SetAsync("on");
        await Pause.ForAsync(span);
        await SetAsync("off");

        async Task SetAsync(string value)
        {
            await using var connection = await OpenAsync(shift.Cluster.PostgreSql.MaintenanceConnectionString);
            await ExecuteAsync(connection, $"ALTER SYSTEM SET default_transaction_read_only = {value}");
            await ExecuteAsync(connection, "SELECT pg_reload_conf()");
        }
    }

    internal static async Task<NpgsqlConnection> OpenAsync(string connectionString)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, Options = "-c default_transaction_read_only=off" }.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    internal static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}

/// <summary>Somebody else takes every connection the database has, and those of the servers are cut.</summary>
public sealed class ConnectionsExhausted(TimeSpan span) : IFault
{
    private const int ConnectionsMax = 400;
    private const int Rounds = 6;

    public string Name => $"F-10 connections exhausted {span.TotalSeconds:0} s";

    public async Task StrikeAsync(Shift shift)
    {
        var ordinary = new NpgsqlConnectionStringBuilder(shift.Cluster.ConnectionString) { Pooling = false, Username = "glutton" }.ConnectionString;
        await using var admin = await DatabaseReadOnly.OpenAsync(shift.Cluster.PostgreSql.MaintenanceConnectionString);
        await DatabaseReadOnly.ExecuteAsync(admin, "DO $$ BEGIN CREATE ROLE glutton LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
        List<NpgsqlConnection> taken = [];
        await TakeAllAsync(ordinary, taken);

        // The servers' own connections are taken away too, and taken in their place; again and again, for what was cut connects anew and races for what is free.
        using (var timer = new PeriodicTimer(span / Rounds))
        {
            for (var round = 0; round < Rounds; round++)
            {
                await DatabaseReadOnly.ExecuteAsync(admin, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'dispatch\\_%' AND usename <> 'glutton' AND pid <> pg_backend_pid()");
                await TakeAllAsync(ordinary, taken);
                await timer.WaitForNextTickAsync();
            }
        }

        foreach (var connection in taken) await connection.DisposeAsync();
    }

    private static async Task TakeAllAsync(string connectionString, List<NpgsqlConnection> taken)
    {
        try
        {
            while (taken.Count < ConnectionsMax)
            {
                var connection = new NpgsqlConnection(connectionString);
                taken.Add(connection);
                await connection.OpenAsync();
            }
        }
        catch (PostgresException failure) when (failure.SqlState == PostgresErrorCodes.TooManyConnections)
        {
            // None is left.
        }
    }
}

/// <summary>A transaction that does nothing holds back cleaning for a while.</summary>
public sealed class IdleTransaction(TimeSpan span) : IFault
{
    public string Name => $"F-14 idle transaction {span.TotalSeconds:0} s";

    public async Task StrikeAsync(Shift shift)
    {
        await using var connection = await DatabaseReadOnly.OpenAsync(shift.Cluster.ConnectionString);
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead);
        await DatabaseReadOnly.ExecuteAsync(connection, "SELECT count(*) FROM assignment");
        await Pause.ForAsync(span);
    }
}
