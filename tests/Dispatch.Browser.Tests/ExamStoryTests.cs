using System.Text;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Quality;
using Dispatch.TestKit;
using Microsoft.Playwright;

namespace Dispatch.Browser.Tests;

/// <summary>An exam in the browser of the one who sits it: no question is told, the result is, and what it opens comes at once.</summary>
public sealed class ExamStoryTests : BrowserTest
{
    private const string Label = "skilled";

    [ChromiumFact]
    public async Task NewAnnotator_FailsAnExam_IsGrantedAnother_PassesIt_AndGetsThePaidWork()
    {
        var project = await SeedAsync();
        var page = await SignInAsync("/", "Ann");
        await page.GetByTestId("go-available").ClickAsync();
        await AnswerAsync(page, right: false, 1);
        await Assertions.Expect(page.GetByTestId("exam-text")).ToContainTextAsync("1 of 2 questions are answered");
        await Assertions.Expect(page.GetByTestId("feedback")).ToHaveCountAsync(0);
        await AnswerAsync(page, right: true, 2);
        await Assertions.Expect(page.GetByTestId("exam-text")).ToContainTextAsync("The exam was not passed: 50 % of 2 questions, and 100 % were asked for.");
        await Assertions.Expect(page.GetByTestId("task")).ToHaveCountAsync(0);
        await ScreenshotAsync(page, "exam-failed");
        await page.GetByTestId("nav-standing").ClickAsync();
        await Assertions.Expect(page.GetByTestId("exam-text")).ToContainTextAsync("A supervisor can grant another one.");
        await ScreenshotAsync(page, "exam-standing");
        await page.GetByTestId("nav-work").ClickAsync();

        var ann = (await Api.ListPresenceAsync(project)).Items.ShouldHaveSingleItem();
        await Api.GrantExamAsync(ann.WorkerId, project, "The first was noisy.");
        await AnswerAsync(page, right: true, 3);
        await AnswerAsync(page, right: true, 4);
        await Assertions.Expect(page.GetByTestId("exam-text")).ToContainTextAsync("You passed the exam");
        await Assertions.Expect(page.GetByTestId("task")).ToContainTextAsync("paid 1");
        await ScreenshotAsync(page, "exam-passed");
    }

    private async Task<Guid> SeedAsync()
    {
        var project = await Api.CreateProjectAsync(new CreateProjectRequest
        {
            Name = "Pairs",
            Form = new FormSpec { Type = "preference", Binding = new JsonText("""{"id":"id","prompt":"p","responses":["x","y"],"known":"k"}""") },
            Quality = new QualityPolicy { Exam = new ExamPolicy { Questions = 2, PassScore = 1, Label = Label, AttemptsMax = 1 } },
        });
        var exam = await Api.CreateBatchAsync(project, new CreateBatchRequest { Name = "Exam", Purpose = BatchPurpose.Exam, Gold = new GoldSpec { Use = GoldUse.All } });
        await ImportAsync(exam, 10, "question", known: true);
        var paid = await Api.CreateBatchAsync(project, new CreateBatchRequest { Name = "Paid", Requires = [new Selector { Label = Label, Operator = SelectorOperator.Equal, Value = new JsonText("true") }] });
        await ImportAsync(paid, 3, "paid", known: false);
        foreach (var batch in (Guid[])[exam, paid]) await Api.ChangeBatchAsync(batch, "open");
        return project;
    }
}
