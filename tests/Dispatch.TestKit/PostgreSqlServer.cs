using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Dispatch.TestKit;

/// <summary>
/// A PostgreSQL server for tests: one of its own in a temporary folder, or the one named in DISPATCH_TEST_POSTGRES.
/// It writes to disk as a real one does (fsync on): a test of durability on a server that skips it proves nothing.
/// </summary>
public sealed class PostgreSqlServer : IAsyncDisposable
{
    public const string SharedVariable = "DISPATCH_TEST_POSTGRES";
    private const int Attempts = 5;

    /// <summary>Ten test classes at once must fit under max_connections.</summary>
    private const int PoolSize = 30;

    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);

    private readonly string? _folder;
    private readonly List<string> _databases = [];
    private readonly Lock _lock = new();
    private string _maintenance;
    private Process? _keeper;
    private bool _disposed;

    private PostgreSqlServer(string maintenance, string? folder)
    {
        _maintenance = maintenance;
        _folder = folder;
    }

    public static string? SharedConnectionString =>
        Environment.GetEnvironmentVariable(SharedVariable) is { Length: > 0 } named ? named : null;

    /// <summary>True when this server belongs to the test and may be stopped.</summary>
    public bool IsPrivate => _folder is not null;

    /// <summary>To the database "postgres" of this server.</summary>
    public string MaintenanceConnectionString => _maintenance;

    /// <summary>The disk of its tables, when it has one of its own.</summary>
    public SmallDisk? Disk { get; private set; }

    /// <summary>What a private server has written into its log.</summary>
    public string Log => File.ReadAllText(LogFile);

    private string LogFile => Path.Combine(_folder!, "log");

    private string Data => Path.Combine(_folder ?? throw new InvalidOperationException(
        "This server is shared with other suites: only a private one can be stopped and started."), "data");

    /// <summary>The shared server when one is named, else a private one.</summary>
    public static async Task<PostgreSqlServer> OpenAsync() =>
        SharedConnectionString is { } named ? new PostgreSqlServer(named, null) : await StartPrivateAsync();

    /// <summary>A server of the caller's own: for tests that stop it, or that read what is in its memory or log.</summary>
    /// <param name="diskBytes">
    /// Size of a disk for its tables alone, which <see cref="Disk"/> fills; null for the common one. The log of its writes stays on the common one: where that finds no room PostgreSQL
    /// ends itself, and when it does so is chance.
    /// </param>
    public static async Task<PostgreSqlServer> StartPrivateAsync(long? diskBytes = null)
    {
        var bin = Tools.PostgreSqlBin ?? throw new InvalidOperationException(
            "PostgreSQL is absent: neither /usr/lib/postgresql/*/bin nor the PATH has initdb and pg_ctl.");
        var folder = Directory.CreateTempSubdirectory("dispatch-pg-").FullName;
        var server = new PostgreSqlServer("", folder);
        try
        {
            server._keeper = StartKeeper(Path.Combine(bin, "pg_ctl"), server.Data, folder);
            if (Environment.UserName == "root")
                await RunAsync("chown", ["postgres:", folder]);
            if (diskBytes is { } bytes)
                server.Disk = SmallDisk.Mount(Directory.CreateDirectory(server.Data).FullName, bytes, Environment.UserName == "root" ? "postgres" : Environment.UserName);
            await RunAsPostgresAsync(Path.Combine(bin, "initdb"),
                ["-D", server.Data, "-X", Path.Combine(folder, "wal"), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]);
            await server.StartOnFreePortAsync();
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }

        return server;
    }

    /// <summary>The connection string of a new, empty database.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = "dispatch_" + Guid.NewGuid().ToString("n");
        await ExecuteAsync($"CREATE DATABASE {name}");
        lock (_lock)
            _databases.Add(name);
        return new NpgsqlConnectionStringBuilder(_maintenance)
        {
            Database = name,
            IncludeErrorDetail = true,
            MaxPoolSize = PoolSize,
        }.ConnectionString;
    }

    /// <summary>Drops a database of <see cref="CreateDatabaseAsync"/>, whoever is still connected.</summary>
    public async Task DropDatabaseAsync(string connectionString)
    {
        var name = new NpgsqlConnectionStringBuilder(connectionString).Database!;
        await ExecuteAsync($"DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        lock (_lock)
            _databases.Remove(name);
    }

    /// <summary>A statement for the server as a whole, as its superuser.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(_maintenance) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Stops as a crash does: no checkpoint, connections cut. Recovery runs at the next start.</summary>
    public async Task StopImmediateAsync() => await PgCtlAsync("stop", "-D", Data, "-m", "immediate", "-w");

    /// <summary>Starts again after a stop, on the same port with the same data.</summary>
    public async Task StartAsync() => await PgCtlAsync("start", "-D", Data, "-l", LogFile, "-w", "-t", "60");

    public async ValueTask DisposeAsync()
    {
        if (_disposed)
            return;
        _disposed = true;
        if (_keeper is not null)
        {
            _keeper.StandardInput.Close();
            await _keeper.WaitForExitAsync();
            _keeper.Dispose();
        }
        else if (!IsPrivate)
        {
            foreach (var name in _databases)
                await ExecuteAsync($"DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        }
    }

    /// <summary>
    /// A shell that waits for the end of its input, then stops the server and removes its folder. Its input ends when this server is
    /// disposed, and also when the test process is killed: test runners end theirs without asking, and nothing in it can clean up then.
    /// </summary>
    private static Process StartKeeper(string pgCtl, string data, string folder)
    {
        var stop = AsPostgres(pgCtl, ["stop", "-D", data, "-m", "immediate", "-w"]);
        const string Script = """
            trap '' INT TERM HUP
            exec >/dev/null 2>&1
            folder=$1; shift
            cat
            [ -f "$folder/data/postmaster.pid" ] && "$@"
            if mountpoint -q "$folder/data"; then umount "$folder/data" || sudo -n umount "$folder/data"; fi
            rm -rf "$folder"
            """;
        var start = new ProcessStartInfo("sh") { RedirectStandardInput = true, UseShellExecute = false, WorkingDirectory = Path.GetTempPath() };
        foreach (var argument in (string[])["-c", Script, "keeper", folder, stop.FileName, .. stop.ArgumentList])
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    private async Task StartOnFreePortAsync()
    {
        for (var attempt = 1; ; attempt++)
        {
            var port = FreePort.Next();
            await File.AppendAllTextAsync(Path.Combine(Data, "postgresql.conf"), string.Create(CultureInfo.InvariantCulture, $"""

                port = {port}
                listen_addresses = '127.0.0.1'
                unix_socket_directories = '{_folder}'
                fsync = on
                max_connections = 300
                shared_buffers = 256MB

                """));
            _maintenance = new NpgsqlConnectionStringBuilder
            {
                Host = "127.0.0.1",
                Port = port,
                Username = "postgres",
                Database = "postgres",
            }.ConnectionString;
            try
            {
                await StartAsync();
                return;
            }
            catch (InvalidOperationException) when (attempt < Attempts)
            {
                // Somebody took the port between the look and the start: the last line of the file wins, so try another.
            }
        }
    }

    private async Task PgCtlAsync(params string[] arguments)
    {
        try
        {
            await RunAsPostgresAsync(Path.Combine(Tools.PostgreSqlBin!, "pg_ctl"), arguments);
        }
        catch (InvalidOperationException error)
        {
            throw new InvalidOperationException(
                $"{error.Message}\nIts log:\n{(File.Exists(LogFile) ? Log : "(none)")}", error);
        }
    }

    private static async Task RunAsPostgresAsync(string program, IReadOnlyList<string> arguments) =>
        await RunAsync(AsPostgres(program, arguments));

    private static async Task RunAsync(string program, IReadOnlyList<string> arguments) =>
        await RunAsync(Start(program, arguments));

    private static async Task RunAsync(ProcessStartInfo start)
    {
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(StartTimeout + StartTimeout);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException(
                $"{start.FileName} {string.Join(' ', start.ArgumentList)} failed ({process.ExitCode}):\n{await output}{await error}");
        }
    }

    /// <summary>PostgreSQL refuses to run as root, so root hands it to the system user that the server's package made.</summary>
    private static ProcessStartInfo AsPostgres(string program, IReadOnlyList<string> arguments) =>
        Environment.UserName == "root"
            ? Start("runuser", ["-u", "postgres", "--", program, .. arguments])
            : Start(program, arguments);

    private static ProcessStartInfo Start(string program, IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        return start;
    }
}
