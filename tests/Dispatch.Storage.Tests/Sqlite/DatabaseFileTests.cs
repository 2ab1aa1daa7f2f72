using Dispatch.Storage.Sqlite;
using Dispatch.Storage.Tests.Conformance;

namespace Dispatch.Storage.Tests.Sqlite;

/// <summary>A file that is not where it was takes nothing any more, and is not begun anew in silence.</summary>
public sealed class DatabaseFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dispatch-file-").FullName;

    private string File => Path.Combine(_folder, "one.db");

    [Theory]
    [InlineData("deleted")]
    [InlineData("renamed")]
    [InlineData("replaced")]
    public async Task FileThatIsGone_TakesNoWrites_AndTheProbeSaysSo(string how)
    {
        await using var store = await OpenAsync();
        await store.ProbeAsync("me", CancellationToken.None);
        if (how == "deleted") System.IO.File.Delete(File);
        else System.IO.File.Move(File, File + ".elsewhere");
        if (how == "replaced") System.IO.File.Copy(File + ".elsewhere", File);
        await Should.ThrowAsync<StoreUnavailableException>(() => store.ProbeAsync("me", CancellationToken.None));
        await Should.ThrowAsync<StoreUnavailableException>(() =>
            store.CreateProjectAsync(StoreUnderTest.NewProject(Guid.NewGuid(), "late"), StoreUnderTest.Op(), CancellationToken.None));
    }

    [Fact]
    public async Task FileThatCameBack_TakesWritesAgain()
    {
        await using var store = await OpenAsync();
        System.IO.File.Move(File, File + ".elsewhere");
        await Should.ThrowAsync<StoreUnavailableException>(() => store.ProbeAsync("me", CancellationToken.None));
        System.IO.File.Move(File + ".elsewhere", File);
        await store.ProbeAsync("me", CancellationToken.None);
    }

    [Fact]
    public async Task DatabaseThatIsLost_IsNotBegunAnewInSilence()
    {
        await (await OpenAsync()).DisposeAsync();
        foreach (var file in Directory.EnumerateFiles(_folder, "one.db*").Where(file => !file.EndsWith(".owner", StringComparison.Ordinal))) System.IO.File.Delete(file);
        (await Should.ThrowAsync<InvalidOperationException>(OpenAsync)).Message.ShouldContain("is gone, though there was one");
        System.IO.File.Delete(File + ".owner");
        await (await OpenAsync()).DisposeAsync();
    }

    [Fact]
    public async Task NewFile_IsReadByItsOwnerAlone()
    {
        await using var store = await OpenAsync();
        await store.ProbeAsync("me", CancellationToken.None);
        if (OperatingSystem.IsWindows()) return;
        foreach (var file in Directory.EnumerateFiles(_folder, "one.db*").Where(file => !file.EndsWith(".owner", StringComparison.Ordinal)))
        {
            System.IO.File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite, file);
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task<SqliteStore> OpenAsync()
    {
        var store = SqliteStore.Open(new SqliteStoreOptions { Path = File, Time = TimeProvider.System });
        await store.MigrateAsync(CancellationToken.None);
        return store;
    }
}
