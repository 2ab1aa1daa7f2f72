using Dispatch.Contracts;
using Dispatch.Contracts.Quality;

namespace Dispatch.Storage.Tests.Conformance;

/// <summary>Answers of the past, as those who gave them may look at them again.</summary>
public sealed class PastAnswerTests
{
    private const int Walk = 1_000;

    public static TheoryData<bool> Stores => StoreKinds.All;

    private static readonly Guid Bob = Guid.NewGuid();
    private static readonly Guid Rita = Guid.NewGuid();

    [Theory, MemberData(nameof(Stores))]
    public async Task List_IsNewestFirst_OfTheWorkerAlone_InPages(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 6);
        var ann = await store.WorkerAsync("ann");
        var ids = await store.TaskIdsAsync();
        List<HeldAssignment> own = [];
        foreach (var id in ids[..5]) own.Add(await store.AnsweredAsync(id, ann));
        await store.AnsweredAsync(ids[5], Bob);

        var first = await ListAsync(store, ann, null, null, limit: 2);
        var second = await ListAsync(store, ann, null, first.Next, limit: 2);
        var third = await ListAsync(store, ann, null, second.Next, limit: 2);

        first.Items.Concat(second.Items).Concat(third.Items).Select(row => row.AssignmentId).ShouldBe(own.AsEnumerable().Reverse().Select(held => held.AssignmentId));
        (first.Items.Count, second.Items.Count, third.Items.Count, third.Next).ShouldBe((2, 2, 1, null));
        var row = first.Items[0];
        (row.WorkerId, row.ProjectId, row.ProjectVersion, row.Purpose, row.Content, row.Answer).ShouldBe((ann, store.Project, 1, BatchPurpose.Work, """{"n":5}""", """{"choice":"a"}"""));
        (row.Counted, row.State, row.GoldAnswer).ShouldBe((true, AssignmentState.Submitted, null));
        row.Presentation.ShouldBe([1, 0]);
        row.Reviews.ShouldBeEmpty();
        row.Evaluations.ShouldBeEmpty();
        (await ListAsync(store, Guid.NewGuid(), null, null, 10)).Items.ShouldBeEmpty();
        (await ListAsync(store, ann, Guid.NewGuid(), null, 10)).Items.ShouldBeEmpty();
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task List_OfOneProject_WalksOverSoManyAnswersAtMost_AndMissesNone(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 9);
        var ann = await store.WorkerAsync("ann");
        var ids = await store.TaskIdsAsync();
        var (other, there) = await OtherProjectAsync(store);
        List<Guid> wanted = [(await store.AnsweredAsync(ids[0], ann)).AssignmentId];
        await AnsweredThereAsync(store, there, ann);
        foreach (var id in ids[1..3]) wanted.Add((await store.AnsweredAsync(id, ann)).AssignmentId);

        List<Guid> found = [];
        List<int> sizes = [];
        PageCursor? from = null;
        do
        {
            var page = await store.Store.ListPastAnswersAsync(ann, store.Project, from, 2, 3, default);
            found.AddRange(page.Items.Select(row => row.AssignmentId));
            sizes.Add(page.Items.Count);
            from = page.Next;
        }
        while (from is not null);

        found.ShouldBe(wanted.AsEnumerable().Reverse());
        sizes.ShouldBe([2, 1], "three answers walked over: two of this project and one of another; then the last one");
        (await ListAsync(store, ann, other, null, 10)).Items.ShouldHaveSingleItem().ProjectId.ShouldBe(other);
        var none = await store.Store.ListPastAnswersAsync(ann, other, null, 1, 2, default);
        none.Items.ShouldBeEmpty("the two newest answers are of the first project");
        (await store.Store.ListPastAnswersAsync(ann, other, none.Next, 1, 2, default)).Items.ShouldHaveSingleItem();
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Answer_CarriesWhatReviewersSaid_HowItWasJudged_AndItsDispute(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 1);
        await store.ImportAsync(store.Batch, [StoreUnderTest.NewTask(1, "gold") with { IsGold = true, KnownAnswer = """{"choice":"b"}""" }]);
        var ann = await store.WorkerAsync("ann");
        var gold = (await store.TaskAsync("gold")).TaskId;
        var plain = await store.AnsweredAsync((await store.TaskIdsAsync()).First(id => id != gold), ann);
        var judged = await store.AnsweredAsync(gold, ann, with: submit => submit with { Evaluation = new GoldEvaluation(store.Project, 1, 0) });
        NewReview[] reviews = [new(Guid.NewGuid(), plain.AssignmentId, ReviewCause.Sampled), new(Guid.NewGuid(), judged.AssignmentId, ReviewCause.Sampled)];
        await store.Store.AppendReviewsAsync(reviews, default);
        var source = EvidenceSources.Review(plain.AssignmentId, 1);
        var decision = new ReviewDecision
        {
            ReviewId = reviews[0].ReviewId,
            ReviewerId = Rita,
            Verdict = ReviewVerdict.FixAndApprove,
            Score = 0.25,
            FixedAnswer = """{"choice":"b"}""",
            Note = "the second one is sourced",
            Evidence = [new OutboxEvaluation(ann, source, store.Project, EvidenceKinds.Review, 0.25, 1, plain.AssignmentId)],
        };
        (await store.Store.DecideReviewAsync(decision, StoreUnderTest.Op(), default)).Status.ShouldBe(ApplyStatus.Applied);
        await store.Store.DrainOutboxAsync(ann, new Dictionary<Guid, long> { [store.Project] = 1 }, default);
        var dispute = new DisputeRow { DisputeId = Guid.NewGuid(), WorkerId = ann, ProjectId = store.Project, AssignmentId = plain.AssignmentId, Source = source, Reason = "both are" };
        (await store.Store.OpenDisputeAsync(dispute, StoreUnderTest.Op(), default)).Status.ShouldBe(ApplyStatus.Applied);

        var row = (await store.Store.FindPastAnswerAsync(ann, plain.AssignmentId, default))!;

        var word = row.Reviews.ShouldHaveSingleItem();
        (word.Pass, word.Verdict, word.Score, word.FixedAnswer, word.Note).ShouldBe((1, ReviewVerdict.FixAndApprove, 0.25, """{"choice":"b"}""", "the second one is sourced"));
        (row.Answer, row.State, row.Counted, row.GoldAnswer).ShouldBe(("""{"choice":"a"}""", AssignmentState.Approved, true, null));
        var evaluation = row.Evaluations.ShouldHaveSingleItem();
        (evaluation.Row.Source, evaluation.Row.Score, evaluation.IsMasked, evaluation.Dispute?.Reason, evaluation.Dispute?.State).ShouldBe((source, 0.25, false, "both are", DisputeState.Open));

        await store.Store.DecideDisputeAsync(dispute.DisputeId, DisputeState.Upheld, "they are", StoreUnderTest.Op(), default);
        await store.Store.DrainOutboxAsync(ann, new Dictionary<Guid, long> { [store.Project] = 2 }, default);
        var page = await ListAsync(store, ann, store.Project, null, 10);
        page.Items.Select(item => (item.AssignmentId, item.GoldAnswer, item.Reviews.Count)).ShouldBe([(judged.AssignmentId, """{"choice":"b"}""", 0), (plain.AssignmentId, null, 1)], "a review that waits is nobody's word yet");
        var upheld = page.Items[1].Evaluations.ShouldHaveSingleItem();
        (upheld.IsMasked, upheld.Dispute?.State, upheld.Dispute?.Resolution).ShouldBe((true, DisputeState.Upheld, "they are"));
        page.Items[0].Evaluations.ShouldHaveSingleItem().Row.Kind.ShouldBe(EvidenceKinds.Gold);
        (await store.Store.FindPastAnswerAsync(Bob, plain.AssignmentId, default)).ShouldBeNull("it is somebody else's");
        (await store.Store.FindPastAnswerAsync(ann, Guid.NewGuid(), default)).ShouldBeNull();
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Form_IsTheOneOfTheVersion(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql);
        var project = (await store.Store.GetProjectAsync(store.Project, default))!;
        Task<ApplyOutcome> Update(ProjectRecord record) => store.Store.UpdateProjectAsync(record, null, StoreUnderTest.Op(), default);
        await Update(project with { Instructions = "other words, the same form" });
        await Update(project with { FormSettings = """{"tie":true}""" });
        await Update(project with { FormSettings = """{"tie":true}""", Binding = """{"id":"key"}""" });
        (await store.Store.UpdateProjectAsync(project with { FormSettings = """{"lost":1}""" }, 1, StoreUnderTest.Op(), default)).Status.ShouldBe(ApplyStatus.VersionMismatch);

        List<ProjectForm?> forms = [];
        for (var version = 0; version <= 5; version++) forms.Add(await store.Store.GetFormAsync(store.Project, version, default));

        var (first, second, third) = (new ProjectForm("preference", "{}", "{}"), new ProjectForm("preference", """{"tie":true}""", "{}"), new ProjectForm("preference", """{"tie":true}""", """{"id":"key"}"""));
        forms.ShouldBe([first, first, first, second, third, third]);
        (await store.Store.GetFormAsync(Guid.NewGuid(), 1, default)).ShouldBeNull();
    }

    private static Task<Page<PastAnswerRow>> ListAsync(StoreUnderTest store, Guid worker, Guid? project, PageCursor? from, int limit) =>
        store.Store.ListPastAnswersAsync(worker, project, from, limit, Walk, default);

    private static async Task<(Guid Project, Guid Batch)> OtherProjectAsync(StoreUnderTest store)
    {
        var (project, batch) = (Guid.NewGuid(), Guid.NewGuid());
        (await store.Store.CreateProjectAsync(StoreUnderTest.NewProject(project, "other"), StoreUnderTest.Op(), default)).Status.ShouldBe(ApplyStatus.Applied);
        (await store.Store.CreateBatchAsync(StoreUnderTest.NewBatch(batch, project, "other batch"), StoreUnderTest.Op(), default)).Status.ShouldBe(ApplyStatus.Applied);
        await store.ImportAsync(batch, [StoreUnderTest.NewTask(1, "elsewhere")]);
        (await store.Store.ChangeBatchAsync(batch, new BatchChange { Status = BatchStatus.Open }, [BatchStatus.Draft], null, StoreUnderTest.Op(), default)).Outcome.Status.ShouldBe(ApplyStatus.Applied);
        return (project, batch);
    }

    private static async Task AnsweredThereAsync(StoreUnderTest store, Guid batch, Guid worker)
    {
        var epoch = (await store.Store.TakeOwnershipAsync(batch, default))!.OwnerEpoch;
        var task = (await store.Store.PageOpenTasksAsync(batch, null, 1, default)).Single().TaskId;
        var taken = (await store.CommitAsync(store.Take(task, worker, epoch: epoch) with { BatchId = batch })).Taken!;
        (await store.CommitAsync(store.Submit(taken, epoch: epoch) with { BatchId = batch })).Status.ShouldBe(CommitStatus.Committed);
    }
}
