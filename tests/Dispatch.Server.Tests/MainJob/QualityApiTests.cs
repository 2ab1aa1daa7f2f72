using System.Text;
using System.Text.Json;
using Dispatch.Client;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Quality;
using Dispatch.Contracts.Worker;
using Dispatch.Storage;
using Dispatch.TestKit;

namespace Dispatch.Server.Tests.MainJob;

/// <summary>Reviews, gold and gates as a supervisor meets them: through HTTP, with somebody at work on the other side.</summary>
public sealed class QualityApiTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly GatePolicy Gate = new() { Evidence = new EvidenceClause { Enter = 3 }, Rank = new RankClause { Top = 5 } };

    [Fact]
    public Task RejectedAnswer_StopsCountingAndTheTaskIsAskedAgain_OnSqlite() => RejectAsync(postgreSql: false);

    [PostgreSqlFact]
    public Task RejectedAnswer_StopsCountingAndTheTaskIsAskedAgain_OnPostgreSql() => RejectAsync(postgreSql: true);

    [Fact]
    public async Task CorrectedAnswer_CountsInPlaceOfTheFirst()
    {
        await using var server = await ServerHarness.StartAsync();
        var (project, batch, _) = await AnsweredAsync(server, "author", tasks: 1);
        var review = await OnlyReviewAsync(server, project);
        var (other, text) = Responses(review.Content).Single(response => response.Key != Choice(review.Answer)); // "a 1" or "b 1": the canonical key is its first letter
        var without = await RefusedAsync(() => server.Api.DecideReviewAsync(review.ReviewId, new ReviewDecisionRequest { Verdict = ReviewVerdict.FixAndApprove }));
        without.Status.ShouldBe(400);
        var decided = await server.Api.DecideReviewAsync(review.ReviewId, new ReviewDecisionRequest { Verdict = ReviewVerdict.FixAndApprove, FixedAnswer = new JsonText($$"""{"choice":"{{other}}"}""") });
        decided.Verdict.ShouldBe(ReviewVerdict.FixAndApprove);
        decided.DecidedAt.ShouldNotBeNull().ShouldBe((await server.Store.GetReviewAsync(review.ReviewId, CancellationToken.None))!.DecidedAt!.Value);
        Choice(decided.FixedAnswer!).ShouldBe(other);
        (await server.Api.GetBatchAsync(batch)).Answers.ShouldBe(1);
        (await server.ExportAsync(batch)).ShouldHaveSingleItem().ShouldContain($$"""
            "fixed_answer":{"choice":"{{text[0]}}"}
            """, Case.Sensitive);
        using var training = JsonDocument.Parse(await new StreamReader(await server.Api.ExportAsync(batch, "trl-preference")).ReadToEndAsync());
        training.RootElement.GetProperty("chosen").GetRawText().ShouldContain(text, Case.Sensitive, "what stands is what trains");
    }

    [Fact]
    public async Task CorrectedGold_JudgesAnewWhomItTouched()
    {
        await using var server = await ServerHarness.StartAsync();
        var project = await server.Api.CreateProjectAsync(Requests.Preference($"project {Guid.NewGuid():N}"));
        var golds = await server.Api.CreateBatchAsync(project, new CreateBatchRequest { Name = "golds", Gold = new GoldSpec { Use = GoldUse.All } });
        await server.Api.ImportAsync(golds, new MemoryStream(Encoding.UTF8.GetBytes("""{"task_id":"g/1","prompt":"p","response_a":"a","response_b":"b","gold":"a"}""" + "\n")));
        await server.Api.ChangeBatchAsync(golds, "open");
        await using var worker = await server.ConnectAsync("judged", project);
        await worker.SetActivityAsync(Activity.Available);
        var task = await worker.NextAsync(Patience);
        (await worker.SubmitAsync(task, Answer(task, "b"))).Feedback.ShouldNotBeNull().Score.ShouldBe(0);
        var told = new TaskCompletionSource<StandingChanged>(TaskCreationOptions.RunContinuationsAsynchronously);
        worker.StandingChanged += change =>
        {
            if (change.Cause.Kind == StandingCauseKind.Correction) told.TrySetResult(change);
        };

        var unfit = await RefusedAsync(() => server.Api.CorrectGoldAsync(golds, new GoldCorrectionRequest { Key = "g/1", Known = new JsonText("""{"accepted":[{"choice":"b"},{"ratings":1}]}"""), Reason = "Mistaken." }));
        (unfit.Status, unfit.Code).ShouldBe((400, "form_mismatch"));
        (await server.Api.ListGoldAsync(project)).Items.ShouldHaveSingleItem().Known.Json.ShouldBe("""{"choice":"a"}""", "what was refused changed nothing");

        var corrected = await server.Api.CorrectGoldAsync(golds, new GoldCorrectionRequest { Key = "g/1", Known = new JsonText("""{"choice":"b"}"""), Reason = "It was the other one." });
        (corrected.Rescored, corrected.Changed, corrected.Workers).ShouldBe((1, 1, 1));
        await told.Task.WaitAsync(Patience);
        var rows = (await server.Api.ListEvaluationsAsync(worker.Snapshot!.WorkerId, project)).Items;
        rows.Select(row => row.Kind).Order(StringComparer.Ordinal).ShouldBe([EvidenceKinds.Gold, EvidenceKinds.Gold, EvidenceKinds.Mask]);
        rows.Max(row => row.Score).ShouldBe(1);
    }

    [Fact]
    public async Task Gate_IsForGoldenBatchesAndIsCheckedBeforeItIsTaken()
    {
        await using var server = await ServerHarness.StartAsync();
        var (project, standard) = await server.SeedAsync(1);
        var golden = await server.Api.CreateBatchAsync(project, new CreateBatchRequest { Name = "golden", Tier = BatchTier.Golden });
        (await RefusedAsync(() => server.Api.SetGateAsync(standard, Gate))).Status.ShouldBe(409);
        (await RefusedAsync(() => server.Api.SetGateAsync(golden, Gate with { Rank = new RankClause { Top = -1 } }))).Status.ShouldBe(400);
        (await server.Api.GetGateAsync(golden)).Policy.ShouldBeNull("what was refused changed nothing");
        var first = await server.Api.SetGateAsync(golden, Gate);
        var second = await server.Api.SetGateAsync(golden, Gate with { Rank = new RankClause { Top = 6 } });
        second.Version.ShouldBe(first.Version + 1);
        (await server.Api.GetGateAsync(golden)).Policy!.Rank!.Top.ShouldBe(6);
        (await server.Api.TryGateAsync(golden, new GateTrialRequest { Policy = Gate })).WouldPass.ShouldBe(0);
        (await server.Api.BacktestGateAsync(golden, new GateTrialRequest { Policy = Gate })).Evaluations.ShouldBe(0);
    }

    private static async Task RejectAsync(bool postgreSql)
    {
        await using var server = await ServerHarness.StartAsync(postgreSql);
        var (project, batch, assignment) = await AnsweredAsync(server, "author", tasks: 1);
        (await RefusedAsync(() => server.Api.GetGateStampAsync(assignment))).Status.ShouldBe(404);
        var review = await OnlyReviewAsync(server, project);
        review.Counted.ShouldBeTrue();
        var mute = await RefusedAsync(() => server.Api.DecideReviewAsync(review.ReviewId, new ReviewDecisionRequest { Verdict = ReviewVerdict.RejectRequeue }));
        (mute.Status, mute.Remedy).ShouldBe((400, "Say what is wrong with the answer; its author reads it."));
        (await server.Api.GetBatchAsync(batch)).Answers.ShouldBe(1, "what was refused changed nothing");

        var reject = new ReviewDecisionRequest { Verdict = ReviewVerdict.RejectRequeue, Note = "The second is better." };
        var key = Guid.NewGuid().ToString();
        (await server.Api.DecideReviewAsync(review.ReviewId, reject, key)).Score.ShouldBe(0);
        (await server.Api.DecideReviewAsync(review.ReviewId, reject, key)).Score.ShouldBe(0, "the same key gets the same reply");
        (await RefusedAsync(() => server.Api.DecideReviewAsync(review.ReviewId, reject))).Status.ShouldBe(409);
        (await server.Api.GetBatchAsync(batch)).Answers.ShouldBe(0);

        // Asked again, but not of its author.
        await using var another = await server.ConnectAsync("another", project);
        await another.SetActivityAsync(Activity.Available);
        var again = await another.NextAsync(Patience);
        (await another.SubmitAsync(again, Requests.ChooseFirst)).Refusal.ShouldBeNull();
        (await server.Api.GetBatchAsync(batch)).Answers.ShouldBe(1);
        var author = (await server.Api.GetAssignmentAsync(assignment)).WorkerId;
        var evidence = await Eventually.GetAsync(async () => (await server.Api.ListEvaluationsAsync(author, project)).Items is [var row] ? row : null, Patience, "what the review says of its author");
        (evidence.Kind, evidence.Score).ShouldBe((EvidenceKinds.Review, 0));
    }

    /// <summary>A project of which every answer goes to a reviewer, a batch of one answer a task, and one task answered.</summary>
    private static async Task<(Guid Project, Guid Batch, Guid Assignment)> AnsweredAsync(ServerHarness server, string name, int tasks)
    {
        var project = await server.Api.CreateProjectAsync(Requests.Preference($"project {Guid.NewGuid():N}") with { Quality = new QualityPolicy { Review = new ReviewPolicy { SampleShare = 1 } } });
        var batch = await server.Api.CreateBatchAsync(project, new CreateBatchRequest { Name = "batch" });
        await server.Api.ImportAsync(batch, Requests.Lines(tasks));
        await server.Api.ChangeBatchAsync(batch, "open");
        await using var worker = await server.ConnectAsync(name, project);
        await worker.SetActivityAsync(Activity.Available);
        var task = await worker.NextAsync(Patience);
        (await worker.SubmitAsync(task, Requests.ChooseFirst)).Refusal.ShouldBeNull();
        return (project, batch, task.AssignmentId);
    }

    private static Task<ReviewDto> OnlyReviewAsync(ServerHarness server, Guid project) =>
        Eventually.GetAsync(async () => (await server.Api.ListReviewsAsync(project)).Items is [var review] ? review : null, Patience, "the answer before a reviewer");

    private static async Task<DispatchApiException> RefusedAsync(Func<Task> call) => await Should.ThrowAsync<DispatchApiException>(call);

    private static JsonText Answer(AssignmentMessage task, string text) =>
        new($$"""{"choice":"{{Responses(task.Content).Single(response => response.Text == text).Key}}"}""");

    private static (string? Key, string Text)[] Responses(JsonText content)
    {
        using var json = JsonDocument.Parse(content.Json);
        return [.. json.RootElement.GetProperty("responses").EnumerateArray().Select(response => (response.GetProperty("key").GetString(), response.GetProperty("text").GetString()!))];
    }

    private static string? Choice(JsonText answer)
    {
        using var json = JsonDocument.Parse(answer.Json);
        return json.RootElement.GetProperty("choice").GetString();
    }
}
