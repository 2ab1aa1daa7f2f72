using System.Text.Json;
using Dispatch.Client;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Quality;
using Dispatch.Contracts.Worker;
using Dispatch.Server.Tests.MainJob;
using Dispatch.TestKit;

namespace Dispatch.Server.Tests.Quality;

/// <summary>Somebody answers at random and is restricted by gold: what they answered is asked of others, and the export rests on those alone.</summary>
public sealed class AskAgainTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public Task Story_OnSqlite() => StoryAsync(postgreSql: false);

    [PostgreSqlFact]
    public Task Story_OnPostgreSql() => StoryAsync(postgreSql: true);

    private static async Task StoryAsync(bool postgreSql)
    {
        await using var server = await ServerHarness.StartAsync(postgreSql);
        var rule = new QualityRule { Name = "too many wrong", Collector = QualityCollector.Accuracy, AtLeast = 0.95, Window = 20, Action = QualityAction.Restrict };
        var project = await server.Api.CreateProjectAsync(Requests.Preference($"project {Guid.NewGuid():N}") with { Quality = Requests.Open with { Rules = [rule] } });
        var work = await server.Api.CreateBatchAsync(project, new CreateBatchRequest { Name = "work", Priority = 10 });
        await server.Api.ImportAsync(work, Requests.Lines(3));
        var golds = await server.Api.CreateBatchAsync(project, new CreateBatchRequest { Name = "golds", Gold = new GoldSpec { Use = GoldUse.All } });
        (await server.Api.ImportAsync(golds, Requests.Golds(40, "g"))).Refused.ShouldBe(0);
        await server.Api.ChangeBatchAsync(work, "open");
        await server.Api.ChangeBatchAsync(golds, "open");

        // Gold after gold is wrong, until the rule ends it.
        await using var spammer = await server.ConnectAsync("spammer", project);
        var me = spammer.Snapshot!.WorkerId;
        await spammer.SetActivityAsync(Activity.Available);
        for (var held = await spammer.NextAsync(Patience); (await server.Api.ListRestrictionsAsync(me)).Count == 0;)
        {
            held = (await spammer.SubmitAsync(held, Requests.Choose(held, right: false))).Next ?? (await RestrictedOrNextAsync(server, spammer, me))!;
            if (held is null) break;
        }

        var listed = (await server.Api.ListProjectRestrictionsAsync(project, open: true)).Items.ShouldHaveSingleItem();
        (listed.Action, listed.WorkerName, listed.IsOpen).ShouldBe((QualityAction.Restrict, "spammer", true));
        listed.CountedAnswers!.Value.ShouldBeGreaterThanOrEqualTo(3);
        await server.Api.ClearWorkerAsync(me, "restricted");
        var counted = (await server.Api.ListProjectRestrictionsAsync(project, open: true)).Items[0].CountedAnswers!.Value;

        // One command, whatever is repeated.
        var asked = await server.Api.AskAgainAsync(listed.RestrictionId, "answers at random", "again-1");
        (asked.TasksChanged, asked.TasksLeft).ShouldBe((counted, 0));
        (await server.Api.AskAgainAsync(listed.RestrictionId, "answers at random", "again-1")).TasksChanged.ShouldBe(counted);
        (await server.Api.ListProjectRestrictionsAsync(project, open: true)).Items[0].CountedAnswers.ShouldBe(0);
        (await server.Api.ListAuditAsync(me)).Items.Count(row => row.Kind == "supervisor.ask-again").ShouldBe(1);
        var past = (await spammer.ListAnswersAsync(project)).Answers;
        past.ShouldAllBe(answer => answer.Fate == AnswerFate.Rejected && answer.TakenOut!.Contains("answers at random."));

        // Others get the tasks.
        await server.Api.ChangeBatchAsync(golds, "pause");
        await using var honest = await server.ConnectAsync("honest", project);
        await honest.SetActivityAsync(Activity.Available);
        var next = await honest.NextAsync(Patience);
        for (var i = 0; i < 2; i++)
        {
            next.BatchId.ShouldBe(work);
            var result = await honest.SubmitAsync(next, Requests.ChooseFirst);
            result.Refusal.ShouldBeNull();
            next = result.Next ?? await honest.NextAsync(Patience);
        }

        // One is left open.
        (await honest.ReturnAsync(next, "enough")).Refusal.ShouldBeNull();
        await honest.SetActivityAsync(Activity.Offline);

        var rows = (await server.ExportAsync(work)).Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        rows.Count(row => row.GetProperty("counted").GetBoolean()).ShouldBe(2);
        rows.Where(row => row.GetProperty("counted").GetBoolean()).ShouldAllBe(row => row.GetProperty("worker_id").GetGuid() == honest.Snapshot!.WorkerId);
        rows.Count(row => row.GetProperty("worker_id").GetGuid() == me).ShouldBe(3, "they are kept");

        // What is lifted cannot be followed by it.
        await server.Api.LiftRestrictionAsync(listed.RestrictionId, "a second chance");
        var refused = await Should.ThrowAsync<DispatchApiException>(() => server.Api.AskAgainAsync(listed.RestrictionId, "again", "again-2"));
        refused.Message.ShouldContain("keeps nobody from work");

        // Never the same worker's again: the task that is open goes by, and only the new one comes.
        await server.Api.ImportAsync(work, new MemoryStream("""{"task_id":"new","prompt":"only this","response_a":"a","response_b":"b"}"""u8.ToArray()));
        await spammer.SetActivityAsync(Activity.Available);
        var last = await spammer.NextAsync(Patience);
        last.Content.Json.ShouldContain("only this");
        (await spammer.SubmitAsync(last, Requests.ChooseFirst)).Next.ShouldBeNull();
    }

    /// <summary>The next task, or null once the rule has acted.</summary>
    private static async Task<AssignmentMessage?> RestrictedOrNextAsync(ServerHarness server, WorkerConnection worker, Guid me)
    {
        await Eventually.TrueAsync(async () => worker.Held.Count > 0 || (await server.Api.ListRestrictionsAsync(me)).Count > 0, Patience, "a task, or the rule");
        return worker.Held is [var held, ..] ? held : null;
    }
}
