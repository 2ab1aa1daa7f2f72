using Dispatch.Contracts;

namespace Dispatch.Storage.Tests.Conformance;

/// <summary>What one person can write for ever is bounded: a repeat is no row, a ledger reads a page of them, and what is old is deleted.</summary>
public sealed class RetentionTests
{
    public static TheoryData<bool> Stores => StoreKinds.All;

    [Theory, MemberData(nameof(Stores))]
    public async Task Activity_SaidAgain_IsNoSecondRow_AndStillHasItsReply(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql);
        var ann = await AnnAsync(store);
        await store.Store.ChangeActivityAsync(ann, Activity.Break, "tea", StoreUnderTest.Op(ann), default);
        var again = StoreUnderTest.Op(ann);
        (await store.Store.ChangeActivityAsync(ann, Activity.Break, "tea", again, default)).Outcome.Status.ShouldBe(ApplyStatus.Applied);
        (await store.Store.ChangeActivityAsync(ann, Activity.Break, "tea", again, default)).Outcome.Status.ShouldBe(ApplyStatus.Replayed);
        (await store.Store.ChangeActivityAsync(ann, Activity.Break, "tea", again with { PayloadHash = new byte[32] }, default)).Outcome.Status.ShouldBe(ApplyStatus.PayloadConflict);
        (await ReadAsync(store, ann, 10)).ShouldBe([Activity.Break]);

        await store.Store.ChangeActivityAsync(ann, Activity.Break, "more tea", null, default);
        (await ReadAsync(store, ann, 10)).ShouldBe([Activity.Break, Activity.Break], "another reason is another row");
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Ledger_OfManyChanges_ReadsNoMoreRowsThanAsked(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql);
        var ann = await AnnAsync(store);
        for (var i = 0; i < 300; i++) await store.Store.ChangeActivityAsync(ann, i % 2 == 0 ? Activity.Available : Activity.Break, $"{i}", null, default);
        (await ReadAsync(store, ann, 11)).Count.ShouldBe(11);
        (await ReadAsync(store, ann, 1_000)).Count.ShouldBe(300);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task PurgeActivities_ALittleAtATime_KeepsWhatALedgerBeginsWith(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql);
        var (ann, bob) = (await AnnAsync(store), await AnnAsync(store));
        foreach (var activity in (Activity[])[Activity.Available, Activity.Break, Activity.Available, Activity.Break]) await store.Store.ChangeActivityAsync(ann, activity, null, null, default);
        await store.Store.ChangeActivityAsync(bob, Activity.Available, null, null, default);
        (await store.Store.PurgeActivitiesAsync(TimeSpan.FromDays(1), 10, default)).ShouldBe(0, "nothing is that old");

        // By the store's clock all are in the past now.
        (await store.Store.PurgeActivitiesAsync(TimeSpan.Zero, 2, default)).ShouldBe(2);
        (await store.Store.PurgeActivitiesAsync(TimeSpan.Zero, 2, default)).ShouldBe(1);
        (await store.Store.PurgeActivitiesAsync(TimeSpan.Zero, 2, default)).ShouldBe(0);
        (await ReadAsync(store, ann, 10)).ShouldBe([Activity.Break]);
        (await ReadAsync(store, bob, 10)).ShouldBe([Activity.Available]);
        (await store.Store.LoadWorkerAsync(ann, default))!.Activity.Activity.ShouldBe(Activity.Break);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task PurgeAudit_DeletesWhatIsOlder_ALittleAtATime(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql);
        var ann = await AnnAsync(store);
        var kept = (await store.Store.ListAuditAsync(ann, null, 10, default)).Items.Count;
        (await store.Store.PurgeAuditAsync(TimeSpan.FromDays(1), 100, default)).ShouldBe(0);
        (await store.Store.ListAuditAsync(ann, null, 10, default)).Items.Count.ShouldBe(kept);
        while (await store.Store.PurgeAuditAsync(TimeSpan.Zero, 1, default) == 1)
        {
            // One at a time.
        }

        (await store.Store.ListAuditAsync(ann, null, 10, default)).Items.ShouldBeEmpty();
    }

    private static async Task<Guid> AnnAsync(StoreUnderTest store)
    {
        var ann = new WorkerRecord { WorkerId = Guid.NewGuid(), Name = $"ann {Guid.NewGuid()}", DisplayName = "Ann", Roles = [Roles.Worker] };
        (await store.Store.CreateWorkerAsync(ann, [store.Project], StoreUnderTest.Op() with { AuditSubject = ann.WorkerId }, default)).Status.ShouldBe(ApplyStatus.Applied);
        return ann.WorkerId;
    }

    private static async Task<IReadOnlyList<Activity>> ReadAsync(StoreUnderTest store, Guid worker, int limit)
    {
        var now = await store.Store.NowAsync(default);
        var rows = await store.Store.ReadLedgerAsync(worker, now.AddDays(-1), now.AddDays(1), new LedgerLimits(limit, limit), default);
        return [.. rows.Activities.Select(change => change.Activity)];
    }
}
