using System.Text;
using System.Text.Json;
using Dispatch.Client;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.TestKit;
using Microsoft.Playwright;

namespace Dispatch.Browser.Tests;

/// <summary>What an annotator is shown: every text, as it was written, and no task that can be answered unseen.</summary>
public sealed class ShownTextTests : BrowserTest
{
    private const string Maths = @"Solve \(x_1 * x_2\) with $\{1,2\}$ and $200,\!000$; $a_{i}*b$ and $c*d$, \int e^{-t}\,dt, \[f(0)\], 1&2\\3&4";

    private const string Gallery = """
        # Title

        A *paragraph* with **bold**, ~~struck~~, `code`, [a link](https://example.com/page) and https://example.com/bare.
        - one
        - two
          - two a, with a rather long sentence that has to wrap around to a second line when the window is not very wide at all, so that its indentation shows
            - two a i
        - [ ] open
        - [x] done

        3. third
        4. fourth

        > A quote
        > of two lines

        | name | value | note |
        |---|--:|:-:|
        | MMLU | 30.5 | Apache-2.0 |
        | GSM8K | 7 | `a|b` |

        ![a cat](https://example.com/cat.png)

        ```python
        def f(x):  # *twice*
            return x ** 2
        ```

        ---
        \[
        \int_0^1 x^2\,dx = \frac{1}{3}
        \]
        """;

    private const string Arabic = "ما هو **رمز** الخطأ؟ (مثلاً: HTTP 404).\n\n- أولاً\n- ثانياً: `x = 1`\n\n> اقتباس";

    [ChromiumFact]
    public async Task MathsAndCode_AreShownToTheLastSign_AndTheSwitchShowsTheTextItself()
    {
        var page = await StartAsync(Maths, "#include <stdio.h>\n# a comment\n~~~\ncode\n~~~", "**bold** text", []);
        (await page.Locator(".prompt .rendered").First.InnerTextAsync()).ShouldBe(Maths);
        var texts = await page.Locator(".response .text").AllInnerTextsAsync();
        texts.ShouldContain(text => Lines(text).SequenceEqual(new[] { "#include <stdio.h>", "# a comment", "~~~", "code", "~~~" }));
        texts.ShouldContain("bold text");
        await page.GetByTestId("raw-switch").ClickAsync();
        (await page.Locator(".response .text").AllInnerTextsAsync()).ShouldContain("**bold** text");
        await Assertions.Expect(page.GetByTestId("raw-switch")).ToHaveAttributeAsync("aria-pressed", "true");
    }

    [ChromiumFact]
    public async Task TextsThatCannotBeLaidOut_AreShownAsTheyAre_AndTheTaskIsAnswered()
    {
        var poison = string.Concat(Enumerable.Repeat("![](", 12_000));
        var page = await StartAsync(new string('[', 128), poison, string.Concat(Enumerable.Repeat("- ", 64)) + "x", []);
        await Assertions.Expect(page.Locator(".taskview").GetByTestId("plain-note")).ToHaveCountAsync(3);
        await Assertions.Expect(page.Locator(".instructions").GetByTestId("plain-note")).ToHaveCountAsync(1);
        (await page.Locator(".prompt .md-plain").InnerTextAsync()).ShouldBe(new string('[', 128));
        (await page.Locator(".response .md-plain").AllTextContentsAsync()).ShouldContain(poison);
        await page.Keyboard.PressAsync("1");
        await Assertions.Expect(page.GetByTestId("submit")).ToBeEnabledAsync();
        await page.GetByTestId("submit").ClickAsync();
        await Assertions.Expect(page.GetByTestId("answered-today")).ToHaveTextAsync("1 answered today");
    }

    [ChromiumFact]
    public async Task RoleOfATurn_IsText_AndNeverAClass()
    {
        var page = await StartAsync(new[] { new { role = "mud-overlay mud-overlay-light fixed", content = "# Your session has expired" }, new { role = "assistant", content = "Yes." } }, "A", "B", []);
        await Assertions.Expect(page.Locator(".turn")).ToHaveCountAsync(2);
        (await page.Locator(".turn").EvaluateAllAsync<string[]>("turns => turns.map(turn => turn.className)")).ShouldBe(["turn turn-other", "turn turn-assistant"]);
        await Assertions.Expect(page.Locator(".role").First).ToContainTextAsync("mud-overlay", new() { IgnoreCase = true });
    }

    [ChromiumFact]
    public async Task Direction_FollowsTheText_AndLongWordsWrap()
    {
        var page = await StartAsync(Arabic, "שלום עולם, " + new string('x', 4_000), "English", ["عربي"]);
        (await page.Locator(".prompt p").First.EvaluateAsync<string>("p => getComputedStyle(p).direction")).ShouldBe("rtl");
        (await page.Locator(".prompt li").First.EvaluateAsync<string>("p => getComputedStyle(p).direction")).ShouldBe("rtl");
        (await page.Locator(".context").First.EvaluateAsync<string>("p => getComputedStyle(p).direction")).ShouldBe("ltr");
        (await page.Locator(".response .text p").EvaluateAllAsync<string[]>("all => all.map(p => getComputedStyle(p).direction).sort()")).ShouldBe(["ltr", "rtl"]);
        (await page.GetByTestId("reason").GetAttributeAsync("dir")).ShouldBe("auto");
        (await page.EvaluateAsync<bool>("() => [...document.querySelectorAll('.prompt, .response, body')].every(box => box.scrollWidth <= box.clientWidth)")).ShouldBeTrue();
        await ScreenshotAsync(page, "text-direction");
    }

    [ChromiumFact]
    public async Task Markup_IsLegible_InLightAndDark()
    {
        var page = await StartAsync("A prompt", Gallery, Arabic, []);
        var item = page.Locator("li.md-level-1").First;
        (await item.EvaluateAsync<bool>("li => { const box = li.closest('.response').getBoundingClientRect(), at = li.querySelector('.md-marker').getBoundingClientRect(); return at.left > box.left && at.right < box.right; }")).ShouldBeTrue();
        (await page.Locator("td").First.EvaluateAsync<string>("td => getComputedStyle(td).borderTopStyle")).ShouldBe("solid");
        (await page.Locator(".response a").First.EvaluateAsync<string>("a => getComputedStyle(a).textDecorationLine")).ShouldBe("underline");
        await Assertions.Expect(page.Locator(".md-image")).ToContainTextAsync("Image (not loaded): a cat (https://example.com/cat.png)");
        await page.AddStyleTagAsync(new() { Content = ".response { max-height: none !important }" });
        await FullScreenshotAsync(page, "text-light");
        await page.GetByRole(AriaRole.Button, new() { Name = "Dark" }).ClickAsync();
        await FullScreenshotAsync(page, "text-dark");
    }

    /// <summary>A draft that the form cannot read stands for everything that a form may stumble over.</summary>
    [ChromiumFact]
    public async Task TaskThatCannotBeShown_CannotBeAnswered_AndLeavesThePageItsControls()
    {
        var page = await StartAsync("The prompt of it", "one", "two", [], tasks: 2);
        await BreakDraftAsync();
        await page.ReloadAsync();
        await Assertions.Expect(page.GetByTestId("task-failed")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByTestId("raw-text").Filter(new() { HasText = "The prompt of it" })).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByTestId("submit")).ToBeDisabledAsync();
        foreach (var key in (string[])["1", "Enter", "Control+Enter"]) await page.Keyboard.PressAsync(key);
        await Assertions.Expect(page.GetByTestId("answered-today")).ToHaveTextAsync("0 answered today");
        await Assertions.Expect(page.Locator("#blazor-error-ui")).ToBeHiddenAsync();
        await ScreenshotAsync(page, "task-failed");
        await page.GetByTestId("without-draft").ClickAsync();
        await Assertions.Expect(page.Locator(".response")).ToHaveCountAsync(2);
        await page.ReloadAsync();
        await page.GetByTestId("give-back-failed").ClickAsync();
        await page.GetByTestId("ask-confirm").ClickAsync();
        await Assertions.Expect(page.Locator(".response")).ToHaveCountAsync(2);
        await Assertions.Expect(page.GetByTestId("task-failed")).ToBeHiddenAsync();
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>What another program of the same person may leave behind.</summary>
    private async Task BreakDraftAsync()
    {
        var token = await TokenAsync("Ann", Roles.Worker);
        await using var connection = new WorkerConnection(new WorkerConnectionOptions { Server = Address, AccessToken = () => Task.FromResult<string?>(token) });
        await connection.StartAsync();
        (await connection.SaveDraftAsync(connection.Held[0], new JsonText("[1]"), 1_000)).Refusal.ShouldBeNull();
    }

    private static async Task FullScreenshotAsync(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("DISPATCH_TEST_SCREENSHOTS") is { Length: > 0 } folder) await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}.png"), FullPage = true });
    }

    private async Task<IPage> StartAsync(object prompt, string one, string other, string[] context, int tasks = 1)
    {
        var project = await Api.CreateProjectAsync(new CreateProjectRequest
        {
            Name = "Texts",
            Form = new FormSpec
            {
                Type = "preference",
                Settings = new JsonText("""{"reason":"optional"}"""),
                Binding = new JsonText("""{"id":"id","prompt":"p","responses":["x","y"],"context":["c"]}"""),
            },
            Instructions = new string('[', 128),
        });
        var batch = await Api.CreateBatchAsync(project, new CreateBatchRequest { Name = "A batch" });
        var lines = string.Join('\n', Enumerable.Range(1, tasks).Select(id => JsonSerializer.Serialize(new { id, p = prompt, x = one, y = other, c = string.Join(' ', context) + "context" })));
        (await Api.ImportAsync(batch, new MemoryStream(Encoding.UTF8.GetBytes(lines)))).Accepted.ShouldBe(tasks);
        await Api.ChangeBatchAsync(batch, "open");
        var page = await SignInAsync("/", "Ann");
        await page.GetByTestId("go-available").ClickAsync();
        await page.GetByTestId("task").WaitForAsync();
        return page;
    }
}
