using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Dispatch.LoadTests.Hosting;

/// <summary>A PostgreSQL of the tool's own, with fsync, in a temporary folder, on loopback; stopped by its data folder.</summary>
internal sealed class PrivatePostgreSql : IAsyncDisposable
{
    private readonly string _folder;
    private readonly string _bin;
    private bool _disposed;

    private PrivatePostgreSql(string folder, string bin, int port)
    {
        (_folder, _bin) = (folder, bin);
        ConnectionString = $"Host=127.0.0.1;Port={port};Username=postgres;Database=postgres;Maximum Pool Size=40";
    }

    public string ConnectionString { get; }

    public WatchedProcess Process { get; private set; } = new("postgresql", 0);

    /// <summary>Starts one. Settings are PostgreSQL's own but for the size of its cache, the same for everybody who is measured on it.</summary>
    public static async Task<PrivatePostgreSql> StartAsync()
    {
        var bin = Directory.GetDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin")).Last(path => File.Exists(Path.Combine(path, "initdb")));
        var folder = Directory.CreateTempSubdirectory("dispatch-load-pg-").FullName;
        if (Environment.UserName == "root") await RunAsync("chown", "postgres", folder);
        var port = FreePort.Next();
        var server = new PrivatePostgreSql(folder, bin, port);
        await server.AsPostgresAsync("initdb", "-D", $"{folder}/data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C");
        await server.AsPostgresAsync("pg_ctl", "-D", $"{folder}/data", "-w", "-l", $"{folder}/log", "-o", $"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=on -c shared_buffers=512MB -c max_wal_size=4GB -c max_connections=200", "start");
        var pid = (await File.ReadAllLinesAsync($"{folder}/data/postmaster.pid"))[0];
        server.Process = new WatchedProcess("postgresql", int.Parse(pid, CultureInfo.InvariantCulture), WithChildren: true);
        return server;
    }

    /// <summary>Transactions committed so far.</summary>
    public Task<long?> CommitsAsync() => ReadAsync("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()");

    /// <summary>Bytes written to the write-ahead log so far.</summary>
    public Task<long?> WalBytesAsync() => ReadAsync("SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint");

    public async ValueTask DisposeAsync()
    {
        if (_disposed) return;
        _disposed = true;
        await AsPostgresAsync("pg_ctl", "-D", $"{_folder}/data", "-m", "immediate", "stop");
        await RunAsync("rm", "-rf", _folder);
    }

    private async Task<long?> ReadAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private Task AsPostgresAsync(string program, params string[] arguments) =>
        Environment.UserName == "root"
            ? RunAsync("runuser", ["-u", "postgres", "--", Path.Combine(_bin, program), .. arguments])
            : RunAsync(Path.Combine(_bin, program), arguments);

    private static async Task RunAsync(string program, params string[] arguments)
    {
        // The server that pg_ctl starts inherits its output: a pipe that is read to its end would never end.
        var start = new ProcessStartInfo("sh", ["-c", "\"$@\" > /dev/null 2>&1 < /dev/null", "sh", program, .. arguments]) { WorkingDirectory = "/" };
        start.Environment["LC_ALL"] = "C";
        using var process = System.Diagnostics.Process.Start(start)!;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}.");
    }
}
