using Dispatch.Contracts;

namespace Dispatch.Server.Supervision;

/// <summary>The refusals a supervisor's command can meet.</summary>
public static class SupervisorRefusals
{
    /// <summary>The database did not answer in time.</summary>
    public static Refusal OutcomeUnknown { get; } = new()
    {
        Code = RefusalCode.OutcomeUnknown,
        Message = "It is not known whether the command took effect.",
        Remedy = "Send the same command again under the same operation id: it takes effect once.",
        RetryAfterMs = 500,
    };

    internal static Refusal Missing(string place, string what) => new()
    {
        Code = RefusalCode.MalformedRequest,
        Message = $"The command does not say {what}.",
        Remedy = $"Send {place[2..]}.",
        Place = place,
    };

    internal static Refusal Of(RefusalCode code, string message, string remedy, string? place = null) =>
        new() { Code = code, Message = message, Remedy = remedy, Place = place };
}
