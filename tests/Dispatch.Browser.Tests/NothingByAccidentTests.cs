using System.Text;
using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Policies;
using Dispatch.TestKit;
using Microsoft.Playwright;

namespace Dispatch.Browser.Tests;

/// <summary>What an annotator never does by accident: choose by selecting, give back by one click, lose what was typed, answer during a break.</summary>
public sealed class NothingByAccidentTests : FormTest
{
    [ChromiumFact]
    public async Task SelectingText_AndFollowingALink_ChooseNothing()
    {
        var (page, _) = await StartAsync(
            "preference", "{}", """{"id":"id","prompt":"p","responses":["x","y"]}""", """{"id":1,"p":"A prompt.","x":"Some words to select, one after another.","y":"Some words to select, and [a link](http://127.0.0.1:9/) behind."}""");
        var card = page.Locator(".response").Filter(new() { HasText = "one after another" });
        var words = (await card.Locator("p").BoundingBoxAsync())!;
        var (y, left) = (words.Y + (words.Height / 2), words.X);
        await page.Mouse.MoveAsync(left + 3, y);
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(left + 60, y, new() { Steps = 4 });
        await page.Mouse.UpAsync();
        (await page.EvaluateAsync<string>("() => getSelection().toString()")).ShouldNotBeEmpty();
        await Assertions.Expect(card).ToHaveAttributeAsync("aria-pressed", "false");

        // A double click selects the word, too.
        await page.Mouse.DblClickAsync(left + 20, y);
        (await page.EvaluateAsync<string>("() => getSelection().toString()")).Trim().ShouldBe("Some");
        await Assertions.Expect(card).ToHaveAttributeAsync("aria-pressed", "false");

        // A link is clicked as the browser would, without going there.
        await page.EvaluateAsync("() => document.querySelector('.response a').addEventListener('click', event => event.preventDefault())");
        await page.Locator(".response a").ClickAsync();
        await Assertions.Expect(page.Locator(".response.chosen")).ToHaveCountAsync(0);

        // A plain click is a choice, and Enter then submits.
        await card.ClickAsync();
        await Assertions.Expect(card).ToHaveAttributeAsync("aria-pressed", "true");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.GetByTestId("answered-today")).ToHaveTextAsync("1 answered today");
    }

    [ChromiumFact]
    public async Task GivingBack_IsAsked_AndNotPossibleOffline()
    {
        var (page, _) = await StartAsync("preference", "{}", """{"id":"id","prompt":"p","responses":["x","y"]}""", """{"id":1,"p":"A prompt.","x":"one","y":"two"}""");
        await page.Keyboard.PressAsync("1");
        await page.GetByTestId("return").ClickAsync();
        await Assertions.Expect(page.Locator(".mud-dialog")).ToContainTextAsync("does not come to you again");
        await ScreenshotAsync(page, "give-back");

        // Keys mean the question now, not the task behind it.
        await page.GetByTestId("ask-reason").BlurAsync();
        await page.Keyboard.PressAsync("2");
        await page.GetByTestId("ask-cancel").ClickAsync();
        await Assertions.Expect(page.Locator(".mud-dialog")).ToHaveCountAsync(0);
        await Assertions.Expect(page.GetByTestId("response-1")).ToHaveAttributeAsync("aria-pressed", "true");

        await page.Context.SetOfflineAsync(true);
        await Assertions.Expect(page.GetByTestId("offline")).ToContainTextAsync("kept in this browser");
        await Assertions.Expect(page.GetByTestId("return")).ToBeDisabledAsync();
        await page.Context.SetOfflineAsync(false);
        await Assertions.Expect(page.GetByTestId("offline")).ToHaveCountAsync(0);
        await Assertions.Expect(page.GetByTestId("return")).ToBeEnabledAsync();
        await page.GetByTestId("return").ClickAsync();
        await page.GetByTestId("ask-confirm").ClickAsync();
        await Assertions.Expect(page.GetByTestId("task")).ToHaveCountAsync(0);
        await Assertions.Expect(page.GetByTestId("refusal")).ToHaveCountAsync(0);
    }

    [ChromiumFact]
    public async Task Draft_SurvivesAReload_InTheMiddleOfAWord()
    {
        var (page, batch) = await StartAsync("correction", """{"reason":"optional"}""", """{"id":"id","prompt":"p","text":"t"}""", """{"id":1,"p":"Where?","t":"In Paris."}""");
        await Assertions.Expect(page.GetByTestId("correction")).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Control+End");
        await page.Keyboard.TypeAsync(" Or in Lyon, they say");
        await page.ReloadAsync();
        await page.GetByTestId("task").WaitForAsync();
        await Assertions.Expect(page.GetByTestId("correction")).ToHaveValueAsync("In Paris. Or in Lyon, they say");
        await Assertions.Expect(page.GetByTestId("draft-state")).ToHaveTextAsync("draft kept");
        await page.GetByTestId("correction").PressAsync("Control+End");
        await page.Keyboard.TypeAsync("!");
        (await SubmitAsync(page, batch)).GetRawText().ShouldBe("""{"text":"In Paris. Or in Lyon, they say!"}""", "the last key, too, whatever the box had told before");
        (await page.EvaluateAsync<int>("() => Object.keys(localStorage).filter(key => key.startsWith('dispatch.drafts')).length")).ShouldBe(0, "nothing of it stays behind");
    }

    [ChromiumFact]
    public async Task StartingOver_CanBeTakenBack()
    {
        var (page, _) = await StartAsync("correction", "{}", """{"id":"id","prompt":"p","text":"t"}""", """{"id":1,"p":"Where?","t":"In Paris."}""");
        await page.GetByTestId("correction").FillAsync("In Lyon.");
        await Assertions.Expect(page.GetByTestId("diff").Locator("ins")).ToHaveTextAsync("Lyon");
        await page.GetByTestId("restore").ClickAsync();
        await Assertions.Expect(page.GetByTestId("correction")).ToHaveValueAsync("In Paris.");
        await page.GetByTestId("bring-back").ClickAsync();
        await Assertions.Expect(page.GetByTestId("correction")).ToHaveValueAsync("In Lyon.");
    }

    [ChromiumFact]
    public async Task Break_StopsTheClockAndTheTask_AndTheSameIsSaidAfterAReload()
    {
        var (page, batch) = await StartAsync("preference", "{}", """{"id":"id","prompt":"p","responses":["x","y"]}""", """{"id":1,"p":"A prompt.","x":"one","y":"two"}""");
        await page.Keyboard.PressAsync("1");
        await Assertions.Expect(page.GetByTestId("draft-state")).ToHaveTextAsync("draft kept");
        await page.GetByTestId("go-break").ClickAsync();
        await Assertions.Expect(page.GetByTestId("held-away")).ToContainTextAsync("your break stops the clock");
        await Assertions.Expect(page.GetByTestId("task")).ToBeHiddenAsync();
        await ScreenshotAsync(page, "break");
        await page.Keyboard.PressAsync("Enter");
        var said = await page.GetByTestId("empty-state").InnerTextAsync();
        await page.ReloadAsync();
        await Assertions.Expect(page.GetByTestId("held-away")).ToContainTextAsync("your break stops the clock");
        (await page.GetByTestId("empty-state").InnerTextAsync()).ShouldBe(said);
        await Assertions.Expect(page.GetByTestId("answered-today")).ToHaveTextAsync("0 answered today");

        await page.GetByTestId("go-available").ClickAsync();
        await Assertions.Expect(page.GetByTestId("lease-state")).ToContainTextAsync("held for you");
        await Assertions.Expect(page.GetByTestId("response-1")).ToHaveAttributeAsync("aria-pressed", "true");

        // To stop with a task in hand is asked; what becomes of it is said before and after.
        await page.GetByTestId("go-offline").ClickAsync();
        await Assertions.Expect(page.Locator(".mud-dialog")).ToContainTextAsync("It stays yours until its time has run out");
        await page.GetByTestId("ask-confirm").ClickAsync();
        await Assertions.Expect(page.GetByTestId("activity")).ToHaveTextAsync("Offline");
        await Assertions.Expect(page.GetByTestId("held-away")).ToContainTextAsync("still yours");
        await ScreenshotAsync(page, "stopped");
        await page.GetByTestId("go-available").ClickAsync();
        await Assertions.Expect(page.GetByTestId("task")).ToBeVisibleAsync();
        (await SubmitAsync(page, batch)).GetProperty("choice").GetString().ShouldNotBeNull();
    }

    [ChromiumFact]
    public async Task TwoTabs_TheOtherOneIsTold_CountsAlike_AndIsNotInTheWay()
    {
        var (page, _) = await StartAsync("preference", "{}", """{"id":"id","prompt":"p","responses":["x","y"]}""", """{"id":1,"p":"A prompt.","x":"one","y":"two"}""");
        var other = await SignInAsync("/", "Ann");
        await other.GetByTestId("task").WaitForAsync();
        await page.Keyboard.PressAsync("1");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(other.GetByTestId("refusal")).ToContainTextAsync("another tab");
        await Assertions.Expect(other.GetByTestId("answered-today")).ToHaveTextAsync("1 answered today");
        await Assertions.Expect(other.GetByTestId("refusal")).ToHaveCountAsync(0);
    }

    [ChromiumFact]
    public async Task Focus_GoesToTheNextTask_WhichIsSaid_AndArrowsScroll()
    {
        await SeedAsync(new DispatchPolicy(), tasks: 2);
        var page = await SignInAsync("/", "Ann");
        await page.GetByTestId("go-available").ClickAsync();
        await Assertions.Expect(page.GetByTestId("spoken")).ToContainTextAsync("A new task");
        await TabToAsync(page, "response-2");
        await page.Keyboard.PressAsync("Enter");
        await TabToAsync(page, "submit");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.GetByTestId("answered-today")).ToHaveTextAsync("1 answered today");
        await Assertions.Expect(page.Locator("#task-title")).ToBeFocusedAsync();
        await Assertions.Expect(page.Locator("main h1")).ToHaveCountAsync(1);

        // A key that is still down from the task before does nothing to this one.
        await page.EvaluateAsync("() => { for (const key of ['1', 'Enter']) document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key, repeat: true, bubbles: true })); }");
        await Assertions.Expect(page.Locator(".response.chosen")).ToHaveCountAsync(0);
        (await page.EvaluateAsync<bool>("() => document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true, cancelable: true }))")).ShouldBeTrue("the browser scrolls");
        (await page.EvaluateAsync<string>("() => { const at = document.querySelector('[data-testid=response-1]'); at.focus({ focusVisible: true }); return getComputedStyle(at).outlineStyle + getComputedStyle(at).outlineWidth; }")).ShouldBe("solid3px");
    }

    [ChromiumFact]
    public async Task SpanCursor_StaysOnTheScreen_InALongText()
    {
        var text = string.Join('\n', Enumerable.Range(1, 300).Select(i => $"Sentence number {i} of a long text."));
        var (page, _) = await StartAsync("spans", """{"types":["typo"]}""", """{"id":"id","text":"t"}""", JsonSerializer.Serialize(new { id = 1, t = text }));
        for (var i = 0; i < 150; i++) await page.Keyboard.PressAsync("ArrowDown");
        await Assertions.Expect(page.Locator(".marked .cursor")).ToBeInViewportAsync();
        await page.Keyboard.PressAsync("1");
        await Assertions.Expect(page.GetByTestId("mark")).ToBeVisibleAsync();
        var (box, cursor) = ((await page.GetByTestId("marked-text").BoundingBoxAsync())!, (await page.Locator(".marked .cursor").BoundingBoxAsync())!);
        cursor.Y.ShouldBeInRange(box.Y, box.Y + box.Height);

        // What is removed can be brought back.
        await page.Keyboard.PressAsync("Backspace");
        await Assertions.Expect(page.GetByTestId("mark")).ToHaveCountAsync(0);
        await page.Keyboard.PressAsync("z");
        await Assertions.Expect(page.GetByTestId("mark")).ToHaveCountAsync(1);
    }
}
