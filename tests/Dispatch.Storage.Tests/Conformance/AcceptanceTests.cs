using Dispatch.Contracts;

namespace Dispatch.Storage.Tests.Conformance;

/// <summary>The first to accept an offer ends the others, and what they may have instead wakes them.</summary>
public sealed class AcceptanceTests
{
    public static TheoryData<bool, int> Cases => new() { { false, 1 }, { false, 2 }, { true, 1 }, { true, 2 } };

    private static readonly Guid Ann = Guid.NewGuid();
    private static readonly Guid Bob = Guid.NewGuid();

    [Theory, MemberData(nameof(Cases))]
    public async Task Accept_EndsOtherOffersOfTheSlot_AndWakesWhereAnotherSlotIsFree(bool postgreSql, int overlap)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 1, overlap: overlap);
        var id = (await store.TaskIdsAsync())[0];
        var anns = await OfferedAsync(store, id, Ann, epoch: 1);
        var bobs = await OfferedAsync(store, id, Bob, epoch: 2);
        var before = await store.WorkVersionAsync();

        var result = await store.CommitAsync(new AcceptOperation
        {
            BatchId = store.Batch,
            OwnerEpoch = store.Epoch,
            Operation = StoreUnderTest.Op(Bob),
            AssignmentId = bobs.AssignmentId,
            WorkerId = Bob,
            LeaseEpoch = bobs.LeaseEpoch,
            Lease = TimeSpan.FromMinutes(5),
        });

        result.Status.ShouldBe(CommitStatus.Committed);
        result.Rescinded.ShouldBe([(anns.AssignmentId, Ann)]);
        (await store.WorkVersionAsync() - before).ShouldBe(overlap - 1, "with one slot, nothing came free for anybody");
        (await store.Store.PageOpenTasksForWorkerAsync(store.Batch, Ann, TimeSpan.Zero, null, 10, default)).Count.ShouldBe(overlap - 1);
    }

    private static async Task<HeldAssignment> OfferedAsync(StoreUnderTest store, long task, Guid worker, int epoch) =>
        (await store.CommitAsync(store.Take(task, worker, leaseEpoch: epoch) with { State = AssignmentState.Offered })).Taken!;
}
