using Dispatch.Client;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Worker;
using Dispatch.Server.Tests.MainJob;

namespace Dispatch.Server.Tests.Api;

/// <summary>Work taken away and given to others, as the API commands it and the workers see it.</summary>
[Collection(nameof(LiveServer))]
public sealed class WithdrawingTests(LiveServer server)
{
    private static readonly ReasonRequest Why = new() { Reason = "the text is wrong" };

    private static Selector Level(int atLeast) => new() { Label = "level", Operator = SelectorOperator.GreaterOrEqual, Value = new JsonText($"{atLeast}") };

    private static ReassignRequest To(WorkerConnection worker) => To(worker.Snapshot!.WorkerId);

    private static ReassignRequest To(Guid worker) => new() { WorkerId = worker, Reason = "knows it better" };

    [Fact]
    public async Task Withdraw_HeldTask_TellsItsWorkerWhyAndGoesToAnother()
    {
        var (project, _) = await server.SeedAsync(1);
        var (ann, task) = await server.HoldingAsync(project);
        await using var _ = ann;
        await using var bob = await server.AvailableAsync(project);
        var told = new TaskCompletionSource<AssignmentWithdrawn?>(TaskCreationOptions.RunContinuationsAsynchronously);
        ann.Withdrawn += (_, push) => told.TrySetResult(push);

        (await server.DoneAsync($"assignments/{task.AssignmentId}/withdraw", Why)).AssignmentsEnded.ShouldBe(1);

        (await told.Task.WaitAsync(LiveServer.Patience))!.Reason.ShouldContain(Why.Reason);
        (await server.KeyOfAsync(await bob.NextAsync(LiveServer.Patience))).ShouldBe("t/1");
        ann.Held.ShouldBeEmpty();
        (await server.Api.GetAssignmentAsync(task.AssignmentId)).State.ShouldBe(AssignmentState.Canceled);
        (await ann.SubmitAsync(task, Requests.ChooseFirst)).Refusal.ShouldNotBeNull();
        var audit = (await server.GetAsync<PageDto<AuditDto>>($"audit/{task.AssignmentId}")).Items.ShouldHaveSingleItem();
        (audit.Kind, audit.Reason).ShouldBe(("supervisor.withdraw-assignment", Why.Reason));
        await (await server.PostAsync($"assignments/{task.AssignmentId}/withdraw", Why)).ShouldBeRefusedAsync(409, "invalid_transition");
    }

    [Fact]
    public async Task Withdraw_Repeated_HasOneEffectAndAnotherPayloadIsAConflict()
    {
        var (project, _) = await server.SeedAsync(2);
        var (ann, task) = await server.HoldingAsync(project);
        await using var _ = ann;
        var key = Guid.NewGuid().ToString();
        (await (await server.PostAsync($"assignments/{task.AssignmentId}/withdraw", Why, key)).ReadAsync<SupervisionDto>()).AssignmentsEnded.ShouldBe(1);

        var again = await server.PostAsync($"assignments/{task.AssignmentId}/withdraw", Why, key);

        again.Headers.GetValues("Idempotent-Replayed").ShouldBe(["true"]);
        (await again.ReadAsync<SupervisionDto>()).AssignmentsEnded.ShouldBe(0);
        await (await server.PostAsync($"assignments/{task.AssignmentId}/withdraw", new ReasonRequest { Reason = "another" }, key)).ShouldBeRefusedAsync(409, "operation_conflict", "Idempotency-Key");
    }

    [Fact]
    public async Task Reassign_ToOneWhoMay_PassesByThoseWhoWaitedLonger()
    {
        var (project, _) = await server.SeedAsync(1);
        var (ann, task) = await server.HoldingAsync(project);
        await using var _ = ann;
        await using var waitedLonger = await server.AvailableAsync(project);
        await using var bob = await server.AvailableAsync(project);

        (await server.DoneAsync($"assignments/{task.AssignmentId}/reassign", To(bob))).AssignmentsEnded.ShouldBe(1);

        (await server.KeyOfAsync(await bob.NextAsync(LiveServer.Patience))).ShouldBe("t/1");
        waitedLonger.Held.ShouldBeEmpty();
    }

    [Fact]
    public async Task Reassign_HandedBackByTheNewWorker_GoesToOthersAtOnce()
    {
        var (project, _) = await server.SeedAsync(1);
        var (ann, task) = await server.HoldingAsync(project);
        await using var _ = ann;
        await using var bob = await server.AvailableAsync(project);
        await server.DoneAsync($"assignments/{task.AssignmentId}/reassign", To(bob));
        var bobs = await bob.NextAsync(LiveServer.Patience);
        await using var cyd = await server.AvailableAsync(project);

        (await bob.ReturnAsync(bobs, "not mine either")).Refusal.ShouldBeNull();

        (await server.KeyOfAsync(await cyd.NextAsync(LiveServer.Patience))).ShouldBe("t/1");
    }

    [Fact]
    public async Task Reassign_RepeatedWhenTheBatchIsPausedMeanwhile_IsStillTheSameAnswer()
    {
        var (project, batch) = await server.SeedAsync(1);
        var (ann, task) = await server.HoldingAsync(project);
        await using var _ = ann;
        await using var bob = await server.ConnectAsync(project);
        var key = Guid.NewGuid().ToString();
        await (await server.PostAsync($"assignments/{task.AssignmentId}/reassign", To(bob), key)).ReadAsync<SupervisionDto>();
        await server.Api.ChangeBatchAsync(batch, "pause");

        var again = await server.PostAsync($"assignments/{task.AssignmentId}/reassign", To(bob), key);

        (await again.ReadAsync<SupervisionDto>()).AssignmentsEnded.ShouldBe(0);
        again.Headers.GetValues("Idempotent-Replayed").ShouldBe(["true"]);
        await (await server.PostAsync($"assignments/{task.AssignmentId}/reassign", To(ann), key)).ShouldBeRefusedAsync(409, "operation_conflict", "Idempotency-Key");
    }

    [Fact]
    public async Task Reassign_ToOneWhoMayNot_IsRefusedAndTakesNothingAway()
    {
        var (project, batch) = await server.SeedAsync(1, overlap: 2);
        await using var answered = await server.AvailableAsync(project);
        (await answered.SubmitAsync(await answered.NextAsync(LiveServer.Patience), Requests.ChooseFirst)).Refusal.ShouldBeNull();
        var (ann, task) = await server.HoldingAsync(project);
        await using var _ = ann;
        await using var bob = await server.ConnectAsync(project);
        await using var gone = await server.ConnectAsync(project);
        var elsewhere = await server.Api.GetDevTokenAsync(new DevTokenRequest { Name = $"worker {Guid.NewGuid():N}", ProjectIds = [] });
        (await server.Boss.SendJsonAsync(HttpMethod.Patch, $"api/v1/workers/{gone.Snapshot!.WorkerId}", new UpdateWorkerRequest { IsActive = false })).IsSuccessStatusCode.ShouldBeTrue();
        var path = $"assignments/{task.AssignmentId}/reassign";

        await (await server.PostAsync(path, To(Guid.NewGuid()))).ShouldBeRefusedAsync(404, "unknown_worker", "$.workerId");
        await (await server.PostAsync(path, To(ann))).ShouldBeRefusedAsync(409, "not_eligible", "$.workerId");
        await (await server.PostAsync(path, To(gone))).ShouldBeRefusedAsync(409, "not_eligible", "$.workerId");
        await (await server.PostAsync(path, To(elsewhere.WorkerId))).ShouldBeRefusedAsync(409, "not_eligible", "$.workerId");
        await (await server.PostAsync(path, To(answered))).ShouldBeRefusedAsync(409, "not_eligible", "$.workerId");
        await (await server.PostAsync($"assignments/{Guid.NewGuid()}/reassign", To(bob))).ShouldBeRefusedAsync(404, "unknown_assignment");
        (await server.Boss.SendJsonAsync(HttpMethod.Patch, $"api/v1/batches/{batch}", new UpdateBatchRequest { Requires = [Level(3)] })).IsSuccessStatusCode.ShouldBeTrue();
        var problem = await (await server.PostAsync(path, To(bob))).ShouldBeRefusedAsync(409, "not_eligible", "$.workerId");
        problem.GetProperty("title").GetString()!.ShouldContain("'level'");

        var row = await server.Api.GetAssignmentAsync(task.AssignmentId);
        (row.State, row.LeaseEpoch).ShouldBe((AssignmentState.Accepted, task.LeaseEpoch));
        (await ann.SubmitAsync(task, Requests.ChooseFirst)).Refusal.ShouldBeNull("nothing of it was taken away");
        await (await server.PostAsync(path, To(bob))).ShouldBeRefusedAsync(409, "not_eligible");
    }

    [Fact]
    public async Task Clear_TakesEverythingAndTheWorkerKeepsBeingThere()
    {
        var (project, _) = await server.SeedAsync(2);
        await using var ann = await server.ConnectAsync(project);
        var id = ann.Snapshot!.WorkerId;
        (await server.Boss.SendJsonAsync(HttpMethod.Patch, $"api/v1/workers/{id}", new UpdateWorkerRequest { Capacity = 2 })).IsSuccessStatusCode.ShouldBeTrue();
        await ann.SetActivityAsync(Activity.Available);
        await LiveServer.EventuallyAsync(() => ann.Held.Count == 2, "two tasks held");

        (await server.DoneAsync($"workers/{id}/clear", Why)).AssignmentsEnded.ShouldBe(2);

        await LiveServer.EventuallyAsync(() => ann.Held.Count == 0, "nothing held");
        ann.Activity.ShouldBe(Activity.Available);
        (await server.DoneAsync($"workers/{id}/clear", Why)).AssignmentsEnded.ShouldBe(0);
    }

    [Fact]
    public async Task Drain_LetsTheWorkerFinishAndGivesNothingMore()
    {
        var (project, _) = await server.SeedAsync(2);
        var (ann, task) = await server.HoldingAsync(project);
        await using var _ = ann;

        await server.DoneAsync($"workers/{ann.Snapshot!.WorkerId}/drain", Why);

        await LiveServer.EventuallyAsync(() => ann.Activity == Activity.Draining, "draining");
        ann.ActivityReason!.ShouldContain(Why.Reason);
        var result = await ann.SubmitAsync(task, Requests.ChooseFirst);
        result.Refusal.ShouldBeNull();
        result.Next.ShouldBeNull();
    }

    [Fact]
    public async Task SignOff_SetsOfflineAndLeavesWhatIsHeld()
    {
        var (project, _) = await server.SeedAsync(2);
        var (ann, task) = await server.HoldingAsync(project);
        await using var _ = ann;

        await server.DoneAsync($"workers/{ann.Snapshot!.WorkerId}/sign-off", Why);

        await LiveServer.EventuallyAsync(() => ann.Activity == Activity.Offline, "offline");
        ann.Held.ShouldHaveSingleItem().AssignmentId.ShouldBe(task.AssignmentId);
        (await server.Api.GetAssignmentAsync(task.AssignmentId)).State.ShouldBe(AssignmentState.Accepted);
    }

    [Theory]
    [InlineData("withdraw")]
    [InlineData("clear")]
    [InlineData("drain")]
    [InlineData("sign-off")]
    public async Task Command_WithoutAReasonOrOnNobody_IsRefusedAndChangesNothing(string command)
    {
        var (project, _) = await server.SeedAsync(1);
        var (ann, task) = await server.HoldingAsync(project);
        await using var _ = ann;
        string Path(Guid? other = null) => command == "withdraw" ? $"assignments/{other ?? task.AssignmentId}/withdraw" : $"workers/{other ?? ann.Snapshot!.WorkerId}/{command}";

        await (await server.Boss.SendTextAsync(HttpMethod.Post, $"api/v1/{Path()}", "{}")).ShouldBeRefusedAsync(400, "malformed_request");
        await (await server.Boss.SendTextAsync(HttpMethod.Post, $"api/v1/{Path()}", """{"reason":null}""")).ShouldBeRefusedAsync(400, "malformed_request", "$.reason");
        foreach (var empty in (string[])["", "  "]) await (await server.PostAsync(Path(), new ReasonRequest { Reason = empty })).ShouldBeRefusedAsync(400, "malformed_request", "$.reason");
        foreach (var unfit in (string[])[new string('r', Limits.ReasonCharacters + 1), "nul \0"]) await (await server.PostAsync(Path(), new ReasonRequest { Reason = unfit })).ShouldBeRefusedAsync(400, "value_out_of_range", "$.reason");
        await (await server.PostAsync(Path(Guid.NewGuid()), Why)).ShouldBeRefusedAsync(404, command == "withdraw" ? "unknown_assignment" : "unknown_worker");
        await (await server.Boss.SendAsync(HttpMethod.Post, $"api/v1/{Path()}", new StringContent("""{"reason":"r"}""", System.Text.Encoding.UTF8, "application/json"), key: null)).ShouldBeRefusedAsync(400, "operation_id_missing", "Idempotency-Key");
        using var producer = server.As((await server.Api.GetDevTokenAsync(new DevTokenRequest { Name = $"producer {Guid.NewGuid():N}", Roles = [Roles.Producer] })).Token);
        await (await producer.SendJsonAsync(HttpMethod.Post, $"api/v1/{Path()}", Why)).ShouldBeRefusedAsync(403, "forbidden");

        ann.Activity.ShouldBe(Activity.Available);
        (await server.Api.GetAssignmentAsync(task.AssignmentId)).State.ShouldBe(AssignmentState.Accepted);
        ann.Held.ShouldHaveSingleItem();
        (await server.GetAsync<PageDto<AuditDto>>($"audit/{(command == "withdraw" ? task.AssignmentId : ann.Snapshot!.WorkerId)}")).Items.ShouldNotContain(row => row.Kind.StartsWith("supervisor."));
    }
}
