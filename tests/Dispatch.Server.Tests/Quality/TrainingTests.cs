using Dispatch.Client;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Quality;
using Dispatch.Contracts.Worker;
using Dispatch.Grains;
using Dispatch.Server.Tests.MainJob;
using Dispatch.Storage;
using Dispatch.TestKit;

namespace Dispatch.Server.Tests.Quality;

/// <summary>A rule asks somebody to train; they do, and are let back to work: through the real hub, silo and stores.</summary>
public sealed class TrainingTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private const string Rule = "train first";

    [Fact]
    public Task Story_OnSqlite() => StoryAsync(postgreSql: false);

    [PostgreSqlFact]
    public Task Story_OnPostgreSql() => StoryAsync(postgreSql: true);

    private static async Task StoryAsync(bool postgreSql)
    {
        await using var server = await ServerHarness.StartAsync(postgreSql);
        var rule = new QualityRule { Name = Rule, Collector = QualityCollector.Accuracy, AtLeast = 0.95, Window = 20, Action = QualityAction.RequireTraining };
        var project = await server.Api.CreateProjectAsync(Requests.Preference($"project {Guid.NewGuid():N}") with { Quality = Requests.Open with { Rules = [rule] } });
        var work = await server.Api.CreateBatchAsync(project, new CreateBatchRequest { Name = "work", Priority = 10 });
        await server.Api.ImportAsync(work, Requests.Lines(20));
        var training = await server.Api.CreateBatchAsync(project, new CreateBatchRequest { Name = "training", Purpose = BatchPurpose.Training, Gold = new GoldSpec { Use = GoldUse.All } });
        (await server.Api.ImportAsync(training, Requests.Golds(12, "l"))).Refused.ShouldBe(0);
        await server.Api.ChangeBatchAsync(work, "open");
        await server.Api.ChangeBatchAsync(training, "open");
        await using var worker = await server.ConnectAsync("trainee", project);
        var me = worker.Snapshot!.WorkerId;
        var (asked, done) = (Hears(worker, Rule), Hears(worker, "the training is complete"));
        await worker.SetActivityAsync(Activity.Available);
        var held = await worker.NextAsync(Patience);
        held.BatchId.ShouldBe(work);

        // Evidence that leaves no doubt: only training comes, and the worker is told why.
        await server.Store.AppendOutboxAsync([.. Enumerable.Range(1, 40).Select(i => new OutboxEvaluation(me, $"review:{i}", project, EvidenceKinds.Review, 0, 1, null))], CancellationToken.None);
        await server.Grains.GetGrain<IWorkerGrain>(me).EvidenceWaiting();
        (await asked.WaitAsync(Patience)).ShouldContain("Please do the training", Case.Sensitive);
        var task = (await worker.SubmitAsync(held, Requests.ChooseFirst)).Next ?? await worker.NextAsync(Patience);
        (await server.Api.ListRestrictionsAsync(me)).ShouldHaveSingleItem().Rule.ShouldBe(Rule);

        // Two that are wrong, then right ones: of the last five, four are enough for the accuracy that counts as good.
        var trained = 0;
        while (task.BatchId == training)
        {
            var right = trained >= 2;
            var result = await worker.SubmitAsync(task, Requests.Choose(task, right));
            trained++;
            (result.Feedback!.IsTraining, result.Feedback.Score, result.Feedback.Source).ShouldBe((true, right ? 1 : 0, null));
            if (trained < 6) (await server.Api.ListRestrictionsAsync(me)).Count.ShouldBe(1);
            else (await server.Api.ListRestrictionsAsync(me)).ShouldBeEmpty();
            task = result.Next ?? await worker.NextAsync(Patience);
        }

        trained.ShouldBeInRange(6, 7, "one more may have been taken with the commit of the last");
        await done.WaitAsync(Patience);
        task.BatchId.ShouldBe(work);

        // The same evidence does not send anybody back: neither an answer nor a new judgement does, until there is as much as the rule asks for.
        for (var i = 0; i < 3; i++) task = (await worker.SubmitAsync(task, Requests.ChooseFirst)).Next ?? await worker.NextAsync(Patience);
        await LearnAsync(server, worker, project, me, "again", 5);
        task.BatchId.ShouldBe(work);
        (await worker.GetStandingAsync(project))!.Restrictions.ShouldBeEmpty();
        await LearnAsync(server, worker, project, me, "enough", 15);
        await Eventually.TrueAsync(async () => (await server.Api.ListRestrictionsAsync(me)).Count == 1, Patience, "the demand, by new evidence");
    }

    private static async Task LearnAsync(ServerHarness server, WorkerConnection worker, Guid project, Guid me, string source, int count)
    {
        var before = (await worker.GetStandingAsync(project))!.Sequence;
        await server.Store.AppendOutboxAsync([.. Enumerable.Range(1, count).Select(i => new OutboxEvaluation(me, $"review:{source}:{i}", project, EvidenceKinds.Review, 0, 1, null))], CancellationToken.None);
        await server.Grains.GetGrain<IWorkerGrain>(me).EvidenceWaiting();
        await Eventually.TrueAsync(async () => (await worker.GetStandingAsync(project))!.Sequence == before + count, Patience, "the evidence");
    }

    private static Task<string> Hears(WorkerConnection worker, string part)
    {
        var heard = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        worker.Noticed += notice =>
        {
            if (notice.Text.Contains(part, StringComparison.Ordinal)) heard.TrySetResult(notice.Text);
        };
        return heard.Task;
    }
}
