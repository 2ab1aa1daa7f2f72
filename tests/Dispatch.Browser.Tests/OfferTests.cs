using Dispatch.Contracts.Policies;
using Dispatch.TestKit;
using Microsoft.Playwright;

namespace Dispatch.Browser.Tests;

/// <summary>Offers, being set away, why nothing comes, and the worker's own time, as the annotator sees them.</summary>
public sealed class OfferTests : BrowserTest
{
    [ChromiumFact]
    public async Task Annotator_AcceptsAnOffer_DeclinesAnother_AndSeesTheirTime()
    {
        await SeedAsync(new DispatchPolicy { Acceptance = Acceptance.Explicit, OfferTimeoutSeconds = 60 }, tasks: 2);
        var page = await SignInAsync("/", "Ann");
        await page.GetByTestId("go-available").ClickAsync();
        await Assertions.Expect(page.GetByTestId("offer-countdown")).ToContainTextAsync("s left to decide");
        (await page.ContentAsync()).ShouldNotContain("the prompt of task", Case.Sensitive, "work is seen by who accepts it");
        await ScreenshotAsync(page, "offer");

        await page.GetByTestId("accept").ClickAsync();
        await Assertions.Expect(page.GetByTestId("task")).ToContainTextAsync("the prompt of task");
        await Assertions.Expect(page.GetByTestId("lease-state")).ToContainTextAsync("held for you");
        await page.Keyboard.PressAsync("1");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.GetByTestId("answered-today")).ToHaveTextAsync("1 answered today");

        await page.GetByTestId("decline").ClickAsync();
        await Assertions.Expect(page.GetByTestId("offer")).ToHaveCountAsync(0);
        await Assertions.Expect(page.GetByTestId("why-nothing")).ToBeVisibleAsync();
        await ScreenshotAsync(page, "why-nothing");

        await page.GetByTestId("my-time").ClickAsync();
        await Assertions.Expect(page.GetByTestId("ledger-row").First).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByTestId("ledger-handling")).ToContainTextAsync("on tasks");
        await ScreenshotAsync(page, "my-time");
    }

    [ChromiumFact]
    public async Task IgnoredOffer_SetsAway_WithTheReason_AndOneClickBringsBack()
    {
        await SeedAsync(new DispatchPolicy { Acceptance = Acceptance.Explicit, OfferTimeoutSeconds = 5, CooldownSeconds = 0 }, tasks: 1);
        var page = await SignInAsync("/", "Ann");
        await page.GetByTestId("go-available").ClickAsync();
        await page.GetByTestId("offer").WaitForAsync();

        await Assertions.Expect(page.GetByTestId("away-reason")).ToContainTextAsync("you were set away", new() { Timeout = 30_000 });
        await ScreenshotAsync(page, "away");
        await page.GetByTestId("go-available").ClickAsync();
        await Assertions.Expect(page.GetByTestId("offer")).ToBeVisibleAsync();
    }

    [ChromiumFact]
    public async Task SentAhead_IsShownBeforeTheAnswerIsThroughTheNetwork()
    {
        await SeedAsync(new DispatchPolicy { Prefetch = 1 }, tasks: 6);
        var page = await SignInAsync("/", "Ann");
        await page.GetByTestId("go-available").ClickAsync();
        HashSet<string> seen = [];
        for (var answered = 1; answered <= 5; answered++)
        {
            await Assertions.Expect(page.GetByTestId("submit")).ToBeDisabledAsync();
            seen.Add(await page.Locator("[data-testid=task] .prompt").InnerTextAsync());
            await page.Keyboard.PressAsync("1");
            await page.Keyboard.PressAsync("Enter");
            await Assertions.Expect(page.GetByTestId("answered-today")).ToHaveTextAsync($"{answered} answered today");
        }

        seen.Count.ShouldBe(5, "no task is shown twice");
    }
}
