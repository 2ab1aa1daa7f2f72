using System.Net;
using Dispatch.Contracts;
using Dispatch.Server.Api;
using Dispatch.Server.Auth;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace Dispatch.Server.Edge;

/// <summary>Who may ask a Development server for tokens: this machine. From elsewhere anybody could be an admin for the asking.</summary>
internal static class DevelopmentDoor
{
    /// <summary>Refuses a request from beyond this machine, unless the server was told otherwise.</summary>
    /// <param name="context">The request.</param>
    /// <param name="options">What the server was told.</param>
    public static void Check(HttpContext context, AuthOptions options)
    {
        // A proxy on this machine calls from here for somebody who may be anywhere.
        var isHere = context.Connection.RemoteIpAddress is not { } remote || IPAddress.IsLoopback(remote.IsIPv4MappedToIPv6 ? remote.MapToIPv4() : remote);
        if (options.DevTokensBeyondLoopback || (isHere && !context.Request.Headers.ContainsKey("X-Forwarded-For") && !context.Request.Headers.ContainsKey("Forwarded"))) return;
        throw Problems.Refuse(
            StatusCodes.Status403Forbidden,
            RefusalCode.Forbidden,
            "This server gives tokens for the asking to its own machine only, and the request comes from elsewhere.",
            "Ask from the machine that the server runs on, or start it with --Dispatch:Auth:DevTokensBeyondLoopback=true where everybody who reaches it may be an admin.");
    }
}

/// <summary>Says at the start of a Development server that others reach it, and what they can do there.</summary>
internal sealed partial class DevelopmentWarning(IServer server, IHostApplicationLifetime lifetime, IOptions<AuthOptions> options, ILogger<DevelopmentWarning> logger) : IHostedService
{
    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStarted.Register(Warn);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Warn()
    {
        foreach (var address in server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [])
        {
            var host = BindingAddress.Parse(address).Host;
            if (host == "localhost" || (IPAddress.TryParse(host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip))) continue;
            if (options.Value.DevTokensBeyondLoopback) LogOpen(address);
            else LogReachable(address);
        }
    }

    [LoggerMessage(2501, LogLevel.Warning, "This Development server listens at {Address}, beyond this machine. It gives tokens to this machine only. For others, set up Dispatch:Auth and run it in Production.")]
    private partial void LogReachable(string address);

    [LoggerMessage(2502, LogLevel.Warning, "This Development server listens at {Address} and gives everybody who reaches it any token, an admin's too (Dispatch:Auth:DevTokensBeyondLoopback).")]
    private partial void LogOpen(string address);
}
