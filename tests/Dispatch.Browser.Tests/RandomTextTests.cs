using System.Globalization;
using System.Text;
using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.TestKit;
using Microsoft.Playwright;

namespace Dispatch.Browser.Tests;

/// <summary>
/// The annotator's page over ten thousand random texts, hundreds in a task: each is on the page whole and in its order, each task is answered with two keys, and none
/// takes longer than the patience of every other test. A failure names the seed.
/// </summary>
public sealed class RandomTextTests : BrowserTest
{
    private const int Texts = 10_000;
    private const int TextsInATask = 500;
    private const int LineCharacters = 150_000;

    private const string ReadTexts = """
        () => [...document.querySelectorAll('.turn .rendered')].map(box => {
          const copy = box.cloneNode(true);
          copy.querySelectorAll('.md-added, .plainnote').forEach(added => added.remove());
          // Blazor puts a blank where there is nothing.
          return copy.textContent === ' ' ? '' : copy.textContent;
        })
        """;

    [ChromiumFact]
    public Task WorkPage_ShowsTenThousandTexts_AndEveryTaskIsAnswered() => TestSeeds.RunAsync(async seed =>
    {
        var tasks = Draw(new TextShapes(seed));
        await SeedAsync(tasks);
        var page = await SignInAsync("/", "Ann");
        await page.GetByTestId("go-available").ClickAsync();
        for (var answered = 1; answered <= tasks.Count; answered++)
        {
            await page.GetByTestId("task").WaitForAsync(new() { Timeout = Patience });
            var shown = await page.EvaluateAsync<string[]>(ReadTexts);
            var texts = tasks[int.Parse(shown[0], CultureInfo.InvariantCulture)];
            shown.Length.ShouldBe(texts.Count);
            for (var i = 0; i < texts.Count; i++) ShownText.Lost(texts[i], shown[i]).ShouldBeEmpty($"{texts[i]}\n---\n{shown[i]}");
            await page.Keyboard.PressAsync("1");
            await page.Keyboard.PressAsync("Enter");
            await Assertions.Expect(page.GetByTestId("answered-today")).ToHaveTextAsync($"{answered} answered today");
        }

        await Assertions.Expect(page.Locator("#blazor-error-ui")).ToBeHiddenAsync();
    });

    private static List<List<string>> Draw(TextShapes shapes)
    {
        List<List<string>> tasks = [];
        for (var left = Texts; left > 0;)
        {
            List<string> texts = [tasks.Count.ToString(CultureInfo.InvariantCulture)];
            for (var characters = 0; left > 0 && texts.Count <= TextsInATask && characters < LineCharacters; left--)
            {
                texts.Add(shapes.Next());
                characters += Encoding.UTF8.GetByteCount(texts[^1]) + (texts[^1].Count(c => c is '"' or '\\' or '\n' or '\r' or '\t') * 2);
            }

            tasks.Add(texts);
        }

        return tasks;
    }

    private async Task SeedAsync(List<List<string>> tasks)
    {
        var project = await Api.CreateProjectAsync(new CreateProjectRequest
        {
            Name = "Texts",
            Form = new FormSpec { Type = "preference", Binding = new JsonText("""{"id":"id","prompt":"p","responses":["x","y"]}""") },
        });
        var batch = await Api.CreateBatchAsync(project, new CreateBatchRequest { Name = "A batch" });
        var options = new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        var lines = tasks.Select((texts, id) => JsonSerializer.Serialize(new { id, p = texts.Select(text => new { role = "user", content = text }), x = "one", y = "two" }, options));
        (await Api.ImportAsync(batch, new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', lines))))).Accepted.ShouldBe(tasks.Count);
        await Api.ChangeBatchAsync(batch, "open");
    }
}
