using System.Security.Claims;
using Dispatch.Server.Api;

namespace Dispatch.Server.Bounds;

/// <summary>Calls of one person to the API, counted together with those to the hubs. Who has no token is refused by the endpoint.</summary>
public sealed class CallRateMiddleware(RequestDelegate next, CallRates rates)
{
    /// <summary>Runs the rest of the pipeline, or refuses.</summary>
    /// <param name="context">The request.</param>
    public Task InvokeAsync(HttpContext context) =>
        Guid.TryParse(context.User.FindFirstValue("sub"), out var person) && rates.Take(person) is { } refusal
            ? Problems.WriteAsync(context, StatusCodes.Status429TooManyRequests, refusal)
            : next(context);
}
