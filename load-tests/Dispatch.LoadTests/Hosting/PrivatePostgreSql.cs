using System.Diagnostics;

namespace Dispatch.LoadTests.Hosting;

/// <summary>A PostgreSQL of the tool's own, with fsync, in a temporary folder, on loopback; stopped by its data folder.</summary>
internal sealed class PrivatePostgreSql : IAsyncDisposable
{
    private readonly string _folder;
    private readonly string _bin;

    private PrivatePostgreSql(string folder, string bin, int port)
    {
        (_folder, _bin) = (folder, bin);
        ConnectionString = $"Host=127.0.0.1;Port={port};Username=postgres;Database=postgres;Maximum Pool Size=40";
    }

    public string ConnectionString { get; }

    public static async Task<PrivatePostgreSql> StartAsync()
    {
        var bin = Directory.GetDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin")).Last(path => File.Exists(Path.Combine(path, "initdb")));
        var folder = Directory.CreateTempSubdirectory("dispatch-load-pg-").FullName;
        if (Environment.UserName == "root") await RunAsync("chown", "postgres", folder);
        var port = ChildServer.FreePort();
        var server = new PrivatePostgreSql(folder, bin, port);
        await server.AsPostgresAsync("initdb", "-D", $"{folder}/data", "-U", "postgres", "-A", "trust");
        await server.AsPostgresAsync("pg_ctl", "-D", $"{folder}/data", "-w", "-l", $"{folder}/log", "-o", $"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c shared_buffers=256MB", "start");
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await AsPostgresAsync("pg_ctl", "-D", $"{_folder}/data", "-m", "immediate", "stop");
        await RunAsync("rm", "-rf", _folder);
    }

    private Task AsPostgresAsync(string program, params string[] arguments) =>
        Environment.UserName == "root"
            ? RunAsync("runuser", ["-u", "postgres", "--", Path.Combine(_bin, program), .. arguments])
            : RunAsync(Path.Combine(_bin, program), arguments);

    private static async Task RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = "/", RedirectStandardOutput = false };
        start.RedirectStandardError = true;
        if (program != "pg_ctl") start.RedirectStandardInput = true;
        start.Environment["LC_ALL"] = "C";
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}.");
    }
}
