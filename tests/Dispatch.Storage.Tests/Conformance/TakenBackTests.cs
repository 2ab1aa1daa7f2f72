using Dispatch.Contracts;

namespace Dispatch.Storage.Tests.Conformance;

/// <summary>Where a batch stops handing out work, or somebody leaves a project, what nobody has begun is taken back.</summary>
public sealed class TakenBackTests
{
    public static TheoryData<bool, BatchStatus> Stops => new()
    {
        { false, BatchStatus.Paused }, { false, BatchStatus.Draining }, { false, BatchStatus.Closed },
        { true, BatchStatus.Paused }, { true, BatchStatus.Draining }, { true, BatchStatus.Closed },
    };

    public static TheoryData<bool> Stores => new() { false, true };

    [Theory, MemberData(nameof(Stops))]
    public async Task BatchStops_OffersAndWhatWasSentAheadEnd_AcceptedWorkGoesOn(bool postgreSql, BatchStatus status)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 3);
        var ids = await store.TaskIdsAsync();
        var (ann, bob) = (Guid.NewGuid(), Guid.NewGuid());
        var accepted = await store.TakenAsync(ids[0], ann);
        var reserved = (await store.CommitAsync(store.Take(ids[1], ann, capacitySlot: 100) with { State = AssignmentState.Reserved })).Taken!;
        var offered = (await store.CommitAsync(store.Take(ids[2], bob) with { State = AssignmentState.Offered })).Taken!;

        var outcome = await ChangeAsync(store, status, BatchStatus.Open);

        outcome.Outcome.Status.ShouldBe(ApplyStatus.Applied);
        outcome.Ended.ShouldBe([new EndedAssignment(reserved.AssignmentId, ann, store.Batch, store.Project), new EndedAssignment(offered.AssignmentId, bob, store.Batch, store.Project)], ignoreOrder: true);
        foreach (var ended in (HeldAssignment[])[reserved, offered]) (await store.Store.GetAssignmentAsync(ended.AssignmentId, default))!.State.ShouldBe(AssignmentState.Rescinded);
        (await store.CommitAsync(store.Submit(accepted))).Status.ShouldBe(CommitStatus.OwnerFenced, "whoever owned the batch has to look again");
        await store.OwnAgainAsync();
        (await store.CommitAsync(AcceptOf(store, offered))).Status.ShouldBe(CommitStatus.Stale);
        (await store.CommitAsync(store.Submit(accepted))).Status.ShouldBe(CommitStatus.Committed);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Reopened_TheSameWorkersMayHaveItAtOnce_AndNoAttemptWasCounted(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 1);
        var (task, bob) = ((await store.TaskIdsAsync())[0], Guid.NewGuid());
        await store.CommitAsync(store.Take(task, bob) with { State = AssignmentState.Offered });
        await ChangeAsync(store, BatchStatus.Paused, BatchStatus.Open);
        await ChangeAsync(store, BatchStatus.Open, BatchStatus.Paused);
        await store.OwnAgainAsync();

        var again = await store.CommitAsync(store.Take(task, bob, leaseEpoch: 2) with { Resumes = true });

        again.Status.ShouldBe(CommitStatus.Committed);
        var returned = await store.CommitAsync(new ReturnOperation { BatchId = store.Batch, OwnerEpoch = store.Epoch, AssignmentId = again.Taken!.AssignmentId, WorkerId = bob, Operation = null, LeaseEpoch = 2, AttemptsMax = 2 });
        returned.DeadLettered.ShouldBeFalse();
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task PriorityChanged_NothingIsTakenBack(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 1);
        var offer = (await store.CommitAsync(store.Take((await store.TaskIdsAsync())[0], Guid.NewGuid()) with { State = AssignmentState.Offered })).Taken!;

        (await store.Store.ChangeBatchAsync(store.Batch, new BatchChange { Priority = 3 }, [BatchStatus.Open], null, StoreUnderTest.Op(), default)).Ended.ShouldBeEmpty();

        (await store.CommitAsync(AcceptOf(store, offer))).Status.ShouldBe(CommitStatus.Committed);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task WorkerRemoved_OffersOfTheProjectEnd_AcceptedWorkGoesOn(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 2);
        var (ids, ann) = (await store.TaskIdsAsync(), await store.WorkerAsync("ann"));
        var accepted = await store.TakenAsync(ids[0], ann);
        var reserved = (await store.CommitAsync(store.Take(ids[1], ann, capacitySlot: 100) with { State = AssignmentState.Reserved })).Taken!;

        var outcome = await store.Store.SetEnrolmentAsync(ann, store.Project, enrolled: false, StoreUnderTest.Op(), default);

        outcome.Ended.ShouldBe([new EndedAssignment(reserved.AssignmentId, ann, store.Batch, store.Project)]);
        await store.OwnAgainAsync();
        (await store.CommitAsync(store.Submit(accepted))).Status.ShouldBe(CommitStatus.Committed);
        (await store.Store.SetEnrolmentAsync(ann, store.Project, enrolled: true, StoreUnderTest.Op(), default)).Ended.ShouldBeEmpty();
    }

    private static Task<SupervisionOutcome> ChangeAsync(StoreUnderTest store, BatchStatus to, BatchStatus from) =>
        store.Store.ChangeBatchAsync(store.Batch, new BatchChange { Status = to }, [from], null, StoreUnderTest.Op(), default);

    private static AcceptOperation AcceptOf(StoreUnderTest store, HeldAssignment offer) => new()
    {
        BatchId = store.Batch,
        OwnerEpoch = store.Epoch,
        Operation = StoreUnderTest.Op(offer.WorkerId),
        AssignmentId = offer.AssignmentId,
        WorkerId = offer.WorkerId,
        LeaseEpoch = offer.LeaseEpoch,
        Lease = TimeSpan.FromMinutes(5),
    };
}
