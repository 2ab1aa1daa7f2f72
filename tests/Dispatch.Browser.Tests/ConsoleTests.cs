using Dispatch.TestKit;
using Microsoft.Playwright;

namespace Dispatch.Browser.Tests;

/// <summary>A newcomer's first minutes in a real browser, beside the demo's simulated annotators.</summary>
public sealed class ConsoleTests : IAsyncLifetime
{
    private static readonly string[] Arguments =
        ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

    private readonly string _folder = Directory.CreateTempSubdirectory("dispatch-browser-").FullName;
    private readonly string _address = $"http://127.0.0.1:{FreePort.Next()}";
    private ServerProcess? _server;
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async Task InitializeAsync()
    {
        if (Needs.Chromium is not null) return;
        _server = ServerProcess.Start(new Dictionary<string, string?>(), "demo", "--data", _folder, "--urls", _address, "--annotators", "5");
        await _server.WaitForLineAsync("is ready", TimeSpan.FromSeconds(60));
        _playwright = await Playwright.CreateAsync();
        Assertions.SetDefaultExpectTimeout(BrowserTest.Patience);
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Tools.Chromium, Args = Arguments });
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _playwright?.Dispose();
        if (_server is not null) await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [ChromiumFact]
    public async Task Annotator_WorksByKeyboard_ReloadsWithDraft_TakesABreak()
    {
        var page = await _browser!.NewPageAsync();
        await SignInAsync(page, "/", "Newcomer");
        await page.GetByTestId("go-available").ClickAsync();
        await page.GetByTestId("task").WaitForAsync();

        for (var answered = 1; answered <= 3; answered++)
        {
            await AnswerAsync(page);
            await page.Keyboard.PressAsync("Enter");
            await Assertions.Expect(page.GetByTestId("answered-today")).ToHaveTextAsync($"{answered} answered today");
            await Assertions.Expect(page.GetByTestId("submit")).ToBeDisabledAsync();
        }

        await AnswerAsync(page);
        await Assertions.Expect(page.GetByTestId("submit")).ToBeEnabledAsync();
        var text = await page.GetByTestId("task").InnerTextAsync();
        await Assertions.Expect(page.GetByTestId("draft-state")).ToHaveTextAsync("draft kept");
        await page.ReloadAsync();
        await page.GetByTestId("task").WaitForAsync();
        (await page.GetByTestId("task").InnerTextAsync()).ShouldBe(text.Replace("draft kept", "", StringComparison.Ordinal).TrimEnd(), StringCompareShould.IgnoreLineEndings);
        await Assertions.Expect(page.GetByTestId("submit")).ToBeEnabledAsync();

        await page.GetByTestId("go-break").ClickAsync();
        await Assertions.Expect(page.GetByTestId("activity")).ToHaveTextAsync("On a break");
    }

    /// <summary>Whoever is sent to sign in leaves a page before its script has come.</summary>
    [ChromiumFact]
    public async Task SignedOut_IsSentToSignIn_WithoutAnError()
    {
        foreach (var address in (string[])["/work", "/review"])
        {
            var page = await _browser!.NewPageAsync();
            await page.RunAndWaitForResponseAsync(() => page.GotoAsync(_address + address), response => response.Url.Contains("/js/keys", StringComparison.Ordinal));
            await page.EvaluateAsync("() => import('/js/keys.js').then(() => true)");
            await page.GetByLabel("Name").FillAsync("Somebody");
            await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Sign in" })).ToBeEnabledAsync();
            await Assertions.Expect(page.Locator("#blazor-error-ui")).ToBeHiddenAsync();
        }
    }

    [ChromiumFact]
    public async Task Supervisor_SeesLiveFigures()
    {
        var page = await _browser!.NewPageAsync();
        await SignInAsync(page, "/?role=supervisor", "Chief");
        await page.GetByTestId("batch-row").First.WaitForAsync();

        // One of the five may be having a coffee, for up to a minute.
        await Assertions.Expect(page.GetByTestId("workers-working")).ToHaveTextAsync("5 working", new() { Timeout = 120_000 });

        var taken = await page.GetByTestId("taken-at").InnerTextAsync();
        await Assertions.Expect(page.GetByTestId("taken-at")).Not.ToHaveTextAsync(taken);
        await page.GetByTestId("latest-answer").First.WaitForAsync(new() { Timeout = 60_000 });
    }

    private async Task SignInAsync(IPage page, string path, string name)
    {
        await page.GotoAsync(_address + path);
        var field = page.GetByTestId("sign-in-name");
        await field.WaitForAsync(new() { Timeout = 60_000 });
        await field.FillAsync(name);
        await page.GetByTestId("sign-in-submit").ClickAsync();
    }

    private static async Task AnswerAsync(IPage page)
    {
        if (await page.GetByTestId("order").CountAsync() > 0)
        {
            foreach (var key in (string[])["2", "1", "4", "3"]) await page.Keyboard.PressAsync(key);
            return;
        }

        if (await page.GetByTestId("option-1").CountAsync() > 0 || await page.GetByTestId("marked-text").CountAsync() > 0)
        {
            await page.Keyboard.PressAsync("1");
            return;
        }

        if (await page.GetByTestId("correction").CountAsync() > 0)
        {
            await page.Keyboard.TypeAsync("Corrected. ");
            await page.Keyboard.PressAsync("Escape");
            return;
        }

        if (await page.GetByTestId("response-1").CountAsync() > 0)
        {
            await page.Keyboard.PressAsync("2");
            await page.Keyboard.PressAsync("ArrowRight");
            return;
        }

        await page.Keyboard.PressAsync("4");
        await page.Keyboard.PressAsync("3");
    }
}
