using Dispatch.Contracts;

namespace Dispatch.Storage.Tests.Conformance;

/// <summary>An answer that was under way when its lease ran out: whom the task went to meanwhile decides whether it counts.</summary>
public sealed class LateAnswerTests
{
    private static readonly Guid Ann = Guid.NewGuid();
    private static readonly Guid Bob = Guid.NewGuid();

    public static TheoryData<bool, AssignmentState> SecondHolds => new()
    {
        { false, AssignmentState.Accepted }, { false, AssignmentState.Reserved }, { false, AssignmentState.Offered },
        { true, AssignmentState.Accepted }, { true, AssignmentState.Reserved }, { true, AssignmentState.Offered },
    };

    public static TheoryData<bool> Stores => new() { false, true };

    [Theory, MemberData(nameof(SecondHolds))]
    public async Task HandedToItsWorkerAgain_CountsForTheSecondHold_WhichEnds(bool postgreSql, AssignmentState state)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 1);
        var (task, first) = await RanOutAsync(store, Ann);
        var second = await AgainAsync(store, task, Ann, slot: 0, state);
        var submit = store.Submit(first);

        var result = await store.CommitAsync(submit);

        (result.Status, result.TaskCompleted).ShouldBe((CommitStatus.Committed, true));
        result.Rescinded.ShouldBe([(second.AssignmentId, Ann)]);
        (await store.Store.GetAssignmentAsync(second.AssignmentId, default))!.State.ShouldBe(AssignmentState.Rescinded);
        var answer = (await store.ExportAsync()).ShouldHaveSingleItem();
        (answer.AssignmentId, answer.Counted, answer.Late).ShouldBe((first.AssignmentId, true, true));
        (await store.CountersAsync()).ShouldBe(new BatchCounters { Tasks = 1, Completed = 1, Answers = 1, Canceled = 0, Dead = 0 });

        // Repeated, it is told the same, and which hold is no more; answered under that hold, nothing is stored.
        var again = await store.CommitAsync(submit);
        (again.Status, again.StoredResult).ShouldBe((CommitStatus.Replayed, Operation.Folded(second.AssignmentId)));
        (await store.CommitAsync(store.Submit(second))).Status.ShouldBe(CommitStatus.Stale);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task SecondHoldAnsweredFirst_IsKeptAside(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 1, overlap: 2);
        var (task, first) = await RanOutAsync(store, Ann);
        var second = await AgainAsync(store, task, Ann, slot: 0);
        (await store.CommitAsync(store.Submit(second))).Status.ShouldBe(CommitStatus.Committed);

        (await store.CommitAsync(store.Submit(first))).Status.ShouldBe(CommitStatus.KeptAside);

        (await store.TaskAsync("t/1")).Answers.ShouldBe(1, "never two counted from one worker");
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task PlaceGivenToAnother_SecondHoldElsewhere_CountsThere(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 1, overlap: 2);
        var (task, first) = await RanOutAsync(store, Ann);
        await AgainAsync(store, task, Bob, slot: 0);
        var second = await AgainAsync(store, task, Ann, slot: 1, epoch: 1);

        var result = await store.CommitAsync(store.Submit(first));

        (result.Status, result.TaskCompleted).ShouldBe((CommitStatus.Committed, false));
        result.Rescinded.ShouldBe([(second.AssignmentId, Ann)]);
        (await store.Store.GetAssignmentAsync(first.AssignmentId, default))!.Slot.ShouldBe(1);
        (await store.CommitAsync(store.Take(task, Guid.NewGuid(), slot: 1, leaseEpoch: 3))).Status.ShouldBe(CommitStatus.SlotTaken);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task PlaceFree_SecondHoldElsewhere_CountsInItsOwnAndWakesForTheOther(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 1, overlap: 2);
        var (task, first) = await RanOutAsync(store, Ann);
        await AgainAsync(store, task, Ann, slot: 1, epoch: 1);
        var before = await store.WorkVersionAsync();

        (await store.CommitAsync(store.Submit(first))).Status.ShouldBe(CommitStatus.Committed);

        (await store.WorkVersionAsync()).ShouldBeGreaterThan(before);
        (await store.CommitAsync(store.Take(task, Bob, slot: 1, leaseEpoch: 2))).Status.ShouldBe(CommitStatus.Committed);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task PlaceGivenToAnother_IsKeptAside_AndEndsNothing(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 1);
        var (task, first) = await RanOutAsync(store, Ann);
        var bobs = await AgainAsync(store, task, Bob, slot: 0);

        var result = await store.CommitAsync(store.Submit(first));

        (result.Status, result.Rescinded.Count).ShouldBe((CommitStatus.KeptAside, 0));
        (await store.CommitAsync(store.Submit(bobs))).Status.ShouldBe(CommitStatus.Committed);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task OthersWereOnlyAsked_Counts_AndTheirOffersEndWithoutBeingHeldAgainstThem(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 1);
        var (task, first) = await RanOutAsync(store, Ann);
        var bobs = await AgainAsync(store, task, Bob, slot: 0, AssignmentState.Offered);

        var result = await store.CommitAsync(store.Submit(first));

        result.Status.ShouldBe(CommitStatus.Committed);
        result.Rescinded.ShouldBe([(bobs.AssignmentId, Bob)]);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task KeptForItsWorker_IsKeptNoLonger(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 1, overlap: 2);
        var (task, first) = await RanOutAsync(store, Ann);
        (await store.CommitAsync(store.Take(task, Bob, slot: 1))).Status.ShouldBe(CommitStatus.SlotTaken, "it is kept");

        (await store.CommitAsync(store.Submit(first))).Status.ShouldBe(CommitStatus.Committed);

        (await store.CommitAsync(store.Take(task, Bob, slot: 1))).Status.ShouldBe(CommitStatus.Committed);
    }

    private static async Task<(long Task, HeldAssignment Held)> RanOutAsync(StoreUnderTest store, Guid worker)
    {
        var task = (await store.TaskIdsAsync())[0];
        var held = (await store.CommitAsync(store.Take(task, worker, lease: TimeSpan.Zero))).Taken!;
        var expired = await store.CommitAsync(new ExpireOperation { BatchId = store.Batch, OwnerEpoch = store.Epoch, AssignmentId = held.AssignmentId, LeaseEpoch = held.LeaseEpoch, Reoffer = TimeSpan.FromHours(1) });
        expired.EndedAs.ShouldBe(AssignmentState.Abandoned);
        return (task, held);
    }

    /// <summary>Handed out again; for others the task is first no longer kept.</summary>
    private static async Task<HeldAssignment> AgainAsync(StoreUnderTest store, long task, Guid worker, int slot, AssignmentState state = AssignmentState.Accepted, int epoch = 2)
    {
        if (worker != Ann)
        {
            var anns = await store.CommitAsync(store.Take(task, Ann, slot: 0, leaseEpoch: 2));
            await store.CommitAsync(new ReturnOperation { BatchId = store.Batch, OwnerEpoch = store.Epoch, AssignmentId = anns.Taken!.AssignmentId, WorkerId = Ann, Operation = null, LeaseEpoch = 2, RetryAfter = TimeSpan.Zero });
            epoch++;
        }

        var result = await store.CommitAsync(store.Take(task, worker, slot, leaseEpoch: epoch) with { State = state, Resumes = worker == Ann });
        result.Status.ShouldBe(CommitStatus.Committed);
        return result.Taken!;
    }
}
