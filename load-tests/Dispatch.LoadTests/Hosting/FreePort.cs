using System.Net;
using System.Net.Sockets;

namespace Dispatch.LoadTests.Hosting;

/// <summary>Ports of loopback.</summary>
internal static class FreePort
{
    /// <summary>One that nobody had a moment ago.</summary>
    public static int Next()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
