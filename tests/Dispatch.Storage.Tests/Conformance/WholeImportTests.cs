using Dispatch.Contracts;

namespace Dispatch.Storage.Tests.Conformance;

/// <summary>Imports whose lines are all at hand: the same outcome as chunk by chunk, in one transaction.</summary>
public sealed class WholeImportTests
{
    private static readonly string[] OddKeys = ["t/1", "a'b\"c", "🙂/‮rtl", "twice", "twice", "%_\\"];

    public static TheoryData<bool> Stores => StoreKinds.All;

    private static ImportRecord New(StoreUnderTest store, long lines, ImportMode mode = ImportMode.KeepGood) =>
        new() { ImportId = Guid.NewGuid(), BatchId = store.Batch, Mode = mode, LinesDone = lines };

    private static NewTask[] Tasks(params string[] keys) => [.. keys.Select((key, i) => StoreUnderTest.NewTask(i + 1, key))];

    [Theory, MemberData(nameof(Stores))]
    public async Task KeepGood_DuplicatesAndBadLines_KeepsTheGoodAndReportsTheRest(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 1);
        var before = await store.WorkVersionAsync();
        ImportLineError[] bad = [new(9, RefusalCode.NotJson, "not JSON", null), new(7, RefusalCode.BindingMismatch, "no y", "$.y")];

        var (outcome, import) = await store.Store.ImportWholeAsync(New(store, 9), StoreUnderTest.Op(), Tasks(OddKeys), bad, default);

        outcome.Status.ShouldBe(ApplyStatus.Applied);
        (import!.Status, import.LinesDone, import.Accepted, import.Refused).ShouldBe((ImportStatus.Completed, 9, 4, 4));
        import.Errors.Select(error => (error.Line, error.Code)).ShouldBe(
            [(1L, RefusalCode.DuplicateTask), (5L, RefusalCode.DuplicateTask), (7L, RefusalCode.BindingMismatch), (9L, RefusalCode.NotJson)]);
        await ShouldBeStoredAsync(store, import);
        (await store.WorkVersionAsync()).ShouldBe(before + 1);
        (await store.Store.ListTasksAsync(store.Batch, null, 10, default)).Items.Select(task => task.Key).ShouldBe(["t/1", "a'b\"c", "🙂/‮rtl", "twice", "%_\\"]);
        (await store.CountersAsync()).Tasks.ShouldBe(5);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task AllOrNothing_OneBadLineOrDuplicate_KeepsNothing(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 1);
        var before = await store.WorkVersionAsync();
        ImportLineError bad = new(3, RefusalCode.NotJson, "not JSON", null);

        var (_, broken) = await store.Store.ImportWholeAsync(New(store, 3, ImportMode.AllOrNothing), StoreUnderTest.Op(), Tasks("a", "b"), [bad], default);
        var (_, double_) = await store.Store.ImportWholeAsync(New(store, 2, ImportMode.AllOrNothing), StoreUnderTest.Op(), Tasks("a", "t/1"), [], default);
        (broken!.Status, broken.Accepted, broken.Refused).ShouldBe((ImportStatus.Discarded, 0, 1));
        (double_!.Status, double_.Accepted, double_.Refused).ShouldBe((ImportStatus.Discarded, 0, 1));
        double_.Errors.ShouldHaveSingleItem().Line.ShouldBe(2);
        await ShouldBeStoredAsync(store, double_);
        ((await store.TaskIdsAsync()).Length, (await store.CountersAsync()).Tasks, await store.WorkVersionAsync()).ShouldBe((1, 1, before));

        var (_, good) = await store.Store.ImportWholeAsync(New(store, 2, ImportMode.AllOrNothing), StoreUnderTest.Op(), Tasks("a", "b"), [], default);
        (good!.Status, good.Accepted, good.Refused).ShouldBe((ImportStatus.Completed, 2, 0));
        ((await store.TaskIdsAsync()).Length, (await store.CountersAsync()).Tasks, await store.WorkVersionAsync()).ShouldBe((3, 3, before + 1));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task SameOperation_IsReplayed_AnotherPayloadIsAConflict(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql);
        var operation = StoreUnderTest.Op(result: """{"id":1}""") with { AuditSubject = store.Batch };
        await store.Store.ImportWholeAsync(New(store, 1), operation, Tasks("a"), [], default);

        var (again, import) = await store.Store.ImportWholeAsync(New(store, 1), operation, Tasks("b"), [], default);
        var (conflict, _) = await store.Store.ImportWholeAsync(New(store, 1), operation with { PayloadHash = new byte[32] }, Tasks("c"), [], default);
        var begun = await store.Store.BeginImportAsync(New(store, 0), operation, default);

        (again.Status, again.StoredResult, import).ShouldBe((ApplyStatus.Replayed, operation.Result, null));
        conflict.Status.ShouldBe(ApplyStatus.PayloadConflict);
        begun.Status.ShouldBe(ApplyStatus.Replayed, "the chunked way meets the same operation");
        (await store.TaskIdsAsync()).ShouldHaveSingleItem();
        (await store.Store.ListAuditAsync(store.Batch, null, 10, default)).Items.ShouldHaveSingleItem();
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task BegunByChunks_IsReplayedUnderItsOperation(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql);
        var operation = StoreUnderTest.Op();
        var begun = New(store, 0);
        await store.Store.BeginImportAsync(begun, operation, default);

        var (outcome, import) = await store.Store.ImportWholeAsync(New(store, 1), operation, Tasks("a"), [], default);

        (outcome.Status, import).ShouldBe((ApplyStatus.Replayed, null));
        (await store.Store.GetImportAsync(begun.ImportId, default))!.Status.ShouldBe(ImportStatus.Running);
        (await store.TaskIdsAsync()).ShouldBeEmpty();
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task NoBatchOrAClosedOne_ChangesNothing(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql);
        var (nowhere, _) = await store.Store.ImportWholeAsync(New(store, 1) with { BatchId = Guid.NewGuid() }, StoreUnderTest.Op(), Tasks("a"), [], default);
        await store.Store.ChangeBatchAsync(store.Batch, new BatchChange { Status = BatchStatus.Closed }, [BatchStatus.Open], null, StoreUnderTest.Op(), default);

        var (closed, _) = await store.Store.ImportWholeAsync(New(store, 1), StoreUnderTest.Op(), Tasks("a"), [], default);

        (nowhere.Status, closed.Status).ShouldBe((ApplyStatus.NotFound, ApplyStatus.InvalidState));
        (await store.TaskIdsAsync()).ShouldBeEmpty();
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task ManyAtOnce_OfTheSameKeyAndOfTheSameTasks_EveryTaskOnce(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql);
        var operation = StoreUnderTest.Op();
        var keys = Enumerable.Range(1, 50).Select(i => $"k/{i}").ToArray();

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 4).SelectMany(_ => new[] { operation, StoreUnderTest.Op() }).Select(each => store.Store.ImportWholeAsync(New(store, 50), each, Tasks(keys), [], default)));

        var applied = outcomes.Where(each => each.Outcome.Status == ApplyStatus.Applied).Select(each => each.Import!).ToArray();
        applied.Length.ShouldBe(5, "four keys of their own, and one of those that share one");
        applied.Sum(import => import.Accepted).ShouldBe(50);
        outcomes.Count(each => each.Outcome.Status == ApplyStatus.Replayed).ShouldBe(3);
        ((await store.TaskIdsAsync()).Length, (await store.CountersAsync()).Tasks).ShouldBe((50, 50));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task ControlsAndNothing_AreNotCounted(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql);
        var before = await store.WorkVersionAsync();
        var (_, empty) = await store.Store.ImportWholeAsync(New(store, 3), StoreUnderTest.Op(), [], [], default);
        (empty!.Status, empty.LinesDone, await store.WorkVersionAsync()).ShouldBe((ImportStatus.Completed, 3, before));

        var control = StoreUnderTest.NewTask(1, "control") with { IsGold = true, IsControl = true, KnownAnswer = "\"a\"" };
        var (_, import) = await store.Store.ImportWholeAsync(New(store, 2), StoreUnderTest.Op(), [control, StoreUnderTest.NewTask(2, "work")], [], default);

        import!.Accepted.ShouldBe(2);
        (await store.CountersAsync()).Tasks.ShouldBe(1);
    }

    private static async Task ShouldBeStoredAsync(StoreUnderTest store, ImportRecord import)
    {
        var stored = (await store.Store.GetImportAsync(import.ImportId, default))!;
        stored.Errors.ShouldBe(import.Errors);
        (stored with { Errors = [] }).ShouldBe(import with { Errors = [] });
    }
}
