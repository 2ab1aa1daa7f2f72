using System.Collections.Concurrent;
using System.Text;
using Dispatch.Client;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Policies;
using Dispatch.TestKit;
using Microsoft.Playwright;

namespace Dispatch.Browser.Tests;

/// <summary>A server process on a fresh file, and a real browser before it.</summary>
public abstract class BrowserTest : IAsyncLifetime
{
    /// <summary>How long a page may take to show something, in milliseconds: on a busy machine the library's five seconds decide nothing about the page.</summary>
    public const float Patience = 30_000;

    private static readonly string[] Arguments =
        ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

    private readonly string _folder = Directory.CreateTempSubdirectory("dispatch-browser-").FullName;
    private ServerProcess? _server;
    private IPlaywright? _playwright;
    private IBrowser? _browser;
    private readonly ConcurrentQueue<string> _errors = new();

    protected BrowserTest()
    {
        Address = new Uri($"http://127.0.0.1:{FreePort.Next()}");
        Api = new DispatchApi(new HttpClient { BaseAddress = Address });
    }

    protected Uri Address { get; }

    /// <summary>The API as an admin.</summary>
    protected DispatchApi Api { get; }

    public async Task InitializeAsync()
    {
        if (Needs.Chromium is not null) return;
        var settings = new Dictionary<string, string?> { ["ASPNETCORE_ENVIRONMENT"] = "Development", ["Dispatch__SqlitePath"] = Path.Combine(_folder, "browser.db") };
        _server = ServerProcess.Start(settings, "--urls", Address.ToString());
        await _server.WaitForLineAsync("Application started", TimeSpan.FromSeconds(60));
        Api.Token = await TokenAsync("boss", Roles.Admin);
        _playwright = await Playwright.CreateAsync();
        Assertions.SetDefaultExpectTimeout(Patience);
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Tools.Chromium, Args = Arguments });
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _playwright?.Dispose();
        if (_server is not null) await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);

        // Blazor shows its error bar and goes on: a page that broke may still pass every expectation.
        _errors.ShouldBeEmpty("a page reported errors");
    }

    protected async Task<string> TokenAsync(string name, string role) =>
        (await Api.GetDevTokenAsync(new DevTokenRequest { Name = name, Roles = [role] })).Token;

    protected async Task<IPage> SignInAsync(string path, string name)
    {
        var page = await _browser!.NewPageAsync(new BrowserNewPageOptions { ViewportSize = new ViewportSize { Width = 1280, Height = 800 } });
        page.Console += (_, message) =>
        {
            // A refusal (4xx) is the browser's own note that the server answered so; the page shows it to the person.
            if (message.Type == "error" && !message.Text.Contains("responded with a status of 4", StringComparison.Ordinal)) _errors.Enqueue(message.Text);
        };
        page.PageError += (_, error) => _errors.Enqueue(error);
        await page.GotoAsync(new Uri(Address, path).ToString());
        var field = page.GetByTestId("sign-in-name");
        await field.WaitForAsync(new() { Timeout = 60_000 });
        await field.FillAsync(name);
        await page.GetByTestId("sign-in-submit").ClickAsync();
        return page;
    }

    /// <summary>A project with an open batch of preference tasks t1, t2, …</summary>
    protected async Task<Guid> SeedAsync(DispatchPolicy policy, int tasks)
    {
        var project = await Api.CreateProjectAsync(new CreateProjectRequest
        {
            Name = "Pairs",
            Form = new FormSpec { Type = "preference", Binding = new JsonText("""{"id":"id","prompt":"p","responses":["x","y"]}""") },
            Dispatch = policy,
        });
        var batch = await Api.CreateBatchAsync(project, new CreateBatchRequest { Name = "A batch" });
        var lines = string.Join('\n', Enumerable.Range(1, tasks).Select(i => $$"""{"id":"t{{i}}","p":"the prompt of task {{i}}","x":"one","y":"two"}"""));
        (await Api.ImportAsync(batch, new MemoryStream(Encoding.UTF8.GetBytes(lines)))).Accepted.ShouldBe(tasks);
        await Api.ChangeBatchAsync(batch, "open");
        return batch;
    }

    /// <summary>Preference tasks of which the first response is the right one.</summary>
    protected async Task ImportAsync(Guid batch, int count, string name, bool known)
    {
        var lines = string.Join('\n', Enumerable.Range(1, count).Select(i => $$"""{"id":"{{name}}-{{i}}","p":"{{name}} {{i}}","x":"the right one","y":"the wrong one"{{(known ? ",\"k\":\"x\"" : "")}}}"""));
        (await Api.ImportAsync(batch, new MemoryStream(Encoding.UTF8.GetBytes(lines)))).Accepted.ShouldBe(count);
    }

    /// <summary>Answers what is shown, and waits until it is counted.</summary>
    protected static async Task AnswerAsync(IPage page, bool right, int answered)
    {
        await page.GetByTestId("task").WaitForAsync();
        await Assertions.Expect(page.GetByTestId("submit")).ToBeDisabledAsync();
        await page.Locator(".response").Filter(new() { HasText = right ? "the right one" : "the wrong one" }).ClickAsync();
        await page.GetByTestId("submit").ClickAsync();
        await Assertions.Expect(page.GetByTestId("answered-today")).ToHaveTextAsync($"{answered} answered today");
    }

    /// <summary>For a person to look at, where <c>DISPATCH_TEST_SCREENSHOTS</c> names a folder.</summary>
    protected static async Task ScreenshotAsync(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("DISPATCH_TEST_SCREENSHOTS") is { Length: > 0 } folder) await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}.png") });
    }
}
