using Dispatch.Contracts;
using Dispatch.Push;
using Dispatch.Server.Auth;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.Extensions.Options;

namespace Dispatch.Server.Hubs;

/// <summary>The hubs, and what a process with connections needs beside them.</summary>
internal static class HubServices
{
    private const string HubsCors = "hubs";

    public static void AddDispatchHubs(this IServiceCollection services)
    {
        services.AddSingleton<ConnectionRegistry>();
        services.AddSingleton<GaugeWatchers>();

        // A page of an allowed origin asks for a connection by fetch before it opens the WebSocket.
        services.AddCors();
        services.AddOptions<CorsOptions>().Configure<IOptions<AuthOptions>>((cors, auth) => cors.AddPolicy(
            HubsCors, policy => policy.WithOrigins(auth.Value.AllowedOrigins).AllowAnyHeader().AllowAnyMethod().AllowCredentials()));
        services.AddSignalR(options =>
            {
                options.MaximumReceiveMessageSize = Limits.HubMessageBytes;
                options.EnableDetailedErrors = false;

                // A heartbeat or a draft must not wait behind a submit of the same tab.
                options.MaximumParallelInvocationsPerClient = 4;
            })
            .AddJsonProtocol(options => HubJson.Apply(options.PayloadSerializerOptions))
            .AddMessagePackProtocol();
    }

    /// <summary>Services that start after the cluster is there, in this order: pushes can be delivered before anybody is told of work.</summary>
    public static void AddDispatchPush(this IServiceCollection services)
    {
        services.AddSingleton<PushGateways>();
        services.AddHostedService(provider => provider.GetRequiredService<PushGateways>());
        services.AddHostedService<GaugeBroadcaster>();
    }

    public static void MapDispatchHubs(this WebApplication app)
    {
        app.MapHub<WorkerHub>("/hubs/worker", options => options.CloseOnAuthenticationExpiration = true).RequireCors(HubsCors);
        app.MapHub<SupervisorHub>("/hubs/supervisor", options => options.CloseOnAuthenticationExpiration = true).RequireCors(HubsCors);
    }
}
