using Dispatch.Client;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Server.Composition;
using Dispatch.Storage;
using Dispatch.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Dispatch.Server.Tests.MainJob;

/// <summary>The whole server in this process, on a loopback port and a store of its own.</summary>
internal sealed class ServerHarness : IAsyncDisposable
{
    private readonly string _folder;
    private readonly PostgreSqlDatabase? _database;
    private readonly WebApplication _app;
    private readonly HttpClient _http;

    private ServerHarness(string folder, PostgreSqlDatabase? database, WebApplication app)
    {
        (_folder, _database, _app) = (folder, database, app);
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        _http = new HttpClient { BaseAddress = Address };
        Api = new DispatchApi(_http);
    }

    public Uri Address { get; }

    public DispatchApi Api { get; }

    public IServiceProvider Services => _app.Services;

    public IGrainFactory Grains => _app.Services.GetRequiredService<IGrainFactory>();

    public IDispatchStore Store => _app.Services.GetRequiredService<IDispatchStore>();

    public static async Task<ServerHarness> StartAsync(bool postgreSql = false, Action<WebApplicationBuilder>? configure = null)
    {
        var folder = Directory.CreateTempSubdirectory("dispatch-test-").FullName;
        var database = postgreSql ? await PostgreSqlDatabase.CreateAsync() : null;
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            EnvironmentName = Environments.Development,
            ContentRootPath = folder,
            ApplicationName = typeof(DispatchServer).Assembly.GetName().Name,
        });
        builder.Configuration["Dispatch:Store"] = postgreSql ? "postgresql" : "sqlite";
        builder.Configuration["Dispatch:SqlitePath"] = Path.Combine(folder, "test.db");
        builder.Configuration["Dispatch:PostgreSql"] = database?.ConnectionString;
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        configure?.Invoke(builder);
        var app = DispatchServer.Build(builder);
        await app.Services.GetRequiredService<IDispatchStore>().MigrateAsync(CancellationToken.None);
        await app.StartAsync();
        var harness = new ServerHarness(folder, database, app);
        harness.Api.Token = (await harness.Api.GetDevTokenAsync(new DevTokenRequest { Name = "boss", Roles = [Roles.Admin] })).Token;
        return harness;
    }

    public async Task<WorkerConnection> ConnectAsync(string name, Guid projectId, TimeSpan? heartbeatEvery = null)
    {
        var token = await Api.GetDevTokenAsync(new DevTokenRequest { Name = name, ProjectIds = [projectId] });
        Func<Task<string?>> access = () => Task.FromResult<string?>(token.Token);
        var connection = new WorkerConnection(heartbeatEvery is { } every
            ? new WorkerConnectionOptions { Server = Address, AccessToken = access, HeartbeatEvery = every }
            : new WorkerConnectionOptions { Server = Address, AccessToken = access });
        await connection.StartAsync();
        return connection;
    }

    /// <summary>A preference project with an open batch of generated tasks.</summary>
    public async Task<(Guid Project, Guid Batch)> SeedAsync(int tasks, int overlap = 1)
    {
        var project = await Api.CreateProjectAsync(Requests.Preference($"project {Guid.NewGuid():N}"));
        var batch = await Api.CreateBatchAsync(project, new CreateBatchRequest { Name = "batch", Overlap = overlap });
        if (tasks > 0) (await Api.ImportAsync(batch, Requests.Lines(tasks))).Refused.ShouldBe(0);
        await Api.ChangeBatchAsync(batch, "open");
        return (project, batch);
    }

    public async Task<List<string>> ExportAsync(Guid batch)
    {
        using var reader = new StreamReader(await Api.ExportAsync(batch));
        List<string> lines = [];
        while (await reader.ReadLineAsync() is { } line) lines.Add(line);
        return lines;
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        if (_database is not null) await _database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
