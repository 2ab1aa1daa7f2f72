using System.Globalization;

namespace Dispatch.LoadTests.Hosting;

/// <summary>A RabbitMQ of the tool's own, where one is installed: data in a temporary folder, loopback only, ended by its process id.</summary>
internal sealed class PrivateRabbitMq : IAsyncDisposable
{
    private readonly ChildServer _server;
    private readonly string _folder;

    private PrivateRabbitMq(ChildServer server, string folder, int port) => (_server, _folder, Port) = (server, folder, port);

    public int Port { get; }

    /// <summary>The server's own script, not the wrapper of the package, which insists on a system user; null where it is absent.</summary>
    public static string? Program => Directory.Exists("/usr/lib/rabbitmq/lib")
        ? Directory.GetFiles("/usr/lib/rabbitmq/lib", "rabbitmq-server", SearchOption.AllDirectories).FirstOrDefault(path => path.Contains("/sbin/", StringComparison.Ordinal))
        : null;

    public WatchedProcess Process => new("rabbitmq", _server.Id, WithChildren: true);

    public static async Task<PrivateRabbitMq> StartAsync()
    {
        var folder = Directory.CreateTempSubdirectory("dispatch-load-mq-").FullName;
        var (port, distribution, mapper) = (FreePort.Next(), FreePort.Next(), FreePort.Next());
        await File.WriteAllTextAsync(Path.Combine(folder, "rabbitmq.conf"), $"listeners.tcp.1 = 127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}\n");
        Dictionary<string, string> environment = new()
        {
            ["HOME"] = folder,
            ["RABBITMQ_NODENAME"] = $"load{port.ToString(CultureInfo.InvariantCulture)}@localhost",
            ["RABBITMQ_MNESIA_BASE"] = folder,
            ["RABBITMQ_LOG_BASE"] = folder,
            ["RABBITMQ_LOGS"] = "-",
            ["RABBITMQ_CONFIG_FILE"] = Path.Combine(folder, "rabbitmq.conf"),
            ["RABBITMQ_DIST_PORT"] = distribution.ToString(CultureInfo.InvariantCulture),
            ["RABBITMQ_ENABLED_PLUGINS_FILE"] = Path.Combine(folder, "plugins"),
            ["ERL_EPMD_PORT"] = mapper.ToString(CultureInfo.InvariantCulture),
            ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
        };
        // The script becomes the shell that becomes the node. The name service it starts ends with the folder it belongs to.
        var server = await ChildServer.StartAsync("sh", ["-c", "epmd -daemon; exec \"$0\"", Program!], environment, "Server startup complete");
        return new PrivateRabbitMq(server, folder, port) { _mapper = mapper };
    }

    private int _mapper;

    public async ValueTask DisposeAsync()
    {
        foreach (var child in Process.Descendants())
        {
            try
            {
                using var process = System.Diagnostics.Process.GetProcessById(child);
                process.Kill();
                await process.WaitForExitAsync();
            }
            catch (ArgumentException)
            {
                // It ended with its parent.
            }
        }

        await _server.DisposeAsync();
        var start = new System.Diagnostics.ProcessStartInfo("epmd", ["-kill"]) { RedirectStandardOutput = true };
        start.Environment["ERL_EPMD_PORT"] = _mapper.ToString(CultureInfo.InvariantCulture);
        using (var epmd = System.Diagnostics.Process.Start(start)!) await epmd.WaitForExitAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
