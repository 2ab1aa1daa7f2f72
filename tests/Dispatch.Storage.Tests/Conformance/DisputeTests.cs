using Dispatch.Contracts.Quality;

namespace Dispatch.Storage.Tests.Conformance;

public sealed class DisputeTests
{
    public static TheoryData<bool> Stores => StoreKinds.All;

    private static readonly Guid Ann = Guid.NewGuid();
    private static readonly Guid Judged = Guid.NewGuid();

    [Theory, MemberData(nameof(Stores))]
    public async Task Upheld_MasksTheEvaluation_DismissedDoesNot(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql);
        await store.Store.AppendOutboxAsync([Learned(store, "review:1"), Learned(store, "review:2")], default);
        await store.Store.DrainOutboxAsync(Ann, new Dictionary<Guid, long>(), default);
        var (right, wrong) = (Dispute(store, "review:1"), Dispute(store, "review:2"));
        Task<ApplyOutcome> Open(DisputeRow dispute) => store.Store.OpenDisputeAsync(dispute, StoreUnderTest.Op(), default);
        Task<ApplyOutcome> Decide(Guid id, DisputeState state, Operation? operation = null) => store.Store.DecideDisputeAsync(id, state, "looked again", operation ?? StoreUnderTest.Op(), default);

        (await Open(Dispute(store, "review:3"))).Status.ShouldBe(ApplyStatus.NotFound);
        (await Open(right with { AssignmentId = Guid.NewGuid() })).Status.ShouldBe(ApplyStatus.NotFound, "who decides would look at another answer than the one that was judged");
        (await Open(right with { ProjectId = Guid.NewGuid() })).Status.ShouldBe(ApplyStatus.NotFound);
        (await Open(right)).Status.ShouldBe(ApplyStatus.Applied);
        (await Open(Dispute(store, "review:1"))).Status.ShouldBe(ApplyStatus.Duplicate, "each evaluation is disputed once");
        (await Open(wrong)).Status.ShouldBe(ApplyStatus.Applied);
        (await Decide(Guid.NewGuid(), DisputeState.Upheld)).Status.ShouldBe(ApplyStatus.NotFound);
        var operation = StoreUnderTest.Op();
        (await Decide(right.DisputeId, DisputeState.Upheld, operation)).Status.ShouldBe(ApplyStatus.Applied);
        (await Decide(right.DisputeId, DisputeState.Dismissed)).Status.ShouldBe(ApplyStatus.InvalidState);
        (await Decide(wrong.DisputeId, DisputeState.Dismissed)).Status.ShouldBe(ApplyStatus.Applied);

        (await store.Store.DrainOutboxAsync(Ann, new Dictionary<Guid, long> { [store.Project] = 2 }, default))[store.Project].ShouldBe(3);
        var mask = (await store.Store.LoadEvaluationsAsync(Ann, [new FoldPosition(store.Project, 2, 0)], 10, default)).ShouldHaveSingleItem();
        (mask.Kind, mask.Masks, mask.Source).ShouldBe((EvidenceKinds.Mask, 1, $"dispute:{right.DisputeId}"));
        var decided = (await store.Store.GetDisputeAsync(right.DisputeId, default))!;
        (decided.State, decided.Resolution, decided.ResolverId, decided.Reason).ShouldBe((DisputeState.Upheld, "looked again", operation.ActorId, "I was right"));
        decided.DecidedAt.ShouldNotBeNull();
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task List_IsOfAProjectAWorkerOrBoth_OpenOnlyWhenAsked(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql);
        await store.Store.AppendOutboxAsync([Learned(store, "a"), Learned(store, "b"), Learned(store, "c")], default);
        await store.Store.DrainOutboxAsync(Ann, new Dictionary<Guid, long>(), default);
        DisputeRow[] disputes = [Dispute(store, "a"), Dispute(store, "b"), Dispute(store, "c")];
        foreach (var dispute in disputes) await store.Store.OpenDisputeAsync(dispute, StoreUnderTest.Op(), default);
        await store.Store.DecideDisputeAsync(disputes[1].DisputeId, DisputeState.Dismissed, "no", StoreUnderTest.Op(), default);

        var first = await store.Store.ListDisputesAsync(store.Project, null, false, null, 2, default);
        var second = await store.Store.ListDisputesAsync(null, Ann, false, first.Next, 2, default);

        first.Items.Concat(second.Items).Select(row => row.Source).ShouldBe(["a", "b", "c"]);
        second.Next.ShouldBeNull();
        (await store.Store.ListDisputesAsync(store.Project, Ann, true, null, 10, default)).Items.Select(row => row.Source).ShouldBe(["a", "c"]);
        (await store.Store.ListDisputesAsync(Guid.NewGuid(), Ann, false, null, 10, default)).Items.ShouldBeEmpty();
        (await store.Store.GetDisputeAsync(Guid.NewGuid(), default)).ShouldBeNull();
    }

    private static OutboxEvaluation Learned(StoreUnderTest store, string source) => new(Ann, source, store.Project, EvidenceKinds.Review, 0, 1, Judged);

    private static DisputeRow Dispute(StoreUnderTest store, string source) =>
        new() { DisputeId = Guid.NewGuid(), WorkerId = Ann, ProjectId = store.Project, AssignmentId = Judged, Source = source, Reason = "I was right" };
}
