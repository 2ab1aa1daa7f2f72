using Dispatch.Contracts;

namespace Dispatch.Storage.Tests.Conformance;

/// <summary>What is read in one question says what the single questions say.</summary>
public sealed class BatchNewsTests
{
    public static TheoryData<bool> Stores => StoreKinds.All;

    [Theory, MemberData(nameof(Stores))]
    public async Task ReadNews_IsRecordCountersVersionAndTheFirstPage(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 3, overlap: 2);
        await store.ImportAsync(store.Batch, [StoreUnderTest.NewTask(1, "first", priority: 4)]);
        await store.TakenAsync((await store.TaskIdsAsync())[1], Guid.NewGuid());

        var news = (await store.Store.ReadNewsAsync(store.Batch, 3, default))!;
        var page = await store.Store.PageOpenTasksAsync(store.Batch, null, 3, default);

        (news.Batch.Version, news.Batch.Status, news.Batch.CreatedAt).ShouldBe((2, BatchStatus.Open, (await store.Store.GetBatchAsync(store.Batch, default))!.CreatedAt));
        news.Counters.ShouldBe(await store.CountersAsync());
        news.WorkVersion.ShouldBe(await store.WorkVersionAsync());
        news.FirstPage.Select(task => (task.TaskId, task.Priority, task.Overlap, task.Involved.Count)).ShouldBe(page.Select(task => (task.TaskId, task.Priority, task.Overlap, task.Involved.Count)));
        news.FirstPage.Select(task => task.Involved.Count).ShouldBe([0, 1, 0]);
        news.FirstPage[1].Involved.ShouldBe(page[1].Involved);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task ReadNews_WithoutAPageOrABatch_SaysSo(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 1);
        (await store.Store.ReadNewsAsync(store.Batch, 0, default))!.FirstPage.ShouldBeEmpty();
        (await store.Store.ReadNewsAsync(Guid.NewGuid(), 5, default)).ShouldBeNull();
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task GetBatchOfProject_IsBoth(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql);
        var both = (await store.Store.GetBatchOfProjectAsync(store.Batch, default))!;
        (both.Batch.BatchId, both.Batch.Name, both.Project.ProjectId, both.Project.Name).ShouldBe((store.Batch, "batch", store.Project, "project"));
        (await store.Store.GetBatchOfProjectAsync(Guid.NewGuid(), default)).ShouldBeNull();
    }
}
