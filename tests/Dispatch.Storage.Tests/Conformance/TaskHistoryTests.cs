using Dispatch.Contracts;
using Dispatch.Contracts.Policies;

namespace Dispatch.Storage.Tests.Conformance;

/// <summary>What rules and supervisors do to tasks is in the audit trail and in the task's history.</summary>
public sealed class TaskHistoryTests
{
    public static TheoryData<bool, RuleAction> Actions
    {
        get
        {
            TheoryData<bool, RuleAction> data = [];
            foreach (var postgreSql in (bool[])[false, true])
            {
                foreach (var action in (RuleAction[])[RuleAction.RaisePriority, RuleAction.Relax, RuleAction.Cancel, RuleAction.Move]) data.Add(postgreSql, action);
            }

            return data;
        }
    }

    public static TheoryData<bool> Stores => new() { false, true };

    [Theory, MemberData(nameof(Actions))]
    public async Task Rule_Acts_IsInTheAuditOfItsBatchAndInTheHistoryOfEachTask(bool postgreSql, RuleAction action)
    {
        const int Tasks = RuleWords.KeysNamed + 2;
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: Tasks);
        var other = StoreUnderTest.NewBatch(Guid.NewGuid(), store.Project, "other");
        await store.Store.CreateBatchAsync(other, StoreUnderTest.Op(), default);
        var rule = new ExceptionRule { Name = "it's old", WaitSeconds = 60, Action = action, By = action == RuleAction.RaisePriority ? 5 : null, ToBatchId = action == RuleAction.Move ? other.BatchId : null };
        var ids = await store.TaskIdsAsync();
        var operation = new RuleOperation { BatchId = store.Batch, OwnerEpoch = store.Epoch, Rule = rule, TaskIds = ids };

        (await store.CommitAsync(operation)).ActedOn.Count.ShouldBe(Tasks);
        (await store.CommitAsync(operation)).ActedOn.ShouldBeEmpty();

        var reason = RuleWords.Audit(rule, [.. Enumerable.Range(1, Tasks).Select(i => $"t/{i}")]);
        foreach (var batch in action == RuleAction.Move ? (Guid[])[store.Batch, other.BatchId] : [store.Batch])
        {
            var audit = (await store.Store.ListAuditAsync(batch, null, 10, default)).Items.Where(row => row.Kind == RuleWords.Kind(action)).ShouldHaveSingleItem();
            (audit.ActorId, audit.Reason).ShouldBe((Guid.Empty, reason));
        }

        foreach (var id in ids)
        {
            var happened = (await store.Store.ListTaskEventsAsync(id, 10, default)).ShouldHaveSingleItem();
            (happened.ActorId, happened.Rule, happened.Kind, happened.Words).ShouldBe((null, rule.Name, RuleWords.Kind(action), RuleWords.Of(rule)));
        }
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Supervisor_ChangesTasks_IsInTheirHistoryNewestFirst(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 2);
        var boss = Guid.NewGuid();
        foreach (var action in (TaskAction[])[TaskAction.SetPriority, TaskAction.Cancel])
        {
            await store.Store.ChangeTasksAsync(store.Batch, action, 7, ["t/1"], StoreUnderTest.Op(boss) with { Reason = "The text is wrong" }, default);
        }

        var events = await store.Store.ListTaskEventsAsync((await store.TaskAsync("t/1")).TaskId, 10, default);
        events.Select(happened => happened.Words).ShouldBe(["A supervisor canceled it: The text is wrong.", "A supervisor set the priority to 7: The text is wrong."]);
        events.ShouldAllBe(happened => happened.ActorId == boss && happened.Rule == null);
        (await store.Store.ListTaskEventsAsync((await store.TaskAsync("t/2")).TaskId, 10, default)).ShouldBeEmpty();
    }
}
