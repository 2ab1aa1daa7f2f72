using Dispatch.Contracts;
using Dispatch.Push;
using Dispatch.Server.Auth;
using Dispatch.Server.Bounds;
using Dispatch.Server.Health;
using Dispatch.Server.Quality;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Options;

namespace Dispatch.Server.Hubs;

/// <summary>The hubs, and what a process with connections needs beside them.</summary>
internal static class HubServices
{
    private const string HubsCors = "hubs";

    public static void AddDispatchHubs(this IServiceCollection services)
    {
        services.AddOptions<DispatchHubOptions>().BindConfiguration(DispatchHubOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<DispatchHubOptions>, DispatchHubOptionsValidator>();
        services.AddSingleton(provider => new PushOptions
        {
            SendTimeout = provider.GetRequiredService<IOptions<DispatchHubOptions>>().Value.SlowReaderTimeout,
            Time = provider.GetRequiredService<TimeProvider>(),
        });
        services.AddSingleton<ConnectionRegistry>();
        services.AddSingleton<HubCalls>();
        services.AddSingleton<StandingDesk>();
        services.AddSingleton<SessionKeeper>();
        services.AddSingleton<GaugeWatchers>();

        // A page of an allowed origin asks for a connection by fetch before it opens the WebSocket.
        services.AddCors();
        services.AddOptions<CorsOptions>().Configure<IOptions<AuthOptions>>((cors, auth) => cors.AddPolicy(
            HubsCors, policy => policy.WithOrigins(auth.Value.AllowedOrigins).AllowAnyHeader().AllowAnyMethod().AllowCredentials()));
        services.AddSingleton<HubCallRates>();
        services.AddSingleton<SupervisorConnections>();
        services.AddSignalR(options =>
            {
                options.AddFilter<HubCallRates>();
                options.MaximumReceiveMessageSize = Limits.HubMessageBytes;
                options.EnableDetailedErrors = false;

                // What the SDK takes for silence is a little more than twice this.
                options.KeepAliveInterval = TimeSpan.FromSeconds(9);

                options.AddFilter<HubBoundary>();

                // A heartbeat or a draft must not wait behind a submit of the same tab.
                options.MaximumParallelInvocationsPerClient = 4;
            })
            .AddJsonProtocol(options => HubJson.Apply(options.PayloadSerializerOptions))
            .AddMessagePackProtocol();
        CodedHubProtocol.Wrap(services);
        services.AddSingleton<HubBoundary>();
        services.AddSingleton<LiveAdmissions>();
    }

    /// <summary>Services that start after the cluster is there, in this order: pushes can be delivered before anybody is told of work.</summary>
    /// <param name="services">The services.</param>
    /// <param name="hasSilo">The process has a silo of its own.</param>
    public static void AddDispatchPush(this IServiceCollection services, bool hasSilo)
    {
        services.AddSingleton<PushGateways>();
        services.AddHostedService(provider => provider.GetRequiredService<PushGateways>());
        services.AddHostedService(provider => provider.GetRequiredService<SessionKeeper>());
        if (hasSilo) services.AddHostedService<SessionKeeperWiring>();
        services.AddHostedService(provider => provider.GetRequiredService<LiveAdmissions>());
        services.AddHostedService<GaugeBroadcaster>();
    }

    public static void MapDispatchHubs(this WebApplication app)
    {
        // A process about to stop takes nobody new: a balancer may not have noticed yet.
        app.UseWhen(context => context.Request.Path.StartsWithSegments("/hubs"), hubs => hubs.Use(async (context, next) =>
        {
            if (context.RequestServices.GetRequiredService<Readiness>().IsDraining) context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            else await next(context);
        }));
        app.MapHub<WorkerHub>("/hubs/worker", options => options.CloseOnAuthenticationExpiration = true).RequireCors(HubsCors);
        app.MapHub<SupervisorHub>("/hubs/supervisor", options => options.CloseOnAuthenticationExpiration = true).RequireCors(HubsCors);
    }
}
