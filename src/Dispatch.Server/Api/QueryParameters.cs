using System.Collections.Concurrent;
using System.Reflection;
using Dispatch.Contracts;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;

namespace Dispatch.Server.Api;

/// <summary>
/// Refuses query parameters that a call does not read. <c>?minConfidence=0.9</c> at an export that knows no such filter gave all answers with 200, and its caller
/// trained on them.
/// </summary>
internal static class QueryParameters
{
    private static readonly ConcurrentDictionary<Endpoint, IReadOnlyList<string>> Known = new();

    /// <summary>Refuses the request when one of its query parameters is none of the call's.</summary>
    /// <param name="context">The request.</param>
    public static void RefuseUnread(HttpContext context)
    {
        if (context.Request.Query.Count == 0 || context.GetEndpoint() is not { } endpoint) return;

        // What answers for every address that is not one reads nothing, and says so itself.
        if (endpoint.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>() is { ExcludeFromDescription: true }) return;
        var known = Known.GetOrAdd(endpoint, Read);
        foreach (var name in context.Request.Query.Keys)
        {
            if (known.Contains(name, StringComparer.OrdinalIgnoreCase)) continue;
            throw Problems.Refuse(
                StatusCodes.Status400BadRequest,
                RefusalCode.MalformedRequest,
                "This call does not read the query parameter that 'place' names, so what it asks for would not happen.",
                known.Count == 0 ? "Send the call without query parameters." : $"Use some of: {string.Join(", ", known)}.",
                Shown(name));
        }
    }

    /// <summary>What a handler takes that neither its route, nor its body, nor a service gives.</summary>
    private static string[] Read(Endpoint endpoint)
    {
        var route = (endpoint as RouteEndpoint)?.RoutePattern.Parameters.Select(parameter => parameter.Name).ToHashSet(StringComparer.OrdinalIgnoreCase) ?? [];
        return [.. endpoint.Metadata.OfType<IParameterBindingMetadata>()
            .Where(parameter => !route.Contains(parameter.Name) && IsSimple(parameter.ParameterInfo.ParameterType))
            .Select(parameter => parameter.ParameterInfo.GetCustomAttributes().OfType<IFromQueryMetadata>().FirstOrDefault()?.Name ?? parameter.Name)];
    }

    private static bool IsSimple(Type type)
    {
        var bare = Nullable.GetUnderlyingType(type) ?? type;
        return bare == typeof(string) || bare == typeof(string[]) || bare.IsPrimitive || bare.IsEnum
            || bare == typeof(Guid) || bare == typeof(DateTimeOffset) || bare == typeof(DateTime) || bare == typeof(DateOnly) || bare == typeof(TimeSpan) || bare == typeof(decimal);
    }

    // A name is the caller's, so it is told no longer than a name, and without what a log or a terminal would take for more than text.
    private static string Shown(string name) => string.Concat(name.Where(letter => !char.IsControl(letter) && !char.IsSurrogate(letter)).Take(Limits.NameCharacters));
}
