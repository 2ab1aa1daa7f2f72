using Dispatch.Storage.Sqlite;
using Dispatch.Storage.Tests.Conformance;
using Dispatch.TestKit;

namespace Dispatch.Storage.Tests.Sqlite;

/// <summary>A disk that is smaller than SQLite's log would be elsewhere.</summary>
public sealed class SmallDiskTests
{
    private const long DiskBytes = 24 << 20;
    private const int InstructionsLength = 100_000;

    /// <summary>Each change writes 100 kB into the log and none into the file, six times what the disk holds in all.</summary>
    private const int Changes = 1_500;

    [SmallDiskFact]
    public async Task SmallDisk_IsNotFilledByTheLog()
    {
        await OnSmallDiskAsync(async (store, _) =>
        {
            for (var i = 0; i < Changes; i++) await ChangeAsync(store, i);
        });
    }

    [SmallDiskFact]
    public async Task DiskThatWasFull_TakesWritesAgainWhenThereIsRoom()
    {
        await OnSmallDiskAsync(async (store, disk) =>
        {
            for (var i = 0; i < 20; i++) await ChangeAsync(store, i);
            disk.Fill();
            await Should.ThrowAsync<StoreUnavailableException>(async () =>
            {
                for (var i = 0; i < Changes; i++) await ChangeAsync(store, i);
            });
            disk.Free();
            for (var i = 0; i < Changes; i++) await ChangeAsync(store, i);
        });
    }

    private static async Task ChangeAsync(SqliteStore store, int number)
    {
        var project = (await store.ListProjectsAsync(PageCursor.Start, 1, default)).Items.Single();
        var changed = project with { Instructions = new string((char)('a' + (number % 26)), InstructionsLength) };
        (await store.UpdateProjectAsync(changed, project.Version, StoreUnderTest.Op(), default)).Status.ShouldBe(ApplyStatus.Applied);
    }

    private static async Task OnSmallDiskAsync(Func<SqliteStore, SmallDisk, Task> test)
    {
        var folder = Directory.CreateTempSubdirectory("dispatch-small-").FullName;
        var disk = SmallDisk.Mount(folder, DiskBytes, Environment.UserName);
        try
        {
            await using var store = SqliteStore.Open(new SqliteStoreOptions { Path = Path.Combine(folder, "one.db"), Time = TimeProvider.System });
            await store.MigrateAsync(default);
            (await store.CreateProjectAsync(StoreUnderTest.NewProject(Guid.NewGuid(), "project"), StoreUnderTest.Op(), default)).Status.ShouldBe(ApplyStatus.Applied);
            await test(store, disk);
        }
        finally
        {
            disk.Unmount();
            Directory.Delete(folder, recursive: true);
        }
    }
}
