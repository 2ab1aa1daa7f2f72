using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Dispatch.TestKit;

/// <summary>Loopback ports nobody listens on. Another process may still take one first, so whoever starts a server on it should be ready to try again.</summary>
public static class FreePort
{
    private static readonly ConcurrentDictionary<int, bool> Given = new();

    /// <summary>A port that is free now and that this process has not been given before.</summary>
    public static int Next()
    {
        while (true)
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            var port = ((IPEndPoint)listener.LocalEndpoint).Port;
            listener.Stop();
            if (Given.TryAdd(port, true))
                return port;
        }
    }
}
