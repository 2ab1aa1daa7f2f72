using Dispatch.Contracts;

namespace Dispatch.Storage.Tests.Conformance;

public sealed class GateTests
{
    public static TheoryData<bool> Stores => StoreKinds.All;

    private static readonly Guid Ann = Guid.NewGuid();
    private static readonly Guid Bob = Guid.NewGuid();

    [Theory, MemberData(nameof(Stores))]
    public async Task SetGate_OnlyOfAGoldenBatch_GrowsItsVersionAndWakes(bool postgreSql)
    {
        await using var golden = await GoldenAsync(postgreSql);
        var (store, before) = (golden.Under, await golden.Under.WorkVersionAsync());

        (await store.Store.SetGateAsync(store.Batch, "{}", null, StoreUnderTest.Op(), default)).Status.ShouldBe(ApplyStatus.InvalidState);
        (await store.Store.SetGateAsync(Guid.NewGuid(), "{}", null, StoreUnderTest.Op(), default)).Status.ShouldBe(ApplyStatus.NotFound);
        (await store.Store.SetGateAsync(golden.Batch, "{}", 99, StoreUnderTest.Op(), default)).Status.ShouldBe(ApplyStatus.VersionMismatch);
        (await store.WorkVersionAsync()).ShouldBe(before);
        (await store.Store.SetGateAsync(golden.Batch, null, 2, StoreUnderTest.Op(), default)).Status.ShouldBe(ApplyStatus.Applied);

        var batch = (await store.Store.GetBatchAsync(golden.Batch, default))!;
        (batch.Gate, batch.GateVersion, batch.Version).ShouldBe((null, 2, 3));
        (await store.WorkVersionAsync()).ShouldBe(before + 1);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Take_OfAGoldenBatch_NeedsAJudgementOfTheLatest_AndKeepsIt(bool postgreSql)
    {
        await using var golden = await GoldenAsync(postgreSql);
        var store = golden.Under.Store;
        await store.AppendOutboxAsync([new OutboxEvaluation(Ann, "review:1", golden.Under.Project, EvidenceKinds.Review, 1, 1, null)], default);
        await store.DrainOutboxAsync(Ann, new Dictionary<Guid, long> { [golden.Under.Project] = 6 }, default);
        var stamp = golden.Stamp(sequence: 7, enters: true);

        (await golden.TakeAsync(0, Ann, null)).Status.ShouldBe(CommitStatus.BatchNotOpen, "without a stamp");
        (await golden.TakeAsync(0, Ann, stamp with { EvaluationSequence = 6 })).Status.ShouldBe(CommitStatus.WorkerBusy, "of what was before the latest evaluation");
        (await golden.TakeAsync(0, Ann, stamp with { PolicyVersion = 2 })).Status.ShouldBe(CommitStatus.WorkerBusy, "by a gate that is not the present one");
        (await store.ListGateEventsAsync(Ann, null, null, 10, default)).Items.ShouldBeEmpty();
        var taken = await golden.TakeAsync(0, Ann, stamp);
        taken.Status.ShouldBe(CommitStatus.Committed);

        (await store.GetGateStampAsync(taken.Taken!.AssignmentId, default)).ShouldBe(stamp);
        (await store.GetGateStampAsync(Guid.NewGuid(), default)).ShouldBeNull();
        var entered = (await store.LoadMembershipsAsync(Ann, default)).ShouldHaveSingleItem();
        (entered.BatchId, entered.ProjectId, entered.Entered, entered.EvaluationSequence, entered.Answers, entered.BoardEpoch, entered.PolicyVersion, entered.Judgement)
            .ShouldBe((golden.Batch, golden.Under.Project, true, 7, 0, 3, 1, """{"clauses":[]}"""));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Take_InTheCommitOfASubmit_SeesItsEvaluation(bool postgreSql)
    {
        await using var golden = await GoldenAsync(postgreSql);
        var store = golden.Under.Store;
        var first = (await golden.TakeAsync(0, Ann, golden.Stamp(0, enters: false))).Taken!;
        SubmitOperation Submit(HeldAssignment held, int task, long judged, long sequence) => golden.Under.Submit(held) with
        {
            BatchId = golden.Batch,
            OwnerEpoch = golden.Epoch,
            Evaluation = new GoldEvaluation(golden.Under.Project, sequence, 0),
            Next = golden.Take(task, Ann, golden.Stamp(judged, enters: true)),
        };

        var stale = await golden.Under.CommitAsync(Submit(first, 1, judged: 0, sequence: 1));
        (stale.Status, stale.Next!.Status).ShouldBe((CommitStatus.Committed, CommitStatus.WorkerBusy));
        var second = (await golden.TakeAsync(1, Ann, golden.Stamp(1, enters: false))).Taken!;
        var fresh = await golden.Under.CommitAsync(Submit(second, 2, judged: 2, sequence: 2));
        (fresh.Status, fresh.Next!.Status).ShouldBe((CommitStatus.Committed, CommitStatus.Committed));

        (await store.ListGateEventsAsync(null, golden.Batch, null, 10, default)).Items.ShouldHaveSingleItem().Answers.ShouldBe(2, "those of the same commit are given by then");
        (await store.CountSharesAsync(golden.Batch, Ann, default)).ShouldBe((2, 2));
        (await store.CountSharesAsync(golden.Batch, Bob, default)).ShouldBe((0, 2));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Group_OfTakesWithAndWithoutAGate_JudgesEachByItsOwn(bool postgreSql)
    {
        await using var golden = await GoldenAsync(postgreSql);
        await golden.Under.ImportAsync(golden.Under.Batch, [StoreUnderTest.NewTask(1, "plain")]);
        var plain = (await golden.Under.TaskIdsAsync())[0];

        var results = await golden.Under.Store.CommitAsync([golden.Take(0, Ann, golden.Stamp(0, enters: true)), golden.Under.Take(plain, Bob), golden.Take(1, Guid.NewGuid(), null)], default);

        results.Select(result => result.Status).ShouldBe([CommitStatus.Committed, CommitStatus.Committed, CommitStatus.BatchNotOpen]);
        (await golden.Under.Store.GetGateStampAsync(results[1].Taken!.AssignmentId, default)).ShouldBeNull();
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Memberships_AreTheLastRows_AndListsPageNewestFirst(bool postgreSql)
    {
        await using var golden = await GoldenAsync(postgreSql);
        var store = golden.Under.Store;
        GateEvent Event(Guid worker, bool entered, long sequence) => new()
        {
            WorkerId = worker,
            BatchId = golden.Batch,
            ProjectId = golden.Under.Project,
            Entered = entered,
            EvaluationSequence = sequence,
            Answers = 4,
            BoardEpoch = 2,
            PolicyVersion = 1,
            Judgement = "{}",
        };
        await store.AppendGateEventsAsync([Event(Ann, true, 1), Event(Bob, true, 2), Event(Ann, false, 3)], default);
        await store.AppendGateEventsAsync([Event(Ann, true, 4)], default);

        var first = await store.ListGateEventsAsync(Ann, golden.Batch, null, 2, default);
        var second = await store.ListGateEventsAsync(Ann, golden.Batch, first.Next, 2, default);

        (await store.LoadMembershipsAsync(Ann, default)).ShouldHaveSingleItem().EvaluationSequence.ShouldBe(4);
        first.Items.Concat(second.Items).Select(row => row.EvaluationSequence).ShouldBe([4, 3, 1]);
        second.Next.ShouldBeNull();
        (await store.ListGateEventsAsync(null, golden.Batch, null, 10, default)).Items.Count.ShouldBe(4);
        (await store.ListGateEventsAsync(null, Guid.NewGuid(), null, 10, default)).Items.ShouldBeEmpty();
        first.Items[0].At.ShouldBeGreaterThan(DateTimeOffset.UtcNow.AddHours(-1));
    }

    private static async Task<GoldenBatch> GoldenAsync(bool postgreSql)
    {
        var under = await StoreUnderTest.CreateAsync(postgreSql);
        var batch = StoreUnderTest.NewBatch(Guid.NewGuid(), under.Project, "golden") with { Tier = BatchTier.Golden, Gate = "{}" };
        await under.Store.CreateBatchAsync(batch, StoreUnderTest.Op(), default);
        await under.ImportAsync(batch.BatchId, [.. Enumerable.Range(1, 3).Select(i => StoreUnderTest.NewTask(i, $"g/{i}"))]);
        await under.Store.ChangeBatchAsync(batch.BatchId, new BatchChange { Status = BatchStatus.Open }, [BatchStatus.Draft], null, StoreUnderTest.Op(), default);
        var tasks = await under.Store.PageOpenTasksAsync(batch.BatchId, null, 10, default);
        return new GoldenBatch(under, batch.BatchId, (await under.Store.TakeOwnershipAsync(batch.BatchId, default))!.OwnerEpoch, [.. tasks.Select(task => task.TaskId)]);
    }

    private sealed record GoldenBatch(StoreUnderTest Under, Guid Batch, long Epoch, long[] Tasks) : IAsyncDisposable
    {
        public GateStamp Stamp(long sequence, bool enters) => new(Under.Project, sequence, 3, 1, """{"clauses":[]}""", enters);

        public TakeOperation Take(int task, Guid worker, GateStamp? gate) => Under.Take(Tasks[task], worker) with { BatchId = Batch, OwnerEpoch = Epoch, Gate = gate };

        public Task<CommitResult> TakeAsync(int task, Guid worker, GateStamp? gate) => Under.CommitAsync(Take(task, worker, gate));

        public ValueTask DisposeAsync() => Under.DisposeAsync();
    }
}
