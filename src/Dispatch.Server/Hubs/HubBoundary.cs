using Dispatch.Contracts;
using Dispatch.Grains;
using Microsoft.AspNetCore.SignalR;

namespace Dispatch.Server.Hubs;

/// <summary>
/// The boundary of both hubs. Who was let in may have been put out since, so each call is held against the record; and whatever a method throws reaches the caller as a refusal
/// with a code, and the log once.
/// </summary>
/// <param name="live">The connections, held against their records.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Log.</param>
internal sealed class HubBoundary(LiveAdmissions live, TimeProvider time, ILogger<HubBoundary> logger) : IHubFilter
{
    private readonly RareLog _log = new(time, logger);

    public async ValueTask<object?> InvokeMethodAsync(HubInvocationContext invocationContext, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        try
        {
            if (await live.WhyNotAsync(invocationContext.Context, invocationContext.Hub) is { } refusal) throw HubRefusals.Exception(refusal);
            return await next(invocationContext);
        }
        catch (Exception failure) when (failure is not HubException)
        {
            throw Refused(failure, invocationContext.HubMethodName);
        }
    }

    public async Task OnConnectedAsync(HubLifetimeContext context, Func<HubLifetimeContext, Task> next)
    {
        try
        {
            await live.AddAsync(context.Context, context.Hub);
            await next(context);
        }
        catch (Exception failure) when (failure is not HubException)
        {
            throw Refused(failure, nameof(OnConnectedAsync));
        }
    }

    public async Task OnDisconnectedAsync(HubLifetimeContext context, Exception? exception, Func<HubLifetimeContext, Exception?, Task> next)
    {
        live.Remove(context.Context.ConnectionId);
        try
        {
            await next(context, exception);
        }
        catch (Exception failure)
        {
            // Nobody is there any more to be told.
            Refused(failure, nameof(OnDisconnectedAsync));
        }
    }

    private HubException Refused(Exception failure, string method)
    {
        var refusal = HubRefusals.Of(failure);
        if (refusal.Code != RefusalCode.InternalError) _log.SayAway(method, failure);
        else if (failure is not OperationCanceledException) _log.SayBroken(method, failure);
        return HubRefusals.Exception(refusal);
    }
}
