using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Quality;
using Dispatch.TestKit;
using Microsoft.Playwright;

namespace Dispatch.Browser.Tests;

/// <summary>Reviewers and supervisors: no key decides what was not seen, no gate is saved untried, and refusals speak of what is on the screen.</summary>
public sealed class DeskTests : BrowserTest
{
    [ChromiumFact]
    public async Task Reviewer_KeysOfOneReview_NeverReachTheNext()
    {
        await SeedReviewsAsync();
        var page = await SignInAsync("/?role=reviewer", "Rae");
        await Assertions.Expect(page.GetByTestId("review")).ToBeVisibleAsync();
        var first = await page.Locator("#review-title").InnerTextAsync();

        // The review has to be looked at before a letter means it: pressed until it does.
        await PressUntilAsync(page, "r", page.Locator(":focus[data-testid=review-note]"));
        await page.Keyboard.TypeAsync("afxr is no reason");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("#review-title")).Not.ToHaveTextAsync(first);
        await Assertions.Expect(page.GetByTestId("review-note")).ToHaveValueAsync("");
        await Assertions.Expect(page.GetByTestId("review-note")).Not.ToBeFocusedAsync();
        await Assertions.Expect(page.GetByTestId("review-waiting")).ToContainTextAsync("1 decided");

        // A letter in the very moment in which the next review appears was meant for the one before.
        var second = await page.Locator("#review-title").InnerTextAsync();
        await page.EvaluateAsync("""
            () => {
              const watched = new MutationObserver(() => {
                const title = document.querySelector('#review-title')?.textContent;
                if (!title || title === window.secondTitle) return;
                watched.disconnect();
                for (const key of ['a', 'a', 'x', 'r']) document.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
                window.pressed = true;
              });
              window.secondTitle = document.querySelector('#review-title').textContent;
              watched.observe(document.body, { subtree: true, childList: true, characterData: true });
            }
            """);
        await page.GetByTestId("approve").ClickAsync();
        await page.WaitForFunctionAsync("() => window.pressed === true");
        await Assertions.Expect(page.GetByTestId("review-waiting")).ToContainTextAsync("2 decided");
        var third = await page.Locator("#review-title").InnerTextAsync();
        third.ShouldNotBe(second);
        await Assertions.Expect(page.GetByTestId("review-note")).ToHaveValueAsync("");

        // Typed into a note, letters are letters.
        await page.GetByTestId("review-note").FillAsync("");
        await page.GetByTestId("review-note").PressSequentiallyAsync("arxnf");
        await Assertions.Expect(page.Locator("#review-title")).ToHaveTextAsync(third);
        await Assertions.Expect(page.GetByTestId("review-waiting")).ToContainTextAsync("2 decided");
        await ScreenshotAsync(page, "review-note");
        await page.Keyboard.PressAsync("Escape");
        await PressUntilAsync(page, "a", page.GetByTestId("review-waiting").GetByText("3 decided"));
    }

    [ChromiumFact]
    public async Task Gate_IsSavedOnlyAsItWasTried()
    {
        var project = await Api.CreateProjectAsync(new CreateProjectRequest { Name = "Pairs", Form = new FormSpec { Type = "preference", Binding = new JsonText("""{"id":"id","prompt":"p","responses":["x","y"]}""") } });
        var golden = await Api.CreateBatchAsync(project, new CreateBatchRequest { Name = "The best", Tier = BatchTier.Golden });
        var page = await SignInAsync("/?role=supervisor", "Chief");
        await page.GetByTestId("view-gates").ClickAsync();
        await page.GetByTestId("what-if").ClickAsync();
        await Assertions.Expect(page.GetByTestId("gate-save")).ToBeEnabledAsync();

        await page.GetByTestId("gate-threshold").FillAsync("0.99");
        await page.GetByTestId("gate-threshold").BlurAsync();
        await Assertions.Expect(page.GetByTestId("gate-save")).ToBeDisabledAsync();
        await Assertions.Expect(page.GetByTestId("trial")).ToHaveCountAsync(0);

        await page.GetByTestId("gate-threshold").FillAsync("7");
        await page.GetByTestId("what-if").ClickAsync();
        var failure = page.GetByTestId("gate-failure");
        await Assertions.Expect(failure).ToContainTextAsync("The accuracy: 7 is not between 0 and 1");
        (await failure.InnerTextAsync()).ShouldNotContain("$");
        await Assertions.Expect(page.GetByTestId("gate-save")).ToBeDisabledAsync();
        await ScreenshotAsync(page, "gate-refused");

        await page.GetByTestId("gate-threshold").FillAsync("0.9");
        await page.GetByTestId("what-if").ClickAsync();
        await page.GetByTestId("gate-save").ClickAsync();
        await Assertions.Expect(page.GetByTestId("gate-editor")).ToContainTextAsync("version 1");
        (await Api.GetGateAsync(golden)).Policy!.Accuracy!.Threshold.ShouldBe(0.9);
    }

    [ChromiumFact]
    public async Task SignIn_ByEnter_AndAnExpiredOneSaysSo()
    {
        var page = await NewPageAsync();
        await page.GotoAsync(new Uri(Address, "/?role=supervisor").ToString());
        await Assertions.Expect(page.GetByTestId("sign-in-name")).ToBeFocusedAsync(new() { Timeout = 60_000 });
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.GetByText("Say who you are.")).ToBeVisibleAsync();
        await page.Keyboard.TypeAsync("Chief");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.GetByTestId("no-project")).ToBeVisibleAsync();

        // The brand leads home, not to the form that one has filled in already.
        await page.Locator(".brand").ClickAsync();
        await Assertions.Expect(page.GetByTestId("nav-supervise")).ToHaveClassAsync("active");

        // On a page for others it says so, and where to go.
        await page.GotoAsync(new Uri(Address, "/work").ToString());
        await Assertions.Expect(page.GetByTestId("refusal")).ToContainTextAsync("not for the role you signed in with");
        await page.GetByTestId("go-home").ClickAsync();
        await Assertions.Expect(page.GetByTestId("no-project")).ToBeVisibleAsync();

        // A sign-in that is not taken any more.
        await page.EvaluateAsync("() => { const person = JSON.parse(sessionStorage['dispatch.person']); person.Token = 'a.b.c'; sessionStorage['dispatch.person'] = JSON.stringify(person); }");
        await page.ReloadAsync();
        await Assertions.Expect(page.GetByTestId("refusal")).ToContainTextAsync("Your sign-in has run out");
        await Assertions.Expect(page.GetByTestId("no-project")).ToHaveCountAsync(0);
        (await page.Locator("main").InnerTextAsync()).ShouldNotContain("Bearer");
        await ScreenshotAsync(page, "sign-in-again");
        await page.GetByTestId("sign-in-again").ClickAsync();
        await Assertions.Expect(page.GetByTestId("sign-in-role")).ToBeVisibleAsync();
    }

    [ChromiumFact]
    public async Task Dark_FollowsTheSystem_AndAChoiceIsKept()
    {
        var page = await NewPageAsync();
        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        await page.GotoAsync(Address.ToString());
        var root = page.Locator("html");
        await Assertions.Expect(root).ToHaveAttributeAsync("data-theme", "dark", new() { Timeout = 60_000 });
        await ScreenshotAsync(page, "sign-in-dark");
        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
        await Assertions.Expect(root).ToHaveAttributeAsync("data-theme", "light");
        await page.GetByTestId("theme").ClickAsync();
        await Assertions.Expect(root).ToHaveAttributeAsync("data-theme", "dark");
        await page.ReloadAsync();
        await Assertions.Expect(root).ToHaveAttributeAsync("data-theme", "dark");
    }

    private static async Task PressUntilAsync(IPage page, string key, ILocator there)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(Patience));
        while (await there.CountAsync() == 0)
        {
            patience.Token.ThrowIfCancellationRequested();
            await page.Keyboard.PressAsync(key);
        }
    }

    /// <summary>Four answers of Ann that all wait for a reviewer.</summary>
    private async Task SeedReviewsAsync()
    {
        var project = await Api.CreateProjectAsync(new CreateProjectRequest
        {
            Name = "Pairs",
            Form = new FormSpec { Type = "preference", Binding = new JsonText("""{"id":"id","prompt":"p","responses":["x","y"]}""") },
            Quality = new QualityPolicy { Review = new ReviewPolicy { SampleShare = 1 } },
        });
        var batch = await Api.CreateBatchAsync(project, new CreateBatchRequest { Name = "A batch" });
        await ImportAsync(batch, 4, "pair", known: false);
        await Api.ChangeBatchAsync(batch, "open");
        var ann = await SignInAsync("/", "Ann");
        await ann.GetByTestId("go-available").ClickAsync();
        for (var answered = 1; answered <= 4; answered++) await AnswerAsync(ann, right: true, answered);
    }
}
