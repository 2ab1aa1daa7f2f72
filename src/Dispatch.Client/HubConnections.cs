using Dispatch.Contracts;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;

namespace Dispatch.Client;

/// <summary>Builds SignalR connections the Dispatch way.</summary>
internal static class HubConnections
{
    public static HubConnection Build(Uri server, string path, Func<Task<string?>> token, WireProtocol protocol, IRetryPolicy retry)
    {
        var builder = new HubConnectionBuilder()
            .WithUrl(new Uri(server, path), options => options.AccessTokenProvider = token)
            .WithAutomaticReconnect(retry);
        if (protocol == WireProtocol.MessagePack) builder.AddMessagePackProtocol();
        else builder.AddJsonProtocol(options => DispatchJson.Apply(options.PayloadSerializerOptions));
        return builder.Build();
    }
}

/// <summary>Never gives up; waits longer and longer, with full jitter.</summary>
internal sealed class Backoff(TimeSpan first, TimeSpan max, Func<double> jitter) : IRetryPolicy
{
    private const int DoublingsMax = 10;

    public TimeSpan? NextRetryDelay(RetryContext retryContext) => After(retryContext.PreviousRetryCount);

    public TimeSpan After(long attempts)
    {
        var ceiling = Math.Min(max.TotalMilliseconds, first.TotalMilliseconds * Math.Pow(2, Math.Min(attempts, DoublingsMax)));
        return TimeSpan.FromMilliseconds(ceiling * (0.25 + (0.75 * jitter())));
    }
}
