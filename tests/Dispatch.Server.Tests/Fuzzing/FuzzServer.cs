using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Server.Tests.Api;
using Dispatch.Server.Tests.MainJob;
using Dispatch.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Dispatch.Server.Tests.Fuzzing;

/// <summary>A whole server that keeps what it logs as an error. Every reply to whatever was sent must be one that is documented.</summary>
internal sealed class FuzzServer : IAsyncDisposable
{
    public const string RoundsVariable = "DISPATCH_TEST_FUZZ_ROUNDS";
    private static readonly HashSet<string> Codes = [.. Enum.GetValues<RefusalCode>().Select(RefusalCodes.Name)];

    private readonly ConcurrentQueue<string> _errors;

    private FuzzServer(ServerHarness harness, ConcurrentQueue<string> errors)
    {
        (Harness, _errors) = (harness, errors);
        Http = new HttpClient { BaseAddress = harness.Address };
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", harness.Api.Token);
    }

    public ServerHarness Harness { get; }

    /// <summary>Calls as an admin.</summary>
    public HttpClient Http { get; }

    /// <summary>How many rounds: what the setting says, or what fits into CI.</summary>
    public static int Rounds(int usual) =>
        Environment.GetEnvironmentVariable(RoundsVariable) is { Length: > 0 } set ? int.Parse(set, CultureInfo.InvariantCulture) : usual;

    /// <summary>Runs rounds against a server of their own, and looks at the server afterwards.</summary>
    public static Task RunAsync(bool postgreSql, Func<FuzzServer, Random, Task> rounds) => TestSeeds.RunAsync(async seed =>
    {
        await using var server = await StartAsync(postgreSql);
        await rounds(server, new Random(seed));
        await server.ShouldBeWellAsync();
    });

    private static async Task<FuzzServer> StartAsync(bool postgreSql)
    {
        ConcurrentQueue<string> errors = new();
        return new FuzzServer(
            await ServerHarness.StartAsync(postgreSql, builder =>
            {
                builder.Configuration["Dispatch:Auth:SigningKey"] = ApiHost.SigningKey;
                builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Warning);
                builder.Services.AddSingleton<ILoggerProvider>(new ErrorLogs(errors));
            }),
            errors);
    }

    /// <summary>Sends a call; whatever comes back is checked.</summary>
    public async Task<(int Status, string Text)> SendAsync(HttpRequestMessage request, string what)
    {
        using var response = await Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        var status = (int)response.StatusCode;
        if (status < 400) return (status, text);
        var told = $"{request.Method} {request.RequestUri} gave {status} {Cut(text)}\nfor {Cut(what)}";
        (status is < 500 or 503).ShouldBeTrue(told);

        // The web server itself gives this up, before the application is asked: a NUL can be in no path.
        var path = request.RequestUri!.OriginalString.Split('?')[0];
        if (status == 400 && text.Length == 0 && path.Contains("%00", StringComparison.Ordinal)) return (status, text);
        (response.Content.Headers.ContentType?.MediaType).ShouldBe("application/problem+json", told);
        using var problem = JsonDocument.Parse(text);
        var code = problem.RootElement.GetProperty("code").GetString()!;
        ShouldBeKnown(code, told);
        if (status == 503) code.ShouldBe("busy", told);
        problem.RootElement.GetProperty("detail").GetString().ShouldNotBeNullOrWhiteSpace(told);
        return (status, text);
    }

    /// <summary>The code is one of the closed set, and does not say that the server failed.</summary>
    public static void ShouldBeKnown(string code, string told)
    {
        Codes.ShouldContain(code, told);
        code.ShouldNotBeOneOf(["outcome_unknown", "internal_error"], told);
    }

    public static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");

    public static string Cut(string text) => text.Length <= 3_000 ? text : string.Concat(text.AsSpan(0, 3_000), "…");

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Harness.DisposeAsync();
    }

    private async Task ShouldBeWellAsync()
    {
        var (project, batch) = await Harness.SeedAsync(tasks: 1);
        await using var good = await Harness.ConnectAsync($"good {Guid.NewGuid():N}", project);
        await good.SetActivityAsync(Activity.Available);
        (await good.SubmitAsync(await good.NextAsync(TimeSpan.FromSeconds(30)), Requests.ChooseFirst)).Refusal.ShouldBeNull();
        (await Harness.ExportAsync(batch)).ShouldHaveSingleItem();
        _errors.ShouldBeEmpty(string.Join('\n', _errors.Take(5).Select(Cut)));
    }

    private sealed class ErrorLogs(ConcurrentQueue<string> errors) : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) => new Errors(categoryName, errors);

        public void Dispose()
        {
        }
    }

    private sealed class Errors(string category, ConcurrentQueue<string> errors) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) errors.Enqueue($"{logLevel} {category} {eventId.Id}: {formatter(state, exception)} {exception}");
        }
    }
}
