using System.Text.Json;
using Dispatch.TestKit;
using Microsoft.Playwright;

namespace Dispatch.Browser.Tests;

/// <summary>Each form answered by keyboard alone, in the middle of which the page is reloaded; what is stored is what was meant.</summary>
public sealed class FormTests : FormTest
{
    [ChromiumFact]
    public async Task Ranking_ByKeyboard()
    {
        var (page, batch) = await StartAsync(
            "ranking",
            """{"ties":true,"question":"Best first?","reason":"optional"}""",
            """{"id":"id","prompt":"p","responses":"r"}""",
            """{"id":1,"p":"Which fruit keeps longest in a cool cellar?","r":["**Apples** keep for months.","Raspberries, two days.","Pears keep for weeks, if they are picked hard.","Bananas turn black in the cold."]}""");
        foreach (var key in (string[])["3", "1"]) await page.Keyboard.PressAsync(key);
        var first = await TextOfAsync(page, "response-3");
        await ReloadAsync(page);
        await Assertions.Expect(page.GetByTestId("order")).ToContainTextAsync("3");
        await page.Keyboard.PressAsync("Backspace");
        foreach (var key in (string[])["4", "t", "1", "2"]) await page.Keyboard.PressAsync(key);
        await ScreenshotAsync(page, "form-ranking");
        var (fourth, one, two) = (await TextOfAsync(page, "response-4"), await TextOfAsync(page, "response-1"), await TextOfAsync(page, "response-2"));
        var answer = await SubmitAsync(page, batch);

        string Key(string text) => ((char)('a' + Array.FindIndex((string[])["Apples", "Raspberries", "Pears", "Bananas"], fruit => text.Contains(fruit, StringComparison.Ordinal)))).ToString();
        string[] shared = [.. new[] { Key(fourth), Key(one) }.Order()];
        answer.GetProperty("ranking").GetRawText().ShouldBe($$"""[["{{Key(first)}}"],["{{shared[0]}}","{{shared[1]}}"],["{{Key(two)}}"]]""");
    }

    [ChromiumFact]
    public async Task Choice_OfMany_ByKeyboard()
    {
        var (page, batch) = await StartAsync(
            "choice",
            """{"question":"What is in it?","multiple":true,"min":0,"options":[{"key":"fact","label":"A claim that can be checked"},{"key":"advice","label":"Advice"},{"key":"joke","label":"A joke"}]}""",
            """{"id":"id","prompt":"p","response":"r"}""",
            """{"id":1,"p":"How cold is the sea in May?","r":"About 11 degrees at the coast. Take a wetsuit, or a friend who complains less."}""");
        await page.Keyboard.PressAsync("1");
        await ReloadAsync(page);
        await Assertions.Expect(page.GetByTestId("option-1")).ToHaveAttributeAsync("aria-checked", "true");
        foreach (var key in (string[])["ArrowDown", "ArrowDown", "Space", "2", "2"]) await page.Keyboard.PressAsync(key);
        await ScreenshotAsync(page, "form-choice");
        (await SubmitAsync(page, batch)).GetRawText().ShouldBe("""{"choices":["fact","joke"]}""");
    }

    [ChromiumFact]
    public async Task Choice_OfOne_ByKeyboard()
    {
        var (page, batch) = await StartAsync("choice", """{"options":["bad","fair","good"]}""", """{"id":"id","prompt":"p"}""", """{"id":1,"p":"A prompt."}""");
        await page.Keyboard.PressAsync("1");
        await page.Keyboard.PressAsync("3");
        await ReloadAsync(page);
        await Assertions.Expect(page.GetByTestId("option-3")).ToHaveAttributeAsync("aria-checked", "true");
        (await SubmitAsync(page, batch)).GetRawText().ShouldBe("""{"choice":"good"}""");
    }

    [ChromiumFact]
    public async Task Correction_ByKeyboard()
    {
        var (page, batch) = await StartAsync(
            "correction",
            """{"reason":"optional"}""",
            """{"id":"id","prompt":"p","text":"t"}""",
            """{"id":1,"p":"Where is the Eiffel Tower?","t":"The Eiffel Tower stands in Lyon.\nIt was build in 1889."}""");

        // The text has the focus already.
        await Assertions.Expect(page.Locator("textarea").First).ToBeFocusedAsync();
        foreach (var key in (string[])["Control+End", "Enter"]) await page.Keyboard.PressAsync(key);
        await page.Keyboard.TypeAsync("It is 330 metres high.");
        await ReloadAsync(page);
        await Assertions.Expect(page.GetByTestId("diff").Locator("ins")).ToContainTextAsync("330 metres");
        await Assertions.Expect(page.Locator("textarea").First).ToBeFocusedAsync();
        foreach (var key in (string[])["Control+Home", "End", "ArrowLeft", "Backspace", "Backspace", "Backspace", "Backspace"]) await page.Keyboard.PressAsync(key);
        await page.Keyboard.TypeAsync("Paris");
        await page.Keyboard.PressAsync("Escape");
        await page.Keyboard.PressAsync("w");
        await Assertions.Expect(page.GetByTestId("reason")).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync("wrong city");
        await ScreenshotAsync(page, "form-correction");
        (await SubmitAsync(page, batch)).GetRawText().ShouldBe("""{"text":"The Eiffel Tower stands in Paris.\nIt was build in 1889.\nIt is 330 metres high.","reason":"wrong city"}""");
    }

    [ChromiumFact]
    public async Task Spans_ByKeyboard()
    {
        var (page, batch) = await StartAsync(
            "spans",
            """{"types":[{"name":"fact","label":"Wrong fact"},{"name":"style","label":"Clumsy"}],"severities":["minor","major"],"comment":"optional"}""",
            """{"id":"id","prompt":"p","text":"t"}""",
            JsonSerializer.Serialize(new { id = 1, p = "Tell me about the moon.", t = "The moon \U0001F319 is a star.\nIt goes around of us once a month, more or less." }));
        foreach (var key in (string[])["ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight", "Shift+ArrowRight", "1", "s", "s"]) await page.Keyboard.PressAsync(key);
        await ReloadAsync(page);
        await Assertions.Expect(page.GetByTestId("mark")).ToContainTextAsync("a star");
        foreach (var key in (string[])["ArrowDown", "ArrowRight", "ArrowRight", "ArrowRight", "2", "s", "c"]) await page.Keyboard.PressAsync(key);
        await Assertions.Expect(page.GetByTestId("comment").Last).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync("one word too many");
        await page.Keyboard.PressAsync("Escape");
        foreach (var key in (string[])["ArrowDown", "1", "Backspace"]) await page.Keyboard.PressAsync(key);
        await ScreenshotAsync(page, "form-spans");
        (await SubmitAsync(page, batch)).GetRawText().ShouldBe(
            """{"spans":[{"start":15,"end":21,"type":"fact","severity":"major"},{"start":38,"end":40,"type":"style","severity":"minor","comment":"one word too many"}]}""");
    }

    [ChromiumFact]
    public async Task Spans_ByMouse_AreExactToTheCharacter_AndNothingIsAnAnswer()
    {
        var (page, batch) = await StartAsync("spans", """{"types":["typo"]}""", """{"id":"id","text":"t"}""", """{"id":1,"t":"A straight line"}""");
        await Assertions.Expect(page.GetByTestId("submit")).ToBeDisabledAsync();
        await page.Keyboard.PressAsync("n");
        await Assertions.Expect(page.GetByTestId("submit")).ToBeEnabledAsync();

        // What the browser has selected, as dragging over "raig" would.
        await page.GetByTestId("marked-text").EvaluateAsync("""
            element => {
              const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
              const range = document.createRange();
              for (let node = walker.nextNode(), at = 0; node; at += node.length, node = walker.nextNode()) {
                if (at <= 4 && 4 < at + node.length) range.setStart(node, 4 - at);
                if (at < 8 && 8 <= at + node.length) range.setEnd(node, 8 - at);
              }
              getSelection().removeAllRanges();
              getSelection().addRange(range);
              element.dispatchEvent(new MouseEvent('mouseup', { bubbles: true }));
            }
            """);
        await Assertions.Expect(page.Locator(".marked .selected")).ToHaveTextAsync("raig");
        await page.Keyboard.PressAsync("1");
        await Assertions.Expect(page.GetByTestId("mark")).ToContainTextAsync("raig");
        (await SubmitAsync(page, batch)).GetRawText().ShouldBe("""{"spans":[{"start":4,"end":8,"type":"typo"}]}""");
    }

    private static async Task<string> TextOfAsync(IPage page, string testId) => await page.GetByTestId(testId).InnerTextAsync();
}
