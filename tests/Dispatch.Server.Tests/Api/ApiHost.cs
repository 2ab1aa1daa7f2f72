using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Grains;
using Dispatch.Server.Api;
using Dispatch.Server.Auth;
using Dispatch.Server.Composition;
using Dispatch.Server.Import;
using Dispatch.Storage;
using Dispatch.Storage.Sqlite;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Dispatch.Server.Tests.Api;

/// <summary>The API alone, on a loopback port, over the real embedded store and without a silo.</summary>
public sealed class ApiHost : IAsyncLifetime
{
    public static readonly string SigningKey = Convert.ToBase64String(Encoding.ASCII.GetBytes("a key of forty-eight bytes that is only for tests"));

    private readonly string _folder = Directory.CreateTempSubdirectory("dispatch-api-").FullName;
    private WebApplication _app = null!;

    public Guid AdminId { get; } = Guid.NewGuid();

    public string Environment { get; init; } = "Development";

    public ImportLimits Limits { get; init; } = new();

    public Func<IDispatchStore, IDispatchStore> Wrap { get; init; } = store => store;

    public IDispatchStore Store { get; private set; } = null!;

    public FakeSignals Signals { get; } = new();

    public ConcurrentQueue<string> Logs { get; } = new();

    public Uri Address { get; private set; } = null!;

    public static async Task<ApiHost> StartAsync(ApiHost host)
    {
        await host.InitializeAsync();
        return host;
    }

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = Environment, ContentRootPath = _folder, ApplicationName = "Dispatch.Server" });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["Dispatch:Auth:SigningKey"] = SigningKey });
        builder.Logging.ClearProviders().AddProvider(new CollectingLogs(Logs));
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting", LogLevel.Warning);
        builder.WebHost.ConfigureKestrel(options =>
        {
            options.Listen(IPAddress.Loopback, 0);
            options.Limits.MaxRequestBodySize = Contracts.Limits.ApiBodyBytes;
        });
        Store = Wrap(SqliteStore.Open(new SqliteStoreOptions { Path = Path.Combine(_folder, "api.db"), Time = TimeProvider.System }));
        await Store.MigrateAsync(CancellationToken.None);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<IIdSource, SystemIdSource>();
        builder.Services.AddSingleton(Store);
        builder.Services.AddSingleton(Limits);
        builder.Services.AddSingleton<IWorkSignals>(Signals);
        builder.Services.AddDispatchAuth();
        builder.Services.AddDispatchApi();
        _app = builder.Build();
        _app.UseWhen(context => context.Request.Path.StartsWithSegments("/api/v1"), api => api.UseMiddleware<ProblemMiddleware>());
        _app.UseAuthentication();
        _app.UseAuthorization();
        _app.MapDispatchApi();
        _app.MapGet("/hubs/whoami", (System.Security.Claims.ClaimsPrincipal user) => user.FindFirst("sub")!.Value).RequireAuthorization();
        _app.MapFallback(() => "<html>the console</html>");
        await _app.StartAsync();
        Address = new Uri(_app.Urls.First());
    }

    public async Task DisposeAsync()
    {
        await _app.DisposeAsync();
        await Store.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>A token of somebody whose record holds the same roles: a token alone opens nothing.</summary>
    public string Token(Guid subject, params string[] roles)
    {
        Task.Run(() => RegisterAsync(subject, roles)).GetAwaiter().GetResult();
        return Issue(subject, roles);
    }

    /// <summary>A record with these roles among its own.</summary>
    public async Task RegisterAsync(Guid subject, params string[] roles)
    {
        var operation = new Operation { ActorId = subject, OperationId = Guid.NewGuid(), PayloadHash = new byte[32], Kind = "test" };
        if (await Store.GetWorkerAsync(subject, CancellationToken.None) is { } present)
        {
            if (roles.Except(present.Roles).Any()) await Store.UpdateWorkerAsync(present with { Roles = [.. present.Roles.Union(roles)] }, null, operation, CancellationToken.None);
        }
        else
        {
            await Store.CreateWorkerAsync(new WorkerRecord { WorkerId = subject, Name = $"{subject}", DisplayName = $"{subject}", Roles = roles }, [], operation, CancellationToken.None);
        }

        _app.Services.GetRequiredService<Admissions>().Forget(subject);
    }

    /// <summary>A token, whatever the record says.</summary>
    public string Issue(Guid subject, params string[] roles) => _app.Services.GetRequiredService<TokenIssuer>().Issue(subject, roles).Token;

    public HttpClient Anonymous() => new() { BaseAddress = Address };

    public HttpClient As(string token)
    {
        var client = Anonymous();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    public HttpClient As(Guid subject, params string[] roles) => As(Token(subject, roles));

    public HttpClient Admin() => As(AdminId, Roles.Admin);

    public async Task<Guid> ProjectAsync(string form = "preference", string settings = """{"tie":true}""", string binding = """{"id":"id","prompt":"prompt","responses":["x","y"],"known":"gold","overlap":"n"}""")
    {
        using var admin = Admin();
        var request = new CreateProjectRequest { Name = $"project {Guid.NewGuid()}", Form = new FormSpec { Type = form, Settings = new JsonText(settings), Binding = new JsonText(binding) } };
        return (await (await admin.SendJsonAsync(HttpMethod.Post, "api/v1/projects", request)).ReadAsync<CreatedDto>()).Id;
    }

    public async Task<Guid> BatchAsync(Guid projectId, GoldSpec? gold = null)
    {
        using var admin = Admin();
        var request = new CreateBatchRequest { Name = $"batch {Guid.NewGuid()}", Gold = gold ?? new GoldSpec() };
        return (await (await admin.SendJsonAsync(HttpMethod.Post, $"api/v1/projects/{projectId}/batches", request)).ReadAsync<CreatedDto>()).Id;
    }

    public async Task<Guid> BatchAsync() => await BatchAsync(await ProjectAsync());
}

/// <summary>Counts what the live side is told.</summary>
public sealed class FakeSignals : IWorkSignals
{
    public ConcurrentQueue<Guid> Batches { get; } = new();

    public ConcurrentQueue<Guid> Workers { get; } = new();

    public ConcurrentQueue<Guid> Projects { get; } = new();

    public void BatchChanged(Guid projectId, Guid batchId) => Batches.Enqueue(batchId);

    public void TasksCame(Guid batchId) => Batches.Enqueue(batchId);

    public void WorkerChanged(Guid workerId) => Workers.Enqueue(workerId);

    public void ProjectChanged(Guid projectId) => Projects.Enqueue(projectId);

    public void Reviewed(Guid workerId, Guid assignmentId, string text) => Told.Enqueue(workerId);

    public void Tell(Guid workerId, string text) => Told.Enqueue(workerId);

    public void Learned(Guid workerId) => Told.Enqueue(workerId);

    public ConcurrentQueue<Guid> Told { get; } = new();

    public void Withdrawn(IReadOnlyList<EndedAssignment> ended, AssignmentState state, string reason)
    {
        foreach (var assignment in ended) Withdrawals.Enqueue(assignment.AssignmentId);
    }

    public void TakenOver(Guid projectId, Guid batchId) => Batches.Enqueue(batchId);

    public ConcurrentQueue<Guid> Withdrawals { get; } = new();
}

internal static class Calls
{
    public static string Line(object id, string gold = "null") => $$"""{"id":{{JsonSerializer.Serialize(id)}},"prompt":"p","x":"first","y":"second","gold":{{gold}}}""";

    public static Task<HttpResponseMessage> SendJsonAsync(this HttpClient client, HttpMethod method, string path, object? body, string? key = null, string? ifMatch = null) =>
        client.SendAsync(method, path, body is null ? null : JsonContent.Create(body, body.GetType(), mediaType: null, DispatchJson.Options), key ?? Guid.NewGuid().ToString(), ifMatch);

    public static Task<HttpResponseMessage> SendTextAsync(this HttpClient client, HttpMethod method, string path, string body, string? key = null, string type = "application/json") =>
        client.SendAsync(method, path, new StringContent(body, Encoding.UTF8, type), key ?? Guid.NewGuid().ToString());

    public static Task<HttpResponseMessage> ImportAsync(this HttpClient client, Guid batchId, HttpContent body, string? key = null, string query = "")
    {
        body.Headers.ContentType ??= new MediaTypeHeaderValue("application/x-ndjson");
        return client.SendAsync(HttpMethod.Post, $"api/v1/batches/{batchId}/imports{query}", body, key ?? Guid.NewGuid().ToString());
    }

    public static Task<HttpResponseMessage> ImportAsync(this HttpClient client, Guid batchId, string lines, string? key = null, string query = "") =>
        client.ImportAsync(batchId, new ByteArrayContent(Encoding.UTF8.GetBytes(lines)), key, query);

    public static async Task<HttpResponseMessage> SendAsync(this HttpClient client, HttpMethod method, string path, HttpContent? content, string? key, string? ifMatch = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        if (key is not null) request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        return await client.SendAsync(request);
    }

    public static async Task<T> ReadAsync<T>(this HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        response.IsSuccessStatusCode.ShouldBeTrue($"{(int)response.StatusCode}: {text}");
        return JsonSerializer.Deserialize<T>(text, DispatchJson.Options)!;
    }

    /// <summary>Asserts a refusal in full: status, code, words to act on, and nothing of our insides.</summary>
    public static async Task<JsonElement> ShouldBeRefusedAsync(this HttpResponseMessage response, int status, string code, string? place = null)
    {
        var text = await response.Content.ReadAsStringAsync();
        ((int)response.StatusCode).ShouldBe(status, text);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        var problem = JsonDocument.Parse(text).RootElement;
        problem.GetProperty("code").GetString().ShouldBe(code, text);
        problem.GetProperty("status").GetInt32().ShouldBe(status);
        problem.GetProperty("title").GetString().ShouldNotBeNullOrEmpty();
        problem.GetProperty("remedy").GetString().ShouldNotBeNullOrEmpty();
        if (place is not null) problem.GetProperty("place").GetString().ShouldBe(place, text);
        text.ShouldNotContain("   at ");
        text.ShouldNotContain("System.");
        return problem;
    }
}

internal sealed class CollectingLogs(ConcurrentQueue<string> lines) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new Collector(lines);

    public void Dispose()
    {
    }

    private sealed class Collector(ConcurrentQueue<string> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => lines.Enqueue($"{formatter(state, exception)} {exception}");
    }
}
