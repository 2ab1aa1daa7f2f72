using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Policies;
using Dispatch.Server.Tests.MainJob;
using Dispatch.TestKit;

namespace Dispatch.Server.Tests.Api;

/// <summary>Commands on tasks and batches, dead letters and late answers.</summary>
[Collection(nameof(LiveServer))]
public sealed class TaskCommandTests(LiveServer server)
{
    private static readonly ReasonRequest Why = new() { Reason = "given up" };

    private static TaskActionRequest On(string action, int? priority, params string[] keys) => new() { Action = action, Keys = keys, Priority = priority, Reason = "because" };

    [Fact]
    public async Task Prioritize_ATaskFromTheEnd_IsHandedOutFirst()
    {
        var (project, batch) = await server.SeedAsync(3);

        (await server.DoneAsync($"batches/{batch}/tasks/actions", On("prioritize", 9, "t/3"))).TasksChanged.ShouldBe(1);

        (await server.TaskAsync(batch, "t/3")).Priority.ShouldBe(9);
        var (ann, task) = await server.HoldingAsync(project);
        await using var _ = ann;
        (await server.KeyOfAsync(task)).ShouldBe("t/3");
    }

    [Fact]
    public async Task CancelTasks_WithdrawsWhatIsHeldAndHandsOutTheRest()
    {
        var (project, batch) = await server.SeedAsync(3);
        var (ann, task) = await server.HoldingAsync(project);
        await using var _ = ann;
        (await server.KeyOfAsync(task)).ShouldBe("t/1");

        var done = await server.DoneAsync($"batches/{batch}/tasks/actions", On("cancel", null, "t/1", "t/2", "t/1"));

        (done.AssignmentsEnded, done.TasksChanged).ShouldBe((1, 2));
        await LiveServer.EventuallyAsync(() => ann.Held is [var next] && next.AssignmentId != task.AssignmentId, "the next task");
        (await server.KeyOfAsync(ann.Held[0])).ShouldBe("t/3");
        (await server.Api.GetBatchAsync(batch)).Canceled.ShouldBe(2);
        await (await server.PostAsync($"batches/{batch}/tasks/actions", On("cancel", null, "t/1"))).ShouldBeRefusedAsync(409, "invalid_transition");
    }

    [Fact]
    public async Task DeadLetter_IsListedWithWhoAndWhy_AndRequeuedComesBackEvenToThem()
    {
        var (project, batch) = await server.SeedAsync(1, policy: new DispatchPolicy { AttemptsMax = 1 });
        var (ann, task) = await server.HoldingAsync(project);
        await using var _ = ann;
        await ann.ReturnAsync(task, "unreadable");

        var letter = (await server.GetAsync<PageDto<DeadLetterDto>>($"batches/{batch}/dead-letters")).Items.ShouldHaveSingleItem();
        var attempt = letter.Attempts.ShouldHaveSingleItem();
        (letter.Key, attempt.WorkerId, attempt.State, attempt.Reason).ShouldBe(("t/1", ann.Snapshot!.WorkerId, AssignmentState.Returned, "unreadable"));
        (await server.Api.GetBatchAsync(batch)).DeadLetters.ShouldBe(1);
        (await server.GetAsync<TaskExplanationDto>($"batches/{batch}/tasks/explain?key=t/1")).Summary.ShouldContain("dead letter");

        (await server.DoneAsync($"batches/{batch}/tasks/actions", On("requeue", null, "t/1"))).TasksChanged.ShouldBe(1);

        (await server.KeyOfAsync(await ann.NextAsync(LiveServer.Patience))).ShouldBe("t/1");
        (await server.GetAsync<PageDto<DeadLetterDto>>($"batches/{batch}/dead-letters")).Items.ShouldBeEmpty();
        await (await server.PostAsync($"batches/{batch}/tasks/actions", On("requeue", null, "t/1"))).ShouldBeRefusedAsync(409, "invalid_transition");
    }

    [Fact]
    public async Task LateAnswer_WhenTheTaskIsSomebodyElses_IsKeptAsideAndListed()
    {
        var (project, batch) = await server.SeedAsync(1, policy: new DispatchPolicy { ReofferSeconds = 0 }, leaseSeconds: 10);
        var name = $"worker {Guid.NewGuid():N}";
        Contracts.Worker.AssignmentMessage task;
        await using (var ann = await server.ConnectAsync(project, name))
        {
            await ann.SetActivityAsync(Activity.Available);
            task = await ann.NextAsync(LiveServer.Patience);
        }

        await using var bob = await server.AvailableAsync(project);
        await bob.NextAsync(LiveServer.Patience);
        await using var late = await server.ConnectAsync(project, name);
        var result = await late.SubmitAsync(task, Requests.ChooseFirst);

        result.Refusal.ShouldBeNull();
        var row = (await server.GetAsync<PageDto<LateAnswerDto>>($"batches/{batch}/late-answers")).Items.ShouldHaveSingleItem();
        (row.Key, row.AssignmentId, row.WorkerId).ShouldBe(("t/1", task.AssignmentId, late.Snapshot!.WorkerId));
        (await server.Api.GetBatchAsync(batch)).Answers.ShouldBe(0);
        (await server.GetAsync<PageDto<LateAnswerDto>>($"batches/{await server.BatchAsync(project, 1)}/late-answers")).Items.ShouldBeEmpty();
    }

    [Fact]
    public async Task CancelBatch_EndsEverything_AndTakesNoCommandAfterwards()
    {
        var (project, batch) = await server.SeedAsync(2, overlap: 2);
        var (ann, task) = await server.HoldingAsync(project);
        await using var _ = ann;
        await (await server.PostAsync($"batches/{batch}/cancel", Why, ifMatch: "\"1\"")).ShouldBeRefusedAsync(412, "version_mismatch", "If-Match");
        (await server.Api.GetBatchAsync(batch)).Status.ShouldBe(BatchStatus.Open);

        var done = await server.DoneAsync($"batches/{batch}/cancel", Why);

        (done.AssignmentsEnded, done.TasksChanged).ShouldBe((1, 2));
        await LiveServer.EventuallyAsync(() => ann.Held.Count == 0, "withdrawn");
        (await ann.SubmitAsync(task, Requests.ChooseFirst)).Refusal.ShouldNotBeNull();
        await ShouldTakeNothingAsync(batch, BatchStatus.Canceled);
    }

    [Fact]
    public async Task ClosedBatch_TakesNoCommand()
    {
        var (_, batch) = await server.SeedAsync(1);
        await server.Api.ChangeBatchAsync(batch, "close");

        await ShouldTakeNothingAsync(batch, BatchStatus.Closed);
        (await server.TaskAsync(batch, "t/1")).ShouldSatisfyAllConditions(task => task.Priority.ShouldBe(0), task => task.State.ShouldBe(TaskState.Open));
    }

    private async Task ShouldTakeNothingAsync(Guid batch, BatchStatus status)
    {
        var before = await server.Api.GetBatchAsync(batch);
        before.Status.ShouldBe(status);
        foreach (var action in (string[])["open", "pause", "drain", "close"]) await (await server.Boss.SendJsonAsync(HttpMethod.Post, $"api/v1/batches/{batch}/{action}", null)).ShouldBeRefusedAsync(409, "invalid_transition");
        await (await server.PostAsync($"batches/{batch}/cancel", Why)).ShouldBeRefusedAsync(409, "invalid_transition");
        await (await server.Boss.SendJsonAsync(HttpMethod.Patch, $"api/v1/batches/{batch}", new UpdateBatchRequest { Priority = 5 })).ShouldBeRefusedAsync(409, "invalid_transition");
        foreach (var action in (string[])["prioritize", "cancel", "requeue"]) await (await server.PostAsync($"batches/{batch}/tasks/actions", On(action, 5, "t/1"))).ShouldBeRefusedAsync(409, "invalid_transition");
        (await server.Api.GetBatchAsync(batch)).ShouldBeEquivalentTo(before);
    }

    [Fact]
    public async Task Drain_HandsOutNothingMore_AndClosesByItself()
    {
        var (project, batch) = await server.SeedAsync(3);
        var (ann, task) = await server.HoldingAsync(project);
        await using var _ = ann;

        (await server.Api.ChangeBatchAsync(batch, "drain")).Status.ShouldBe(BatchStatus.Draining);

        var result = await ann.SubmitAsync(task, Requests.ChooseFirst);
        result.Refusal.ShouldBeNull();
        result.Next.ShouldBeNull();
        await Eventually.TrueAsync(async () => (await server.Api.GetBatchAsync(batch)).Status == BatchStatus.Closed, LiveServer.Patience, "closed");
    }

    [Fact]
    public async Task TaskCommand_Unfit_IsRefusedWhereItIsAndChangesNothing()
    {
        var (_, batch) = await server.SeedAsync(2);
        var path = $"batches/{batch}/tasks/actions";
        await (await server.PostAsync(path, On("promote", 1, "t/1"))).ShouldBeRefusedAsync(400, "value_out_of_range", "$.action");
        await (await server.PostAsync(path, On("prioritize", null, "t/1"))).ShouldBeRefusedAsync(400, "malformed_request", "$.priority");
        foreach (var priority in (int[])[Limits.PriorityMax + 1, -Limits.PriorityMax - 1, int.MinValue]) await (await server.PostAsync(path, On("prioritize", priority, "t/1"))).ShouldBeRefusedAsync(400, "value_out_of_range", "$.priority");
        await (await server.PostAsync(path, On("cancel", null))).ShouldBeRefusedAsync(400, "value_out_of_range", "$.keys");
        await (await server.PostAsync(path, On("cancel", null, [.. Enumerable.Range(0, Limits.TaskKeysPerCommand + 1).Select(i => $"t/{i}")]))).ShouldBeRefusedAsync(400, "value_out_of_range", "$.keys");
        await (await server.PostAsync(path, On("cancel", null, "t/1", "nul \0"))).ShouldBeRefusedAsync(400, "value_out_of_range", "$.keys[1]");
        await (await server.Boss.SendTextAsync(HttpMethod.Post, $"api/v1/{path}", """{"action":"cancel","keys":["t/1",null],"reason":"r"}""")).ShouldBeRefusedAsync(400, "value_out_of_range", "$.keys");
        await (await server.PostAsync(path, On("cancel", null, "t/1", "t/99"))).ShouldBeRefusedAsync(404, "unknown_task");
        await (await server.PostAsync(path, On("requeue", null, "t/1"))).ShouldBeRefusedAsync(409, "invalid_transition");
        await (await server.PostAsync($"batches/{Guid.NewGuid()}/tasks/actions", On("cancel", null, "t/1"))).ShouldBeRefusedAsync(404, "unknown_batch");
        await (await server.PostAsync(path, On("cancel", null, "t/1") with { Reason = new string('r', Limits.ReasonCharacters + 1) })).ShouldBeRefusedAsync(400, "value_out_of_range", "$.reason");

        foreach (var key in (string[])["t/1", "t/2"]) (await server.TaskAsync(batch, key)).ShouldSatisfyAllConditions(task => task.Priority.ShouldBe(0), task => task.State.ShouldBe(TaskState.Open));
        (await server.GetAsync<PageDto<AuditDto>>($"audit/{batch}")).Items.ShouldNotContain(row => row.Kind.StartsWith("supervisor."));
    }
}
