using Dispatch.Contracts;

namespace Dispatch.Server.Api;

/// <summary>Which calls compare a version (<c>If-Match</c>). The document is written from the same mark, and a call without it refuses the header instead of passing it over.</summary>
internal static class Preconditions
{
    /// <summary>Marks a call that refuses a change under an old version.</summary>
    /// <param name="endpoint">The call.</param>
    public static RouteHandlerBuilder TakesIfMatch(this RouteHandlerBuilder endpoint) => endpoint.WithMetadata(new Mark());

    /// <summary>Whether a call compares a version.</summary>
    /// <param name="metadata">Its metadata.</param>
    public static bool AreTaken(IEnumerable<object> metadata) => metadata.OfType<Mark>().Any();

    /// <summary>Refuses a condition that would not be looked at: its sender relies on it against a lost update.</summary>
    /// <param name="context">The request.</param>
    public static void RefuseUnread(HttpContext context)
    {
        if (context.Request.Headers.IfMatch is [] or ["*"] || context.GetEndpoint() is not { } endpoint || AreTaken(endpoint.Metadata)) return;
        throw Problems.Refuse(
            StatusCodes.Status400BadRequest,
            RefusalCode.MalformedRequest,
            "This call compares no version, so it cannot keep the condition If-Match.",
            "Send it without If-Match. What it changes has no version of its own.",
            "If-Match");
    }

    private sealed record Mark;
}
