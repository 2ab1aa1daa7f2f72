using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Dispatch.Contracts;
using Dispatch.Grains;
using Dispatch.Push;
using Dispatch.Server.Api;
using Dispatch.Server.Auth;
using Dispatch.Server.Hubs;
using Dispatch.Storage;
using Dispatch.Storage.Sqlite;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Dispatch.Server.Composition;

/// <summary>Puts a server process together: silo, hubs, API, consoles.</summary>
public static class DispatchServer
{
    private const string HubsCors = "hubs";

    /// <summary>Builds the application. Faults of the configuration are thrown all at once, before anything starts.</summary>
    /// <param name="builder">The builder, with its configuration.</param>
    public static WebApplication Build(WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<IIdSource, SystemIdSource>();
        services.AddSingleton<IRandomSource, SystemRandomSource>();
        services.AddOptions<DispatchOptions>().BindConfiguration("Dispatch").ValidateOnStart();
        services.AddSingleton<IValidateOptions<DispatchOptions>, DispatchOptionsValidator>();
        AddStore(services);
        services.AddDispatchAuth();
        services.AddDispatchApi();
        AddHubs(services);

        // Request logging writes the address with its query, where browsers put the token of a WebSocket.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting", LogLevel.Warning);

        // Two warnings of every start that mean nothing here: a first health check measured from the machine's boot, and keys for cookies nobody uses.
        builder.Logging.AddFilter("Orleans.Runtime.Watchdog", LogLevel.Error);
        builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
        builder.WebHost.ConfigureKestrel(options =>
        {
            options.Limits.MaxRequestBodySize = Limits.ApiBodyBytes;
            options.AddServerHeader = false;
        });
        builder.WebHost.UseStaticWebAssets();
        AddSilo(builder);
        services.AddHostedService<Housekeeping>();

        var app = builder.Build();
        ConfigurationFaults.Throw(app.Services, (typeof(DispatchOptions), "Dispatch"), (typeof(AuthOptions), "Dispatch:Auth"));
        app.UseWhen(context => context.Request.Path.StartsWithSegments("/api/v1"), api => api.UseMiddleware<ProblemMiddleware>());
        app.UseWhen(context => context.Request.Path.StartsWithSegments("/hubs"), hubs => hubs.UseMiddleware<HubOrigins>());
        app.UseCors();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapDispatchApi();
        app.MapHub<WorkerHub>("/hubs/worker", options => options.CloseOnAuthenticationExpiration = true).RequireCors(HubsCors);
        app.MapHub<SupervisorHub>("/hubs/supervisor", options => options.CloseOnAuthenticationExpiration = true).RequireCors(HubsCors);
        app.MapGet("/health/live", () => "live").ExcludeFromDescription();
        app.MapGet("/health/ready", ReadyAsync).ExcludeFromDescription();
        app.MapStaticAssets();
        app.MapFallbackToFile("index.html");
        return app;
    }

    private static void AddStore(IServiceCollection services)
    {
        services.AddSingleton<IDispatchStore>(provider =>
        {
            var options = provider.GetRequiredService<IOptions<DispatchOptions>>().Value;
            return options.Store == "sqlite"
                ? SqliteStore.Open(new SqliteStoreOptions { Path = options.SqlitePath, Time = provider.GetRequiredService<TimeProvider>() })
                : Stores.OpenPostgreSql(options.PostgreSql!);
        });
        services.AddSingleton(provider => new GoldKey(provider.GetRequiredService<IOptions<DispatchOptions>>().Value.Quality.GoldKey is { } key
            ? Encoding.UTF8.GetBytes(key)
            : RandomNumberGenerator.GetBytes(32)));
        services.AddSingleton<IProjectStore>(provider => provider.GetRequiredService<IDispatchStore>());
        services.AddSingleton(provider =>
        {
            var options = provider.GetRequiredService<IOptions<DispatchOptions>>().Value;
            return new CommitLaneOptions { Lanes = options.Store == "sqlite" ? 1 : options.CommitLanes };
        });
    }

    private static void AddHubs(IServiceCollection services)
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

    private static void AddSilo(WebApplicationBuilder builder)
    {
        builder.UseOrleans(silo =>
        {
            var (siloPort, gatewayPort) = (FreePort(), FreePort());
            silo.UseLocalhostClustering(siloPort, gatewayPort);
            silo.Configure<SiloMessagingOptions>(options => options.ResponseTimeout = TimeSpan.FromSeconds(15));

            // After the silo is up, in this order: pushes can be delivered before anybody is told of work.
            silo.Services.AddSingleton<PushGateways>();
            silo.Services.AddHostedService(provider => provider.GetRequiredService<PushGateways>());
            silo.AddMemoryGrainStorage("control");
            silo.Services.AddDispatchGrains();
            silo.Services.AddHostedService<GaugeBroadcaster>();
        });
    }

    private static async Task<IResult> ReadyAsync(IDispatchStore store, HttpContext context)
    {
        try
        {
            await store.ReadWorkVersionsAsync([Guid.Empty], context.RequestAborted);
            return Results.Text("ready");
        }
        catch (StoreUnavailableException)
        {
            return Results.Text("the database does not answer", statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
