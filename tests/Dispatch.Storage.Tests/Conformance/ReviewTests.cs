using Dispatch.Contracts;
using Dispatch.Contracts.Quality;

namespace Dispatch.Storage.Tests.Conformance;

public sealed class ReviewTests
{
    public static TheoryData<bool> Stores => StoreKinds.All;

    private static readonly Guid Ann = Guid.NewGuid();
    private static readonly Guid Bob = Guid.NewGuid();
    private static readonly Guid Rita = Guid.NewGuid();
    private static readonly Guid Rolf = Guid.NewGuid();

    [Theory, MemberData(nameof(Stores))]
    public async Task Submit_AsksForAReviewInTheSameCommit_OnlyWhereItIsAccepted(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 2);
        var ids = await store.TaskIdsAsync();
        var (held, other) = (await store.TakenAsync(ids[0], Ann), await store.TakenAsync(ids[1], Bob));
        var (asked, refused) = (Guid.NewGuid(), Guid.NewGuid());

        var results = await store.Store.CommitAsync(
            [
                store.Submit(held) with { ReviewId = asked, ReviewCause = ReviewCause.Rule },
                store.Submit(other, leaseEpoch: 9) with { ReviewId = refused, ReviewCause = ReviewCause.Rule },
            ],
            default);

        results.Select(result => result.Status).ShouldBe([CommitStatus.Committed, CommitStatus.Stale]);
        var review = (await store.Store.GetReviewAsync(asked, default))!;
        (review.AssignmentId, review.ProjectId, review.BatchId, review.TaskId, review.TaskKey, review.WorkerId).ShouldBe((held.AssignmentId, store.Project, store.Batch, ids[0], "t/1", Ann));
        (review.Cause, review.Pass, review.Content, review.Answer, review.Counted, review.DecidedAt).ShouldBe((ReviewCause.Rule, 1, """{"n":1}""", """{"choice":"a"}""", true, null));
        await store.CommitAsync(store.Submit(other));
        (await store.CommitAsync(store.Submit(other) with { ReviewId = refused, ReviewCause = ReviewCause.Rule })).Status.ShouldBe(CommitStatus.Stale);
        (await store.Store.GetReviewAsync(refused, default)).ShouldBeNull("its answer is of another commit");
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task List_IsOldestFirst_WithoutWhatTheReviewerMayNotDecide(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 3);
        var ids = await store.TaskIdsAsync();
        var (first, second, own) = (await store.AnsweredAsync(ids[0], Ann), await store.AnsweredAsync(ids[1], Bob), await store.AnsweredAsync(ids[2], Rita));
        NewReview[] reviews = [Review(first), Review(second), Review(own), Review(first), new(Guid.NewGuid(), Guid.NewGuid(), ReviewCause.Rule)];
        await store.Store.AppendReviewsAsync(reviews, default);

        var page = await store.Store.ListReviewsAsync(store.Project, null, null, null, 2, default);
        var rest = await store.Store.ListReviewsAsync(store.Project, store.Batch, null, page.Next, 2, default);
        page.Items.Concat(rest.Items).Select(row => row.ReviewId).ShouldBe(reviews.Take(3).Select(row => row.ReviewId), "one look of an answer is asked for once, and none without an answer");
        rest.Next.ShouldBeNull();
        (await store.Store.ListReviewsAsync(store.Project, null, Rita, null, 10, default)).Items.Select(row => row.WorkerId).ShouldBe([Ann, Bob]);
        (await store.Store.ListReviewsAsync(store.Project, Guid.NewGuid(), null, null, 10, default)).Items.ShouldBeEmpty();

        var decision = Decision(reviews[0], ReviewVerdict.Approve) with { NextPass = new NewReview(Guid.NewGuid(), first.AssignmentId, ReviewCause.SecondPass, 2) };
        (await store.Store.DecideReviewAsync(decision, StoreUnderTest.Op(), default)).Status.ShouldBe(ApplyStatus.Applied);

        (await store.Store.ListReviewsAsync(store.Project, null, Rita, null, 10, default)).Items.Select(row => row.WorkerId).ShouldBe([Bob], "she decided the first look");
        (await store.Store.ListReviewsAsync(store.Project, null, Rolf, null, 10, default)).Items.Select(row => (row.WorkerId, row.Pass)).ShouldBe([(Bob, 1), (Rita, 1), (Ann, 2)]);
        (await store.Store.LoadReviewsAsync(first.AssignmentId, default)).Select(row => (row.Pass, row.Verdict, row.ReviewerId)).ShouldBe([(1, ReviewVerdict.Approve, Rita), (2, ReviewVerdict.Unspecified, null)]);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Decide_EachRefusal_ChangesNothing(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 1);
        var held = await store.AnsweredAsync((await store.TaskIdsAsync())[0], Ann);
        var review = Review(held);
        await store.Store.AppendReviewsAsync([review], default);
        Task<ApplyOutcome> Decide(ReviewDecision decision, Operation? operation = null) => store.Store.DecideReviewAsync(decision, operation ?? StoreUnderTest.Op(), default);
        var decision = Decision(review, ReviewVerdict.RejectRequeue) with { Evidence = [new OutboxEvaluation(Ann, "review:1", store.Project, EvidenceKinds.Review, 0, 1, held.AssignmentId)] };

        (await Decide(decision with { ReviewId = Guid.NewGuid() })).Status.ShouldBe(ApplyStatus.NotFound);
        (await Decide(decision with { ReviewerId = Ann })).Status.ShouldBe(ApplyStatus.InvalidState, "nobody reviews their own answer");
        (await store.Store.ListStaleOutboxAsync(TimeSpan.Zero, 10, default)).ShouldBeEmpty();
        (await store.CountersAsync()).Answers.ShouldBe(1);
        var operation = StoreUnderTest.Op();
        (await Decide(decision, operation)).Status.ShouldBe(ApplyStatus.Applied);
        (await Decide(decision, operation)).Status.ShouldBe(ApplyStatus.Replayed);
        (await Decide(decision with { ReviewerId = Rolf })).Status.ShouldBe(ApplyStatus.InvalidState, "it is decided");

        var row = (await store.Store.GetReviewAsync(review.ReviewId, default))!;
        (row.ReviewerId, row.Verdict, row.Score, row.Note, row.Counted).ShouldBe((Rita, ReviewVerdict.RejectRequeue, 0.25, "see the guide", false));
        row.DecidedAt.ShouldNotBeNull();
        (await store.Store.DrainOutboxAsync(Ann, new Dictionary<Guid, long>(), default))[store.Project].ShouldBe(1);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Approve_LeavesTheBatchWithItsOwner_FixTakesIt(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 2);
        var ids = await store.TaskIdsAsync();
        var (approved, repaired) = (await store.AnsweredAsync(ids[0], Ann), await store.AnsweredAsync(ids[1], Bob, with: submit => submit with { Vote = "a" }));
        NewReview[] reviews = [Review(approved), Review(repaired)];
        await store.Store.AppendReviewsAsync(reviews, default);

        await store.Store.DecideReviewAsync(Decision(reviews[0], ReviewVerdict.Approve), StoreUnderTest.Op(), default);
        (await store.CommitAsync(new RuleOperation { BatchId = store.Batch, OwnerEpoch = store.Epoch, Rule = new() { Name = "r", WaitSeconds = 1, Action = Contracts.Policies.RuleAction.Relax }, TaskIds = [] })).Status.ShouldBe(CommitStatus.Committed);
        var fix = Decision(reviews[1], ReviewVerdict.FixAndApprove) with { FixedAnswer = """{"choice":"b"}""", FixedVote = "b" };
        await store.Store.DecideReviewAsync(fix, StoreUnderTest.Op(), default);
        await store.OwnAgainAsync();

        var export = await store.ExportAsync();
        export.Select(row => (row.State, row.Counted, row.Answer, row.FixedAnswer, row.Vote)).ShouldBe(
            [(AssignmentState.Approved, true, """{"choice":"a"}""", null, null), (AssignmentState.Approved, true, """{"choice":"a"}""", """{"choice":"b"}""", "b")]);
        store.Epoch.ShouldBe(3, "made, fixed, taken again");
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task RejectRequeue_FreesTheSlotForSomebodyElse(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 1);
        var id = (await store.TaskIdsAsync())[0];
        var held = await store.AnsweredAsync(id, Ann);
        await JudgeAsync(store, id, 1);
        var before = await store.WorkVersionAsync();

        await DecidedAsync(store, held, ReviewVerdict.RejectRequeue);

        (await store.CommitAsync(store.Take(id, Bob))).Status.ShouldBe(CommitStatus.OwnerFenced);
        await store.OwnAgainAsync();
        (await store.WorkVersionAsync()).ShouldBeGreaterThan(before);
        (await store.CountersAsync()).ShouldBe(new BatchCounters { Tasks = 1, Completed = 0, Answers = 0 });
        (await store.ExportAsync()).ShouldHaveSingleItem().Counted.ShouldBeFalse();
        (await store.Store.LoadVerdictsAsync(store.Batch, 0, 10, default)).ShouldBeEmpty("no answer is left");
        (await store.Store.PageOpenTasksForWorkerAsync(store.Batch, Ann, TimeSpan.Zero, null, 10, default)).ShouldBeEmpty("not for the same worker");
        (await store.CommitAsync(store.Take(id, Ann, leaseEpoch: 2) with { Resumes = true })).Status.ShouldBe(CommitStatus.SlotTaken);
        await store.AnsweredAsync(id, Bob, leaseEpoch: 2);
        (await store.CountersAsync()).ShouldBe(new BatchCounters { Tasks = 1, Completed = 1, Answers = 1 });
        (await store.Store.ListUnjudgedAsync(store.Batch, 10, default)).ShouldHaveSingleItem().Votes.ShouldHaveSingleItem().WorkerId.ShouldBe(Bob);
        (await store.Store.ListLateAnswersAsync(store.Batch, null, 10, default)).Items.ShouldBeEmpty();
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task RejectRemove_TakesTheSlotAway_AndTheLastOneCancelsTheTask(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 1, overlap: 2);
        var id = (await store.TaskIdsAsync())[0];
        var (first, second) = (await store.AnsweredAsync(id, Ann), await store.AnsweredAsync(id, Bob, slot: 1));
        await JudgeAsync(store, id, 2);

        await DecidedAsync(store, first, ReviewVerdict.RejectRemove);

        (await store.CountersAsync()).ShouldBe(new BatchCounters { Tasks = 1, Completed = 1, Answers = 1 });
        var task = await store.TaskAsync("t/1");
        (task.State, task.Overlap, task.Answers).ShouldBe((TaskState.Completed, 1, 1));
        (await store.Store.ListUnjudgedAsync(store.Batch, 10, default)).ShouldHaveSingleItem().Votes.ShouldHaveSingleItem().WorkerId.ShouldBe(Bob);
        (await store.Store.LoadVerdictsAsync(store.Batch, 0, 10, default)).Count.ShouldBe(1, "the old verdict stays until it is replaced");

        await DecidedAsync(store, second, ReviewVerdict.RejectRemove);

        (await store.TaskAsync("t/1")).State.ShouldBe(TaskState.Canceled);
        (await store.CountersAsync()).ShouldBe(new BatchCounters { Tasks = 1, Completed = 0, Answers = 0, Canceled = 1 });
        (await store.Store.LoadVerdictsAsync(store.Batch, 0, 10, default)).ShouldBeEmpty();
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task RejectRemove_WhileOthersHoldLaterSlots_LeavesNoGap(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 1, overlap: 3);
        var id = (await store.TaskIdsAsync())[0];
        var rejected = await store.AnsweredAsync(id, Ann);
        var held = await store.TakenAsync(id, Bob, slot: 2);

        await DecidedAsync(store, rejected, ReviewVerdict.RejectRemove);

        await store.OwnAgainAsync();
        var open = (await store.Store.PageOpenTasksAsync(store.Batch, null, 10, default)).ShouldHaveSingleItem();
        open.Overlap.ShouldBe(2);
        open.Involved.Where(one => one.State == AssignmentState.Accepted).Select(one => one.Slot).ShouldBe([0], "the last slot moved to the free number");
        await store.TakenAsync(id, Rolf, slot: 1);
        (await store.CommitAsync(store.Submit(held))).Status.ShouldBe(CommitStatus.Committed);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task KeptAside_ThatIsApproved_StaysUncounted(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 1);
        var id = (await store.TaskIdsAsync())[0];
        var late = (await store.CommitAsync(store.Take(id, Ann, lease: TimeSpan.Zero))).Taken!;
        await store.Store.MarkShownAsync([(late.AssignmentId, Ann)], default);
        await store.CommitAsync(new ExpireOperation { BatchId = store.Batch, OwnerEpoch = store.Epoch, AssignmentId = late.AssignmentId, LeaseEpoch = 1 });
        await store.AnsweredAsync(id, Bob, leaseEpoch: 2);
        (await store.CommitAsync(store.Submit(late))).Status.ShouldBe(CommitStatus.KeptAside);
        (await store.Store.ListLateAnswersAsync(store.Batch, null, 10, default)).Items.Count.ShouldBe(1);

        await DecidedAsync(store, late, ReviewVerdict.Approve);

        var row = (await store.ExportAsync()).Single(judgment => judgment.WorkerId == Ann);
        (row.Counted, row.Late, row.State).ShouldBe((false, true, AssignmentState.Approved));
        (await store.CountersAsync()).ShouldBe(new BatchCounters { Tasks = 1, Completed = 1, Answers = 1 });
        (await store.Store.ListLateAnswersAsync(store.Batch, null, 10, default)).Items.ShouldBeEmpty("it waits for nobody any more");
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task RejectedControl_ChangesNoCounterOfTheBatch(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 1);
        await store.ImportAsync(store.Batch, [StoreUnderTest.NewTask(1, "control", overlap: 2) with { IsGold = true, IsControl = true, KnownAnswer = "\"a\"" }]);
        var control = (await store.TaskAsync("control")).TaskId;
        var held = await store.AnsweredAsync(control, Ann);

        await DecidedAsync(store, held, ReviewVerdict.RejectRemove);

        (await store.CountersAsync()).ShouldBe(new BatchCounters { Tasks = 1, Completed = 0, Answers = 0 });
        var task = await store.TaskAsync("control");
        (task.State, task.Overlap, task.Answers).ShouldBe((TaskState.Open, 2, 0));
    }

    private static NewReview Review(HeldAssignment held) => new(Guid.NewGuid(), held.AssignmentId, ReviewCause.Sampled);

    private static ReviewDecision Decision(NewReview review, ReviewVerdict verdict) =>
        new() { ReviewId = review.ReviewId, ReviewerId = Rita, Verdict = verdict, Score = 0.25, Note = "see the guide" };

    private static async Task DecidedAsync(StoreUnderTest store, HeldAssignment held, ReviewVerdict verdict)
    {
        var review = Review(held);
        await store.Store.AppendReviewsAsync([review], default);
        (await store.Store.DecideReviewAsync(Decision(review, verdict), StoreUnderTest.Op(), default)).Status.ShouldBe(ApplyStatus.Applied);
    }

    private static async Task JudgeAsync(StoreUnderTest store, long task, int answers) => (await store.CommitAsync(new JudgeOperation
    {
        BatchId = store.Batch,
        OwnerEpoch = store.Epoch,
        TaskId = task,
        AnswersSeen = answers,
        Verdict = new TaskVerdict { TaskId = task, Values = "[]", Answers = answers },
    })).Status.ShouldBe(CommitStatus.Committed);
}
