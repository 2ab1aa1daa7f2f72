using Dispatch.Contracts;

namespace Dispatch.Storage.Tests.Conformance;

/// <summary>What was sent ahead moves onto a capacity slot only while the slot is free.</summary>
public sealed class PromotionTests
{
    public static TheoryData<bool> Stores => StoreKinds.All;

    private static readonly Guid Ann = Guid.NewGuid();

    [Theory, MemberData(nameof(Stores))]
    public async Task Promote_ToAFilledCapacitySlot_IsRefusedAndHarmsNoNeighbour(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 3);
        var ids = await store.TaskIdsAsync();
        var ahead = await ReservedAsync(store, ids[0]);
        await store.TakenAsync(ids[1], Ann);

        var results = await store.Store.CommitAsync([Promote(store, ahead, capacitySlot: 0), store.Take(ids[2], Guid.NewGuid())], default);

        results.Select(result => result.Status).ShouldBe([CommitStatus.WorkerBusy, CommitStatus.Committed]);
        (await store.Store.LoadHeldAsync(store.Batch, default)).Single(held => held.AssignmentId == ahead.AssignmentId).State.ShouldBe(AssignmentState.Reserved);
        (await store.CommitAsync(Promote(store, ahead, capacitySlot: 1))).Status.ShouldBe(CommitStatus.Committed);
        (await store.CommitAsync(Promote(store, ahead, capacitySlot: 1))).Status.ShouldBe(CommitStatus.Stale, "it is accepted already");
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Promote_WithASubmit_MovesOntoTheSlotThatTheAnswerFrees(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 2);
        var ids = await store.TaskIdsAsync();
        var held = await store.TakenAsync(ids[0], Ann);
        var ahead = await ReservedAsync(store, ids[1]);

        var result = await store.CommitAsync(store.Submit(held) with { Promote = Promote(store, ahead, held.CapacitySlot) });

        (result.Status, result.Promoted!.Status).ShouldBe((CommitStatus.Committed, CommitStatus.Committed));
        var row = (await store.Store.LoadHeldAsync(store.Batch, default)).ShouldHaveSingleItem();
        (row.State, row.CapacitySlot).ShouldBe((AssignmentState.Accepted, held.CapacitySlot));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Promote_BeyondTheCapacity_IsRefusedWhereCostsAreWeighted(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 2);
        var worker = new WorkerRecord { WorkerId = Guid.NewGuid(), Name = "carl", DisplayName = "Carl", Roles = [Roles.Worker], Capacity = 3 };
        await store.Store.CreateWorkerAsync(worker, [store.Project], StoreUnderTest.Op(), default);
        var ids = await store.TaskIdsAsync();
        var ahead = await ReservedAsync(store, ids[0], worker.WorkerId, cost: 2);
        (await store.CommitAsync(store.Take(ids[1], worker.WorkerId) with { Cost = 2, Weighted = true })).Status.ShouldBe(CommitStatus.Committed);

        (await store.CommitAsync(Promote(store, ahead, capacitySlot: 1) with { Weighted = true })).Status.ShouldBe(CommitStatus.WorkerBusy);
        (await store.CommitAsync(Promote(store, ahead, capacitySlot: 1))).Status.ShouldBe(CommitStatus.Committed, "nothing is weighed unless asked");
    }

    private static async Task<HeldAssignment> ReservedAsync(StoreUnderTest store, long task, Guid? worker = null, int cost = 1) =>
        (await store.CommitAsync(store.Take(task, worker ?? Ann, capacitySlot: 100) with { State = AssignmentState.Reserved, Cost = cost })).Taken!;

    private static PromoteOperation Promote(StoreUnderTest store, HeldAssignment ahead, int capacitySlot) => new()
    {
        BatchId = store.Batch,
        OwnerEpoch = store.Epoch,
        AssignmentId = ahead.AssignmentId,
        WorkerId = ahead.WorkerId,
        LeaseEpoch = ahead.LeaseEpoch,
        CapacitySlot = capacitySlot,
        Lease = TimeSpan.FromMinutes(5),
    };
}
