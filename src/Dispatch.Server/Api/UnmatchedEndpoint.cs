using Dispatch.Contracts;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing.Template;

namespace Dispatch.Server.Api;

/// <summary>
/// Answers every API address that nothing else does. The consoles' fallback page would answer them otherwise, with 200 and HTML. As a
/// route that takes anything it also hides the framework's own 405 and 415, so it tells the three apart itself.
/// </summary>
internal static class UnmatchedEndpoint
{
    public static void Map(WebApplication app, RouteGroupBuilder api)
    {
        api.Map("/{**rest}", Refuse).AllowAnonymous().ExcludeFromDescription();

        // The browse page would answer any name below /api as one of its documents. A constrained parameter goes before its bare one.
        app.Map("/api/{other:minlength(1)}", NotFoundAsync).AllowAnonymous().ExcludeFromDescription();
        app.Map("/api/{other}/{**rest}", NotFoundAsync).AllowAnonymous().ExcludeFromDescription();
    }

    private static Task NotFoundAsync(HttpContext context) => Problems.WriteAsync(context, StatusCodes.Status404NotFound, NothingHere.Refusal);

    private static void Refuse(HttpContext context, EndpointDataSource endpoints)
    {
        List<RouteEndpoint> here = [.. endpoints.Endpoints.OfType<RouteEndpoint>().Where(endpoint => Methods(endpoint).Count > 0 && Fits(endpoint, context.Request.Path))];
        if (here.Count == 0)
        {
            throw NothingHere;
        }

        string[] methods = [.. here.SelectMany(Methods).Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.Ordinal)];
        if (!methods.Contains(context.Request.Method, StringComparer.OrdinalIgnoreCase))
        {
            context.Response.Headers.Allow = string.Join(", ", methods);
            throw Problems.Refuse(405, RefusalCode.MalformedRequest, $"This address does not take {context.Request.Method}.", $"Use {string.Join(" or ", methods)}.");
        }

        string[] types = [.. here.Where(endpoint => Methods(endpoint).Contains(context.Request.Method)).SelectMany(endpoint => endpoint.Metadata.GetMetadata<IAcceptsMetadata>()?.ContentTypes ?? []).Distinct()];
        throw Problems.Refuse(415, RefusalCode.UnsupportedMediaType, "The content type is not one this call reads.", $"Send Content-Type: {string.Join(" or ", types)}.", "Content-Type");
    }

    private static RefusedException NothingHere => Problems.Refuse(404, RefusalCode.NotFound, "There is nothing at this address.", "Look the address up on the API page (/api).");

    private static IReadOnlyList<string> Methods(RouteEndpoint endpoint) => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? [];

    private static bool Fits(RouteEndpoint endpoint, PathString path)
    {
        // What starts otherwise is the browse page or the consoles' fallback, not an address of the API.
        if (endpoint.RoutePattern.RawText?.TrimStart('/').StartsWith("api/v1/", StringComparison.Ordinal) != true) return false;
        RouteValueDictionary values = [];
        if (!new TemplateMatcher(new RouteTemplate(endpoint.RoutePattern), []).TryMatch(path, values)) return false;
        return endpoint.RoutePattern.ParameterPolicies
            .Where(policy => policy.Value.Any(reference => reference.Content == "guid"))
            .All(policy => Guid.TryParse(values[policy.Key]?.ToString(), out _));
    }
}
