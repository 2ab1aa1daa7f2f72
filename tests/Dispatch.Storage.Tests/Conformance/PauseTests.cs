using Dispatch.Contracts;

namespace Dispatch.Storage.Tests.Conformance;

/// <summary>Which breaks are taken off the handling time. Time is the store's own and passes by asking it; everything is compared with what the store said, so no machine is too slow.</summary>
public sealed class PauseTests
{
    public static TheoryData<bool> Stores => StoreKinds.All;

    [Theory, MemberData(nameof(Stores))]
    public async Task BreakBeforeItWasShown_IsNotTakenOff(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 1);
        var (ann, held) = await HeldAsync(store);
        var paused = await BreakAsync(store, ann);
        await store.Store.MarkShownAsync([(held.AssignmentId, ann)], default);
        await PassAsync(store, paused);
        (await HandlingAsync(store, held)).ShouldBeGreaterThanOrEqualTo(paused, "all of the break was before");
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task BreakWhileItWasShown_IsTakenOff(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 1);
        var (ann, held) = await HeldAsync(store);
        var before = await store.Store.NowAsync(default);
        await store.Store.MarkShownAsync([(held.AssignmentId, ann)], default);
        var paused = await BreakAsync(store, ann);
        var handling = await HandlingAsync(store, held);
        handling.ShouldBeLessThanOrEqualTo(await store.Store.NowAsync(default) - before - paused + Rounding);
    }

    /// <summary>The stamp comes with the answer: a break that was over before it is not taken off.</summary>
    [Theory, MemberData(nameof(Stores))]
    public async Task BreakBeforeAStampThatComesWithTheAnswer_IsNotTakenOff(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 1);
        var (ann, held) = await HeldAsync(store);
        var paused = await BreakAsync(store, ann);
        var shownAt = await store.Store.NowAsync(default);
        await PassAsync(store, paused);
        (await HandlingAsync(store, held, shownAt)).ShouldBeGreaterThanOrEqualTo(paused, "from the stamp to the answer");
    }

    private static readonly TimeSpan BreakLength = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Rounding = TimeSpan.FromMilliseconds(1);

    private static async Task<(Guid Worker, HeldAssignment Held)> HeldAsync(StoreUnderTest store)
    {
        var ann = await store.WorkerAsync("ann");
        var task = (await store.TaskIdsAsync()).Single();
        var taken = await store.CommitAsync(store.Take(task, ann) with { BreakMax = TimeSpan.FromHours(1) });
        taken.Status.ShouldBe(CommitStatus.Committed);
        return (ann, taken.Taken!);
    }

    /// <summary>A break of at least this length, and how long it was by the store.</summary>
    private static async Task<TimeSpan> BreakAsync(StoreUnderTest store, Guid worker)
    {
        var began = (await store.Store.ChangeActivityAsync(worker, Activity.Break, "tea", null, default)).Since;
        await PassAsync(store, BreakLength);
        var ended = (await store.Store.ChangeActivityAsync(worker, Activity.Available, null, null, default)).Since;
        return ended - began;
    }

    private static async Task PassAsync(StoreUnderTest store, TimeSpan span)
    {
        var from = await store.Store.NowAsync(default);
        while (await store.Store.NowAsync(default) < from + span)
        {
        }
    }

    private static async Task<TimeSpan> HandlingAsync(StoreUnderTest store, HeldAssignment held, DateTimeOffset? shownAt = null)
    {
        var result = await store.CommitAsync(store.Submit(held) with { ShownAt = shownAt });
        result.Status.ShouldBe(CommitStatus.Committed);
        return result.Handling;
    }
}
