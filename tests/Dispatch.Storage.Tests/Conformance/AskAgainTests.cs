using Dispatch.Contracts;
using Dispatch.Contracts.Quality;

namespace Dispatch.Storage.Tests.Conformance;

/// <summary>Asking again what a restricted worker answered: step by step, with counters, verdicts and reviews that stay right.</summary>
public sealed class AskAgainTests
{
    private static readonly Guid Ann = Guid.NewGuid();
    private static readonly Guid Bob = Guid.NewGuid();

    public static TheoryData<bool> Stores => StoreKinds.All;

    [Theory, MemberData(nameof(Stores))]
    public async Task Answers_AreTakenOutStepByStep_UpToTheCutOff(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 4);
        var ids = await store.TaskIdsAsync();
        var first = await store.AnsweredAsync(ids[0], Ann);
        await store.AnsweredAsync(ids[1], Ann);
        await store.AnsweredAsync(ids[2], Bob);
        var held = await store.TakenAsync(ids[3], Ann);
        var restriction = await RestrictAsync(store);
        (await ListedAsync(store)).CountedAnswers.ShouldBe(2);

        var (id, operation) = (Guid.NewGuid(), StoreUnderTest.Op() with { Reason = "many wrong", AuditSubject = Ann });
        (await store.Store.BeginAskAgainAsync(id, restriction, operation, default)).Status.ShouldBe(ApplyStatus.Applied);
        (await store.Store.BeginAskAgainAsync(id, restriction, operation, default)).Status.ShouldBe(ApplyStatus.Replayed);
        (await store.CommitAsync(store.Submit(held))).Status.ShouldBe(CommitStatus.Committed, "after the cut-off");
        (await store.Store.ListUnfinishedAskAgainAsync(10, default)).ShouldBe([id]);
        var before = await store.WorkVersionAsync();

        var step = (await store.Store.StepAskAgainAsync(id, 1, default))!;
        (step.IsDone, step.Tasks, step.Remaining, step.ProjectId).ShouldBe((false, 1, 0, store.Project));
        step.Batches.ShouldBe([store.Batch]);
        (await store.WorkVersionAsync()).ShouldBe(before + 1);
        (await store.Store.StepAskAgainAsync(id, 1, default))!.Tasks.ShouldBe(2);
        (await store.Store.StepAskAgainAsync(id, 1, default))!.IsDone.ShouldBeTrue();
        var after = (await store.Store.StepAskAgainAsync(id, 1, default))!;
        (after.IsDone, after.Tasks, after.Remaining, after.Batches.Count).ShouldBe((true, 2, 0, 0), "a repeat changes nothing");
        (await store.Store.StepAskAgainAsync(Guid.NewGuid(), 1, default)).ShouldBeNull();
        (await store.Store.ListUnfinishedAskAgainAsync(10, default)).ShouldBeEmpty();

        // Counters, tasks and the export say the same.
        var counters = await store.CountersAsync();
        (counters.Answers, counters.Completed, counters.Open).ShouldBe((2, 2, 2));
        (await store.TaskAsync("t/1")).State.ShouldBe(TaskState.Open);
        (await store.ExportAsync()).Select(row => (row.TaskKey, row.Counted)).ShouldBe([("t/1", false), ("t/2", false), ("t/3", true), ("t/4", true)]);
        var past = (await store.Store.FindPastAnswerAsync(Ann, first.AssignmentId, default))!;
        (past.State, past.Counted).ShouldBe((AssignmentState.Rejected, false));
        past.TakenOut!.ShouldContain("many wrong.");
        (await store.Store.ListTaskEventsAsync(ids[0], 10, default)).ShouldHaveSingleItem().Words.ShouldContain("many wrong");

        // Others answer it; nothing makes it the same worker's again.
        await store.OwnAgainAsync();
        (await store.Store.LoadOpenTasksAsync(store.Batch, [ids[0]], default)).Single().Involved.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            involved => involved.State.ShouldBe(AssignmentState.Rejected),
            involved => involved.RetryAt.ShouldBeNull());
        await store.AnsweredAsync(ids[0], Bob, leaseEpoch: 2);
        (await store.CountersAsync()).Completed.ShouldBe(3);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task ClosedBatch_StaysAsItIs_AndIsCounted(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 2);
        await store.AnsweredAsync((await store.TaskIdsAsync())[0], Ann);
        await store.Store.ChangeBatchAsync(store.Batch, new BatchChange { Status = BatchStatus.Closed }, [BatchStatus.Open], null, StoreUnderTest.Op(), default);
        var restriction = await RestrictAsync(store);

        var step = await AskAgainAsync(store, restriction);

        (step.IsDone, step.Tasks, step.Remaining).ShouldBe((true, 0, 1));
        step.Batches.ShouldBeEmpty();
        (await store.ExportAsync()).ShouldHaveSingleItem().Counted.ShouldBeTrue();
        (await store.CountersAsync()).Answers.ShouldBe(1);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task AnotherAnswerStays_WaitingReviewsGo_TheTaskIsUnjudged(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 1, overlap: 2);
        var id = (await store.TaskIdsAsync())[0];
        await store.AnsweredAsync(id, Bob);
        var held = await store.AnsweredAsync(id, Ann, slot: 1);
        await store.Store.AppendReviewsAsync([new NewReview(Guid.NewGuid(), held.AssignmentId, ReviewCause.Rule, 1)], default);
        (await store.Store.ListUnjudgedAsync(store.Batch, 10, default)).Count.ShouldBe(1);

        var step = await AskAgainAsync(store, await RestrictAsync(store));

        (step.Tasks, (await store.CountersAsync()).Answers, (await store.CountersAsync()).Completed).ShouldBe((1, 1, 0));
        (await store.Store.ListReviewsAsync(store.Project, null, null, null, 10, default)).Items.ShouldBeEmpty();
        (await store.Store.ListUnjudgedAsync(store.Batch, 10, default)).ShouldBeEmpty("it is open, with one answer");
        await store.OwnAgainAsync();
        await store.AnsweredAsync(id, Guid.NewGuid(), slot: 1, leaseEpoch: 2);
        (await store.Store.ListUnjudgedAsync(store.Batch, 10, default)).ShouldHaveSingleItem().Votes.Count.ShouldBe(2);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task OnlyWhatKeepsFromWork_AndIsNotLifted_CanBeFollowedByIt(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql);
        var (flag, lifted, over) = (await RestrictAsync(store, QualityAction.AttentionFlag), await RestrictAsync(store), await RestrictAsync(store, lasts: TimeSpan.Zero));
        await store.Store.LiftRestrictionAsync(lifted, StoreUnderTest.Op(), default);

        (await store.Store.BeginAskAgainAsync(Guid.NewGuid(), flag, StoreUnderTest.Op(), default)).Status.ShouldBe(ApplyStatus.InvalidState);
        (await store.Store.BeginAskAgainAsync(Guid.NewGuid(), lifted, StoreUnderTest.Op(), default)).Status.ShouldBe(ApplyStatus.InvalidState);
        (await store.Store.BeginAskAgainAsync(Guid.NewGuid(), Guid.NewGuid(), StoreUnderTest.Op(), default)).Status.ShouldBe(ApplyStatus.NotFound);
        (await store.Store.BeginAskAgainAsync(Guid.NewGuid(), over, StoreUnderTest.Op(), default)).Status.ShouldBe(ApplyStatus.Applied, "the answers are still there when its time is over");
    }

    private static async Task<AskAgainStep> AskAgainAsync(StoreUnderTest store, Guid restriction)
    {
        var id = Guid.NewGuid();
        (await store.Store.BeginAskAgainAsync(id, restriction, StoreUnderTest.Op() with { Reason = "many wrong" }, default)).Status.ShouldBe(ApplyStatus.Applied);
        return (await store.Store.StepAskAgainAsync(id, 100, default))!;
    }

    private static async Task<ListedRestriction> ListedAsync(StoreUnderTest store) => (await store.Store.ListRestrictionsAsync(store.Project, openOnly: true, null, 10, default)).Items.Single();

    private static async Task<Guid> RestrictAsync(StoreUnderTest store, QualityAction action = QualityAction.Restrict, TimeSpan? lasts = null)
    {
        var row = new RestrictionRow
        {
            RestrictionId = Guid.NewGuid(),
            WorkerId = Ann,
            ProjectId = store.Project,
            Action = action,
            Rule = $"rule {Guid.NewGuid():N}",
            Sequence = 7,
            Reason = "many wrong",
            For = lasts,
        };
        await store.Store.AppendRestrictionsAsync([row], default);
        return row.RestrictionId;
    }
}
