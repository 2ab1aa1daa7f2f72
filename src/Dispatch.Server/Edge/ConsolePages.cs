using Dispatch.Contracts;
using Dispatch.Server.Api;
using Microsoft.Net.Http.Headers;

namespace Dispatch.Server.Edge;

/// <summary>
/// Addresses that nothing serves. A browser that opens one gets the consoles, which know their own pages; anybody else gets 404 in words. With the consoles for
/// everybody, a mistyped probe was answered 200 for ever, and a scrape of metrics got HTML.
/// </summary>
internal static class ConsolePages
{
    /// <summary>Maps what is left over.</summary>
    /// <param name="app">The application.</param>
    public static void MapConsolePages(this WebApplication app)
    {
        app.MapFallbackToFile("index.html").Add(endpoint =>
        {
            var page = endpoint.RequestDelegate!;
            endpoint.RequestDelegate = context => WantsPage(context.Request) ? page(context) : RefuseAsync(context);
        });
        app.MapFallback("{**path}", RefuseAsync);
    }

    /// <summary>Whether somebody navigates: HTML is named among what is accepted. <c>*/*</c> is what a script sends.</summary>
    /// <param name="request">The request.</param>
    private static bool WantsPage(HttpRequest request) =>
        (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
        && request.GetTypedHeaders().Accept.Any(type => type.MediaType.Equals("text/html", StringComparison.OrdinalIgnoreCase));

    private static Task RefuseAsync(HttpContext context) => Problems.WriteAsync(context, StatusCodes.Status404NotFound, new Refusal
    {
        Code = RefusalCode.NotFound,
        Message = "There is nothing at this address.",
        Remedy = "Calls are listed at /api. Probes are /health/live and /health/ready. Metrics leave by OTLP and are not served here.",
    });
}
