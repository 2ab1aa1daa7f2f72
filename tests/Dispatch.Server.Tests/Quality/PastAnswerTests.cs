using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dispatch.Client;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Quality;
using Dispatch.Contracts.Worker;
using Dispatch.Server.Tests.MainJob;
using Dispatch.Storage;
using Dispatch.TestKit;

namespace Dispatch.Server.Tests.Quality;

/// <summary>People see what they were judged on: their past answers with the tasks, the reviewer's note and correction; and whoever decides a dispute sees the same.</summary>
public sealed class PastAnswerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly QualityPolicy AllReviewed = new() { Review = new ReviewPolicy { SampleShare = 1 } };

    [Fact]
    public async Task Note_ReachesItsAuthor_AtOnceAndLater_OnSqlite() => await NoteReachesItsAuthorAsync(postgreSql: false);

    [PostgreSqlFact]
    public async Task Note_ReachesItsAuthor_AtOnceAndLater_OnPostgreSql() => await NoteReachesItsAuthorAsync(postgreSql: true);

    private static async Task NoteReachesItsAuthorAsync(bool postgreSql)
    {
        await using var server = await ServerHarness.StartAsync(postgreSql);
        var project = await ProjectAsync(server, AllReviewed);
        await BatchAsync(server, project, new CreateBatchRequest { Name = "batch" }, Requests.Lines(4));
        await using var worker = await server.ConnectAsync("ann", project);
        List<AssignmentMessage> answered = [];
        await worker.SetActivityAsync(Activity.Available);
        for (var i = 0; i < 4; i++) answered.Add(await AnswerAsync(worker, Requests.ChooseFirst));
        ReviewVerdict[] verdicts = [ReviewVerdict.Approve, ReviewVerdict.FixAndApprove, ReviewVerdict.RejectRequeue, ReviewVerdict.RejectRemove];
        for (var i = 0; i < 4; i++)
        {
            var (task, heard) = (answered[i], Hears(worker));
            var review = (await server.Api.ListReviewsAsync(project)).Items.Single(row => row.AssignmentId == task.AssignmentId);
            var corrected = verdicts[i] == ReviewVerdict.FixAndApprove ? new JsonText($$"""{"choice":"{{Other(review.Answer)}}"}""") : null;
            await server.Api.DecideReviewAsync(review.ReviewId, new ReviewDecisionRequest { Verdict = verdicts[i], Note = $"note {i}", FixedAnswer = corrected });
            var notice = await heard.WaitAsync(Patience);
            notice.AssignmentId.ShouldBe(task.AssignmentId);
            notice.Text.ShouldContain($"The note to you: “note {i}”");
            notice.Text.ShouldContain(((string[])["approved", "corrected", "asked again of somebody else", "nobody is asked in its place"])[i]);
        }

        var page = await worker.ListAnswersAsync(project);

        page.Next.ShouldBeNull();
        page.Answers.Select(answer => answer.AssignmentId).ShouldBe(answered.AsEnumerable().Reverse().Select(task => task.AssignmentId));
        var told = page.Answers.Reverse().ToArray();
        told.Select(answer => answer.Fate).ShouldBe([AnswerFate.Counted, AnswerFate.Counted, AnswerFate.Rejected, AnswerFate.Rejected]);
        told.Select(answer => (answer.Reviews.Single().Verdict, answer.Reviews.Single().Note)).ShouldBe(verdicts.Select((verdict, i) => (verdict, (string?)$"note {i}")));
        for (var i = 0; i < 4; i++)
        {
            told[i].Content.Json.ShouldBe(answered[i].Content.Json, "as it was shown, in the same order under the same keys");
            told[i].Answer.Json.ShouldBe("""{"choice":"1"}""");
        }

        told[1].Reviews.Single().Correction!.Json.ShouldBe("""{"choice":"2"}""");
        told.ShouldAllBe(answer => answer.HandlingMs >= 0 && answer.SubmittedAt != default && answer.Accepted == null);
        JsonSerializer.Serialize(page, DispatchJson.Options).ShouldNotContain(await BossAsync(server), Case.Insensitive, "who reviewed is not told");
        var one = (await worker.GetAnswerAsync(answered[2].AssignmentId)).Answer.ShouldNotBeNull();
        one.Reviews.Single().Text.ShouldBe("A reviewer rejected your answer: it does not count, and the task is asked again of somebody else.");
        var judged = await Eventually.GetAsync(async () => (await worker.GetAnswerAsync(answered[2].AssignmentId)).Answer!.Judgements is [var row] ? row : null, Patience, "the judgement");
        (judged.Kind, judged.Score, judged.Dispute).ShouldBe((EvidenceKinds.Review, 0, null));
    }

    [Fact]
    public async Task Answers_AreNobodyElses()
    {
        await using var server = await ServerHarness.StartAsync();
        var project = await ProjectAsync(server, new QualityPolicy());
        await BatchAsync(server, project, new CreateBatchRequest { Name = "batch" }, Requests.Lines(3));
        await using var ann = await server.ConnectAsync("ann", project);
        await using var bob = await server.ConnectAsync("bob", project);
        await ann.SetActivityAsync(Activity.Available);
        var task = await AnswerAsync(ann, Requests.ChooseFirst);
        var me = ann.Snapshot!.WorkerId;

        (await bob.GetAnswerAsync(task.AssignmentId)).Refusal!.Code.ShouldBe(RefusalCode.UnknownAssignment);
        (await bob.ListAnswersAsync()).Answers.ShouldBeEmpty();
        (await ann.GetAnswerAsync(ann.Held[0].AssignmentId)).Refusal!.Code.ShouldBe(RefusalCode.UnknownAssignment, "what is held is no past answer");
        (await ann.ListAnswersAsync(cursor: "7")).Refusal!.Code.ShouldBe(RefusalCode.BadCursor);

        var boss = server.Api.Token;
        (await server.Api.ListAnswersAsync(me, project)).Answers.ShouldHaveSingleItem().AssignmentId.ShouldBe(task.AssignmentId, "a supervisor sees what the worker sees");
        server.Api.Token = (await server.Api.GetDevTokenAsync(new DevTokenRequest { Name = "bob", ProjectIds = [project] })).Token;
        foreach (var read in (Func<Task>[])[() => server.Api.ListAnswersAsync(me), () => server.Api.GetAnswerAsync(me, task.AssignmentId)])
        {
            var refused = await Should.ThrowAsync<DispatchApiException>(read);
            (refused.Status, refused.Code).ShouldBe((403, "forbidden"));
        }

        (await Should.ThrowAsync<DispatchApiException>(() => server.Api.GetAnswerAsync(bob.Snapshot!.WorkerId, task.AssignmentId))).Code.ShouldBe("unknown_assignment");
        server.Api.Token = (await server.Api.GetDevTokenAsync(new DevTokenRequest { Name = "ann", ProjectIds = [project] })).Token;
        (await server.Api.GetAnswerAsync(me, task.AssignmentId)).Content.Json.ShouldBe(task.Content.Json);
        (await Should.ThrowAsync<DispatchApiException>(() => server.Api.ListAnswersAsync(me, cursor: "none"))).Code.ShouldBe("bad_cursor");
        server.Api.Token = boss;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Gold_LooksLikeEverythingElse_UnlessItIsRevealed(bool reveal)
    {
        await using var server = await ServerHarness.StartAsync();
        var project = await ProjectAsync(server, new QualityPolicy { Gold = new GoldPolicy { RateMin = 0, RateBase = 0, RateMax = 0, Reveal = reveal }, ConsensusWeight = 0.3 });
        await BatchAsync(server, project, new CreateBatchRequest { Name = "plain", Overlap = 2, Priority = 5 }, Requests.Lines(2));
        await BatchAsync(server, project, new CreateBatchRequest { Name = "known", Gold = new GoldSpec { Use = GoldUse.All }, Overlap = 2 }, Requests.Golds(2, "g"));
        await using var ann = await server.ConnectAsync("ann", project);
        await using var bob = await server.ConnectAsync("bob", project);
        foreach (var worker in (WorkerConnection[])[ann, bob])
        {
            await worker.SetActivityAsync(Activity.Available);
            for (var i = 0; i < 4; i++) await AnswerAsync(worker, Requests.ChooseFirst);
        }

        // All that can be learned of these answers is there: two judgements by gold, and two by what the other one answered.
        await Eventually.TrueAsync(async () => (await server.Api.ListEvaluationsAsync(ann.Snapshot!.WorkerId, project)).Items.Count == 4, Patience, "two judgements by gold and two by consensus");
        var answers = (await ann.ListAnswersAsync()).Answers;
        var golds = answers.Where(answer => answer.Content.Json.Contains(Requests.Right, StringComparison.Ordinal)).ToArray();
        (golds.Length, answers.Count).ShouldBe((2, 4));
        if (reveal)
        {
            golds.ShouldAllBe(answer => answer.Accepted != null && answer.Judgements.Single().Kind == EvidenceKinds.Gold);
            answers.Except(golds).ShouldAllBe(answer => answer.Accepted == null && answer.Judgements.Single().Kind == EvidenceKinds.Consensus);
            return;
        }

        // Nothing that is not the task itself, a time or an id differs, and no member is there or missing.
        var shapes = answers.Select(answer => Shape(answer)).Distinct(StringComparer.Ordinal).ToArray();
        shapes.ShouldHaveSingleItem();
        foreach (var answer in answers) Shape((await ann.GetAnswerAsync(answer.AssignmentId)).Answer!).ShouldBe(shapes[0]);
    }

    [Fact]
    public async Task Answer_IsDrawnByTheFormItWasGivenUnder()
    {
        await using var server = await ServerHarness.StartAsync();
        CreateProjectRequest Choice(string settings) => new()
        {
            Name = "Choices",
            Instructions = "Choose.",
            Form = new FormSpec { Type = "choice", Settings = new JsonText(settings), Binding = new JsonText("""{"id":"id","prompt":"p"}""") },
        };
        var old = Choice("""{"options":[{"key":"y","label":"Yes"},{"key":"n","label":"No"}],"shuffle":false}""");
        var project = await server.Api.CreateProjectAsync(old);
        await BatchAsync(server, project, new CreateBatchRequest { Name = "batch" }, Lines("""{"id":"1","p":"one"}""", """{"id":"2","p":"two"}"""));
        await using var worker = await server.ConnectAsync("ann", project);
        await worker.SetActivityAsync(Activity.Available);
        var before = await AnswerAsync(worker, new JsonText("""{"choice":"2"}"""));

        await server.Api.UpdateProjectAsync(project, Choice("""{"options":[{"key":"m","label":"Maybe"},{"key":"y","label":"Surely"},{"key":"n","label":"Never"}],"shuffle":false}"""));

        var drawn = (await worker.GetAnswerAsync(before.AssignmentId)).Answer!;
        drawn.Content.Json.ShouldBe(before.Content.Json);
        drawn.Answer.Json.ShouldBe("""{"choice":"2"}""");
        drawn.FormSettings.Json.ShouldBe(old.Form.Settings.Json);
    }

    [Fact]
    public async Task LongAnswers_MakeShortPages_AndNoneIsMissed()
    {
        await using var server = await ServerHarness.StartAsync();
        var project = await ProjectAsync(server, new QualityPolicy());
        var text = new string('x', 200_000);
        await BatchAsync(server, project, new CreateBatchRequest { Name = "batch" }, Lines([.. Enumerable.Range(1, 7).Select(i => $$"""{"task_id":"{{i}}","prompt":"{{text}}","response_a":"a","response_b":"b"}""")]));
        await using var worker = await server.ConnectAsync("ann", project);
        await worker.SetActivityAsync(Activity.Available);
        HashSet<Guid> answered = [];
        for (var i = 0; i < 7; i++) answered.Add((await AnswerAsync(worker, Requests.ChooseFirst)).AssignmentId);

        List<int> sizes = [];
        string? cursor = null;
        do
        {
            var page = await worker.ListAnswersAsync(project, cursor);
            page.Refusal.ShouldBeNull();
            sizes.Add(page.Answers.Count);
            foreach (var answer in page.Answers) answered.Remove(answer.AssignmentId).ShouldBeTrue();
            cursor = page.Next;
        }
        while (cursor is not null);

        answered.ShouldBeEmpty();
        sizes.ShouldBe([4, 3], $"four texts of {text.Length} characters fit into {Limits.AnswersPageCharacters}");
    }

    [Fact]
    public async Task Dispute_ShowsTheTaskAsItWasShown_AndIsOfTheAnswerThatWasJudged()
    {
        await using var server = await ServerHarness.StartAsync();
        var project = await ProjectAsync(server, AllReviewed);
        await BatchAsync(server, project, new CreateBatchRequest { Name = "batch" }, Requests.Lines(2));
        await using var worker = await server.ConnectAsync("ann", project);
        await worker.SetActivityAsync(Activity.Available);
        var (task, other) = (await AnswerAsync(worker, Requests.ChooseFirst), await AnswerAsync(worker, Requests.ChooseFirst));
        var review = (await server.Api.ListReviewsAsync(project)).Items.Single(row => row.AssignmentId == task.AssignmentId);
        await server.Api.DecideReviewAsync(review.ReviewId, new ReviewDecisionRequest { Verdict = ReviewVerdict.RejectRequeue, Note = "The second is better." });
        var judged = await Eventually.GetAsync(async () => (await worker.GetAnswerAsync(task.AssignmentId)).Answer!.Judgements is [var row] ? row : null, Patience, "the judgement");

        (await worker.DisputeAsync(project, other.AssignmentId, judged.Source, "No.")).Refusal.ShouldNotBeNull("that answer was not judged so");
        (await worker.DisputeAsync(project, task.AssignmentId, judged.Source, "Response 1 names its source.")).Refusal.ShouldBeNull();

        var open = (await server.Api.ListDisputesAsync(project)).Items.ShouldHaveSingleItem();
        var read = await server.Api.GetDisputeAsync(open.DisputeId);
        (read.Content!.Json, read.Answer!.Json, read.FormType).ShouldBe((task.Content.Json, """{"choice":"1"}""", "preference"));
        (read.Reason, read.Kind, read.Score, read.Reviews.Single().Note).ShouldBe(("Response 1 names its source.", EvidenceKinds.Review, 0, "The second is better."));
        await server.Api.DecideDisputeAsync(open.DisputeId, new DisputeDecisionRequest { Uphold = true, Reason = "It does." });
        var upheld = await Eventually.GetAsync(async () => (await worker.GetAnswerAsync(task.AssignmentId)).Answer!.Judgements is [{ IsMasked: true } row] ? row : null, Patience, "the mask");
        (upheld.Dispute!.State, upheld.Dispute.Resolution, upheld.Dispute.Reason).ShouldBe((DisputeState.Upheld, "It does.", "Response 1 names its source."));
    }

    private static Task<Guid> ProjectAsync(ServerHarness server, QualityPolicy quality) => server.Api.CreateProjectAsync(Requests.Preference($"project {Guid.NewGuid():N}") with { Quality = quality });

    private static async Task BatchAsync(ServerHarness server, Guid project, CreateBatchRequest request, MemoryStream lines)
    {
        var batch = await server.Api.CreateBatchAsync(project, request);
        (await server.Api.ImportAsync(batch, lines)).Refused.ShouldBe(0);
        await server.Api.ChangeBatchAsync(batch, "open");
    }

    private static async Task<AssignmentMessage> AnswerAsync(WorkerConnection worker, JsonText answer)
    {
        var task = await worker.NextAsync(Patience);
        (await worker.SubmitAsync(task, answer)).Refusal.ShouldBeNull();
        return task;
    }

    private static Task<Notice> Hears(WorkerConnection worker)
    {
        var heard = new TaskCompletionSource<Notice>(TaskCreationOptions.RunContinuationsAsynchronously);
        worker.Noticed += notice => heard.TrySetResult(notice);
        return heard.Task;
    }

    private static async Task<string> BossAsync(ServerHarness server) => (await server.Api.GetDevTokenAsync(new DevTokenRequest { Name = "boss", Roles = [Roles.Admin] })).WorkerId.ToString();

    private static string Other(JsonText answer) => answer.Json.Contains("\"1\"", StringComparison.Ordinal) ? "2" : "1";

    /// <summary>A view without what must differ: ids, times, and the texts of the task.</summary>
    private static string Shape(AnswerView answer)
    {
        var json = JsonNode.Parse(JsonSerializer.Serialize(answer, DispatchJson.Options))!.AsObject();
        foreach (var own in (string[])["assignmentId", "submittedAt", "handlingMs"]) json[own] = "…";
        json["content"]!["prompt"] = "…";
        foreach (var response in json["content"]!["responses"]!.AsArray()) response!["text"] = "…";
        return json.ToJsonString();
    }

    private static MemoryStream Lines(params string[] lines) => new(Encoding.UTF8.GetBytes(string.Join('\n', lines)));
}
