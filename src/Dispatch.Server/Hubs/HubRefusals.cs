using Dispatch.Contracts;
using Dispatch.Grains;
using Dispatch.Storage;
using Microsoft.AspNetCore.SignalR;
using Orleans.Runtime;

namespace Dispatch.Server.Hubs;

/// <summary>Refusals where the protocol has no room for one: as the error of a call, the code first, then a colon and words.</summary>
internal static class HubRefusals
{
    // SignalR puts words of its own before the text of an exception that is meant for the client.
    private const string Mark = "HubException: ";
    private const string OwnFailure = "An unexpected error occurred";
    private static readonly HashSet<string> Codes = [.. Enum.GetValues<RefusalCode>().Select(RefusalCodes.Name)];

    /// <summary>The exception that carries a refusal to the caller.</summary>
    /// <param name="refusal">The refusal.</param>
    public static HubException Exception(Refusal refusal) => Exception(refusal.Code, $"{refusal.Message} {refusal.Remedy}");

    /// <summary>The same, of a code and words.</summary>
    /// <param name="code">The code.</param>
    /// <param name="text">Why, and what to do.</param>
    public static HubException Exception(RefusalCode code, string text) => new($"{RefusalCodes.Name(code)}: {text}");

    /// <summary>What a failure means for the caller of a hub.</summary>
    /// <param name="failure">The failure.</param>
    public static Refusal Of(Exception failure) => failure switch
    {
        GatewayTooBusyException or LimitExceededException => new Refusal
        {
            Code = RefusalCode.Busy,
            Message = "The server has more calls than it can take at the moment; nothing was tried.",
            Remedy = "Send the same command again after the stated time.",
            RetryAfterMs = 1_000,
        },
        _ when HubCalls.IsUnknown(failure) => new Refusal
        {
            Code = RefusalCode.OutcomeUnknown,
            Message = "It is not known whether the command took effect.",
            Remedy = "Send the same command again under the same operation id: it takes effect once.",
            RetryAfterMs = 500,
        },
        _ => new Refusal
        {
            Code = RefusalCode.InternalError,
            Message = "Something failed on our side.",
            Remedy = "Send the same command once more under the same operation id; if it fails again, tell the people who run this server.",
        },
    };

    /// <summary>The error of a call or of a connection, its code first.</summary>
    /// <param name="error">What SignalR wrote.</param>
    public static string Coded(string error)
    {
        var text = error.IndexOf(Mark, StringComparison.Ordinal) is >= 0 and var at ? error[(at + Mark.Length)..] : error;
        if (text.IndexOf(": ", StringComparison.Ordinal) is > 0 and var end && Codes.Contains(text[..end])) return text;
        return error.StartsWith(OwnFailure, StringComparison.Ordinal)
            ? Exception(Of(new InvalidOperationException())).Message
            : Exception(RefusalCode.MalformedRequest, $"The call cannot be carried out: {error} Compare its name and its arguments with the protocol.").Message;
    }
}
