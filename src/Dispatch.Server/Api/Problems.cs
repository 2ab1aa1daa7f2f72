using Dispatch.Contracts;
using Microsoft.AspNetCore.Mvc;

namespace Dispatch.Server.Api;

/// <summary>A refusal on its way out of an endpoint.</summary>
public sealed class RefusedException(int status, Refusal refusal) : Exception(refusal.Message)
{
    /// <summary>HTTP status.</summary>
    public int Status { get; } = status;

    /// <summary>What and why.</summary>
    public Refusal Refusal { get; } = refusal;
}

/// <summary>Refusals as problem details (RFC 9457) with their code, place and remedy.</summary>
public static class Problems
{
    /// <summary>Stops an endpoint.</summary>
    /// <param name="status">HTTP status.</param>
    /// <param name="code">Code.</param>
    /// <param name="message">Why.</param>
    /// <param name="remedy">What to do.</param>
    /// <param name="place">Where.</param>
    public static RefusedException Refuse(int status, RefusalCode code, string message, string remedy, string? place = null) =>
        new(status, new Refusal { Code = code, Message = message, Remedy = remedy, Place = place });

    /// <summary>Something named is not there.</summary>
    /// <param name="code">Code.</param>
    /// <param name="what">What was named.</param>
    public static RefusedException NotFound(RefusalCode code, string what) =>
        Refuse(StatusCodes.Status404NotFound, code, $"There is no such {what}.", $"Look the {what} up in its list.");

    /// <summary>Writes the response.</summary>
    /// <param name="context">The request.</param>
    /// <param name="status">HTTP status.</param>
    /// <param name="refusal">What and why.</param>
    public static Task WriteAsync(HttpContext context, int status, Refusal refusal)
    {
        context.Response.StatusCode = status;
        if (refusal.RetryAfterMs is { } wait) context.Response.Headers.RetryAfter = Math.Max(1, wait / 1000).ToString(System.Globalization.CultureInfo.InvariantCulture);
        return context.Response.WriteAsJsonAsync(Details(status, refusal), DispatchJson.Options, "application/problem+json");
    }

    private static ProblemDetails Details(int status, Refusal refusal)
    {
        var details = new ProblemDetails
        {
            Type = $"urn:dispatch:refusal:{RefusalCodes.Name(refusal.Code)}",
            Status = status,
            Title = refusal.Message,
            Detail = refusal.Remedy,
        };
        details.Extensions["code"] = RefusalCodes.Name(refusal.Code);
        details.Extensions["remedy"] = refusal.Remedy;
        if (refusal.Place is not null) details.Extensions["place"] = refusal.Place;
        if (refusal.RetryAfterMs is { } wait) details.Extensions["retryAfterMs"] = wait;
        return details;
    }
}
