using System.Text.Json;
using Dispatch.Contracts;
using Dispatch.Contracts.Worker;
using Dispatch.Storage;
using Dispatch.TestKit;

namespace Dispatch.Server.Tests.MainJob;

/// <summary>The way of one task, through the real hub and a real store.</summary>
public sealed class DispatchTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public Task Shift_OnSqlite_EveryAnswerOnceByDistinctWorkers() => ShiftAsync(postgreSql: false);

    [PostgreSqlFact]
    public Task Shift_OnPostgreSql_EveryAnswerOnceByDistinctWorkers() => ShiftAsync(postgreSql: true);

    private static async Task ShiftAsync(bool postgreSql)
    {
        await using var server = await ServerHarness.StartAsync(postgreSql);
        var (project, batch) = await server.SeedAsync(tasks: 60, overlap: 3);
        var given = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => WorkAsync(server, project, $"worker {i}")));

        var rows = (await server.ExportAsync(batch)).ConvertAll(line => JsonDocument.Parse(line).RootElement);
        rows.Count.ShouldBe(180);
        given.Sum().ShouldBe(180);
        rows.Select(row => (row.GetProperty("task_key").GetString(), row.GetProperty("worker_id").GetGuid())).Distinct().Count().ShouldBe(180);
        rows.GroupBy(row => row.GetProperty("task_key").GetString()).ShouldAllBe(group => group.Count() == 3);
        (await server.Api.GetBatchAsync(batch)).Completed.ShouldBe(60);
    }

    private static async Task<int> WorkAsync(ServerHarness server, Guid project, string name)
    {
        await using var connection = await server.ConnectAsync(name, project);
        await connection.SetActivityAsync(Activity.Available);
        var answers = 0;
        while (true)
        {
            var task = connection.Held is [var held, ..] ? held : await ArrivesAsync(connection);
            if (task is null) return answers;
            var result = await connection.SubmitAsync(task, Requests.ChooseFirst);
            result.Refusal.ShouldBeNull();
            answers++;
        }
    }

    private static async Task<AssignmentMessage?> ArrivesAsync(Client.WorkerConnection connection)
    {
        try
        {
            return await connection.NextAsync(TimeSpan.FromSeconds(3));
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    /// <summary>The lost wake-up: tasks are committed, and then the process that should have told everybody is gone. The work version in that commit wakes the matchmaker.</summary>
    [Fact]
    public async Task Import_CommittedWithoutAnySignal_StillReachesAnIdleWorker()
    {
        await using var server = await ServerHarness.StartAsync();
        var (project, batch) = await server.SeedAsync(tasks: 0);
        await using var connection = await server.ConnectAsync("idle", project);
        await connection.SetActivityAsync(Activity.Available);
        connection.Held.ShouldBeEmpty();

        var import = new ImportRecord { ImportId = Guid.NewGuid(), BatchId = batch, Mode = ImportMode.KeepGood };
        await server.Store.BeginImportAsync(import, new Operation { ActorId = Guid.NewGuid(), OperationId = Guid.NewGuid(), PayloadHash = new byte[32], Kind = "test" }, CancellationToken.None);
        NewTask task = new() { Line = 1, Key = "quiet", Content = """{"prompt":[],"context":{},"responses":["x","y"]}""", Overlap = 1 };
        await server.Store.AppendChunkAsync(import.ImportId, 0, 1, [task], [], null, CancellationToken.None);

        (await connection.NextAsync(Patience)).ShouldNotBeNull();
    }

    /// <summary>The window holds some two thousand tasks. A worker who has answered all of them, while they wait for others, must be given those beyond it.</summary>
    [Fact]
    public async Task Worker_WhoExhaustedTheWindow_GetsTheRestOfTheBatch()
    {
        const int Tasks = 2_200;
        await using var server = await ServerHarness.StartAsync();
        var (project, batch) = await server.SeedAsync(Tasks, overlap: 2);
        await using var connection = await server.ConnectAsync("fast", project);
        await connection.SetActivityAsync(Activity.Available);
        for (var i = 0; i < Tasks; i++)
        {
            var task = await connection.NextAsync(Patience);
            (await connection.SubmitAsync(task, Requests.ChooseFirst)).Refusal.ShouldBeNull($"task {i}");
        }

        (await server.Api.GetBatchAsync(batch)).Answers.ShouldBe(Tasks);
    }

    /// <summary>Those who have waited longest have all answered it: after a few of them the batch is asked who may have it at all. Nobody's heartbeat looks for work.</summary>
    [Fact]
    public async Task Task_WhichMostIdlePeopleHaveHad_ReachesTheOneWhoMayHaveIt()
    {
        const int Done = 7;
        await using var server = await ServerHarness.StartAsync();
        var (project, _) = await server.SeedAsync(tasks: 1, overlap: Done + 1);
        List<Client.WorkerConnection> people = [];
        for (var i = 0; i < Done + 2; i++)
        {
            people.Add(await server.ConnectAsync($"person {i}", project, heartbeatEvery: TimeSpan.FromHours(1)));
            await people[i].SetActivityAsync(Activity.Available);
            if (i < Done) (await people[i].SubmitAsync(await people[i].NextAsync(Patience), Requests.ChooseFirst)).Next.ShouldBeNull();
        }

        people[^1].Held.ShouldBeEmpty("every place is taken");
        var held = await people[Done].NextAsync(Patience);

        (await people[Done].ReturnAsync(held, "not for me")).Refusal.ShouldBeNull();

        (await people[^1].NextAsync(Patience)).BatchId.ShouldBe(held.BatchId);
        foreach (var person in people) await person.DisposeAsync();
    }

    [Fact]
    public async Task Submit_SameOperationTwice_HasOneEffectAndOneReply()
    {
        await using var server = await ServerHarness.StartAsync();
        var (project, batch) = await server.SeedAsync(tasks: 3);
        await using var connection = await server.ConnectAsync("twice", project);
        await connection.SetActivityAsync(Activity.Available);
        var task = await connection.NextAsync(Patience);
        var operation = Guid.NewGuid();

        var first = await connection.SubmitAsync(task, Requests.ChooseFirst, operationId: operation);
        var again = await connection.SubmitAsync(task, Requests.ChooseFirst, operationId: operation);
        var other = await connection.SubmitAsync(task, new JsonText("""{"choice":"2"}"""), operationId: operation);

        again.Replayed.ShouldBeTrue();
        again.Next!.AssignmentId.ShouldBe(first.Next!.AssignmentId);
        other.Refusal!.Code.ShouldBe(RefusalCode.OperationConflict);
        (await server.ExportAsync(batch)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Submit_StaleEpochOrForeignAssignment_IsRefusedAndStoresNothing()
    {
        await using var server = await ServerHarness.StartAsync();
        var (project, batch) = await server.SeedAsync(tasks: 3);
        await using var ann = await server.ConnectAsync("ann", project);
        await using var bob = await server.ConnectAsync("bob", project);
        await ann.SetActivityAsync(Activity.Available);
        var task = await ann.NextAsync(Patience);

        (await bob.SubmitAsync(task, Requests.ChooseFirst)).Refusal!.Code.ShouldBe(RefusalCode.UnknownAssignment);
        (await ann.SubmitAsync(task with { LeaseEpoch = task.LeaseEpoch + 1 }, Requests.ChooseFirst)).Refusal!.Code.ShouldBe(RefusalCode.StaleLease);

        (await server.ExportAsync(batch)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Return_GivesTheTaskToSomebodyElseAndNeverBack()
    {
        await using var server = await ServerHarness.StartAsync();
        var (project, _) = await server.SeedAsync(tasks: 1);
        await using var ann = await server.ConnectAsync("ann", project);
        await ann.SetActivityAsync(Activity.Available);
        var task = await ann.NextAsync(Patience);
        await using var bob = await server.ConnectAsync("bob", project);
        await bob.SetActivityAsync(Activity.Available);

        (await ann.ReturnAsync(task, "not my field")).Refusal.ShouldBeNull();

        (await bob.NextAsync(Patience)).Content.ShouldNotBeNull();
        ann.Held.ShouldBeEmpty();
    }

    [Fact]
    public async Task Reconnect_InMidTask_ShowsTheSameAssignmentWithItsDraft()
    {
        await using var server = await ServerHarness.StartAsync();
        var (project, _) = await server.SeedAsync(tasks: 2);
        AssignmentMessage task;
        await using (var tab = await server.ConnectAsync("ann", project))
        {
            await tab.SetActivityAsync(Activity.Available);
            task = await tab.NextAsync(Patience);
            (await tab.SaveDraftAsync(task, new JsonText("""{"choice":"2"}"""), version: 1)).Refusal.ShouldBeNull();
        }

        await using var again = await server.ConnectAsync("ann", project);

        var held = again.Held.ShouldHaveSingleItem();
        held.AssignmentId.ShouldBe(task.AssignmentId);
        held.LeaseEpoch.ShouldBe(task.LeaseEpoch);
        held.Draft!.Json.ShouldBe("""{"choice":"2"}""");
    }

    [Fact]
    public async Task TwoTabs_ShowTheSameWork_AndTheFirstSubmitWins()
    {
        await using var server = await ServerHarness.StartAsync();
        var (project, batch) = await server.SeedAsync(tasks: 2);
        await using var left = await server.ConnectAsync("ann", project);
        await using var right = await server.ConnectAsync("ann", project);
        await left.SetActivityAsync(Activity.Available);
        var task = await left.NextAsync(Patience);
        (await right.NextAsync(Patience)).AssignmentId.ShouldBe(task.AssignmentId);

        var results = await Task.WhenAll(left.SubmitAsync(task, Requests.ChooseFirst), right.SubmitAsync(task, Requests.ChooseFirst));

        results.Count(result => result.Refusal is null).ShouldBe(1);
        (await server.ExportAsync(batch)).Count.ShouldBe(1);
    }
}
