using Dispatch.Client;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Quality;
using Dispatch.Contracts.Supervisor;
using Dispatch.Grains;
using Dispatch.Server.Tests.MainJob;
using Dispatch.Storage;
using Dispatch.TestKit;

namespace Dispatch.Server.Tests.Quality;

/// <summary>A worker is told that a supervisor was asked to look: supervisors are pushed it, can list it, and can deal with it.</summary>
public sealed class FlagTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public Task Flag_OnSqlite() => FlagAsync(postgreSql: false);

    [PostgreSqlFact]
    public Task Flag_OnPostgreSql() => FlagAsync(postgreSql: true);

    private static async Task FlagAsync(bool postgreSql)
    {
        await using var server = await ServerHarness.StartAsync(postgreSql);
        var (project, me, worker) = await JudgedAsync(server, "doubtful", QualityAction.AttentionFlag, good: 0);
        await using var _ = worker;
        await using var supervisor = await WatchAsync(server, project, gauges => gauges.OpenFlags == 1, out var pushed);

        // Pushed with its newest rows, and listed with what it rests on.
        var flag = (await pushed.WaitAsync(Patience)).NewestFlags.ShouldHaveSingleItem();
        (flag.WorkerId, flag.WorkerName, flag.Action, flag.Rule).ShouldBe((me, "doubtful", QualityAction.AttentionFlag, "watch"));
        flag.Reason.ShouldContain("A supervisor has been asked to look.");
        var listed = (await server.Api.ListProjectRestrictionsAsync(project, open: true)).Items.ShouldHaveSingleItem();
        (listed.RestrictionId, listed.WorkerId, listed.WorkerName, listed.IsOpen, listed.CountedAnswers).ShouldBe((flag.RestrictionId, me, "doubtful", true, 0));

        var told = Hears(worker, "A supervisor has looked");

        // Acknowledged once, over the API; a repeat is a repeat, and a second one is refused.
        await server.Api.AcknowledgeFlagAsync(flag.RestrictionId, "spoke with them", "look-1");
        await server.Api.AcknowledgeFlagAsync(flag.RestrictionId, "spoke with them", "look-1");
        var again = await Should.ThrowAsync<DispatchApiException>(() => server.Api.AcknowledgeFlagAsync(flag.RestrictionId, "again", "look-2"));
        again.Message.ShouldContain("acknowledged");
        (await server.Api.ListProjectRestrictionsAsync(project, open: true)).Items.ShouldBeEmpty();
        (await server.Api.ListProjectRestrictionsAsync(project)).Items.ShouldHaveSingleItem().AcknowledgedAt.ShouldNotBeNull();
        (await server.Api.ListAuditAsync(me)).Items.Where(row => row.Kind == "supervisor.acknowledge-flag").ShouldHaveSingleItem().Reason.ShouldBe("spoke with them");
        (await told.WaitAsync(Patience)).ShouldNotContain("spoke with them");
    }

    [Fact]
    public async Task Restriction_IsListed_AndLiftedByTheHub_AndWorkComesAtOnce()
    {
        await using var server = await ServerHarness.StartAsync();
        var (project, me, worker) = await JudgedAsync(server, "kept away", QualityAction.Restrict, good: 0);
        await using var _ = worker;
        await using var supervisor = await WatchAsync(server, project, gauges => gauges.OpenFlags == 1, out var pushed);
        var restriction = (await pushed.WaitAsync(Patience)).NewestFlags.ShouldHaveSingleItem();

        SupervisorCommand Lift(Guid operation, Guid? id) => new() { OperationId = operation, Action = SupervisorAction.LiftRestriction, RestrictionId = id, Reason = "a misunderstanding" };
        var operation = Guid.NewGuid();
        (await supervisor.CommandAsync(Lift(Guid.NewGuid(), null))).Refusal!.Place.ShouldBe("$.restrictionId");
        (await supervisor.CommandAsync(Lift(Guid.NewGuid(), Guid.NewGuid()))).Refusal!.Code.ShouldBe(RefusalCode.NotFound);
        var acknowledged = await supervisor.CommandAsync(Lift(Guid.NewGuid(), restriction.RestrictionId) with { Action = SupervisorAction.AcknowledgeFlag });
        acknowledged.Refusal!.Code.ShouldBe(RefusalCode.InvalidTransition, "it is no flag");
        var told = Hears(worker, "The reason given: a misunderstanding.");
        (await supervisor.CommandAsync(Lift(operation, restriction.RestrictionId))).Refusal.ShouldBeNull();
        await told.WaitAsync(Patience);
        (await supervisor.CommandAsync(Lift(operation, restriction.RestrictionId))).Replayed.ShouldBeTrue();
        (await supervisor.CommandAsync(Lift(Guid.NewGuid(), restriction.RestrictionId))).Refusal!.Code.ShouldBe(RefusalCode.InvalidTransition);

        (await server.Api.ListProjectRestrictionsAsync(project, open: true)).Items.ShouldBeEmpty();
        (await server.Api.ListRestrictionsAsync(me)).ShouldBeEmpty();
        await worker.SetActivityAsync(Activity.Available);
        await worker.NextAsync(Patience);
    }

    /// <summary>A worker at work, with so much evidence in the outbox that the rule fires as soon as it is taken in.</summary>
    private static async Task<(Guid Project, Guid Worker, WorkerConnection Connection)> JudgedAsync(ServerHarness server, string name, QualityAction action, double good)
    {
        var rule = new QualityRule { Name = "watch", Collector = QualityCollector.Accuracy, AtLeast = 0.95, Window = 20, Action = action };
        var project = await server.Api.CreateProjectAsync(Requests.Preference($"project {Guid.NewGuid():N}") with { Quality = Requests.Open with { Rules = [rule] } });
        var batch = await server.Api.CreateBatchAsync(project, new CreateBatchRequest { Name = "work" });
        await server.Api.ImportAsync(batch, Requests.Lines(5));
        await server.Api.ChangeBatchAsync(batch, "open");
        var worker = await server.ConnectAsync(name, project);
        var me = worker.Snapshot!.WorkerId;
        await server.Store.AppendOutboxAsync([.. Enumerable.Range(1, 40).Select(i => new OutboxEvaluation(me, $"review:{i}", project, EvidenceKinds.Review, good, 1, null))], CancellationToken.None);
        await server.Grains.GetGrain<IWorkerGrain>(me).EvidenceWaiting();
        return (project, me, worker);
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

    private static Task<SupervisorConnection> WatchAsync(ServerHarness server, Guid project, Func<ProjectGauges, bool> wanted, out Task<ProjectGauges> pushed)
    {
        var arrived = new TaskCompletionSource<ProjectGauges>(TaskCreationOptions.RunContinuationsAsynchronously);
        pushed = arrived.Task;
        return StartAsync();

        async Task<SupervisorConnection> StartAsync()
        {
            var supervisor = new SupervisorConnection(new WorkerConnectionOptions { Server = server.Address, AccessToken = () => Task.FromResult(server.Api.Token) });
            supervisor.Gauges += gauges =>
            {
                if (wanted(gauges)) arrived.TrySetResult(gauges);
            };
            await supervisor.StartAsync();
            (await supervisor.WatchAsync(project)).ShouldBeNull();
            return supervisor;
        }
    }
}
