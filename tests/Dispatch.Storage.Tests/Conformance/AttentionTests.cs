using Dispatch.Contracts.Quality;

namespace Dispatch.Storage.Tests.Conformance;

/// <summary>What quality rules ask supervisors to look at: listed by project, open until somebody looked.</summary>
public sealed class AttentionTests
{
    private static readonly Guid Ann = new("aaaaaaaa-0000-0000-0000-000000000001");

    public static TheoryData<bool> Stores => StoreKinds.All;

    [Theory, MemberData(nameof(Stores))]
    public async Task Flag_IsOpenAfterItsTimeUntilItIsAcknowledged(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql);
        var (flag, over, forever) = (Row(store.Project, "flag", QualityAction.AttentionFlag, TimeSpan.Zero), Row(store.Project, "over", QualityAction.Restrict, TimeSpan.Zero), Row(store.Project, "forever", QualityAction.Restrict, null));
        await store.Store.AppendRestrictionsAsync([flag, over, forever], default);

        (await OpenAsync(store)).ShouldBe(["flag", "forever"], ignoreOrder: true);
        (await store.Store.ListRestrictionsAsync(store.Project, openOnly: false, null, 10, default)).Items.Count(listed => !listed.IsOpen).ShouldBe(1);
        var counted = await store.Store.CountOpenRestrictionsAsync(store.Project, 1, default);
        (counted.Count, counted.Newest.Count).ShouldBe((2, 1));

        var look = StoreUnderTest.Op();
        (await store.Store.AcknowledgeFlagAsync(flag.RestrictionId, look, default)).Status.ShouldBe(ApplyStatus.Applied);
        (await store.Store.AcknowledgeFlagAsync(flag.RestrictionId, look, default)).Status.ShouldBe(ApplyStatus.Replayed);
        (await store.Store.AcknowledgeFlagAsync(flag.RestrictionId, StoreUnderTest.Op(), default)).Status.ShouldBe(ApplyStatus.InvalidState);
        (await store.Store.AcknowledgeFlagAsync(forever.RestrictionId, StoreUnderTest.Op(), default)).Status.ShouldBe(ApplyStatus.InvalidState);
        (await store.Store.AcknowledgeFlagAsync(Guid.NewGuid(), StoreUnderTest.Op(), default)).Status.ShouldBe(ApplyStatus.NotFound);

        (await OpenAsync(store)).ShouldBe(["forever"]);
        (await store.Store.GetRestrictionAsync(flag.RestrictionId, default))!.AcknowledgedAt.ShouldNotBeNull();
        (await store.Store.CountOpenRestrictionsAsync(Guid.NewGuid(), 5, default)).Count.ShouldBe(0);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task AcknowledgedFlag_StaysInForce_SoThatItsRuleDoesNotFireAgain(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql);
        var flag = Row(store.Project, "flag", QualityAction.AttentionFlag, TimeSpan.FromHours(1));
        await store.Store.AppendRestrictionsAsync([flag], default);

        await store.Store.AcknowledgeFlagAsync(flag.RestrictionId, StoreUnderTest.Op(), default);

        (await store.Store.LoadRestrictionsAsync(Ann, default)).ShouldHaveSingleItem().Rule.ShouldBe("flag");
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Pages_HoldEveryRowOnce_NewestFirst(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql);

        // Rows of one transaction have one time: their ids tell them apart.
        await store.Store.AppendRestrictionsAsync([.. Enumerable.Range(0, 5).Select(i => Row(store.Project, $"together {i}", QualityAction.Restrict, null))], default);
        await store.Store.AppendRestrictionsAsync([Row(store.Project, "last", QualityAction.Restrict, null)], default);

        List<string> seen = [];
        PageCursor? from = null;
        do
        {
            var page = await store.Store.ListRestrictionsAsync(store.Project, openOnly: true, from, 2, default);
            seen.AddRange(page.Items.Select(listed => listed.Row.Rule));
            from = page.Next;
        }
        while (from is not null);

        seen[0].ShouldBe("last");
        seen.Order().ShouldBe(["last", "together 0", "together 1", "together 2", "together 3", "together 4"]);
        (await store.Store.ListRestrictionsAsync(store.Project, openOnly: true, new PageCursor("made up"), 2, default)).Items[0].Row.Rule.ShouldBe("last");
    }

    private static async Task<string[]> OpenAsync(StoreUnderTest store) =>
        [.. (await store.Store.ListRestrictionsAsync(store.Project, openOnly: true, null, 10, default)).Items.Select(listed => listed.Row.Rule)];

    private static RestrictionRow Row(Guid project, string rule, QualityAction action, TimeSpan? lasts) => new()
    {
        RestrictionId = Guid.NewGuid(),
        WorkerId = Ann,
        ProjectId = project,
        Action = action,
        Rule = rule,
        Sequence = 7,
        Reason = "many wrong",
        For = lasts,
    };
}
