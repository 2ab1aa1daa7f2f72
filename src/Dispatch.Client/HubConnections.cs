using Dispatch.Contracts;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;

namespace Dispatch.Client;

/// <summary>Builds SignalR connections the Dispatch way.</summary>
internal static class HubConnections
{
    // Two of the server's pings may be missed. A path that carries nothing more is told by nobody: until this has passed, whoever sits at it waits.
    private static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(20);

    public static HubConnection Build(Uri server, string path, Func<Task<string?>> token, WireProtocol protocol, IRetryPolicy retry)
    {
        var builder = new HubConnectionBuilder()
            .WithUrl(new Uri(server, path), options => options.AccessTokenProvider = token)
            .WithServerTimeout(SilenceMax)
            .WithAutomaticReconnect(retry);
        if (protocol == WireProtocol.MessagePack) builder.AddMessagePackProtocol();
        else builder.AddJsonProtocol(options => DispatchJson.Apply(options.PayloadSerializerOptions));
        return builder.Build();
    }
}

/// <summary>Gives up on what will not pass and on nothing else; waits longer and longer, with full jitter.</summary>
internal sealed class Backoff(TimeSpan first, TimeSpan max, Func<double> jitter) : IRetryPolicy
{
    private const int DoublingsMax = 10;

    public TimeSpan? NextRetryDelay(RetryContext retryContext)
    {
        // SignalR then says only that it gave up, so the reason is kept here.
        Refusal = HubFailures.Final(retryContext.RetryReason);
        return Refusal is null ? After(retryContext.PreviousRetryCount) : null;
    }

    /// <summary>Why reconnecting was given up; null when it was not.</summary>
    public Refusal? Refusal { get; private set; }

    public TimeSpan After(long attempts)
    {
        var ceiling = Math.Min(max.TotalMilliseconds, first.TotalMilliseconds * Math.Pow(2, Math.Min(attempts, DoublingsMax)));
        return TimeSpan.FromMilliseconds(ceiling * (0.25 + (0.75 * jitter())));
    }
}
