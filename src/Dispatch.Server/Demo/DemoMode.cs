using System.Globalization;
using Dispatch.Contracts;
using Dispatch.Grains;
using Dispatch.Server.Auth;
using Dispatch.Storage;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Dispatch.Server.Demo;

/// <summary>
/// <c>-- demo</c>: one process on an embedded file, with demo work and simulated annotators, for somebody who wants to look first.
/// <c>--data FOLDER</c> chooses where the file lies; <c>--annotators N</c> how many work beside you; <c>--urls</c> the address.
/// </summary>
internal static class DemoMode
{
    /// <summary>Simulated annotators at most.</summary>
    public const int AnnotatorsMax = 500;

    private const int AnnotatorsDefault = 25;
    private const string UrlDefault = "http://127.0.0.1:5080";

    public static WebApplicationBuilder CreateBuilder(string[] args)
    {
        // The content root is beside the program, so that the command works from any folder.
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = args,
            EnvironmentName = Environments.Development,
            ContentRootPath = AppContext.BaseDirectory,
            ApplicationName = typeof(DemoMode).Assembly.GetName().Name,
        });
        var folder = builder.Configuration["data"] ?? OwnFolder();
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        builder.Configuration["Dispatch:SqlitePath"] ??= Path.Combine(folder, "dispatch-demo.db");
        if (string.IsNullOrEmpty(builder.Configuration["urls"])) builder.WebHost.UseUrls(UrlDefault);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        return builder;
    }

    /// <summary>A folder of this user's. One of a fixed name in the temporary folder could have been put there by somebody else.</summary>
    private static string OwnFolder() =>
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create) is { Length: > 0 } own
            ? Path.Combine(own, "dispatch-demo")
            : Path.Combine(Path.GetTempPath(), $"dispatch-demo-{Environment.UserName}");

    public static async Task RunAsync(WebApplication app)
    {
        var store = app.Services.GetRequiredService<IDispatchStore>();
        var ids = app.Services.GetRequiredService<IIdSource>();
        var projects = await DemoWork.SeedAsync(store, app.Services.GetRequiredService<Engine.Forms.FormCatalog>(), ids);
        await app.StartAsync();
        var address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

        var count = int.TryParse(app.Configuration["annotators"], CultureInfo.InvariantCulture, out var wanted) ? Math.Clamp(wanted, 0, AnnotatorsMax) : AnnotatorsDefault;
        var lifetime = app.Services.GetRequiredService<IHostApplicationLifetime>();
        var crowd = new DemoCrowd(store, ids, app.Services.GetRequiredService<TokenIssuer>(), app.Services.GetRequiredService<TimeProvider>(), address);
        var working = crowd.WorkAsync(count, projects, lifetime.ApplicationStopping);
        var turning = new DemoRotation(app.Services.GetRequiredService<TokenIssuer>(), ids, app.Services.GetRequiredService<TimeProvider>(), address).TurnAsync(projects, lifetime.ApplicationStopping);

        Console.WriteLine($"""

            Dispatch is ready, with {count} simulated annotators at work.

              Work beside them      {address}work
              Watch and steer       {address}supervise
              Browse the API        {address}api

            Sign in with any name. Ctrl+C stops.
            """);
        await app.WaitForShutdownAsync();
        await working;
        await turning;
    }
}
