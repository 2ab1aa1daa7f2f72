using System.Collections.Frozen;
using System.Security.Claims;
using Dispatch.Contracts;
using Dispatch.Contracts.Supervisor;
using Dispatch.Contracts.Worker;
using Microsoft.AspNetCore.SignalR;

namespace Dispatch.Server.Bounds;

/// <summary>Calls of one person to the hubs, counted together with those to the API.</summary>
public sealed class HubCallRates(CallRates rates) : IHubFilter
{
    /// <summary>Results that have room for a refusal. What has none is refused by an error that begins with the code.</summary>
    private static readonly FrozenDictionary<Type, Func<Refusal, object>> Refused = new Dictionary<Type, Func<Refusal, object>>
    {
        [typeof(CommandResult)] = refusal => new CommandResult { Refusal = refusal },
        [typeof(SubmitResult)] = refusal => new SubmitResult { Refusal = refusal },
        [typeof(AcceptResult)] = refusal => new AcceptResult { Refusal = refusal },
        [typeof(LedgerView)] = refusal => new LedgerView { Refusal = refusal },
        [typeof(EvidencePage)] = refusal => new EvidencePage { Refusal = refusal },
        [typeof(SupervisorResult)] = refusal => new SupervisorResult { Refusal = refusal },
        [typeof(Refusal)] = refusal => refusal,
    }.ToFrozenDictionary();

    /// <inheritdoc/>
    public ValueTask<object?> InvokeMethodAsync(HubInvocationContext invocationContext, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        if (!Guid.TryParse(invocationContext.Context.User?.FindFirstValue("sub"), out var person) || rates.Take(person) is not { } refusal) return next(invocationContext);
        var result = invocationContext.HubMethod.ReturnType is { IsGenericType: true } task ? task.GetGenericArguments()[0] : typeof(void);
        if (Refused.TryGetValue(result, out var refused)) return ValueTask.FromResult<object?>(refused(refusal));
        throw new HubException($"{RefusalCodes.Name(refusal.Code)}: {refusal.Message} {refusal.Remedy}");
    }
}
