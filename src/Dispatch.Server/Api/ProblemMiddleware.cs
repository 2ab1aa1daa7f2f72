using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Grains;
using Dispatch.Storage;

namespace Dispatch.Server.Api;

/// <summary>Every failure of a request leaves as a problem with a code, whatever its address: no stack trace, and of the API no empty 4xx.</summary>
public sealed partial class ProblemMiddleware(RequestDelegate next, ILogger<ProblemMiddleware> logger)
{
    private readonly RareLog _log = new(TimeProvider.System, logger);

    /// <summary>Runs the rest of the pipeline.</summary>
    /// <param name="context">The request.</param>
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
            if (context.Response.HasStarted || !IsApi(context) || context.Response.StatusCode < 400 || context.Response.ContentType is not null) return;
            await Problems.WriteAsync(context, context.Response.StatusCode, ForStatus(context.Response.StatusCode));
        }
        catch (Exception failure) when (!context.Response.HasStarted)
        {
            if (failure is OperationCanceledException && context.RequestAborted.IsCancellationRequested) return;
            var (status, refusal) = For(failure);
            if (status == StatusCodes.Status503ServiceUnavailable) _log.SayAway("A call of the API", failure);
            else if (status >= 500 || failure is StoreRefusedException) LogFailed(failure, context.Request.Method, context.Request.Path);
            await Problems.WriteAsync(context, status, refusal);
        }
    }

    // Pages and files say by themselves that they are not there, and a hub's own middleware answers for it.
    private static bool IsApi(HttpContext context) => context.Request.Path.StartsWithSegments("/api/v1");

    private static (int Status, Refusal Refusal) For(Exception failure) => failure switch
    {
        RefusedException refused => (refused.Status, refused.Refusal),
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => (413, ForStatus(413)),
        BadHttpRequestException { StatusCode: StatusCodes.Status415UnsupportedMediaType } => (415, ForStatus(415)),
        BadHttpRequestException { InnerException: JsonException json } => (400, new Refusal
        {
            Code = RefusalCode.MalformedRequest,
            Message = "The body does not fit what this call takes.",
            Remedy = "Compare it with the schema on the API page: names of members, their types, and none that is not listed.",
            Place = json.Path,
        }),
        BadHttpRequestException bad => (bad.StatusCode, new Refusal
        {
            Code = RefusalCode.MalformedRequest,
            Message = "A part of the request cannot be read.",
            Remedy = "Compare path, query and body with the API page.",
            Place = Parameter(bad.Message),
        }),
        InvalidDataException => (400, new Refusal
        {
            Code = RefusalCode.MalformedRequest,
            Message = "The body says that it is gzip, and is not, or breaks off.",
            Remedy = "Send the whole file.",
            Place = "Content-Encoding",
        }),
        StoreRefusedException { IsValue: true } => (400, new Refusal
        {
            Code = RefusalCode.ValueOutOfRange,
            Message = "The database cannot hold a value of this request; nothing of it was stored.",
            Remedy = "Look for NUL characters, halves of surrogate pairs and very long texts. Sent again as it is, it will be refused again.",
        }),
        StoreRefusedException => (500, new Refusal
        {
            Code = RefusalCode.InternalError,
            Message = "The database refused to store this; nothing of it took effect.",
            Remedy = "Sent again as it is, it will be refused again: tell the people who run this server, who find the reason in its log.",
        }),
        StoreUnavailableException or TimeoutException or Orleans.Runtime.OrleansException => (503, new Refusal
        {
            Code = RefusalCode.OutcomeUnknown,
            Message = failure is StoreUnavailableException ? "The database could not say whether this took effect." : "The servers could not say whether this took effect.",
            Remedy = "Send the same request again with the same Idempotency-Key: it takes effect once.",
            RetryAfterMs = 1_000,
        }),
        _ => (500, ForStatus(500)),
    };

    // The framework names the parameter in quotes, after its type: "Nullable<int> limit".
    private static string? Parameter(string message) =>
        message.Split('"') is [_, var parameter, ..] && parameter.LastIndexOf(' ') is > 0 and var space ? parameter[(space + 1)..] : null;

    private static Refusal ForStatus(int status) => status switch
    {
        401 => Of(RefusalCode.Unauthenticated, "The request carries no token, or one that is expired or not ours.", "Send 'Authorization: Bearer <token>' with a fresh token."),
        403 => Of(RefusalCode.Forbidden, "Your roles do not allow this.", "Ask an admin for the role that the API page names for this call."),
        404 => Of(RefusalCode.NotFound, "There is nothing at this address.", "Look the address up on the API page (/api)."),
        405 => Of(RefusalCode.MalformedRequest, "This address does not take that method.", "Look the call up on the API page (/api)."),
        413 => Of(RefusalCode.PayloadTooLarge, "The body is too large.", $"Keep it to {Limits.ApiBodyBytes} bytes; tasks come in by the import call, which has no such limit."),
        415 => Of(RefusalCode.UnsupportedMediaType, "The content type is not one this call reads.", "Send application/json, or application/x-ndjson to an import."),
        >= 500 => Of(RefusalCode.InternalError, "Something failed on our side; nothing took effect.", "Try again; if it goes on, tell the people who run this server."),
        _ => Of(RefusalCode.MalformedRequest, "The request cannot be read.", "Compare it with the API page (/api)."),
    };

    private static Refusal Of(RefusalCode code, string message, string remedy) => new() { Code = code, Message = message, Remedy = remedy };

    [LoggerMessage(3001, LogLevel.Error, "{Method} {Path} failed.")]
    private partial void LogFailed(Exception failure, string method, string path);
}
