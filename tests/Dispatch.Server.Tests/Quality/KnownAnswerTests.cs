using System.Text;
using Dispatch.Client;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Quality;
using Dispatch.Server.Tests.MainJob;
using Dispatch.TestKit;

namespace Dispatch.Server.Tests.Quality;

/// <summary>Known answers that come from producers and supervisors: fit for their task, or refused; and explained to whoever is judged by them.</summary>
public sealed class KnownAnswerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Correction_ThatDoesNotFitItsTask_IsRefusedAndChangesNothing()
    {
        await using var server = await ServerHarness.StartAsync();
        var project = await server.Api.CreateProjectAsync(Project("""{"type":"ranking","settings":{"ties":false}}""", """{"id":"id","prompt":"p","responses":["a","b","c"],"known":"gold"}"""));
        var batch = await BatchAsync(server, project, BatchPurpose.Work, """{"id":"g","p":"p","a":"x","b":"y","c":"z","gold":["a","b","c"]}""");
        foreach (var unfit in (string[])["""{"ranking":["b","a"]}""", """{"ranking":["a","b","c","d"]}""", """{"accepted":[{"ranking":["a","b","c"]},{"ranking":["a","a","c"]}]}""", """{"ranking":["a","b","c"],"reason":7}"""])
        {
            var refused = await Should.ThrowAsync<DispatchApiException>(() => CorrectAsync(server, batch, unfit));
            (refused.Status, refused.Code).ShouldBe((400, "form_mismatch"), unfit);
        }

        (await Should.ThrowAsync<DispatchApiException>(() => CorrectAsync(server, batch, """{"ranking":["c","b","a"]}""", key: "other"))).Code.ShouldBe("unknown_task");
        (await server.Api.ListGoldAsync(project)).Items.ShouldHaveSingleItem().Known.Json.ShouldBe("""{"ranking":["a","b","c"]}""", "what was refused changed nothing");
        await CorrectAsync(server, batch, """{"ranking":["c","b","a"],"reason":"The guide says so."}""");
        (await server.Api.ListGoldAsync(project)).Items.ShouldHaveSingleItem().Known.Json.ShouldBe("""{"accepted":[{"ranking":["c","b","a"]}],"reason":"The guide says so."}""");
    }

    [Fact]
    public async Task Import_RefusesALineWhoseKnownAnswerDoesNotFit_OrWhichLacksOneThatIsNeeded()
    {
        await using var server = await ServerHarness.StartAsync();
        var project = await server.Api.CreateProjectAsync(Project("""{"type":"spans","settings":{"types":["fact"]}}""", """{"id":"id","text":"t","known":"gold"}"""));
        var batch = await server.Api.CreateBatchAsync(project, new CreateBatchRequest { Name = "exam", Purpose = BatchPurpose.Exam, Gold = new GoldSpec { Use = GoldUse.All } });
        var import = await server.Api.ImportAsync(batch, Lines("""{"id":1,"t":"0123456789","gold":[{"start":2,"end":11,"type":"fact"}]}""", """{"id":2,"t":"0123456789"}""", """{"id":3,"t":"0123456789","gold":[{"start":2,"end":9,"type":"fact"}]}"""));
        (import.Accepted, import.Refused).ShouldBe((1, 2));
        import.Errors.Select(error => (error.Line, error.Code, error.Place)).ShouldBe([(1, RefusalCode.BindingMismatch, "$.gold"), (2, RefusalCode.BindingMismatch, null)]);
    }

    [Fact]
    public async Task Explanation_IsToldWithTheFeedback_AndReadWithTheDispute()
    {
        await using var server = await ServerHarness.StartAsync();
        var project = await server.Api.CreateProjectAsync(Project("""{"type":"choice","settings":{"options":["yes","no"],"shuffle":false}}""", """{"id":"id","prompt":"p","known":"gold","explanation":"why"}"""));
        await BatchAsync(server, project, BatchPurpose.Work, """{"id":"g","p":"p","gold":"yes","why":"Page 3 of the guide."}""");
        await using var worker = await server.ConnectAsync("judged", project);
        await worker.SetActivityAsync(Activity.Available);
        var task = await worker.NextAsync(Patience);
        task.Content.Json.ShouldNotContain("guide");
        var feedback = (await worker.SubmitAsync(task, new JsonText("""{"choice":"2"}"""))).Feedback.ShouldNotBeNull();
        (feedback.Score, feedback.Reason, feedback.Accepted.Json).ShouldBe((0, "Page 3 of the guide.", """{"accepted":[{"choice":"1"}]}"""));
        (await worker.DisputeAsync(project, task.AssignmentId, feedback.Source!, "It does not.")).Refusal.ShouldBeNull();
        var dispute = (await server.Api.ListDisputesAsync(project)).Items.ShouldHaveSingleItem();
        (await server.Api.GetDisputeAsync(dispute.DisputeId)).KnownReason.ShouldBe("Page 3 of the guide.");
    }

    [Fact]
    public async Task Reviewers_ShowAgreementWithTheSecondLook()
    {
        await using var server = await ServerHarness.StartAsync();
        var project = await server.Api.CreateProjectAsync(Requests.Preference($"project {Guid.NewGuid():N}") with { Quality = Requests.Open with { Review = new ReviewPolicy { SampleShare = 1, SecondPassShare = 1 } } });
        var batch = await server.Api.CreateBatchAsync(project, new CreateBatchRequest { Name = "batch" });
        await server.Api.ImportAsync(batch, Requests.Lines(1));
        await server.Api.ChangeBatchAsync(batch, "open");
        await using var worker = await server.ConnectAsync("author", project);
        await worker.SetActivityAsync(Activity.Available);
        await worker.SubmitAsync(await worker.NextAsync(Patience), Requests.ChooseFirst);
        var boss = server.Api.Token;
        foreach (var name in (string[])["rita", "rolf"])
        {
            server.Api.Token = (await server.Api.GetDevTokenAsync(new DevTokenRequest { Name = name, Roles = [Roles.Reviewer] })).Token;
            var review = await Eventually.GetAsync(async () => (await server.Api.ListReviewsAsync(project)).Items is [var waiting] ? waiting : null, Patience, "a look");
            await server.Api.DecideReviewAsync(review.ReviewId, new ReviewDecisionRequest { Verdict = ReviewVerdict.Approve });
        }

        (await Should.ThrowAsync<DispatchApiException>(() => server.Api.ListReviewersAsync(project))).Status.ShouldBe(403);
        server.Api.Token = boss;
        var reviewers = await Eventually.GetAsync(async () => await server.Api.ListReviewersAsync(project) is { } rows && rows.All(row => row.Compared == 1) ? rows : null, Patience, "both compared");
        reviewers.Select(row => (row.Reviews, row.Agreement, row.Overturned)).ShouldBe([(1, 1.0, 0), (1, 1.0, 0)]);
    }

    private static CreateProjectRequest Project(string form, string binding)
    {
        using var parsed = System.Text.Json.JsonDocument.Parse(form);
        return new CreateProjectRequest
        {
            Name = $"project {Guid.NewGuid():N}",
            Form = new FormSpec { Type = parsed.RootElement.GetProperty("type").GetString()!, Settings = new JsonText(parsed.RootElement.GetProperty("settings").GetRawText()), Binding = new JsonText(binding) },
            Instructions = "Do it.",
            Quality = Requests.Open,
        };
    }

    private static async Task<Guid> BatchAsync(ServerHarness server, Guid project, BatchPurpose purpose, params string[] lines)
    {
        var batch = await server.Api.CreateBatchAsync(project, new CreateBatchRequest { Name = $"batch {Guid.NewGuid():N}", Purpose = purpose, Gold = new GoldSpec { Use = GoldUse.All } });
        (await server.Api.ImportAsync(batch, Lines(lines))).Refused.ShouldBe(0);
        await server.Api.ChangeBatchAsync(batch, "open");
        return batch;
    }

    private static Task<GoldCorrectionDto> CorrectAsync(ServerHarness server, Guid batch, string known, string key = "g") =>
        server.Api.CorrectGoldAsync(batch, new GoldCorrectionRequest { Key = key, Known = new JsonText(known), Reason = "Mistaken." });

    private static MemoryStream Lines(params string[] lines) => new(Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n"));
}
