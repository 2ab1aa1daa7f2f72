using Dispatch.Contracts;
using Dispatch.Server.Api;
using Dispatch.Server.Auth;
using Microsoft.Extensions.Options;

namespace Dispatch.Server.Hubs;

/// <summary>
/// Refuses browsers that bring a page of somebody else to the hubs. The rules by which browsers keep pages apart do not cover WebSockets, so
/// the server looks at the Origin itself. Whoever sends none is no browser, and could write any: the token decides about those.
/// </summary>
public sealed class HubOrigins(RequestDelegate next, IOptions<AuthOptions> options)
{
    /// <summary>Runs the rest of the pipeline, or refuses.</summary>
    /// <param name="context">The request.</param>
    public Task InvokeAsync(HttpContext context) =>
        context.Request.Headers.Origin is [] || context.Request.Headers.Origin is [{ } origin] && IsAllowed(origin, context.Request, options.Value.AllowedOrigins)
            ? next(context)
            : Problems.WriteAsync(context, StatusCodes.Status403Forbidden, new Refusal
            {
                Code = RefusalCode.Forbidden,
                Message = "The page that makes this connection comes from another place than this server.",
                Remedy = "Open the console from this server, or have its operator add the page's origin to Dispatch:Auth:AllowedOrigins.",
                Place = "Origin",
            });

    /// <summary>Whether a page may connect: one of this very host, or one that is configured.</summary>
    /// <param name="origin">The Origin header.</param>
    /// <param name="request">The request.</param>
    /// <param name="allowed">The configured origins.</param>
    public static bool IsAllowed(string origin, HttpRequest request, IReadOnlyList<string> allowed)
    {
        if (allowed.Contains(origin.TrimEnd('/'), StringComparer.OrdinalIgnoreCase)) return true;
        if (!Uri.TryCreate(origin, UriKind.Absolute, out var page) || (page.Scheme != Uri.UriSchemeHttp && page.Scheme != Uri.UriSchemeHttps)) return false;

        // Behind something that ends TLS the server sees http and the page says https; the other way round would be a downgrade.
        return (page.Scheme == Uri.UriSchemeHttps || !request.IsHttps) && string.Equals(page.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase);
    }
}
