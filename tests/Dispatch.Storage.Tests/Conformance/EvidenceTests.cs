using Dispatch.Contracts;
using Dispatch.Contracts.Quality;

namespace Dispatch.Storage.Tests.Conformance;

public sealed class EvidenceTests
{
    public static TheoryData<bool> Stores => StoreKinds.All;

    private static readonly Guid Ann = Guid.NewGuid();

    [Theory, MemberData(nameof(Stores))]
    public async Task Submit_StoresItsEvaluation_AsKindWeightAndSourceSay(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 2);
        var ids = await store.TaskIdsAsync();
        var gold = await store.AnsweredAsync(ids[0], Ann, with: submit => submit with { Evaluation = new GoldEvaluation(store.Project, 1, 0.5), Vote = "a", Accuracy = 0.7 });
        var training = await store.AnsweredAsync(ids[1], Ann, with: submit => submit with { Evaluation = new GoldEvaluation(store.Project, 2, 1, Kind: EvidenceKinds.Training, Weight: 0) });

        var rows = await store.Store.LoadEvaluationsAsync(Ann, [], 10, default);

        rows.Select(row => (row.Sequence, row.Kind, row.Source, row.Score, row.Weight, row.AssignmentId)).ShouldBe(
            [(1, "gold", $"gold:{gold.AssignmentId}", 0.5, 1, gold.AssignmentId), (2, "training", $"training:{training.AssignmentId}", 1, 0, training.AssignmentId)]);
        (await store.ExportAsync()).Select(row => row.Vote).ShouldBe(["a", null]);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Load_GoesOnFromThePositionsGiven_ProjectByProject(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 3);
        var other = Guid.NewGuid();
        await store.Store.AppendOutboxAsync([Learned(store.Project, "a"), Learned(store.Project, "b"), Learned(store.Project, "c"), Learned(other, "d")], default);
        await store.Store.DrainOutboxAsync(Ann, new Dictionary<Guid, long>(), default);
        foreach (var id in await store.TaskIdsAsync()) await store.AnsweredAsync(id, Ann);

        var rest = await store.Store.LoadEvaluationsAsync(Ann, [new FoldPosition(store.Project, 1, 0)], 10, default);
        var first = await store.Store.LoadEvaluationsAsync(Ann, [], 1, default);
        var answers = await store.Store.LoadHandlingAsync(Ann, 0, 2, default);
        var last = await store.Store.LoadHandlingAsync(Ann, answers[^1].AnswerId, 10, default);

        rest.Select(row => row.Source).Order().ShouldBe(["b", "c", "d"]);
        first.Count.ShouldBe(1);
        answers.Count.ShouldBe(2);
        last.ShouldHaveSingleItem().AnswerId.ShouldBeGreaterThan(answers[^1].AnswerId);
        last[0].ProjectId.ShouldBe(store.Project);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Drain_ResolvesMasks_AlsoOfWhatCameWithThem(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql);
        await store.Store.AppendOutboxAsync([Mask(store.Project, "0 before in name", "zebra"), Learned(store.Project, "zebra"), Mask(store.Project, "1 of nothing", "nothing"), Mask(Guid.NewGuid(), "2 elsewhere", "zebra")], default);

        var last = await store.Store.DrainOutboxAsync(Ann, new Dictionary<Guid, long> { [store.Project] = 4 }, default);

        last[store.Project].ShouldBe(7);
        var rows = await store.Store.LoadEvaluationsAsync(Ann, [new FoldPosition(store.Project, 0, 0)], 10, default);
        rows.Where(row => row.ProjectId == store.Project).Select(row => (row.Sequence, row.Source, row.Masks)).ShouldBe([(5, "zebra", null), (6, "0 before in name", 5L), (7, "1 of nothing", null)]);
        rows.Single(row => row.ProjectId != store.Project).Masks.ShouldBeNull("a mask is of its own project");
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Drain_OfManyWorkers_GivesEachItsOwn_AndLeavesAloneWhoIsBehind(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql);
        var (bob, eve, other) = (Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());
        await store.Store.AppendOutboxAsync([Learned(store.Project, "0") with { WorkerId = bob }], default);
        await store.Store.DrainOutboxAsync(bob, new Dictionary<Guid, long>(), default);
        await store.Store.AppendOutboxAsync([Learned(store.Project, "a"), Learned(other, "b"), Learned(store.Project, "c"), Learned(store.Project, "d") with { WorkerId = bob }, Learned(other, "e") with { WorkerId = bob }], default);
        OutboxDrain[] asked = [new(Ann, new Dictionary<Guid, long> { [other] = 7 }), new(bob, new Dictionary<Guid, long>()), new(eve, new Dictionary<Guid, long> { [store.Project] = 3 })];

        var first = await store.Store.DrainOutboxAsync(asked, default);
        var second = await store.Store.DrainOutboxAsync([asked[1] with { LastSequences = new Dictionary<Guid, long> { [store.Project] = 1 } }], default);

        first.Select(drained => (drained.IsBehind, drained.Rows.Count)).ShouldBe([(false, 3), (true, 0), (false, 0)]);
        first[0].Rows.Select(row => (row.ProjectId, row.Sequence, row.Source)).Order().ShouldBe(((Guid, long, string)[])[.. new[] { (store.Project, 1L, "a"), (store.Project, 2L, "c"), (other, 8L, "b") }.Order()]);
        first[0].Rows.ShouldBe(await store.Store.LoadEvaluationsAsync(Ann, [], 10, default));
        second[0].Rows.Select(row => (row.ProjectId, row.Sequence)).Order().ShouldBe(((Guid, long)[])[.. new[] { (store.Project, 2L), (other, 1L) }.Order()]);
        (await store.Store.ListStaleOutboxAsync(TimeSpan.Zero, 10, default)).ShouldBeEmpty();
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Lists_PageNewestFirst_AndTheExportIsByWorkerAndSequence(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql);
        var bob = Guid.NewGuid();
        await store.Store.AppendOutboxAsync([Learned(store.Project, "a"), Learned(store.Project, "b"), Learned(store.Project, "c"), Learned(store.Project, "a") with { WorkerId = bob }], default);
        await store.Store.DrainOutboxAsync(Ann, new Dictionary<Guid, long>(), default);
        await store.Store.DrainOutboxAsync(bob, new Dictionary<Guid, long>(), default);

        var first = await store.Store.ListEvaluationsAsync(Ann, store.Project, null, 2, default);
        var second = await store.Store.ListEvaluationsAsync(Ann, store.Project, first.Next, 2, default);
        var all = await StoreUnderTest.ListAsync(store.Store.ExportEvaluationsAsync(store.Project, default));

        first.Items.Concat(second.Items).Select(row => row.Sequence).ShouldBe([3, 2, 1]);
        second.Next.ShouldBeNull();
        all.Select(row => (row.WorkerId, row.Sequence)).ShouldBe(
            ((Guid[])[Ann, bob]).OrderBy(id => id.ToString(), StringComparer.Ordinal).SelectMany(id => id == Ann ? new[] { (Ann, 1L), (Ann, 2L), (Ann, 3L) } : [(bob, 1L)]));
        (await StoreUnderTest.ListAsync(store.Store.ExportEvaluationsAsync(Guid.NewGuid(), default))).ShouldBeEmpty();
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Export_GoesOnBeyondOnePage(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql);
        const int Rows = 1_203;
        await store.Store.AppendOutboxAsync([.. Enumerable.Range(0, Rows).Select(i => Learned(store.Project, $"{i:D5}"))], default);
        await store.Store.DrainOutboxAsync(Ann, new Dictionary<Guid, long>(), default);

        var all = await StoreUnderTest.ListAsync(store.Store.ExportEvaluationsAsync(store.Project, default));

        all.Select(row => row.Sequence).ShouldBe(Enumerable.Range(1, Rows).Select(i => (long)i));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task StaleOutbox_NamesWhomNobodyDrained(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql);
        var bob = Guid.NewGuid();
        await store.Store.AppendOutboxAsync([Learned(store.Project, "a")], default);
        await store.Store.AppendOutboxAsync([Learned(store.Project, "a") with { WorkerId = bob }, Learned(store.Project, "b") with { WorkerId = bob }], default);

        (await store.Store.ListStaleOutboxAsync(TimeSpan.Zero, 10, default)).ShouldBe([Ann, bob]);
        (await store.Store.ListStaleOutboxAsync(TimeSpan.Zero, 1, default)).ShouldBe([Ann]);
        (await store.Store.ListStaleOutboxAsync(TimeSpan.FromHours(1), 10, default)).ShouldBeEmpty();
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Prior_IsWrittenOnlyAfterTheVersionBefore(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql);
        PoolPrior Version(int version, double mean) => new(store.Project, version, mean, 8, default);

        (await store.Store.GetPriorAsync(store.Project, default)).ShouldBeNull();
        (await store.Store.AppendPriorAsync(Version(1, 0.7), default)).Mean.ShouldBe(0.7);
        (await store.Store.AppendPriorAsync(Version(1, 0.1), default)).Mean.ShouldBe(0.7);
        (await store.Store.AppendPriorAsync(Version(3, 0.1), default)).Version.ShouldBe(1);
        (await store.Store.AppendPriorAsync(Version(2, 0.8), default)).Version.ShouldBe(2);
        var present = (await store.Store.GetPriorAsync(store.Project, default))!;
        (present.Version, present.Mean, present.Strength).ShouldBe((2, 0.8, 8));
        present.CreatedAt.ShouldBeGreaterThan(DateTimeOffset.UtcNow.AddHours(-1));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Restriction_IsInForceUntilItEndsOrIsLifted_AndARuleFiresOnce(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql);
        RestrictionRow Row(string rule, TimeSpan? lasts) => new()
        {
            RestrictionId = Guid.NewGuid(),
            WorkerId = Ann,
            ProjectId = store.Project,
            BatchId = store.Batch,
            Action = QualityAction.Restrict,
            Rule = rule,
            Sequence = 7,
            Reason = "many wrong",
            For = lasts,
        };
        var (open, hour, over) = (Row("open", null), Row("hour", TimeSpan.FromHours(1)), Row("over", TimeSpan.Zero));

        var stored = await store.Store.AppendRestrictionsAsync([open, hour, over, Row("open", null)], default);
        stored.Select(row => row.RestrictionId).ShouldBe([open.RestrictionId, hour.RestrictionId, over.RestrictionId]);
        (stored[1].Until - stored[1].CreatedAt).ShouldBe(TimeSpan.FromHours(1));
        (stored[1].BatchId, stored[1].Action, stored[1].Sequence, stored[1].Reason).ShouldBe((store.Batch, QualityAction.Restrict, 7, "many wrong"));
        (await store.Store.LoadRestrictionsAsync(Ann, default)).Select(row => row.Rule).Order().ShouldBe(["hour", "open"]);
        var before = await store.WorkVersionAsync();

        (await store.Store.LiftRestrictionAsync(open.RestrictionId, StoreUnderTest.Op(), default)).Status.ShouldBe(ApplyStatus.Applied);
        (await store.Store.LiftRestrictionAsync(open.RestrictionId, StoreUnderTest.Op(), default)).Status.ShouldBe(ApplyStatus.InvalidState);
        (await store.Store.LiftRestrictionAsync(over.RestrictionId, StoreUnderTest.Op(), default)).Status.ShouldBe(ApplyStatus.InvalidState);
        (await store.Store.LiftRestrictionAsync(Guid.NewGuid(), StoreUnderTest.Op(), default)).Status.ShouldBe(ApplyStatus.NotFound);

        (await store.Store.LoadRestrictionsAsync(Ann, default)).ShouldHaveSingleItem().Rule.ShouldBe("hour");
        (await store.WorkVersionAsync()).ShouldBe(before + 1, "the worker may have work again");
    }

    private static OutboxEvaluation Learned(Guid project, string source) => new(Ann, source, project, EvidenceKinds.Review, 1, 0.5, null);

    private static OutboxEvaluation Mask(Guid project, string source, string masks) => new(Ann, source, project, EvidenceKinds.Mask, 0, 0, null, masks);
}
