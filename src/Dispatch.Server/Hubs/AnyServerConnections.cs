using Microsoft.AspNetCore.Http.Features;

namespace Dispatch.Server.Hubs;

/// <summary>
/// A SignalR client negotiates first and then opens its WebSocket under the id it got. Behind a balancer without stickiness the second request reaches another server,
/// which knows no such id. A WebSocket needs none: without it the connection is simply made here, and the one negotiated elsewhere is never used and forgotten.
/// </summary>
internal sealed class AnyServerConnections(RequestDelegate next)
{
    private const string ConnectionId = "id";

    public Task InvokeAsync(HttpContext context)
    {
        if (context.Request.Query.ContainsKey(ConnectionId) && OpensWebSocket(context))
        {
            context.Request.QueryString = QueryString.Create(context.Request.Query.Where(parameter => parameter.Key != ConnectionId));
        }

        return next(context);
    }

    private static bool OpensWebSocket(HttpContext context) =>
        string.Equals(context.Request.Headers.Upgrade, "websocket", StringComparison.OrdinalIgnoreCase)
        || context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true, Protocol: "websocket" };
}
