using System.Net;
using System.Net.WebSockets;
using Dispatch.Contracts;
using Microsoft.AspNetCore.Http.Connections.Client;
using Microsoft.AspNetCore.SignalR;

namespace Dispatch.Client;

/// <summary>Tells failures that pass from those that do not.</summary>
internal static class HubFailures
{
    // Where the protocol has no room for a refusal the server puts its code and a colon before the text; SignalR puts words of its own before both.
    private const string Mark = "HubException: ";

    private static readonly Dictionary<string, RefusalCode> Codes = Enum.GetValues<RefusalCode>().ToDictionary(RefusalCodes.Name);

    /// <summary>The refusal behind a failure, if it will not pass by waiting; null otherwise.</summary>
    public static Refusal? Final(Exception? failure) => failure switch
    {
        null => null,
        DispatchRefusedException refused => refused.Refusal,
        HttpRequestException { StatusCode: HttpStatusCode.Unauthorized } => new Refusal
        {
            Code = RefusalCode.Unauthenticated,
            Message = "The server did not take the token.",
            Remedy = "Sign in again for a fresh one.",
        },
        HttpRequestException { StatusCode: HttpStatusCode.Forbidden } => new Refusal
        {
            Code = RefusalCode.Forbidden,
            Message = "The token's roles, or the page it was sent from, do not allow this connection.",
            Remedy = "Sign in as somebody who may, on a page of this server.",
        },
        HubException hub when Read(hub.Message) is { Code: RefusalCode.Unauthenticated or RefusalCode.Forbidden or RefusalCode.WorkerDeactivated or RefusalCode.UnknownWorker } refusal => refusal,
        AggregateException many => many.InnerExceptions.Select(Final).FirstOrDefault(refusal => refusal is not null),
        _ => Final(failure.InnerException),
    };

    /// <summary>Whether trying again may help.</summary>
    public static bool IsTransient(Exception failure) => Final(failure) is null && IsPassing(failure);

    private static bool IsPassing(Exception failure) => failure switch
    {
        HubException or InvalidOperationException or OperationCanceledException or TimeoutException or IOException or WebSocketException => true,
        HttpRequestException http => http.StatusCode is null or HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError,

        // No transport could be opened: behind a balancer each try may have met another server, one of which was just ending.
        AggregateException many => many.InnerExceptions.Any(IsPassing),
        TransportFailedException { InnerException: { } inner } => IsPassing(inner),
        _ => false,
    };

    private static Refusal? Read(string message)
    {
        var text = message.IndexOf(Mark, StringComparison.Ordinal) is >= 0 and var at ? message[(at + Mark.Length)..] : message;
        return text.IndexOf(": ", StringComparison.Ordinal) is > 0 and var end && Codes.TryGetValue(text[..end], out var code)
            ? new Refusal { Code = code, Message = text[(end + 2)..], Remedy = "" }
            : null;
    }
}
