using System.Collections.Concurrent;
using System.Text;
using Dispatch.Client;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Policies;
using Dispatch.TestKit;
using Microsoft.Playwright;

namespace Dispatch.Browser.Tests;

/// <summary>A server process on a fresh file, and a real browser before it; all pages of a test share the browser's cache.</summary>
public abstract class BrowserTest : IAsyncLifetime
{
    /// <summary>How long a page may take to show something, in milliseconds: on a busy machine the library's five seconds decide nothing about the page.</summary>
    public const float Patience = 30_000;

    private readonly string _folder = Directory.CreateTempSubdirectory("dispatch-browser-").FullName;
    private ServerProcess? _server;
    private IBrowserContext? _context;
    private readonly ConcurrentQueue<string> _errors = new();

    protected BrowserTest()
    {
        Address = new Uri($"http://127.0.0.1:{FreePort.Next()}");
        Api = new DispatchApi(new HttpClient { BaseAddress = Address });
    }

    protected Uri Address { get; }

    /// <summary>The API as an admin.</summary>
    protected DispatchApi Api { get; }

    /// <summary>What the server prints when it can be used.</summary>
    protected virtual string ReadyLine => "Application started";

    public async Task InitializeAsync()
    {
        if (Needs.Chromium is not null) return;
        _server = StartServer(_folder);
        await _server.WaitForLineAsync(ReadyLine, TimeSpan.FromSeconds(60));
        Api.Token = await TokenAsync("boss", Roles.Admin);
        _context = await SharedBrowser.NewContextAsync();
        _context.Console += (_, message) =>
        {
            // A refusal (4xx) is the browser's own note that the server answered so; the page shows it to the person.
            if (message.Type == "error" && !message.Text.Contains("responded with a status of 4", StringComparison.Ordinal)) _errors.Enqueue(message.Text);
        };
        _context.WebError += (_, error) => _errors.Enqueue(error.Error);
    }

    public async Task DisposeAsync()
    {
        if (_context is not null) await _context.DisposeAsync();
        if (_server is not null) await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);

        // Blazor shows its error bar and goes on: a page that broke may still pass every expectation.
        _errors.ShouldBeEmpty("a page reported errors");
    }

    protected virtual ServerProcess StartServer(string folder) => ServerProcess.Start(
        new Dictionary<string, string?> { ["ASPNETCORE_ENVIRONMENT"] = "Development", ["Dispatch__SqlitePath"] = Path.Combine(folder, "browser.db") },
        "--urls",
        Address.ToString());

    protected async Task<string> TokenAsync(string name, string role) =>
        (await Api.GetDevTokenAsync(new DevTokenRequest { Name = name, Roles = [role] })).Token;

    /// <summary>A tab of its own, in which nobody is signed in: the session belongs to the tab.</summary>
    protected Task<IPage> NewPageAsync() => _context!.NewPageAsync();

    protected async Task<IPage> SignInAsync(string path, string name)
    {
        var page = await NewPageAsync();
        await SignInAsync(page, path, name);
        return page;
    }

    protected async Task SignInAsync(IPage page, string path, string name)
    {
        await page.GotoAsync(new Uri(Address, path).ToString());
        var field = page.GetByTestId("sign-in-name");
        await field.WaitForAsync(new() { Timeout = 60_000 });
        await field.FillAsync(name);
        await page.GetByTestId("sign-in-submit").ClickAsync();
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
