using Dispatch.Contracts;
using Dispatch.Contracts.Policies;
using Dispatch.Contracts.Quality;

namespace Dispatch.Storage.Tests.Conformance;

public sealed class GoldTests
{
    public static TheoryData<bool> Stores => StoreKinds.All;

    private static readonly Guid Ann = Guid.NewGuid();
    private static readonly Guid Bob = Guid.NewGuid();

    [Theory, MemberData(nameof(Stores))]
    public async Task Control_IsOutsideBacklogAndCounters_AndNeverCompletes(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql);
        await store.ImportAsync(store.Batch, [StoreUnderTest.NewTask(1, "work"), Control(2, "control")]);
        await store.ImportAsync(store.Batch, [Control(1, "staged")], ImportMode.AllOrNothing);
        (await store.TaskIdsAsync()).Length.ShouldBe(1);
        (await store.CountersAsync()).Tasks.ShouldBe(1);
        var control = (await store.TaskAsync("control")).TaskId;
        (await store.Store.PageOpenTasksForWorkerAsync(store.Batch, Ann, TimeSpan.Zero, null, 10, default)).Select(task => task.TaskId).ShouldNotContain(control);
        (await store.Store.LoadOpenTasksAsync(store.Batch, [control], default)).ShouldBeEmpty();
        (await store.Store.PageLastOpenTasksAsync(store.Batch, "rule", 10, default)).Count.ShouldBe(1);

        var first = await store.TakenAsync(control, Ann);
        (first.IsControl, first.GoldAnswer, first.KnownVersion, first.Purpose).ShouldBe((true, "\"a\"", 1, BatchPurpose.Work));
        var results = await store.Store.CommitAsync([store.Submit(first) with { Evaluation = new GoldEvaluation(store.Project, 1, 1), Accuracy = 0.6 }, store.Take(control, Bob, slot: 1)], default);
        results.Select(result => (result.Status, result.TaskCompleted)).ShouldBe([(CommitStatus.Committed, false), (CommitStatus.Committed, false)]);
        (await store.CommitAsync(store.Take(control, Guid.NewGuid(), slot: 2))).Status.ShouldBe(CommitStatus.SlotTaken, "two may see it");

        (await store.CountersAsync()).ShouldBe(new BatchCounters { Tasks = 1, Completed = 0, Answers = 0 });
        (await store.TaskAsync("control")).State.ShouldBe(TaskState.Open);
        (await store.Store.ListUnjudgedAsync(store.Batch, 10, default)).ShouldBeEmpty();
        var controls = await store.Store.LoadControlsAsync(store.Batch, default);
        controls.Select(row => (row.NextSlot, row.Exposures, row.Retired)).ShouldBe([(2, 2, false), (0, 0, false)]);
        (await store.Store.LoadControlsSeenAsync(store.Batch, Bob, default)).ShouldBe([control]);
        (await store.Store.CountSharesAsync(store.Batch, Ann, default)).ShouldBe((0, 0));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Control_IsLeftAloneByEverythingThatSteersTheBacklog(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 1);
        await store.ImportAsync(store.Batch, [Control(1, "control")]);
        var control = (await store.TaskAsync("control")).TaskId;
        var held = (await store.CommitAsync(store.Take(control, Ann, lease: TimeSpan.Zero))).Taken!;
        await store.Store.MarkShownAsync([(held.AssignmentId, Ann)], default);

        var expired = await store.CommitAsync(new ExpireOperation { BatchId = store.Batch, OwnerEpoch = store.Epoch, AssignmentId = held.AssignmentId, LeaseEpoch = 1, Reoffer = TimeSpan.FromHours(1), AttemptsMax = 1 });
        var rule = await store.CommitAsync(new RuleOperation { BatchId = store.Batch, OwnerEpoch = store.Epoch, Rule = new ExceptionRule { Name = "rule", WaitSeconds = 1, Action = RuleAction.Cancel }, TaskIds = [control] });
        var canceled = await store.Store.ChangeTasksAsync(store.Batch, TaskAction.Cancel, 0, ["control"], StoreUnderTest.Op(), default);

        (expired.EndedAs, expired.DeadLettered, expired.KeptUntil).ShouldBe((AssignmentState.Abandoned, false, null));
        rule.ActedOn.ShouldBeEmpty();
        canceled.Outcome.Status.ShouldBe(ApplyStatus.InvalidState);
        (await store.Store.LoadThawsAsync(store.Batch, 10, default)).ShouldBeEmpty();
        await store.TakenAsync(control, Bob, slot: 1);
        (await store.Store.CancelBatchAsync(store.Batch, null, StoreUnderTest.Op(), default)).Tasks.ShouldBe(1);
        (await store.CountersAsync()).ShouldBe(new BatchCounters { Tasks = 1, Completed = 0, Answers = 0, Canceled = 1 });
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Retired_IsHandedOutNoMore_UntilItIsBroughtBack(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 1);
        await store.ImportAsync(store.Batch, [Control(1, "control"), Gold(2, "gold")]);
        var ids = (Control: (await store.TaskAsync("control")).TaskId, Gold: (await store.TaskAsync("gold")).TaskId);
        var before = store.Epoch;

        foreach (var key in (string[])["control", "gold"]) (await store.Store.RetireGoldAsync(store.Batch, key, true, StoreUnderTest.Op(), default)).Status.ShouldBe(ApplyStatus.Applied);
        (await store.Store.RetireGoldAsync(store.Batch, "t/1", true, StoreUnderTest.Op(), default)).Status.ShouldBe(ApplyStatus.InvalidState);
        (await store.Store.RetireGoldAsync(store.Batch, "none", true, StoreUnderTest.Op(), default)).Status.ShouldBe(ApplyStatus.NotFound);

        (await store.CommitAsync(store.Take(ids.Gold, Ann))).Status.ShouldBe(CommitStatus.OwnerFenced);
        await store.OwnAgainAsync();
        store.Epoch.ShouldBe(before + 3);
        (await store.CommitAsync(store.Take(ids.Control, Ann))).Status.ShouldBe(CommitStatus.SlotTaken);
        (await store.CommitAsync(store.Take(ids.Gold, Ann))).Status.ShouldBe(CommitStatus.SlotTaken);
        (await store.TaskIdsAsync()).Length.ShouldBe(1, "what is retired is not offered to the owner of the batch again and again");
        (await store.Store.LoadControlsAsync(store.Batch, default)).ShouldHaveSingleItem().Retired.ShouldBeTrue();
        await store.Store.RetireGoldAsync(store.Batch, "gold", false, StoreUnderTest.Op(), default);
        await store.OwnAgainAsync();
        await store.TakenAsync(ids.Gold, Ann);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Corrected_RefusesWhatWasScoredByTheOldAnswers_AndListsWhatStands(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql);
        await store.ImportAsync(store.Batch, [Control(1, "control", overlap: 9)]);
        var control = (await store.TaskAsync("control")).TaskId;
        GoldEvaluation Scored(long sequence, int version = 1) => new(store.Project, sequence, 0, version);
        var (ann, bob) = (await store.TakenAsync(control, Ann), await store.TakenAsync(control, Bob, slot: 1));
        await store.CommitAsync(store.Submit(ann) with { Evaluation = Scored(1), Accuracy = 0.8 });

        (await store.Store.CorrectGoldAsync(store.Batch, "control", "\"b\"", StoreUnderTest.Op(), default)).Status.ShouldBe(ApplyStatus.Applied);
        await store.OwnAgainAsync();
        (await store.CommitAsync(store.Submit(bob) with { Evaluation = Scored(1) })).Status.ShouldBe(CommitStatus.WorkerBusy);
        var again = (await store.Store.FindAssignmentAsync(bob.AssignmentId, Bob, default))!;
        (again.GoldAnswer, again.KnownVersion).ShouldBe(("\"b\"", 2));
        (await store.CommitAsync(store.Submit(bob) with { Evaluation = Scored(1, version: 2), Accuracy = 0.7 })).Status.ShouldBe(CommitStatus.Committed);

        var standing = await store.Store.ListGoldAnswersAsync(store.Batch, "control", default);
        standing.Select(row => (row.WorkerId, row.AssignmentId, row.Source, row.Score)).ShouldBe([(Ann, ann.AssignmentId, $"gold:{ann.AssignmentId}", 0), (Bob, bob.AssignmentId, $"gold:{bob.AssignmentId}", 0)]);
        await store.Store.AppendOutboxAsync(
            [
                new OutboxEvaluation(Ann, "mask:1", store.Project, EvidenceKinds.Mask, 0, 0, ann.AssignmentId, $"gold:{ann.AssignmentId}"),
                new OutboxEvaluation(Ann, "again:1", store.Project, EvidenceKinds.Gold, 1, 1, ann.AssignmentId),
            ],
            default);
        await store.Store.DrainOutboxAsync(Ann, new Dictionary<Guid, long> { [store.Project] = 1 }, default);

        (await store.Store.ListGoldAnswersAsync(store.Batch, "control", default)).Select(row => (row.WorkerId, row.Source, row.Score)).ShouldBe([(Ann, "again:1", 1), (Bob, $"gold:{bob.AssignmentId}", 0)]);
        var gold = (await store.Store.ListGoldAsync(store.Project, store.Batch, null, 10, default)).Items.ShouldHaveSingleItem();
        (gold.TaskKey, gold.KnownAnswer, gold.Retired).ShouldBe(("control", "\"b\"", false));
        gold.Results.ShouldBe([(1, 0.8), (0, 0.7)]);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task ListGold_PagesOverTheProjectOrOneBatch(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 1);
        await store.ImportAsync(store.Batch, [Gold(1, "g1"), Gold(2, "g2"), Control(3, "c1")]);

        var first = await store.Store.ListGoldAsync(store.Project, null, null, 2, default);
        var second = await store.Store.ListGoldAsync(store.Project, null, first.Next, 2, default);

        first.Items.Concat(second.Items).Select(gold => gold.TaskKey).ShouldBe(["g1", "g2", "c1"]);
        second.Next.ShouldBeNull();
        (await store.Store.ListGoldAsync(store.Project, Guid.NewGuid(), null, 10, default)).Items.ShouldBeEmpty();
    }

    private static NewTask Gold(long line, string key) => StoreUnderTest.NewTask(line, key) with { IsGold = true, KnownAnswer = "\"a\"" };

    private static NewTask Control(long line, string key, int overlap = 2) => Gold(line, key) with { IsControl = true, Overlap = overlap };
}
