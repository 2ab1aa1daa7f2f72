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

/// <summary>Somebody sits an exam: through the real hub, silo, API and stores.</summary>
public sealed class ExamTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly ExamPolicy Exam = new() { Questions = 2, PassScore = 1, Label = "skilled", AttemptsMax = 1, RetryAfterSeconds = 3_600 };

    [Fact]
    public Task Story_OnSqlite() => StoryAsync(postgreSql: false);

    [PostgreSqlFact]
    public Task Story_OnPostgreSql() => StoryAsync(postgreSql: true);

    private static async Task StoryAsync(bool postgreSql)
    {
        await using var server = await ServerHarness.StartAsync(postgreSql);
        var project = await SeedAsync(server, Exam);
        var paid = await server.Api.CreateBatchAsync(project, new CreateBatchRequest { Name = "paid", Requires = [new Selector { Label = "skilled", Operator = SelectorOperator.Equal, Value = new JsonText("true") }] });
        await server.Api.ImportAsync(paid, Requests.Lines(1));
        await server.Api.ChangeBatchAsync(paid, "open");
        await using var worker = await server.ConnectAsync("candidate", project);
        var me = worker.Snapshot!.WorkerId;
        List<string> notices = [];
        worker.Noticed += notice =>
        {
            lock (notices) notices.Add(notice.Text);
        };
        await worker.SetActivityAsync(Activity.Available);

        // One wrong, one right: neither is told, and nothing of it is in the standing.
        var first = await worker.NextAsync(Patience);
        var one = await worker.SubmitAsync(first, Requests.Choose(first, right: false));
        (one.Feedback, one.Exam!.State, one.Exam.Answered, one.Exam.LastScore).ShouldBe((null, ExamState.Open, 1, null));
        (await worker.ListEvidenceAsync(project)).Rows.ShouldBeEmpty("which questions were wrong is not told");
        (await worker.DisputeAsync(project, first.AssignmentId, $"exam:{first.AssignmentId:D}", "It was right.")).Refusal.ShouldNotBeNull();
        var second = one.Next ?? await worker.NextAsync(Patience);
        var two = await worker.SubmitAsync(second, Requests.Choose(second, right: true));
        (two.Feedback, two.Next, two.Exam!.State, two.Exam.LastScore).ShouldBe((null, null, ExamState.UsedUp, 0.5));
        await Eventually.TrueAsync(() => Task.FromResult(Said(notices, "The exam was not passed: 50 % of 2 questions, and 100 % were asked for.")), Patience, "the result in words");
        var standing = (await worker.GetStandingAsync(project)).ShouldNotBeNull();
        (standing.Accuracy.EffectiveN, standing.Exam!.State).ShouldBe((0, ExamState.UsedUp));
        standing.Evidence.ShouldAllBe(tally => tally.Rows == 0);
        var why = (await worker.WhyNothingAsync()).Reasons.Single(reason => reason.Reason == "exam");
        (why.Remedy, worker.Held.Count).ShouldBe(("Ask a supervisor for another attempt.", 0));

        // Granted, the next attempt has other questions, comes by itself, and opens what asks for the label.
        (await RefusedAsync(() => server.Api.GrantExamAsync(Guid.NewGuid(), project, "Why not."))).Status.ShouldBe(404);
        var key = Guid.NewGuid().ToString();
        await server.Api.GrantExamAsync(me, project, "The first was unfair.", key);
        await server.Api.GrantExamAsync(me, project, "The first was unfair.", key);
        var third = await worker.NextAsync(Patience);
        var fourth = (await worker.SubmitAsync(third, Requests.Choose(third, right: true))).Next ?? await worker.NextAsync(Patience);
        string[] seen = [.. await Task.WhenAll(new[] { first, second, third, fourth }.Select(async task => (await server.Api.GetAssignmentAsync(task.AssignmentId)).TaskKey))];
        seen.ShouldBeUnique();
        var passed = await worker.SubmitAsync(fourth, Requests.Choose(fourth, right: true));
        (passed.Exam!.State, passed.Exam.LastScore).ShouldBe((ExamState.Passed, 1));
        var work = passed.Next ?? await worker.NextAsync(Patience);
        work.BatchId.ShouldBe(paid);
        (await worker.SubmitAsync(work, Requests.ChooseFirst)).Next.ShouldBeNull("no question after a pass");
        (await worker.WhyNothingAsync()).Reasons.ShouldContain(reason => reason.Reason == "exam" && reason.Text.StartsWith("You passed the exam", StringComparison.Ordinal));

        var exams = await server.Api.GetExamsAsync(me, project);
        exams.Attempts.Select(attempt => (attempt.Attempt, attempt.Score, attempt.Passed)).ShouldBe([(1, 0.5, false), (2, 1.0, true)]);
        exams.Grants.ShouldHaveSingleItem().Reason.ShouldBe("The first was unfair.");
        exams.Exam!.State.ShouldBe(ExamState.Passed);
        var rows = (await server.Api.ListEvaluationsAsync(me, project)).Items;
        rows.Select(row => (row.Kind, row.Weight)).ShouldBe(Enumerable.Repeat((EvidenceKinds.Exam, 0.0), 4), "a supervisor sees every question");
        var audit = await server.Store.ListAuditAsync(me, null, 50, CancellationToken.None);
        audit.Items.Where(row => row.Kind.StartsWith("exam.", StringComparison.Ordinal)).Select(row => row.Kind).ShouldBe(["exam.end", "exam.grant", "exam.end"]);
    }

    [Fact]
    public async Task Failed_WithAttemptsLeft_IsToldWhenAgainAndGetsNothingUntilThen()
    {
        await using var server = await ServerHarness.StartAsync();
        var project = await SeedAsync(server, Exam with { AttemptsMax = 2 });
        await using var worker = await server.ConnectAsync("waits", project);
        await worker.SetActivityAsync(Activity.Available);
        var failed = await FailAsync(worker);
        (failed.Next, failed.Exam!.State, failed.Exam.Attempt).ShouldBe((null, ExamState.Waiting, 2));
        failed.Exam.NextAt.ShouldBe(failed.Exam.LastEndedAt!.Value.AddHours(1));
        (await worker.WhyNothingAsync()).Reasons.ShouldContain(reason => reason.Reason == "exam" && reason.Text.Contains("may begin at", StringComparison.Ordinal));
        (await server.Api.GetExamsAsync(worker.Snapshot!.WorkerId, project)).Exam!.State.ShouldBe(ExamState.Waiting);
        worker.Held.ShouldBeEmpty();
    }

    [Fact]
    public async Task Wait_ThatEnds_BringsTheNextQuestionByItself()
    {
        await using var server = await ServerHarness.StartAsync();
        var project = await SeedAsync(server, Exam with { AttemptsMax = 2, RetryAfterSeconds = 1 });
        await using var worker = await server.ConnectAsync("patient", project);
        await worker.SetActivityAsync(Activity.Available);
        await FailAsync(worker);
        await worker.NextAsync(Patience);
        (await worker.GetStandingAsync(project))!.Exam!.State.ShouldBe(ExamState.Open);
    }

    /// <summary>The process was killed between the commit of the last answer and the end of the attempt.</summary>
    [Fact]
    public async Task Attempt_WhoseEndWasLost_EndsAtTheNextOccasion()
    {
        await using var server = await ServerHarness.StartAsync();
        var project = await SeedAsync(server, Exam);
        Guid me;
        await using (var before = await server.ConnectAsync("killed", project)) me = before.Snapshot!.WorkerId;
        await server.Store.AppendOutboxAsync([.. Enumerable.Range(1, 2).Select(i => new OutboxEvaluation(me, $"exam:{i}", project, EvidenceKinds.Exam, 1, 0, null))], CancellationToken.None);
        await using var worker = await server.ConnectAsync("killed", project);
        var exams = await Eventually.GetAsync(async () => await server.Api.GetExamsAsync(me, project) is { Attempts.Count: 1 } ended ? ended : null, Patience, "the end of the attempt");
        exams.Exam!.State.ShouldBe(ExamState.Passed);
        (await server.Store.GetWorkerAsync(me, CancellationToken.None))!.Labels.ShouldBe("""{"skilled":true}""");
    }

    private static async Task<SubmitResult> FailAsync(WorkerConnection worker)
    {
        var first = await worker.NextAsync(Patience);
        var second = (await worker.SubmitAsync(first, Requests.Choose(first, right: false))).Next ?? await worker.NextAsync(Patience);
        return await worker.SubmitAsync(second, Requests.Choose(second, right: true));
    }

    private static async Task<Guid> SeedAsync(ServerHarness server, ExamPolicy exam)
    {
        var project = await server.Api.CreateProjectAsync(Requests.Preference($"project {Guid.NewGuid():N}") with { Quality = new QualityPolicy { Exam = exam } });
        var batch = await server.Api.CreateBatchAsync(project, new CreateBatchRequest { Name = "exam", Purpose = BatchPurpose.Exam, Gold = new GoldSpec { Use = GoldUse.All }, Overlap = 3 });
        (await server.Api.ImportAsync(batch, Requests.Golds(6, "q"))).Refused.ShouldBe(0);
        await server.Api.ChangeBatchAsync(batch, "open");
        return project;
    }

    private static bool Said(List<string> notices, string begins)
    {
        lock (notices) return notices.Exists(text => text.StartsWith(begins, StringComparison.Ordinal));
    }

    private static async Task<DispatchApiException> RefusedAsync(Func<Task> call) => await Should.ThrowAsync<DispatchApiException>(call);
}
