using System.Text.Json;
using Dispatch.TestKit;
using Microsoft.Playwright;

namespace Dispatch.Browser.Tests;

/// <summary>Each form answered with Tab, Enter and Space alone, and letters typed into fields: what a switch, a screen reader and many people have.</summary>
public sealed class TabEnterSpaceTests : FormTest
{
    [ChromiumFact]
    public async Task Preference_EnterOnAResponseChoosesIt_AndNothingElseIsChosen()
    {
        var (page, batch) = await StartAsync(
            "preference",
            """{"tie":true,"strength":4,"reason":"required"}""",
            """{"id":"id","prompt":"p","responses":["x","y"]}""",
            JsonSerializer.Serialize(new { id = 1, p = "A prompt.", x = LongText("one"), y = LongText("two") }));
        await TabToAsync(page, "response-1");
        await page.Keyboard.PressAsync("Space");
        await Assertions.Expect(page.GetByTestId("response-1")).ToHaveAttributeAsync("aria-pressed", "true");
        await TabToAsync(page, "response-2");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.GetByTestId("response-2")).ToHaveAttributeAsync("aria-pressed", "true");
        await Assertions.Expect(page.GetByTestId("response-1")).ToHaveAttributeAsync("aria-pressed", "false");
        await Assertions.Expect(page.GetByRole(AriaRole.Radio, new() { Checked = true })).ToHaveCountAsync(0);
        await Assertions.Expect(page.GetByTestId("missing")).ToContainTextAsync("how much better");
        await Assertions.Expect(page.GetByTestId("submit")).ToBeDisabledAsync();
        await ScreenshotAsync(page, "tab-preference");
        await TabToAsync(page, "strength-3");
        await page.Keyboard.PressAsync("Space");
        await Assertions.Expect(page.GetByTestId("missing")).ToContainTextAsync("Say why");
        await TabToAsync(page, "reason");
        await page.Keyboard.TypeAsync("2 is 1 better");
        await SendAsync(page);
        var answer = await StoredAsync(page, batch);
        answer.GetProperty("strength").GetInt32().ShouldBe(3);
        answer.GetProperty("reason").GetString().ShouldBe("2 is 1 better");
    }

    [ChromiumFact]
    public async Task Rating_OfTenSteps()
    {
        var (page, batch) = await StartAsync(
            "rating",
            """{"dimensions":[{"name":"help","label":"Helpfulness","min":1,"max":10},{"name":"tone","label":"Tone"}],"reason":"required"}""",
            """{"id":"id","prompt":"p","response":"r"}""",
            """{"id":1,"p":"A prompt.","r":"A response."}""");
        await TabToAsync(page, "rating-help-10");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.GetByTestId("missing")).ToHaveTextAsync("Rate “Tone”.");
        await TabToAsync(page, "rating-tone-2");
        await page.Keyboard.PressAsync("Space");
        await page.Keyboard.PressAsync("w");
        await Assertions.Expect(page.GetByTestId("reason")).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync("short");
        await ScreenshotAsync(page, "tab-rating");

        // The reason is a field of one line, not a third of the screen.
        (await page.GetByTestId("submit").BoundingBoxAsync())!.Y.ShouldBeLessThan(700);
        await SendAsync(page);
        (await StoredAsync(page, batch)).GetRawText().ShouldBe("""{"ratings":{"help":10,"tone":2},"reason":"short"}""");
    }

    [ChromiumFact]
    public async Task Ranking()
    {
        var (page, batch) = await StartAsync("ranking", """{"ties":true}""", """{"id":"id","prompt":"p","responses":"r"}""", """{"id":1,"p":"Which?","r":["one","two","three"]}""");
        await TabToAsync(page, "response-3");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.GetByTestId("missing")).ToHaveTextAsync("Rank 2 more.");
        await TabToAsync(page, "share");
        await page.Keyboard.PressAsync("Space");
        await TabToAsync(page, "response-1");
        await page.Keyboard.PressAsync("Space");
        await TabToAsync(page, "response-2");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.GetByTestId("order")).ToContainTextAsync("3 = 1");
        await SendAsync(page);
        (await StoredAsync(page, batch)).GetProperty("ranking").GetArrayLength().ShouldBe(2);
    }

    [ChromiumFact]
    public async Task Choice_OfTwelve_TheTwelfth()
    {
        var options = string.Join(',', Enumerable.Range(1, 12).Select(i => $$"""{"key":"k{{i}}","label":"Option {{i}}"}"""));
        var (page, batch) = await StartAsync("choice", $$"""{"question":"Which?","options":[{{options}}]}""", """{"id":"id","prompt":"p"}""", """{"id":1,"p":"A prompt."}""");
        await TabToAsync(page, "option-2");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.GetByTestId("option-2")).ToHaveAttributeAsync("aria-checked", "true");
        await TabToAsync(page, "option-12");
        await page.Keyboard.PressAsync("Space");
        await ScreenshotAsync(page, "tab-choice");
        await SendAsync(page);
        (await StoredAsync(page, batch)).GetRawText().ShouldBe("""{"choice":"k12"}""");
    }

    [ChromiumFact]
    public async Task Correction_OfATextThatIsRight()
    {
        var (page, batch) = await StartAsync("correction", """{"allowUnchanged":true,"reason":"required"}""", """{"id":"id","prompt":"p","text":"t"}""", """{"id":1,"p":"Where?","t":"In Paris."}""");
        await Assertions.Expect(page.GetByTestId("correction")).ToBeFocusedAsync();
        await TabToAsync(page, "nothing-wrong");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.GetByTestId("missing")).ToContainTextAsync("Say why");
        await TabToAsync(page, "reason");
        await page.Keyboard.TypeAsync("it is right");
        await SendAsync(page);
        (await StoredAsync(page, batch)).GetRawText().ShouldBe("""{"text":"In Paris.","reason":"it is right"}""");
    }

    [ChromiumFact]
    public async Task Spans_WordByWord()
    {
        var (page, batch) = await StartAsync(
            "spans",
            """{"types":[{"name":"fact","label":"Wrong fact"},{"name":"style","label":"Clumsy"}],"severities":["minor","major"],"comment":"required"}""",
            """{"id":"id","prompt":"p","text":"t"}""",
            """{"id":1,"p":"Tell me about the moon.","t":"The moon is a big star."}""");
        await TabToAsync(page, "marked-text");
        foreach (var key in (string[])["Space", "Space", "Space", "Space", "Shift+Space", "Enter", "Space", "Space", "Enter"]) await page.Keyboard.PressAsync(key);
        await Assertions.Expect(page.GetByTestId("word")).ToHaveTextAsync("a big star");
        await TabToAsync(page, "type-fact");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.GetByTestId("mark")).ToContainTextAsync("a big star");
        await Assertions.Expect(page.GetByTestId("missing")).ToContainTextAsync("how bad");
        await Assertions.Expect(page.GetByRole(AriaRole.Radio, new() { Checked = true })).ToHaveCountAsync(0);
        while (await page.EvaluateAsync<string>("() => document.activeElement.textContent") != "major") await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.PressAsync("Space");
        await TabToAsync(page, "comment");
        await page.Keyboard.TypeAsync("no star");
        await ScreenshotAsync(page, "tab-spans");
        await SendAsync(page);
        (await StoredAsync(page, batch)).GetRawText().ShouldBe("""{"spans":[{"start":12,"end":22,"type":"fact","severity":"major","comment":"no star"}]}""");
    }

    private static string LongText(string word) => string.Join("\n\n", Enumerable.Repeat(string.Join(' ', Enumerable.Repeat(word, 60)), 30));

    private static async Task SendAsync(IPage page)
    {
        await Assertions.Expect(page.GetByTestId("submit")).ToBeEnabledAsync();
        await Assertions.Expect(page.GetByTestId("missing")).ToBeEmptyAsync();
        await TabToAsync(page, "submit");
        await page.Keyboard.PressAsync("Enter");
    }
}
