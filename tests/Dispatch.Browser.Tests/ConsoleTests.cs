using Dispatch.TestKit;
using Microsoft.Playwright;

namespace Dispatch.Browser.Tests;

/// <summary>A newcomer's first minutes in a real browser, beside the demo's simulated annotators.</summary>
public sealed class ConsoleTests : BrowserTest
{
    protected override string ReadyLine => "is ready";

    protected override ServerProcess StartServer(string folder) =>
        ServerProcess.Start(new Dictionary<string, string?>(), "demo", "--data", folder, "--urls", Address.ToString(), "--annotators", "5");

    [ChromiumFact]
    public async Task Annotator_WorksByKeyboard_ReloadsWithDraft_TakesABreak()
    {
        var page = await SignInAsync("/", "Newcomer");
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
            var page = await NewPageAsync();
            await page.RunAndWaitForResponseAsync(() => page.GotoAsync(new Uri(Address, address).ToString()), response => response.Url.Contains("/js/keys", StringComparison.Ordinal));
            await page.EvaluateAsync("() => import('/js/keys.js').then(() => true)");
            await page.GetByLabel("Name").FillAsync("Somebody");
            await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Sign in" })).ToBeEnabledAsync();
            await Assertions.Expect(page.Locator("#blazor-error-ui")).ToBeHiddenAsync();
        }
    }

    [ChromiumFact]
    public async Task Supervisor_SeesLiveFigures()
    {
        var page = await SignInAsync("/?role=supervisor", "Chief");
        await page.GetByTestId("batch-row").First.WaitForAsync();

        // One of the five may be having a coffee, for up to a minute.
        await Assertions.Expect(page.GetByTestId("workers-working")).ToHaveTextAsync("5 working", new() { Timeout = 120_000 });

        var taken = await page.GetByTestId("taken-at").InnerTextAsync();
        await Assertions.Expect(page.GetByTestId("taken-at")).Not.ToHaveTextAsync(taken);
        await page.GetByTestId("latest-answer").First.WaitForAsync(new() { Timeout = 60_000 });
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
            await page.Keyboard.PressAsync("s");
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
