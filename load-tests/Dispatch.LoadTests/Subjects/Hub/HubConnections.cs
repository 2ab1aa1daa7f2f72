using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.Http.Connections.Client;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Dispatch.LoadTests.Subjects.Hub;

/// <summary>
/// Connections of the generator. The library's builder makes a container and a protocol for each: ten thousand were most of 1.9 GiB, and one collection of that stopped the generator for 1.2 s,
/// which is then a latency of the subject.
/// </summary>
internal static class HubConnections
{
    private static readonly MessagePackHubProtocol Protocol = new();
    private static readonly NoServices Services = new();

    /// <summary>A connection that is not begun.</summary>
    /// <param name="hub">Address of the hub.</param>
    /// <param name="token">Of the worker; null for a hub that asks for none.</param>
    public static HubConnection Make(Uri hub, string? token)
    {
        var options = new HttpConnectionOptions
        {
            Url = hub,
            Transports = HttpTransportType.WebSockets,
            SkipNegotiation = true,
            AccessTokenProvider = () => Task.FromResult(token),
            DefaultTransferFormat = ((IHubProtocol)Protocol).TransferFormat,
        };
        return new HubConnection(new HttpConnectionFactory(Options.Create(options), NullLoggerFactory.Instance), Protocol, new UriEndPoint(hub), Services, NullLoggerFactory.Instance);
    }

    /// <summary>A connection disposes of the container that it was given, if that can be disposed of.</summary>
    private sealed class NoServices : IServiceProvider
    {
        public object? GetService(Type serviceType) => null;
    }
}
