using System.Text;
using Dispatch.Client;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Policies;
using Dispatch.TestKit;
using Microsoft.Playwright;

namespace Dispatch.Browser.Tests;

/// <summary>The story of a standing, in the browser of the one it is about: the bar comes near, opens, closes with a reason, is disputed, and opens again.</summary>
public sealed class StandingStoryTests : BrowserTest
{
    private const int GoldenTasks = 3;

    [ChromiumFact]
    public async Task NewAnnotator_GetsIn_Drops_Disputes_AndIsRestored()
    {
        var project = await SeedAsync();
        var page = await SignInAsync("/", "Ann");
        await page.GetByTestId("go-available").ClickAsync();

        // She works, is told of each check, and sees the bar approach.
        for (var answered = 1; answered <= 3; answered++) await AnswerAsync(page, right: true, answered);
        await Assertions.Expect(page.GetByTestId("feedback")).ToContainTextAsync("right");
        await page.GetByTestId("nav-standing").ClickAsync();
        await Assertions.Expect(page.GetByTestId("standing-accuracy")).ToContainTextAsync("your accuracy is about");
        await Assertions.Expect(page.GetByTestId("gate-state")).ToHaveTextAsync("not yet");
        await Assertions.Expect(page.GetByTestId("gate-clause").First).ToContainTextAsync("more");
        await ScreenshotAsync(page, "standing-approaching");

        // She gets in, and golden work is the next she sees.
        await page.GetByTestId("nav-work").ClickAsync();
        var given = 3;
        for (; given < 12 && await page.GetByTestId("golden-mark").CountAsync() == 0; given++) await AnswerAsync(page, right: true, given + 1);
        await Assertions.Expect(page.GetByTestId("golden-mark")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByTestId("standing-news")).ToContainTextAsync("open to you now");
        await ScreenshotAsync(page, "golden-task");
        for (var golden = 1; golden <= GoldenTasks; golden++) await AnswerAsync(page, right: true, ++given);
        await Assertions.Expect(page.GetByTestId("golden-mark")).ToHaveCountAsync(0);

        // She drops, and is told why in words.
        for (var wrong = 1; wrong <= 2; wrong++)
        {
            await AnswerAsync(page, right: false, ++given);
            await Assertions.Expect(page.GetByTestId("feedback")).ToContainTextAsync("not what was accepted");
        }

        await Assertions.Expect(page.GetByTestId("standing-news")).ToContainTextAsync("closed to you for the moment");
        await ScreenshotAsync(page, "dropped");

        // She disputes the last, a reviewer finds her right, and she is restored.
        await page.GetByTestId("nav-standing").ClickAsync();
        await Assertions.Expect(page.GetByTestId("gate-state")).ToHaveTextAsync("not yet");
        await page.GetByTestId("dispute").First.ClickAsync();
        await page.GetByTestId("dispute-reason").FillAsync("both answers say the same");
        await page.GetByTestId("dispute-send").ClickAsync();
        await Assertions.Expect(page.GetByTestId("dispute-state")).ToHaveTextAsync("waiting for a decision");
        await ScreenshotAsync(page, "disputed");

        var chief = await SignInAsync("/?role=supervisor", "Chief");
        await chief.GetByTestId("view-disputes").ClickAsync();
        await chief.GetByTestId("read-dispute").ClickAsync();
        await chief.GetByTestId("decide-reason").FillAsync("the two are the same indeed");
        await ScreenshotAsync(chief, "deciding-a-dispute");
        await chief.GetByTestId("uphold").ClickAsync();
        await Assertions.Expect(chief.GetByTestId("no-disputes")).ToBeVisibleAsync();

        await Assertions.Expect(page.GetByTestId("gate-state")).ToHaveTextAsync("open to you");
        await Assertions.Expect(page.GetByTestId("dispute-state")).ToContainTextAsync("you were right");
        await ScreenshotAsync(page, "restored");
        (await Api.ListDisputesAsync(project, openOnly: false)).Items.ShouldHaveSingleItem().Resolution.ShouldBe("the two are the same indeed");
    }

    private async Task<Guid> SeedAsync()
    {
        // One wrong answer must weigh: a weak prior, and a gate that two of them close and one taken out opens.
        var project = await Api.CreateProjectAsync(new CreateProjectRequest
        {
            Name = "Pairs",
            Form = new FormSpec { Type = "preference", Binding = new JsonText("""{"id":"id","prompt":"p","responses":["x","y"],"known":"k"}""") },
            Quality = new QualityPolicy { PriorMean = 0.8, PriorStrength = 1, Discount = 1, ConsensusWeight = 0, Gold = new GoldPolicy { Reveal = true } },
        });
        var work = await Api.CreateBatchAsync(project, new CreateBatchRequest { Name = "Everyday", Gold = new GoldSpec { Use = GoldUse.All } });
        await ImportAsync(work, 40, "everyday", known: true);
        var golden = await Api.CreateBatchAsync(project, new CreateBatchRequest { Name = "The best", Tier = BatchTier.Golden });
        await ImportAsync(golden, GoldenTasks, "golden", known: false);
        await Api.SetGateAsync(golden, new GatePolicy
        {
            Evidence = new EvidenceClause { Enter = 6 },
            Accuracy = new AccuracyClause { Threshold = 0.8, Probability = 0.5, Hysteresis = 0, StayProbability = 0.5 },
            DwellAnswers = 0,
            ShareGuard = null,
        });
        foreach (var batch in (Guid[])[work, golden]) await Api.ChangeBatchAsync(batch, "open");
        return project;
    }
}
