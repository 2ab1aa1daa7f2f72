using Dispatch.Contracts;
using Dispatch.Contracts.Quality;

namespace Dispatch.Storage.Tests.Conformance;

public sealed class JudgingTests
{
    public static TheoryData<bool> Stores => StoreKinds.All;

    private static readonly Guid Ann = Guid.NewGuid();
    private static readonly Guid Bob = Guid.NewGuid();

    [Theory, MemberData(nameof(Stores))]
    public async Task Unjudged_AreCompletedTasks_WithTheirVotesInOrder(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 3, overlap: 2);
        var ids = await store.TaskIdsAsync();
        await store.AnsweredAsync(ids[0], Bob, with: submit => submit with { Vote = "b", Accuracy = 0.9 });
        await store.AnsweredAsync(ids[0], Ann, slot: 1, with: submit => submit with { Vote = "a" });
        await store.AnsweredAsync(ids[1], Ann);

        var task = (await store.Store.ListUnjudgedAsync(store.Batch, 10, default)).ShouldHaveSingleItem();

        (task.TaskId, task.TaskKey, task.Content, task.Overlap, task.IsGold).ShouldBe((ids[0], "t/1", """{"n":1}""", 2, false));
        task.Votes.Select(vote => (vote.WorkerId, vote.Vote, vote.Accuracy, vote.Answer)).ShouldBe([(Bob, "b", 0.9, """{"choice":"a"}"""), (Ann, "a", null, """{"choice":"a"}""")]);
        (await store.Store.ListUnjudgedAsync(store.Batch, 0, default)).ShouldBeEmpty();
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Judge_StoresTheVerdictAndWhatWasLearned_Once(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 2);
        var ids = await store.TaskIdsAsync();
        var held = await store.AnsweredAsync(ids[0], Ann);
        OutboxEvaluation Learned(string source) => new(Ann, source, store.Project, EvidenceKinds.Consensus, 1, 0.1, held.AssignmentId);
        var judge = Judge(store, ids[0]) with
        {
            Evidence = [Learned("consensus:1"), Learned("consensus:1"), Learned("consensus:2")],
            Reviews = [new NewReview(Guid.NewGuid(), held.AssignmentId, ReviewCause.Disagreement)],
        };

        (await store.CommitAsync(judge with { OwnerEpoch = store.Epoch - 1 })).Status.ShouldBe(CommitStatus.OwnerFenced);
        (await store.CommitAsync(judge with { AnswersSeen = 2 })).Status.ShouldBe(CommitStatus.Stale);
        (await store.CommitAsync(judge with { TaskId = ids[1] })).Status.ShouldBe(CommitStatus.Stale, "it is not completed");
        (await store.Store.ListStaleOutboxAsync(TimeSpan.Zero, 10, default)).ShouldBeEmpty();
        (await store.CommitAsync(judge)).Status.ShouldBe(CommitStatus.Committed);
        (await store.CommitAsync(judge with { Evidence = [Learned("consensus:3")] })).Status.ShouldBe(CommitStatus.Stale, "it is judged");

        var verdict = (await store.Store.LoadVerdictsAsync(store.Batch, 0, 10, default)).ShouldHaveSingleItem();
        (verdict.TaskId, verdict.Label, verdict.Confidence, verdict.Values, verdict.Answers).ShouldBe((ids[0], "a", 0.9, "[[1]]", 1));
        (await store.Store.LoadVerdictsAsync(store.Batch, verdict.Ordinal, 10, default)).ShouldBeEmpty();
        (await store.Store.ListUnjudgedAsync(store.Batch, 10, default)).ShouldBeEmpty();
        (await store.Store.DrainOutboxAsync(Ann, new Dictionary<Guid, long>(), default))[store.Project].ShouldBe(2);
        (await store.Store.LoadReviewsAsync(held.AssignmentId, default)).ShouldHaveSingleItem().Cause.ShouldBe(ReviewCause.Disagreement);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Judge_TwiceInOneGroup_IsJudgedByTheFirst(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 2);
        var ids = await store.TaskIdsAsync();
        var held = await store.AnsweredAsync(ids[0], Ann);
        OutboxEvaluation Learned(string source) => new(Ann, source, store.Project, EvidenceKinds.Consensus, 1, 0.1, held.AssignmentId);

        var results = await store.Store.CommitAsync(
            [
                Judge(store, ids[0]) with { OwnerEpoch = store.Epoch - 1, Evidence = [Learned("fenced")] },
                Judge(store, ids[0]) with { Evidence = [Learned("first")] },
                Judge(store, ids[0], "b") with { Evidence = [Learned("second")] },
                store.Take(ids[1], Bob),
            ],
            default);

        results.Select(result => result.Status).ShouldBe([CommitStatus.OwnerFenced, CommitStatus.Committed, CommitStatus.Stale, CommitStatus.Committed]);
        (await store.Store.LoadVerdictsAsync(store.Batch, 0, 10, default)).ShouldHaveSingleItem().Label.ShouldBe("a");
        await store.Store.DrainOutboxAsync(Ann, new Dictionary<Guid, long>(), default);
        (await store.Store.LoadEvaluationsAsync(Ann, [], 10, default)).ShouldHaveSingleItem().Source.ShouldBe("first");
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task AskOneMore_OpensTheTaskAgain_ToItsMost(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 1);
        var id = (await store.TaskIdsAsync())[0];
        await store.AnsweredAsync(id, Ann);
        var before = await store.WorkVersionAsync();
        var ask = Judge(store, id) with { AskOneMore = true, OverlapMax = 2, Verdict = null };

        (await store.CommitAsync(ask with { OverlapMax = 1 })).Status.ShouldBe(CommitStatus.Stale, "it may have no slot more");
        (await store.CommitAsync(ask)).Status.ShouldBe(CommitStatus.Committed);

        (await store.CountersAsync()).ShouldBe(new BatchCounters { Tasks = 1, Completed = 0, Answers = 1 });
        (await store.WorkVersionAsync()).ShouldBe(before + 1);
        (await store.Store.PageOpenTasksForWorkerAsync(store.Batch, Bob, TimeSpan.Zero, null, 10, default)).ShouldHaveSingleItem().Overlap.ShouldBe(2);
        await store.AnsweredAsync(id, Bob, slot: 1);
        (await store.CountersAsync()).Completed.ShouldBe(1);
        (await store.CommitAsync(Judge(store, id) with { AnswersSeen = 2 })).Status.ShouldBe(CommitStatus.Committed);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Verdict_ThatIsReplaced_ComesLaterInTheOrder_AndTheExportIsByTask(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 2);
        var ids = await store.TaskIdsAsync();
        var held = await store.AnsweredAsync(ids[0], Ann);
        await store.AnsweredAsync(ids[1], Bob);
        await store.Store.CommitAsync([Judge(store, ids[0]), Judge(store, ids[1])], default);
        var old = await store.Store.LoadVerdictsAsync(store.Batch, 0, 10, default);
        old.Select(verdict => verdict.TaskId).ShouldBe(ids);

        // A reviewer corrects the first answer, so the task is to be judged again.
        var review = new NewReview(Guid.NewGuid(), held.AssignmentId, ReviewCause.Sampled);
        await store.Store.AppendReviewsAsync([review], default);
        var decision = new ReviewDecision { ReviewId = review.ReviewId, ReviewerId = Guid.NewGuid(), Verdict = ReviewVerdict.FixAndApprove, Score = 0, FixedAnswer = """{"choice":"b"}""", FixedVote = "b" };
        await store.Store.DecideReviewAsync(decision, StoreUnderTest.Op(), default);
        var vote = (await store.Store.ListUnjudgedAsync(store.Batch, 10, default)).ShouldHaveSingleItem().Votes.ShouldHaveSingleItem();
        (vote.Answer, vote.Vote).ShouldBe(("""{"choice":"b"}""", "b"));
        await store.OwnAgainAsync();
        (await store.CommitAsync(Judge(store, ids[0], "b"))).Status.ShouldBe(CommitStatus.Committed);

        var after = (await store.Store.LoadVerdictsAsync(store.Batch, old[^1].Ordinal, 10, default)).ShouldHaveSingleItem();
        (after.TaskId, after.Label).ShouldBe((ids[0], "b"));
        var export = await StoreUnderTest.ListAsync(store.Store.ExportVerdictsAsync(store.Batch, default));
        export.Select(row => (row.TaskKey, row.Content, row.Verdict.Label)).ShouldBe([("t/1", """{"n":1}""", "b"), ("t/2", """{"n":2}""", "a")]);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Patch_ThatOpensAJudgedTask_HasItJudgedAgain(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 1);
        var id = (await store.TaskIdsAsync())[0];
        await store.AnsweredAsync(id, Ann);
        await store.CommitAsync(Judge(store, id));
        await store.Store.ChangeBatchAsync(store.Batch, new BatchChange { Status = BatchStatus.Paused }, [BatchStatus.Open], null, StoreUnderTest.Op(), default);

        (await store.Store.PatchTasksAsync(store.Batch, [new TaskPatch(1, "t/1", 2, null)], default)).ShouldBeEmpty();

        await store.Store.ChangeBatchAsync(store.Batch, new BatchChange { Status = BatchStatus.Open }, [BatchStatus.Paused], null, StoreUnderTest.Op(), default);
        await store.AnsweredAsync(id, Bob, slot: 1);
        (await store.Store.ListUnjudgedAsync(store.Batch, 10, default)).ShouldHaveSingleItem().Votes.Count.ShouldBe(2);
    }

    private static JudgeOperation Judge(StoreUnderTest store, long task, string label = "a") => new()
    {
        BatchId = store.Batch,
        OwnerEpoch = store.Epoch,
        TaskId = task,
        AnswersSeen = 1,
        Verdict = new TaskVerdict { TaskId = task, Label = label, Confidence = 0.9, Values = "[[1]]", Answers = 1 },
    };
}
