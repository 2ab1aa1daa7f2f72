namespace Dispatch.Storage.Tests.Conformance;

public sealed class ExamTests
{
    public static TheoryData<bool> Stores => StoreKinds.All;

    [Theory, MemberData(nameof(Stores))]
    public async Task Attempt_EndedTwice_CountsOnceAndSetsTheLabelWithIt(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql);
        var ann = await store.WorkerAsync("ann");
        await LearnAsync(store, ann, 2, from: 0);

        Task<ApplyOutcome> End(ExamAttemptRow attempt, string? labels = null, int version = 1) => store.Store.EndExamAttemptAsync(attempt, labels, version, StoreUnderTest.Op(), default);
        var failed = Attempt(store, ann, 1, last: 2) with { RetryAfter = TimeSpan.FromHours(1) };
        (await End(failed)).Status.ShouldBe(ApplyStatus.Applied);
        (await End(failed with { Passed = true }, """{"skilled":true}""")).Status.ShouldBe(ApplyStatus.Duplicate);
        (await store.Store.GetWorkerAsync(ann, default))!.Labels.ShouldBe("{}", "what was refused changed nothing");
        (await End(Attempt(store, Guid.NewGuid(), 1, last: 2))).Status.ShouldBe(ApplyStatus.NotFound);

        await LearnAsync(store, ann, 2, from: 2);
        var rows = await store.Store.LoadExamsAsync(ann, store.Project, default);
        rows.Answers.Select(row => row.Sequence).ShouldBe([3, 4], "those of the ended attempt are not read again");
        rows.Attempts.ShouldHaveSingleItem().NextAt.ShouldBe(rows.Attempts[0].EndedAt + TimeSpan.FromHours(1));
        var passed = Attempt(store, ann, 2, last: 4) with { Passed = true };
        (await End(passed, """{"skilled":true}""", version: 7)).Status.ShouldBe(ApplyStatus.VersionMismatch);
        (await store.Store.LoadExamsAsync(ann, null, default)).Attempts.Count.ShouldBe(1);
        (await End(passed, """{"skilled":true}""")).Status.ShouldBe(ApplyStatus.Applied);
        var labelled = (await store.Store.GetWorkerAsync(ann, default))!;
        (labelled.Labels, labelled.Version).ShouldBe(("""{"skilled":true}""", 2));
        rows = await store.Store.LoadExamsAsync(ann, null, default);
        (rows.Attempts.Count, rows.Attempts[1].NextAt, rows.Answers.Count).ShouldBe((2, null, 0));
        (await store.Store.LoadExamsAsync(ann, Guid.NewGuid(), default)).Attempts.ShouldBeEmpty();
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Grant_IsForWhoIsEnrolled_OnceAnOperation_AndWakes(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql);
        var ann = await store.WorkerAsync("ann");
        var before = await store.WorkVersionAsync();
        var (grant, operation) = (Grant(store, ann), StoreUnderTest.Op());
        (await store.Store.GrantExamAsync(grant, operation, default)).Status.ShouldBe(ApplyStatus.Applied);
        (await store.Store.GrantExamAsync(grant with { GrantId = Guid.NewGuid() }, operation, default)).Status.ShouldBe(ApplyStatus.Replayed);
        (await store.Store.GrantExamAsync(Grant(store, Guid.NewGuid()), StoreUnderTest.Op(), default)).Status.ShouldBe(ApplyStatus.NotFound);
        var stored = (await store.Store.LoadExamsAsync(ann, store.Project, default)).Grants.ShouldHaveSingleItem();
        (stored with { At = default }).ShouldBe(grant);
        (await store.WorkVersionAsync()).ShouldBe(before + 1);
    }

    private static async Task LearnAsync(StoreUnderTest store, Guid worker, int count, long from)
    {
        await store.Store.AppendOutboxAsync([.. Enumerable.Range(1, count).Select(i => new OutboxEvaluation(worker, $"exam:{from + i}", store.Project, EvidenceKinds.Exam, 1, 0, null))], default);
        await store.Store.DrainOutboxAsync(worker, new Dictionary<Guid, long> { [store.Project] = from }, default);
    }

    private static ExamAttemptRow Attempt(StoreUnderTest store, Guid worker, int attempt, long last) => new()
    {
        WorkerId = worker,
        ProjectId = store.Project,
        Attempt = attempt,
        LastSequence = last,
        Questions = 2,
        Score = 0.5,
        PassScore = 0.75,
        Passed = false,
        Label = "skilled",
    };

    private static ExamGrantRow Grant(StoreUnderTest store, Guid worker) => new() { GrantId = Guid.NewGuid(), WorkerId = worker, ProjectId = store.Project, GrantedBy = Guid.NewGuid(), Reason = "unfair" };
}
