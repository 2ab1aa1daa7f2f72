using Dispatch.Contracts;
using Dispatch.Storage.PostgreSql;
using Dispatch.Storage.Tests.Conformance;
using Dispatch.TestKit;

namespace Dispatch.Storage.Tests.PostgreSql;

/// <summary>Chunks for a draft do not wait for the disk: a crash may take the last of them, never a part of one, and nothing of an import that was finished. Whatever is in an open batch stays.</summary>
public sealed class ImportCrashTests
{
    private const int ChunkRows = 100;
    private const int Rows = 3 * ChunkRows;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [PrivatePostgreSqlTheory]
    [InlineData(BatchStatus.Draft)]
    [InlineData(BatchStatus.Open)]
    public async Task DatabaseCrashes_MarkAndTasksAgree_AndSentAgainEveryLineIsThereOnce(BatchStatus status)
    {
        await using var server = await PostgreSqlServer.StartPrivateAsync();

        // Else the server may have written what nobody waited for before it is stopped.
        await server.ExecuteAsync("ALTER SYSTEM SET wal_writer_delay = '10s'");
        await server.ExecuteAsync("SELECT pg_reload_conf()");
        await using var store = PostgreSqlStore.Open(await server.CreateDatabaseAsync());
        await store.MigrateAsync(default);
        var (project, batch) = (Guid.NewGuid(), Guid.NewGuid());
        await store.CreateProjectAsync(StoreUnderTest.NewProject(project, "project"), StoreUnderTest.Op(), default);
        await store.CreateBatchAsync(StoreUnderTest.NewBatch(batch, project, "batch"), StoreUnderTest.Op(), default);
        if (status != BatchStatus.Draft) await store.ChangeBatchAsync(batch, new BatchChange { Status = status }, [BatchStatus.Draft], null, StoreUnderTest.Op(), default);
        var import = new ImportRecord { ImportId = Guid.NewGuid(), BatchId = batch, Mode = ImportMode.KeepGood };
        (await store.BeginImportAsync(import, StoreUnderTest.Op(), default)).Status.ShouldBe(ApplyStatus.Applied);
        await AppendAsync(from: 0);
        var mark = (await CrashAsync()).LinesDone;
        if (status == BatchStatus.Draft) mark.ShouldBeLessThan(Rows, "else the crash took nothing, and this test says nothing");
        else mark.ShouldBe(Rows);
        (await CountAsync()).ShouldBe(mark);

        await AppendAsync(from: mark);
        await store.FinishImportAsync(import.ImportId, default);
        var again = await CrashAsync();
        (again.Status, again.Accepted, again.Refused, await CountAsync()).ShouldBe((ImportStatus.Completed, Rows, 0, Rows));

        async Task AppendAsync(long from)
        {
            for (; from < Rows; from += ChunkRows)
            {
                NewTask[] tasks = [.. Enumerable.Range(1, ChunkRows).Select(i => StoreUnderTest.NewTask(from + i, $"{from + i}"))];
                await store.AppendChunkAsync(import.ImportId, from, from + ChunkRows, tasks, [], null, default);
            }
        }

        async Task<ImportRecord> CrashAsync()
        {
            await server.StopImmediateAsync();
            await server.StartAsync();
            return await Eventually.GetAsync(() => store.GetImportAsync(import.ImportId, default), Patience, "the store is reached again");
        }

        async Task<long> CountAsync() => (await store.GetCountersAsync(batch, default))!.Tasks;
    }
}
