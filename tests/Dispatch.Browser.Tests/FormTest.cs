using System.Text;
using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Microsoft.Playwright;

namespace Dispatch.Browser.Tests;

/// <summary>One task of one form on Ann's screen.</summary>
public abstract class FormTest : BrowserTest
{
    /// <summary>One project, one batch, one task, and Ann with the task on her screen.</summary>
    protected async Task<(IPage Page, Guid Batch)> StartAsync(string form, string settings, string binding, string line)
    {
        var project = await Api.CreateProjectAsync(new CreateProjectRequest
        {
            Name = $"A project of {form}",
            Form = new FormSpec { Type = form, Settings = new JsonText(settings), Binding = new JsonText(binding) },
            Instructions = "Do as you think best.",
        });
        var batch = await Api.CreateBatchAsync(project, new CreateBatchRequest { Name = "A batch" });
        (await Api.ImportAsync(batch, new MemoryStream(Encoding.UTF8.GetBytes(line)))).Accepted.ShouldBe(1);
        await Api.ChangeBatchAsync(batch, "open");
        var page = await SignInAsync("/", "Ann");
        await page.GetByTestId("go-available").ClickAsync();
        await page.GetByTestId("task").WaitForAsync();
        return (page, batch);
    }

    protected static async Task ReloadAsync(IPage page)
    {
        await Assertions.Expect(page.GetByTestId("draft-state")).ToHaveTextAsync("draft kept");
        await page.ReloadAsync();
        await page.GetByTestId("task").WaitForAsync();
    }

    /// <summary>Submits by keyboard; the answer as it is stored.</summary>
    protected async Task<JsonElement> SubmitAsync(IPage page, Guid batch)
    {
        await Assertions.Expect(page.GetByTestId("submit")).ToBeEnabledAsync();
        await page.Keyboard.PressAsync("Control+Enter");
        return await StoredAsync(page, batch);
    }

    /// <summary>The only answer, as it is stored, once the page says that it was taken.</summary>
    protected async Task<JsonElement> StoredAsync(IPage page, Guid batch)
    {
        await Assertions.Expect(page.GetByTestId("answered-today")).ToHaveTextAsync("1 answered today");
        using var http = new HttpClient { BaseAddress = Address };
        http.DefaultRequestHeaders.Authorization = new("Bearer", Api.Token);
        var exported = await http.GetStringAsync($"api/v1/batches/{batch}/export?format=jsonl");
        return JsonDocument.Parse(exported).RootElement.GetProperty("answer");
    }

    /// <summary>Goes on with Tab until an element has the focus, as somebody without a mouse does.</summary>
    protected static async Task TabToAsync(IPage page, string testId, int tabsMax = 60)
    {
        for (var tabs = 0; tabs < tabsMax; tabs++)
        {
            await page.Keyboard.PressAsync("Tab");
            if (await page.EvaluateAsync<string?>("() => document.activeElement?.closest('[data-testid]')?.getAttribute('data-testid')") == testId) return;
        }

        throw new ShouldAssertException($"'{testId}' is not reached in {tabsMax} steps of Tab.");
    }
}
