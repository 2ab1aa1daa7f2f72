using Dispatch.Contracts.Policies;
using Dispatch.TestKit;
using Microsoft.Playwright;

namespace Dispatch.Browser.Tests;

/// <summary>A supervisor steers: what is asked, what happens, and what the people it hits are told.</summary>
public sealed class SteeringTests : BrowserTest
{
    [ChromiumFact]
    public async Task DeadLetter_IsLookedAt_AndGoesBackIntoTheQueue()
    {
        await SeedAsync(new DispatchPolicy { AttemptsMax = 1 }, tasks: 1);
        var ann = await SignInAsync("/", "Ann");
        await ann.GetByTestId("go-available").ClickAsync();
        await ann.GetByTestId("task").WaitForAsync();
        await ann.GetByTestId("return").ClickAsync();
        await ann.GetByTestId("ask-confirm").ClickAsync();
        await Assertions.Expect(ann.GetByTestId("task")).ToHaveCountAsync(0);

        var chief = await SignInAsync("/?role=supervisor", "Chief");
        await chief.GetByTestId("dead-count").ClickAsync();
        await Assertions.Expect(chief.GetByTestId("dead-row")).ToContainTextAsync("given back");
        await ScreenshotAsync(chief, "dead-letters");
        await chief.GetByTestId("choose-dead").ClickAsync();
        await chief.GetByTestId("requeue").ClickAsync();
        await Assertions.Expect(chief.GetByTestId("ask-confirm")).ToBeDisabledAsync();
        await chief.GetByTestId("ask-reason").FillAsync("the picture is there now");
        await ScreenshotAsync(chief, "ask-reason");
        await chief.GetByTestId("ask-confirm").ClickAsync();
        await Assertions.Expect(chief.GetByTestId("no-dead")).ToBeVisibleAsync();
        await Assertions.Expect(ann.GetByTestId("task")).ToBeVisibleAsync();
    }

    [ChromiumFact]
    public async Task Person_IsSignedOff_AndToldWhy()
    {
        await SeedAsync(new DispatchPolicy(), tasks: 3);
        var ann = await SignInAsync("/", "Ann");
        await ann.GetByTestId("go-available").ClickAsync();
        await ann.GetByTestId("task").WaitForAsync();

        var chief = await SignInAsync("/?role=supervisor", "Chief");
        await chief.GetByTestId("view-people").ClickAsync();
        var row = chief.GetByTestId("person-row").Filter(new() { HasText = "Ann" });
        await Assertions.Expect(row.GetByTestId("person-activity")).ToContainTextAsync("available");
        await ScreenshotAsync(chief, "people");
        await row.GetByTestId("person-more").GetByRole(AriaRole.Button).ClickAsync();
        await chief.GetByTestId("sign-off-person").ClickAsync();
        await chief.GetByTestId("ask-reason").FillAsync("the shift is over");
        await chief.GetByTestId("ask-confirm").ClickAsync();
        await Assertions.Expect(row.GetByTestId("person-activity")).ToContainTextAsync("offline");
        await Assertions.Expect(ann.GetByTestId("activity")).ToHaveTextAsync("Offline");
    }

    [ChromiumFact]
    public async Task Priority_IsChangedLive_AndATaskIsFound()
    {
        await SeedAsync(new DispatchPolicy(), tasks: 3);
        var chief = await SignInAsync("/?role=supervisor", "Chief");
        await chief.GetByTestId("batch-more").GetByRole(AriaRole.Button).ClickAsync();
        await chief.GetByTestId("prioritize").ClickAsync();
        await chief.GetByTestId("ask-priority").FillAsync("70");
        await chief.GetByTestId("ask-confirm").ClickAsync();
        await Assertions.Expect(chief.GetByTestId("batch-priority")).ToHaveTextAsync("70");

        await chief.GetByTestId("view-explain").ClickAsync();
        await chief.GetByTestId("find-key").FillAsync("t2");
        await chief.GetByTestId("find-task").ClickAsync();
        await Assertions.Expect(chief.GetByTestId("task-explained")).ToContainTextAsync("Nobody is idle");
        await ScreenshotAsync(chief, "task-explained");
        await chief.GetByTestId("find-key").FillAsync("no such task");
        await chief.GetByTestId("find-task").ClickAsync();
        await Assertions.Expect(chief.GetByTestId("find-failure")).ToContainTextAsync("unknown_task");
    }
}
