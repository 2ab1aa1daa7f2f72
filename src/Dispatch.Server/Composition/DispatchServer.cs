using Dispatch.Contracts;
using Dispatch.Grains;
using Dispatch.Server.Api;
using Dispatch.Server.Auth;
using Dispatch.Server.Bounds;
using Dispatch.Server.Edge;
using Dispatch.Server.Health;
using Dispatch.Server.Hubs;
using Dispatch.Server.Supervision;
using Dispatch.Server.Telemetry;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace Dispatch.Server.Composition;

/// <summary>Puts a server process together: silo, hubs, API, consoles, or the part of them that its role asks for.</summary>
public static class DispatchServer
{
    /// <summary>Builds the application. Faults of the configuration are thrown all at once, before anything starts.</summary>
    /// <param name="builder">The builder, with its configuration.</param>
    public static WebApplication Build(WebApplicationBuilder builder)
    {
        LogDefaults.AddTo(builder.Configuration);
        var role = ServerRoles.Of(builder.Configuration);
        var services = builder.Services;
        services.AddSingleton(ShiftedTime.From);
        services.AddSingleton<IIdSource, SystemIdSource>();
        services.AddSingleton<IRandomSource, SystemRandomSource>();
        services.AddOptions<DispatchOptions>().BindConfiguration("Dispatch").ValidateOnStart();
        services.AddSingleton<IValidateOptions<DispatchOptions>, DispatchOptionsValidator>();
        services.AddOptions<FaultOptions>().BindConfiguration(FaultOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<FaultOptions>, FaultOptionsValidator>();
        services.AddSingleton(KillingFaults.From);
        services.AddDispatchStore();
        services.AddDispatchAuth();
        services.AddDispatchApi();
        services.AddDispatchHealth();
        builder.AddDispatchTelemetry();
        if (role != ServerRole.Silo) services.AddDispatchHubs();

        // Request logging writes the address with its query, where browsers put the token of a WebSocket.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting", LogLevel.Warning);

        // Two warnings of every start that mean nothing here: a first health check measured from the machine's boot, and keys for cookies nobody uses.
        builder.Logging.AddFilter("Orleans.Runtime.Watchdog", LogLevel.Error);
        builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
        builder.WebHost.ConfigureKestrel(options =>
        {
            options.Limits.MaxRequestBodySize = Limits.ApiBodyBytes;
            options.AddServerHeader = false;
            var bounds = options.ApplicationServices.GetRequiredService<IOptions<BoundsOptions>>().Value;
            options.Limits.MaxConcurrentConnections = bounds.Connections;
            options.Limits.MaxConcurrentUpgradedConnections = bounds.WebSockets;
            options.Limits.RequestHeadersTimeout = bounds.HeadersTimeout;
            options.Limits.MinRequestBodyDataRate = new MinDataRate(bounds.BytesPerSecondMin, TimeSpan.FromSeconds(5));
            options.Limits.MinResponseDataRate = new MinDataRate(bounds.BytesPerSecondMin, TimeSpan.FromSeconds(5));
        });
        builder.WebHost.UseStaticWebAssets();
        builder.AddDispatchCluster(role);
        if (role != ServerRole.Silo) services.AddDispatchPush(hasSilo: role == ServerRole.All);
        services.AddHostedService<Housekeeping>();
        services.AddHostedService<AskAgainService>();
        if (builder.Environment.IsDevelopment()) services.AddHostedService<DevelopmentWarning>();

        var app = builder.Build();
        ConfigurationFaults.Throw(
            app.Services,
            (typeof(DispatchOptions), "Dispatch"),
            (typeof(DispatchClusterOptions), DispatchClusterOptions.Section),
            (typeof(DispatchHubOptions), DispatchHubOptions.Section),
            (typeof(BoundsOptions), BoundsOptions.Section),
            (typeof(TelemetryOptions), TelemetryOptions.Section),
            (typeof(FaultOptions), FaultOptions.Section),
            (typeof(AuthOptions), "Dispatch:Auth"));
        app.MapDispatchHealth();
        if (role != ServerRole.Silo) MapPublic(app);
        return app;
    }

    private static void MapPublic(WebApplication app)
    {
        app.UseMiddleware<ProblemMiddleware>();
        app.UseDispatchHeaders();

        // A balancer's probe calls a server by no name at all.
        app.UseWhen(context => !context.Request.Path.StartsWithSegments("/health"), named => named.UseMiddleware<HostNames>());
        app.UseWhen(context => context.Request.Path.StartsWithSegments("/hubs"), hubs => hubs.UseMiddleware<HubOrigins>().UseMiddleware<AnyServerConnections>());
        app.UseCors();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapDispatchApi();
        app.MapDispatchHubs();
        app.MapDispatchDashboard();
        app.MapStaticAssets();
        app.MapConsolePages();
    }
}
