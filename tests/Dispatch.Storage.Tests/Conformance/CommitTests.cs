using System.Text.Json;
using Dispatch.Contracts;

namespace Dispatch.Storage.Tests.Conformance;

public sealed class CommitTests
{
    public static TheoryData<bool> Stores => StoreKinds.All;

    private static readonly Guid Ann = Guid.NewGuid();
    private static readonly Guid Bob = Guid.NewGuid();

    [Theory, MemberData(nameof(Stores))]
    public async Task Take_FreeSlot_ReturnsThePayload(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 1);
        var held = await store.TakenAsync((await store.TaskIdsAsync())[0], Ann);

        held.Content.ShouldBe("""{"n":1}""");
        held.TaskKey.ShouldBe("t/1");
        held.Presentation.ShouldBe([1, 0]);
        held.State.ShouldBe(AssignmentState.Accepted);
        held.ProjectId.ShouldBe(store.Project);
        (held.LeaseUntil - held.OfferedAt).ShouldBe(TimeSpan.FromMinutes(5));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Take_EachRefusal_IsTold(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 3, overlap: 2);
        var ids = await store.TaskIdsAsync();
        await store.TakenAsync(ids[0], Ann);

        (await store.CommitAsync(store.Take(ids[1], Ann))).Status.ShouldBe(CommitStatus.WorkerBusy);
        (await store.CommitAsync(store.Take(ids[0], Bob, slot: 0))).Status.ShouldBe(CommitStatus.SlotTaken);
        (await store.CommitAsync(store.Take(ids[0], Ann, slot: 1, capacitySlot: 1))).Status.ShouldBe(CommitStatus.SlotTaken, "one worker, two slots of a task");
        (await store.CommitAsync(store.Take(ids[1], Bob, slot: 2))).Status.ShouldBe(CommitStatus.SlotTaken, "beyond the overlap");
        (await store.CommitAsync(store.Take(ids[1], Bob, epoch: store.Epoch - 1))).Status.ShouldBe(CommitStatus.OwnerFenced);
        await store.Store.ChangeBatchAsync(store.Batch, new BatchChange { Status = BatchStatus.Paused }, [BatchStatus.Open], null, StoreUnderTest.Op(), default);
        (await store.CommitAsync(store.Take(ids[1], Bob))).Status.ShouldBe(CommitStatus.BatchNotOpen);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task ExportCountedByTask_OverSeveralPages_KeepsTheAnswersOfATaskTogether(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 203, overlap: 2);
        var ids = await store.TaskIdsAsync();
        foreach (var (slot, worker) in new[] { Ann, Bob }.Index())
        {
            foreach (var id in ids.Where((_, i) => i is 0 or 99 or 100 or 202))
            {
                (await store.CommitAsync(store.Submit(await store.TakenAsync(id, worker, slot)))).Status.ShouldBe(CommitStatus.Committed);
            }
        }

        List<string> keys = [];
        await foreach (var row in store.Store.ExportCountedByTaskAsync(store.Batch, default)) keys.Add($"{row.TaskKey} {(row.WorkerId == Ann ? "Ann" : "Bob")}");
        keys.ShouldBe(["t/1 Ann", "t/1 Bob", "t/100 Ann", "t/100 Bob", "t/101 Ann", "t/101 Bob", "t/203 Ann", "t/203 Bob"]);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Submit_WithNext_StoresTheAnswerAndHandsOutTheNext(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 2);
        var ids = await store.TaskIdsAsync();
        var held = await store.TakenAsync(ids[0], Ann);
        var before = await store.WorkVersionAsync();

        var result = await store.CommitAsync(store.Submit(held, next: store.Take(ids[1], Ann)));

        result.Status.ShouldBe(CommitStatus.Committed);
        result.TaskCompleted.ShouldBeTrue();
        result.Next!.Taken!.TaskId.ShouldBe(ids[1]);
        (await store.ExportAsync()).ShouldHaveSingleItem().AssignmentId.ShouldBe(held.AssignmentId);
        (await store.Store.GetCountersAsync(store.Batch, default)).ShouldBe(new BatchCounters { Tasks = 2, Completed = 1, Answers = 1 });
        (await store.WorkVersionAsync()).ShouldBe(before, "an answer makes no work available");
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Submit_Again_IsReplayedOrRefusedByItsPayload_AndTakesNothing(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 3);
        var ids = await store.TaskIdsAsync();
        var held = await store.TakenAsync(ids[0], Ann);
        var operation = Guid.NewGuid();
        var first = store.Submit(held, operation, next: store.Take(ids[1], Ann));
        await store.CommitAsync(first);

        var again = await store.CommitAsync(store.Submit(held, operation, next: store.Take(ids[2], Ann, capacitySlot: 1)));
        var other = await store.CommitAsync(store.Submit(held, operation, hash: 2));

        (again.Status, again.StoredResult, again.Next!.Status).ShouldBe((CommitStatus.Replayed, first.Operation.Result, CommitStatus.Skipped));
        other.Status.ShouldBe(CommitStatus.PayloadConflict);
        (await store.ExportAsync()).Count.ShouldBe(1);
        (await store.Store.LoadHeldAsync(store.Batch, default)).Count.ShouldBe(1);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Submit_NextRefused_StoresAResultWithoutIt(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 2);
        var ids = await store.TaskIdsAsync();
        var held = await store.TakenAsync(ids[0], Ann);
        await store.TakenAsync(ids[1], Bob);
        var operation = Guid.NewGuid();

        var result = await store.CommitAsync(store.Submit(held, operation, next: store.Take(ids[1], Ann)));

        (result.Status, result.Next!.Status).ShouldBe((CommitStatus.Committed, CommitStatus.SlotTaken));
        using var stored = JsonDocument.Parse((await store.Store.FindOperationAsync(Ann, operation, default))!.Result);
        stored.RootElement.TryGetProperty("next", out _).ShouldBeFalse();
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Submit_WrongEpochWorkerOrOwner_ChangesNothing(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 2);
        var ids = await store.TaskIdsAsync();
        var held = await store.TakenAsync(ids[0], Ann);

        var stale = await store.CommitAsync(store.Submit(held, leaseEpoch: 2, next: store.Take(ids[1], Ann, capacitySlot: 1)));
        (stale.Status, stale.Next!.Status).ShouldBe((CommitStatus.Stale, CommitStatus.Skipped));
        (await store.CommitAsync(store.Submit(held with { WorkerId = Bob }))).Status.ShouldBe(CommitStatus.Stale);
        (await store.CommitAsync(store.Submit(held, epoch: store.Epoch + 1))).Status.ShouldBe(CommitStatus.OwnerFenced);

        (await store.ExportAsync()).ShouldBeEmpty();
        (await store.Store.LoadHeldAsync(store.Batch, default)).ShouldHaveSingleItem().AssignmentId.ShouldBe(held.AssignmentId);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Group_WithRefusedOnes_HarmsNoNeighbour(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 3);
        var ids = await store.TaskIdsAsync();
        var held = await store.TakenAsync(ids[0], Ann);
        var (carl, dora) = (Guid.NewGuid(), Guid.NewGuid());

        var results = await store.Store.CommitAsync(
            [
                store.Take(ids[0], carl),
                store.Submit(held),
                store.Take(ids[1], Bob, epoch: store.Epoch - 1),
                store.Take(ids[2], dora),
                new RenewOperation { BatchId = store.Batch, OwnerEpoch = store.Epoch, AssignmentId = Guid.NewGuid(), LeaseEpoch = 1, Lease = TimeSpan.FromMinutes(1) },
            ],
            default);

        results.Select(result => result.Status).ShouldBe([CommitStatus.SlotTaken, CommitStatus.Committed, CommitStatus.OwnerFenced, CommitStatus.Committed, CommitStatus.Stale]);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Overlap_ThreeWorkers_CompletesWithTheLastAnswerOnly(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 1, overlap: 3);
        var id = (await store.TaskIdsAsync())[0];
        var held = new List<HeldAssignment>();
        for (var slot = 0; slot < 3; slot++) held.Add(await store.TakenAsync(id, Guid.NewGuid(), slot));

        (await store.CommitAsync(store.Submit(held[0]))).TaskCompleted.ShouldBeFalse();
        var last = await store.Store.CommitAsync([store.Submit(held[1]), store.Submit(held[2])], default);

        last.Count(result => result.TaskCompleted).ShouldBe(1, "the task is completed once, though two answers of one group complete it");
        (await store.TaskIdsAsync()).ShouldBeEmpty();
        (await store.Store.GetCountersAsync(store.Batch, default))!.Completed.ShouldBe(1);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Return_FreesTheSlotForOthers_AndWakes(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 1);
        var id = (await store.TaskIdsAsync())[0];
        var held = await store.TakenAsync(id, Ann);
        var before = await store.WorkVersionAsync();
        var operation = StoreUnderTest.Op(Ann);
        var giveBack = new ReturnOperation { BatchId = store.Batch, OwnerEpoch = store.Epoch, Operation = operation, AssignmentId = held.AssignmentId, WorkerId = Ann, LeaseEpoch = 1 };

        (await store.CommitAsync(giveBack)).Status.ShouldBe(CommitStatus.Committed);
        (await store.CommitAsync(giveBack)).Status.ShouldBe(CommitStatus.Replayed);
        (await store.CommitAsync(giveBack with { Operation = StoreUnderTest.Op(Ann) })).Status.ShouldBe(CommitStatus.Stale);

        (await store.WorkVersionAsync()).ShouldBe(before + 1);
        await store.TakenAsync(id, Bob, leaseEpoch: 2);
        (await store.Store.PageOpenTasksForWorkerAsync(store.Batch, Ann, TimeSpan.Zero, null, 10, default)).ShouldBeEmpty("returned work never comes back to the same worker");
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Expire_IsJudgedByTheStoresTime(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 2);
        var ids = await store.TaskIdsAsync();
        var living = await store.TakenAsync(ids[0], Ann);
        var dead = (await store.CommitAsync(store.Take(ids[1], Bob, lease: TimeSpan.Zero))).Taken!;
        ExpireOperation Expire(HeldAssignment held) => new() { BatchId = store.Batch, OwnerEpoch = store.Epoch, AssignmentId = held.AssignmentId, LeaseEpoch = 1 };

        var refused = await store.CommitAsync(Expire(living));
        refused.Status.ShouldBe(CommitStatus.NotExpired);
        refused.LeaseUntil.ShouldBe(living.LeaseUntil);
        (await store.CommitAsync(Expire(dead))).Status.ShouldBe(CommitStatus.Committed);
        (await store.CommitAsync(Expire(dead))).Status.ShouldBe(CommitStatus.Stale);
        (await store.CommitAsync(store.Submit(dead))).Status.ShouldBe(CommitStatus.Committed, "late, but nobody else was given the slot");
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Renew_NeverShortens(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 1);
        var held = await store.TakenAsync((await store.TaskIdsAsync())[0], Ann);
        RenewOperation Renew(TimeSpan lease) => new() { BatchId = store.Batch, OwnerEpoch = store.Epoch, AssignmentId = held.AssignmentId, LeaseEpoch = 1, Lease = lease };

        (await store.CommitAsync(Renew(TimeSpan.FromSeconds(1)))).LeaseUntil.ShouldBe(held.LeaseUntil);
        (await store.CommitAsync(Renew(TimeSpan.FromHours(1)))).LeaseUntil!.Value.ShouldBeGreaterThan(held.LeaseUntil);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task TakeOwnership_FencesEveryOlderEpoch_AndSeesWhatWasCommitted(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 2);
        var ids = await store.TaskIdsAsync();
        var held = await store.TakenAsync(ids[0], Ann);

        var owned = await store.Store.TakeOwnershipAsync(store.Batch, default);

        owned!.OwnerEpoch.ShouldBe(store.Epoch + 1);
        (await store.Store.LoadHeldAsync(store.Batch, default)).ShouldHaveSingleItem();
        (await store.CommitAsync(store.Submit(held))).Status.ShouldBe(CommitStatus.OwnerFenced);
        (await store.CommitAsync(store.Take(ids[1], Bob))).Status.ShouldBe(CommitStatus.OwnerFenced);
        (await store.CommitAsync(store.Submit(held, epoch: owned.OwnerEpoch))).Status.ShouldBe(CommitStatus.Committed);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Handling_IsClippedToTheServersMeasure(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 2);
        var ids = await store.TaskIdsAsync();
        var boasting = await store.TakenAsync(ids[0], Ann);
        var negative = await store.TakenAsync(ids[1], Bob);

        (await store.CommitAsync(store.Submit(boasting) with { Active = TimeSpan.FromDays(1) })).Handling.ShouldBeLessThan(TimeSpan.FromMinutes(1));
        (await store.CommitAsync(store.Submit(negative) with { Active = TimeSpan.FromSeconds(-5), ShownAt = DateTimeOffset.UtcNow.AddHours(1) })).Handling.ShouldBe(TimeSpan.Zero);
    }
}
