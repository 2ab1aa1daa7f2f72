using Dispatch.Contracts;

namespace Dispatch.Storage.Tests.Conformance;

public sealed class RecordTests
{
    public static TheoryData<bool> Stores => StoreKinds.All;

    [Theory, MemberData(nameof(Stores))]
    public async Task Create_SameOperation_IsReplayedWithItsResult(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql);
        var operation = StoreUnderTest.Op(result: """{"id":1}""");
        var project = StoreUnderTest.NewProject(Guid.NewGuid(), "other; DROP TABLE project; -- ☃");
        (await store.Store.CreateProjectAsync(project, operation, default)).Status.ShouldBe(ApplyStatus.Applied);

        var again = await store.Store.CreateProjectAsync(StoreUnderTest.NewProject(Guid.NewGuid(), "third"), operation, default);
        var conflict = await store.Store.CreateProjectAsync(project, operation with { PayloadHash = new byte[32] }, default);
        var duplicate = await store.Store.CreateProjectAsync(project with { ProjectId = Guid.NewGuid() }, StoreUnderTest.Op(), default);

        (again.Status, again.StoredResult).ShouldBe((ApplyStatus.Replayed, operation.Result));
        conflict.Status.ShouldBe(ApplyStatus.PayloadConflict);
        duplicate.Status.ShouldBe(ApplyStatus.Duplicate);
        (await store.Store.ListProjectsAsync(null, 10, default)).Items.Count.ShouldBe(2);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Access_IsReadOfManyAtOnce_AsTheirRecordsAreNow(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql);
        var (ann, bob) = (await store.WorkerAsync("ann"), await store.WorkerAsync("bob"));
        var record = (await store.Store.GetWorkerAsync(ann, default))!;
        await store.Store.UpdateWorkerAsync(record with { Roles = [Roles.Reviewer, Roles.Supervisor], IsActive = false }, null, StoreUnderTest.Op(), default);

        var found = (await store.Store.ListAccessAsync([ann, bob, Guid.NewGuid()], default)).ToDictionary(person => person.WorkerId);

        found.Keys.ShouldBe([ann, bob], ignoreOrder: true);
        (found[ann].IsActive, found[bob].IsActive).ShouldBe((false, true));
        found[ann].Roles.ShouldBe([Roles.Reviewer, Roles.Supervisor]);
        (await store.Store.ListAccessAsync([], default)).ShouldBeEmpty();
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task ChangeBatch_WrongVersionOrState_ChangesNothing_RightOneWakes(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql);
        var before = await store.WorkVersionAsync();
        async Task<ApplyOutcome> Pause(int? version, BatchStatus from) =>
            (await store.Store.ChangeBatchAsync(store.Batch, new BatchChange { Status = BatchStatus.Paused, Priority = 7 }, [from], version, StoreUnderTest.Op(), default)).Outcome;

        (await Pause(99, BatchStatus.Open)).Status.ShouldBe(ApplyStatus.VersionMismatch);
        (await Pause(null, BatchStatus.Draft)).Status.ShouldBe(ApplyStatus.InvalidState);
        (await store.WorkVersionAsync()).ShouldBe(before);
        (await Pause(2, BatchStatus.Open)).Status.ShouldBe(ApplyStatus.Applied);
        (await store.WorkVersionAsync()).ShouldBe(before + 1);
        var batch = (await store.Store.GetBatchAsync(store.Batch, default))!;
        (batch.Status, batch.Priority, batch.Version).ShouldBe((BatchStatus.Paused, 7, 3));
        (await store.Store.ListOpenBatchesAsync(store.Project, 10, default)).ShouldBeEmpty();
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Import_DuplicatesAndOddKeys_KeepsTheGoodAndReportsTheRest(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 1);
        string[] keys = ["t/1", "a'b\"c", "🙂/‮rtl", "twice", "twice", "%_\\"];
        var before = await store.WorkVersionAsync();

        var import = await store.ImportAsync(store.Batch, [.. keys.Select((key, i) => StoreUnderTest.NewTask(i + 1, key))]);

        (import.Status, import.Accepted, import.Refused).ShouldBe((ImportStatus.Completed, 4, 2));
        import.Errors.Select(error => (error.Line, error.Code)).ShouldBe([(1L, RefusalCode.DuplicateTask), (5L, RefusalCode.DuplicateTask)]);
        (await store.WorkVersionAsync()).ShouldBeGreaterThan(before);
        (await store.Store.ListTasksAsync(store.Batch, null, 10, default)).Items.Select(task => task.Key).ShouldBe(["t/1", "a'b\"c", "🙂/‮rtl", "twice", "%_\\"]);
        (await store.Store.GetCountersAsync(store.Batch, default))!.Tasks.ShouldBe(5);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Import_AllOrNothing_ShowsNothingBeforeTheEndAndNothingIfOneLineIsBad(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql);
        var good = new ImportRecord { ImportId = Guid.NewGuid(), BatchId = store.Batch, Mode = ImportMode.AllOrNothing };
        await store.Store.BeginImportAsync(good, StoreUnderTest.Op(), default);
        await store.Store.AppendChunkAsync(good.ImportId, 0, 2, [StoreUnderTest.NewTask(1, "a"), StoreUnderTest.NewTask(2, "b")], [], null, default);
        (await store.TaskIdsAsync()).ShouldBeEmpty();
        (await store.Store.FinishImportAsync(good.ImportId, default)).Status.ShouldBe(ImportStatus.Completed);
        (await store.TaskIdsAsync()).Length.ShouldBe(2);

        var bad = await store.ImportAsync(store.Batch, [StoreUnderTest.NewTask(1, "c"), StoreUnderTest.NewTask(2, "a")], ImportMode.AllOrNothing);

        (bad.Status, bad.Accepted, bad.Refused).ShouldBe((ImportStatus.Discarded, 0, 1));
        (await store.TaskIdsAsync()).Length.ShouldBe(2);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task AppendChunk_ThatDoesNotFollowTheMark_ChangesNothing(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql);
        var import = new ImportRecord { ImportId = Guid.NewGuid(), BatchId = store.Batch, Mode = ImportMode.KeepGood };
        await store.Store.BeginImportAsync(import, StoreUnderTest.Op(), default);
        await store.Store.AppendChunkAsync(import.ImportId, 0, 5, [StoreUnderTest.NewTask(1, "a")], [], null, default);

        var again = await store.Store.AppendChunkAsync(import.ImportId, 0, 5, [StoreUnderTest.NewTask(1, "b")], [], null, default);

        again.LinesDone.ShouldBe(5);
        (await store.Store.ListTasksAsync(store.Batch, null, 10, default)).Items.ShouldHaveSingleItem().Key.ShouldBe("a");
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Backlog_PagesByPriorityThenAge_AndByWorker(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql);
        await store.ImportAsync(store.Batch, [StoreUnderTest.NewTask(1, "low"), StoreUnderTest.NewTask(2, "high", priority: 9), StoreUnderTest.NewTask(3, "low2", overlap: 2)]);
        var all = await store.Store.PageOpenTasksAsync(store.Batch, null, 10, default);
        all.Select(task => task.Priority).ShouldBe([9, 0, 0]);
        var rest = await store.Store.PageOpenTasksAsync(store.Batch, new BacklogKey(all[0].Priority, all[0].TaskId), 10, default);
        rest.Select(task => task.TaskId).ShouldBe([all[1].TaskId, all[2].TaskId]);

        var ann = Guid.NewGuid();
        await store.TakenAsync(all[2].TaskId, ann);
        (await store.Store.PageOpenTasksForWorkerAsync(store.Batch, ann, TimeSpan.Zero, null, 10, default)).Count.ShouldBe(2);
        (await store.Store.PageOpenTasksForWorkerAsync(store.Batch, Guid.NewGuid(), TimeSpan.Zero, null, 10, default)).Count.ShouldBe(3, "one of two slots is still free");
        (await store.Store.PageOpenTasksAsync(store.Batch, null, 10, default))[2].Involved.ShouldHaveSingleItem().WorkerId.ShouldBe(ann);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Worker_StateDraftsAndActivity_ComeBackAsStored(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 1);
        var ann = new WorkerRecord { WorkerId = Guid.NewGuid(), Name = "ann", DisplayName = "Ann", Roles = [Roles.Worker, Roles.Reviewer], Labels = """{"level":3}""", Capacity = 2 };
        (await store.Store.CreateWorkerAsync(ann, [store.Project], StoreUnderTest.Op(), default)).Status.ShouldBe(ApplyStatus.Applied);
        var held = await store.TakenAsync((await store.TaskIdsAsync())[0], ann.WorkerId);
        await store.Store.ChangeActivityAsync(ann.WorkerId, Activity.Break, "tea", StoreUnderTest.Op(ann.WorkerId), default);

        (await store.Store.SaveDraftAsync(held.AssignmentId, ann.WorkerId, 1, "[2]", 2, default)).ShouldBe(DraftOutcome.Saved);
        (await store.Store.SaveDraftAsync(held.AssignmentId, ann.WorkerId, 1, "[1]", 1, default)).ShouldBe(DraftOutcome.Stale);
        (await store.Store.SaveDraftAsync(held.AssignmentId, Guid.NewGuid(), 1, "[3]", 3, default)).ShouldBe(DraftOutcome.NotHeld);

        var state = (await store.Store.LoadWorkerAsync(ann.WorkerId, default))!;
        state.Worker.Roles.ShouldBe(ann.Roles);
        (state.Worker.Capacity, state.Activity.Activity, state.Activity.Reason).ShouldBe((2, Activity.Break, "tea"));
        state.Projects.ShouldBe([store.Project]);
        (state.Held.ShouldHaveSingleItem().Draft, state.Held[0].DraftVersion).ShouldBe(("[2]", 2L));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task ListPresences_SaysOfEachEnrolledWorker_WhatTheyDoAndHold_InPages(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 1);
        WorkerRecord[] workers = [.. ((string[])["ann", "bob", "cy"]).Select(name => new WorkerRecord { WorkerId = Guid.NewGuid(), Name = name, DisplayName = name, Roles = [Roles.Worker] })];
        foreach (var worker in workers) await store.Store.CreateWorkerAsync(worker, worker.Name == "cy" ? [] : [store.Project], StoreUnderTest.Op(), default);
        var held = await store.TakenAsync((await store.TaskIdsAsync())[0], workers[0].WorkerId);
        await store.Store.ChangeActivityAsync(workers[0].WorkerId, Activity.Available, null, null, default);
        await store.Store.ChangeActivityAsync(workers[0].WorkerId, Activity.Break, "tea", null, default);

        var first = await store.Store.ListPresencesAsync(store.Project, null, 1, default);
        var second = await store.Store.ListPresencesAsync(store.Project, first.Next, 1, default);

        var ann = first.Items.ShouldHaveSingleItem();
        (ann.Worker.Name, ann.Activity.Activity, ann.Activity.Reason).ShouldBe(("ann", Activity.Break, "tea"));
        var row = ann.Held.ShouldHaveSingleItem();
        (row.AssignmentId, row.ProjectId, row.BatchId, row.TaskKey, row.State).ShouldBe((held.AssignmentId, store.Project, store.Batch, "t/1", AssignmentState.Accepted));
        var bob = second.Items.ShouldHaveSingleItem();
        (bob.Worker.Name, bob.Activity.Activity, bob.Activity.Reason).ShouldBe(("bob", Activity.Offline, null));
        bob.Held.ShouldBeEmpty();
        second.Next.ShouldBeNull();
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Outbox_LearnedTwice_IsOneEvaluation(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql);
        var worker = Guid.NewGuid();
        var learned = new OutboxEvaluation(worker, "review:1", store.Project, "review", 1, 0.5, null);
        await store.Store.AppendOutboxAsync([learned], default);
        await store.Store.AppendOutboxAsync([learned, learned with { Source = "review:2" }], default);

        (await store.Store.DrainOutboxAsync(worker, new Dictionary<Guid, long> { [store.Project] = 4 }, default))[store.Project].ShouldBe(6);
        await store.Store.AppendOutboxAsync([learned], default);
        (await store.Store.DrainOutboxAsync(worker, new Dictionary<Guid, long> { [store.Project] = 6 }, default))[store.Project].ShouldBe(6);
    }
}
