using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Quality;
using Dispatch.TestKit;
using Microsoft.Playwright;

namespace Dispatch.Browser.Tests;

/// <summary>The story of one answer: given, corrected or rejected by a reviewer with a note, read by its author with the task, disputed, and decided by somebody who sees both sides.</summary>
public sealed class PastAnswerStoryTests : BrowserTest
{
    [ChromiumFact]
    public async Task Author_ReadsTheNote_Disputes_AndTheSupervisorSeesBothSides()
    {
        await SeedAsync();
        var ann = await SignInAsync("/", "Ann");
        await ann.GetByTestId("go-available").ClickAsync();
        await AnswerAsync(ann, right: false, answered: 1);
        await AnswerAsync(ann, right: true, answered: 2);

        // A reviewer corrects the first answer and rejects the second, in words to their author.
        var rita = await SignInAsync("/?role=reviewer", "Rita");
        await rita.GetByTestId("review").WaitForAsync();
        await rita.GetByTestId("fix").ClickAsync();
        await rita.Locator(".response").Filter(new() { HasText = "the right one" }).ClickAsync();
        await NoteAsync(rita, "the right one names its source");
        await rita.GetByTestId("save-fix").ClickAsync();
        await Assertions.Expect(ann.GetByTestId("notice").First).ToContainTextAsync("corrected your answer; it stands as corrected");
        await Assertions.Expect(ann.GetByTestId("notice").First).ToContainTextAsync("the right one names its source");
        await Assertions.Expect(rita.GetByTestId("review-waiting")).ToContainTextAsync("1 decided");
        await NoteAsync(rita, "neither is any good");
        await rita.GetByTestId("reject").ClickAsync();
        await Assertions.Expect(ann.GetByTestId("notice").First).ToContainTextAsync("rejected your answer");
        await ScreenshotAsync(ann, "notice-of-a-review");

        // Its author follows the notice to the task, the own answer and the note.
        await ann.GetByTestId("notice").Nth(1).GetByTestId("notice-answer").ClickAsync();
        var card = ann.GetByTestId("answer-card");
        await Assertions.Expect(card).ToHaveCountAsync(1);
        await Assertions.Expect(card.GetByTestId("review-note-told")).ToHaveTextAsync("the right one names its source");
        await Assertions.Expect(card.GetByTestId("drawn-answer").First.Locator(".prompt")).ToContainTextAsync("everyday 1");
        await Assertions.Expect(card.GetByTestId("drawn-answer").First.Locator(".response.chosen")).ToContainTextAsync("the wrong one");
        await Assertions.Expect(card.GetByTestId("drawn-answer").Nth(1).Locator(".response.chosen")).ToContainTextAsync("the right one");
        await ScreenshotAsync(ann, "my-answers-corrected");
        await Assertions.Expect(ann.GetByTestId("answer-row")).ToHaveCountAsync(2);
        await ann.GetByTestId("answer-row").First.ClickAsync();
        var rejected = ann.GetByTestId("answer-card").Nth(1);
        await Assertions.Expect(rejected.GetByTestId("answer-fate")).ToContainTextAsync("rejected");
        await Assertions.Expect(rejected.GetByTestId("review-note-told")).ToHaveTextAsync("neither is any good");

        // She disputes it: the form is there at once, in view and focused, beside the task.
        await rejected.GetByTestId("judgement-dispute").ClickAsync();
        var reason = rejected.GetByTestId("dispute-reason");
        await Assertions.Expect(reason).ToBeFocusedAsync();
        await Assertions.Expect(reason).ToBeInViewportAsync();
        await reason.FillAsync("the right one is right: see page 3");
        await ScreenshotAsync(ann, "my-answers-disputing");
        await rejected.GetByTestId("dispute-send").ClickAsync();
        await Assertions.Expect(rejected.GetByTestId("judgement-dispute-state")).ToHaveTextAsync("waiting for a decision");

        // Who decides sees the task and the answer drawn by the form, the reviewer's note, and her words.
        var chief = await SignInAsync("/?role=supervisor", "Chief");
        await chief.GetByTestId("view-disputes").ClickAsync();
        await chief.GetByTestId("read-dispute").ClickAsync();
        var shown = chief.GetByTestId("disputed-answer");
        await Assertions.Expect(shown.Locator(".prompt").First).ToContainTextAsync("everyday 2");
        await Assertions.Expect(shown.Locator(".response.chosen").First).ToContainTextAsync("the right one");
        await Assertions.Expect(shown.GetByTestId("review-note-told")).ToHaveTextAsync("neither is any good");
        await Assertions.Expect(shown.GetByTestId("dispute-judged")).ToContainTextAsync("the right one is right: see page 3");
        await chief.GetByTestId("decide-reason").FillAsync("page 3 says so");
        await ScreenshotAsync(chief, "dispute-both-sides");
        await chief.GetByTestId("uphold").ClickAsync();
        await Assertions.Expect(chief.GetByTestId("no-disputes")).ToBeVisibleAsync();

        await Assertions.Expect(rejected.GetByTestId("judgement-dispute-state")).ToHaveTextAsync("you were right: page 3 says so");
        await ScreenshotAsync(ann, "my-answers-upheld");

        // The row of her standing leads to the same answer.
        await ann.GetByTestId("nav-standing").ClickAsync();
        await ann.GetByTestId("look").Last.ClickAsync();
        await Assertions.Expect(ann.GetByTestId("answer-card").GetByTestId("review-note-told")).ToHaveTextAsync("the right one names its source");
        await ScreenshotAsync(ann, "standing-row-with-answer");
    }

    private static async Task NoteAsync(IPage page, string note) => await page.GetByTestId("review-note").FillAsync(note);

    private async Task SeedAsync()
    {
        var project = await Api.CreateProjectAsync(new CreateProjectRequest
        {
            Name = "Pairs",
            Form = new FormSpec { Type = "preference", Binding = new JsonText("""{"id":"id","prompt":"p","responses":["x","y"],"known":"k"}""") },
            Quality = new QualityPolicy { Review = new ReviewPolicy { SampleShare = 1 } },
        });
        var work = await Api.CreateBatchAsync(project, new CreateBatchRequest { Name = "Everyday" });
        await ImportAsync(work, 6, "everyday", known: false);
        await Api.ChangeBatchAsync(work, "open");
    }
}
