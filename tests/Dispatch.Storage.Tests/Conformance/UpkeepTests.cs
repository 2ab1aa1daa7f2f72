using Dispatch.TestKit;

namespace Dispatch.Storage.Tests.Conformance;

public sealed class UpkeepTests
{
    public static TheoryData<bool> Stores => StoreKinds.All;

    [Theory, MemberData(nameof(Stores))]
    public async Task ExpiredLeasesAndWaitingEvidence_AreFoundAfterTheGrace_AndNotBefore(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql, tasks: 2);
        var tasks = await store.TaskIdsAsync();
        var worker = Guid.NewGuid();
        await store.CommitAsync(store.Take(tasks[0], worker, lease: TimeSpan.FromMilliseconds(1)));
        await store.CommitAsync(store.Take(tasks[1], Guid.NewGuid(), lease: TimeSpan.FromHours(1)));
        await store.Store.AppendOutboxAsync([new OutboxEvaluation(worker, "review:1", store.Project, "review", 1, 1, null)], default);

        var early = await store.Store.FindStaleAsync(TimeSpan.FromHours(2), 10, default);
        (early.Batches.Count, early.Workers.Count).ShouldBe((0, 0));
        var stale = await Eventually.GetAsync(
            async () => await store.Store.FindStaleAsync(TimeSpan.Zero, 10, default) is { Batches.Count: > 0, Workers.Count: > 0 } found ? found : null, TimeSpan.FromSeconds(30), "the lease runs out");
        stale.Batches.ShouldBe([store.Batch]);
        stale.Workers.ShouldBe([worker]);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Probe_WritesAgainAndAgain(bool postgreSql)
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql);
        await store.Store.ProbeAsync("a", default);
        await store.Store.ProbeAsync("a", default);
        await store.Store.ProbeAsync("b", default);
    }

    [PostgreSqlFact]
    public async Task Probe_OfADatabaseThatTakesNoWrites_Fails()
    {
        await using var store = await StoreUnderTest.CreateAsync(postgreSql: true);
        var readOnly = new Npgsql.NpgsqlConnectionStringBuilder(store.PostgreSql) { Options = "-c default_transaction_read_only=on" }.ConnectionString;
        await using var other = Dispatch.Storage.PostgreSql.PostgreSqlStore.Open(readOnly);
        await other.ReadWorkVersionsAsync([store.Project], default);
        await Should.ThrowAsync<StoreUnavailableException>(() => other.ProbeAsync("a", default));
    }
}
