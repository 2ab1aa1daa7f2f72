using System.Text;
using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.TestKit;
using Microsoft.Playwright;

namespace Dispatch.Browser.Tests;

/// <summary>Bad input B-11 in a real browser: prompts, names and reasons that are programs run nowhere.</summary>
public sealed class HostileTextTests : BrowserTest
{
    // Each leaves a mark if it runs, and each asks for an address if it is fetched.
    private const string Hostile = """
        <script>window.ran = 1</script><img src=/fetched.png onerror="window.ran = 2"><svg onload="window.ran = 3"></svg>
        [x](javascript:window.ran=4) ![y](/fetched.png) <iframe srcdoc="<script>parent.ran = 5</script>"></iframe>
        """;

    private const string HostileName = "<img src=/fetched.png onerror='window.ran=6'>";

    [ChromiumFact]
    public async Task HostilePromptAndNames_RunOnNeitherPage()
    {
        await SeedAsync();
        List<string> suspicious = [];
        var work = await WatchedPageAsync(suspicious);
        await SignInAsync(work, "/", HostileName);
        await work.GetByTestId("go-available").ClickAsync();
        await work.GetByTestId("task").WaitForAsync();
        (await work.GetByTestId("task").InnerTextAsync()).ShouldContain("<script>window.ran = 1</script>");
        await work.Locator(".instructions summary").ClickAsync();
        foreach (var link in await work.Locator("[data-testid=task] .prompt a").AllAsync()) await link.DispatchEventAsync("click");

        var supervise = await WatchedPageAsync(suspicious);
        await SignInAsync(supervise, "/?role=supervisor", $"{HostileName} chief");
        await supervise.GetByTestId("batch-row").First.WaitForAsync();
        await work.Keyboard.PressAsync("1");
        await work.GetByTestId("reason").FillAsync(HostileName);
        await work.GetByTestId("submit").ClickAsync();
        await supervise.GetByTestId("latest-answer").First.WaitForAsync();

        (await supervise.GetByTestId("batch-row").First.InnerTextAsync()).ShouldContain(HostileName);
        (await supervise.GetByTestId("latest-answer").First.InnerTextAsync()).ShouldContain(HostileName);
        foreach (var page in (IPage[])[work, supervise]) (await page.EvaluateAsync<JsonElement?>("() => window.ran ?? null"))?.ValueKind.ShouldBe(JsonValueKind.Null);
        suspicious.ShouldBeEmpty();
    }

    private async Task SeedAsync()
    {
        var project = await Api.CreateProjectAsync(new CreateProjectRequest
        {
            Name = HostileName,
            Form = new FormSpec
            {
                Type = "preference",
                Settings = new JsonText(JsonSerializer.Serialize(new { reason = "optional", question = Hostile })),
                Binding = new JsonText("""{"id":"id","prompt":"p","responses":["x","y"],"context":["c"]}"""),
            },
            Instructions = Hostile,
        });
        var batch = await Api.CreateBatchAsync(project, new CreateBatchRequest { Name = HostileName });
        var line = JsonSerializer.Serialize(new { id = HostileName, p = Hostile, x = Hostile, y = Hostile, c = Hostile });
        (await Api.ImportAsync(batch, new MemoryStream(Encoding.UTF8.GetBytes(line)))).Accepted.ShouldBe(1);
        await Api.ChangeBatchAsync(batch, "open");
    }

    private async Task<IPage> WatchedPageAsync(List<string> suspicious)
    {
        var page = await NewPageAsync();
        page.Dialog += (_, dialog) => suspicious.Add($"a dialog: {dialog.Message}");
        page.PageError += (_, error) => suspicious.Add($"an error: {error}");
        page.Request += (_, request) =>
        {
            if (request.Url.Contains("fetched.png", StringComparison.Ordinal) || !request.Url.Contains(Address.Authority, StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal)) suspicious.Add($"a request: {request.Url}");
        };
        return page;
    }
}
